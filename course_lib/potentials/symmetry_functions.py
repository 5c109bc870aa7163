"""Behler and Parrinello's symmetry functions: a neighbourhood as numbers that do not change when it is turned.

Each function stands here with its derivative: forces are exact because these are.
"""

from dataclasses import dataclass
from itertools import combinations_with_replacement

import numpy as np
from ase.data import atomic_numbers
from scipy.sparse import csr_array

from course_lib.arguments import positive, whole
from course_lib.potentials.cutoff import cosine_cutoff
from course_lib.potentials.edges import Edges


def G2(r, eta, R_s, r_c):
    """Radial function of one neighbour: exp(-eta (r - R_s)^2) f_c(r), and its slope.

    Behler 2011, doi:10.1063/1.3553717, equation 6.

    Parameters
    ----------
    r : (P,) array
        In Å.
    eta, R_s : (K,) arrays
        In 1/Å^2 and Å.
    r_c : float
        In Å.

    Returns
    -------
    g, dg : (P, K) arrays
    """
    f, df = cosine_cutoff(r, r_c)
    away = r[:, None] - R_s
    bell = np.exp(-eta * away**2)
    return bell * f[:, None], bell * (df[:, None] - 2 * eta * away * f[:, None])


def G4(D1, D2, eta, zeta, lam, r_c):
    """Angular function of two neighbours, and its derivatives with respect to both.

    2^(1 - zeta) (1 + lam cos theta)^zeta exp(-eta (r1^2 + r2^2 + r12^2)) f_c(r1) f_c(r2) f_c(r12)

    Behler 2011, equation 8.

    Parameters
    ----------
    D1, D2 : (T, 3) arrays
        From the atom to its two neighbours, in Å.
    eta, zeta, lam : (K,) arrays
        eta in 1/Å^2; lam is +1 or -1.
    r_c : float

    Returns
    -------
    g : (T, K) array
    d1, d2 : (T, K, 3) arrays
        dg/dD1 and dg/dD2.
    """
    D12 = D2 - D1
    r1, r2, r12 = (np.linalg.norm(D, axis=1) for D in (D1, D2, D12))
    (f1, df1), (f2, df2), (f12, df12) = (cosine_cutoff(r, r_c) for r in (r1, r2, r12))
    cos = np.einsum("tx,tx->t", D1, D2) / (r1 * r2)
    base = np.maximum(1 + lam * cos[:, None], 0.0)  # (T, K); rounding may put it below zero
    angular = 2 ** (1 - zeta) * base**zeta
    d_angular = 2 ** (1 - zeta) * zeta * base ** (zeta - 1) * lam  # with respect to cos
    bell = np.exp(-eta * (r1**2 + r2**2 + r12**2)[:, None])
    fff = (f1 * f2 * f12)[:, None]

    def along(df, f_others, r):  # (1/r) d/dr of bell * f * f * f, divided by bell
        return (df * f_others / r)[:, None] - 2 * eta * fff

    s1, s2, s12 = along(df1, f2 * f12, r1), along(df2, f1 * f12, r2), along(df12, f1 * f2, r12)
    radial, cosine = angular * bell, d_angular * bell * fff
    dcos1 = D2 / (r1 * r2)[:, None] - (cos / r1**2)[:, None] * D1  # (T, 3)
    dcos2 = D1 / (r1 * r2)[:, None] - (cos / r2**2)[:, None] * D2
    d1 = (radial * s1)[:, :, None] * D1[:, None] - (radial * s12)[:, :, None] * D12[:, None]
    d2 = (radial * s2)[:, :, None] * D2[:, None] + (radial * s12)[:, :, None] * D12[:, None]
    return radial * fff, d1 + cosine[:, :, None] * dcos1[:, None], d2 + cosine[:, :, None] * dcos2[:, None]


@dataclass(frozen=True)
class SymmetryFunctions:
    """A set of G2 for each neighbouring element and of G4 for each pair of them, summed over the neighbours.

    Each pair of neighbours counts once (Behler's sum over j and k counts it twice).

    Parameters
    ----------
    elements : tuple of str
    r_c : float
        Cutoff in Å.
    radial : int
        Number of radial functions for each element: bells of one width, evenly spaced from ``r_first`` to ``r_c``.
    r_first : float
        Centre of the first bell in Å.
    zetas : tuple of float
        Sharpness in the angle; each with lam = +1 and -1.
    eta_angular : float
        In 1/Å^2.
    """

    elements: tuple
    r_c: float = 6.0
    radial: int = 10
    r_first: float = 0.8
    zetas: tuple = (1.0, 2.0, 4.0, 8.0)
    eta_angular: float = 0.01

    def __post_init__(self):
        if unknown := [symbol for symbol in self.elements if symbol not in atomic_numbers]:
            raise ValueError(f"There is no element {unknown[0]!r}: name elements by their symbols.")
        if len(set(self.elements)) != len(self.elements) or len(self.elements) == 0:
            raise ValueError(f"The elements are {self.elements}: name each one once, and one at least.")
        r_c, first = positive("The cutoff r_c (Å)", self.r_c), positive("r_first (Å)", self.r_first)
        if r_c <= first:
            raise ValueError(f"The cutoff r_c is {r_c} Å and the first bell stands at {first} Å: take a longer cutoff.")
        object.__setattr__(self, "radial", whole("radial", self.radial, least=2))
        positive("eta_angular (1/Å²)", self.eta_angular, zero=True)
        if not (self.zetas and min(positive("zeta", zeta) for zeta in self.zetas) >= 1):
            raise ValueError(f"The zetas are {self.zetas}: take 1 or more each, or the forces are no numbers.")
        object.__setattr__(self, "zetas", tuple(map(float, self.zetas)))

    @property
    def centres(self):
        """R_s of the radial functions, (radial,) in Å."""
        return np.linspace(self.r_first, self.r_c, self.radial, endpoint=False)

    @property
    def eta_radial(self):
        """eta of the radial functions in 1/Å^2: the standard deviation of a bell is the distance to the next."""
        return np.full(self.radial, 1 / (2 * (self.centres[1] - self.centres[0]) ** 2))

    @property
    def pairs(self):
        """Unordered pairs of elements."""
        return tuple(combinations_with_replacement(self.elements, 2))

    def __len__(self):
        return len(self.elements) * self.radial + len(self.pairs) * 2 * len(self.zetas)

    def __call__(self, edges: Edges):
        """All functions of all atoms, and their derivatives with respect to the edges.

        Returns
        -------
        G : (N, K) array
        dG : (P, K, 3) array
            dG of the edge's first atom with respect to the edge.
        """
        n, P = len(edges.numbers), len(edges)
        G, dG = np.zeros((n, len(self))), np.zeros((P, len(self), 3))
        Z = edges.numbers[edges.j] if P else np.zeros(0, int)
        g, dg = G2(edges.r, self.eta_radial, self.centres, self.r_c)
        unit = edges.D / edges.r[:, None]
        for number, symbol in enumerate(self.elements):
            mine, K = (
                np.flatnonzero(Z == atomic_numbers[symbol]),
                slice(number * self.radial, (number + 1) * self.radial),
            )
            G[:, K] = _sum_over(edges.i[mine], g[mine], n)
            dG[mine, K] = dg[mine, :, None] * unit[mine, None]
        a, b = edges.pairs_at_a_corner()
        close = np.linalg.norm(edges.D[b] - edges.D[a], axis=1) < self.r_c  # else f_c(r12) is zero
        a, b = a[close], b[close]
        low, high = np.minimum(Z[a], Z[b]), np.maximum(Z[a], Z[b])
        zeta, lam = np.repeat(self.zetas, 2), np.tile([1.0, -1.0], len(self.zetas))
        width, first = 2 * len(self.zetas), len(self.elements) * self.radial
        for number, pair in enumerate(self.pairs):
            one, other = sorted(atomic_numbers[symbol] for symbol in pair)
            mine, K = (low == one) & (high == other), slice(first + number * width, first + (number + 1) * width)
            A, B = a[mine], b[mine]
            g, d1, d2 = G4(edges.D[A], edges.D[B], np.full(width, self.eta_angular), zeta, lam, self.r_c)
            G[:, K] = _sum_over(edges.i[A], g, n)
            for edge, derivative in ((A, d1), (B, d2)):
                dG[:, K] += _sum_over(edge, derivative.reshape(len(edge), 3 * width), P).reshape(P, width, 3)
        return G, dG


def _sum_over(index, values, n):
    """Rows of ``values`` (M, columns) added up by their ``index``: (n, columns)."""
    return csr_array((np.ones(len(index)), (index, np.arange(len(index)))), shape=(n, len(index))) @ values
