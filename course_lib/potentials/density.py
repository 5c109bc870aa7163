"""The density of neighbours around each atom in radial and angular functions: what SOAP, ACE and MTP share.

    A_zqlm(i) = sum over neighbours j of element z of R_ql(r_ij) Y_lm(D_ij / r_ij)

Bartók, Kondor and Csányi 2013, doi:10.1103/PhysRevB.87.184115; Drautz 2019, doi:10.1103/PhysRevB.99.014104.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from ase.data import atomic_numbers
from scipy.sparse import csr_array
from scipy.special import factorial

from course_lib.arguments import positive, whole
from course_lib.compiled import njit
from course_lib.potentials.pair_engine import QUICK

MOST = 16  # the highest l of spherical harmonics
STEP = 1e-30  # of the complex step: R(r + i h) = R(r) + i h R'(r), without any difference of near numbers


class Radial:
    """Radial functions R_ql(r): a subclass has a ``cutoff`` in Å, a ``number`` of functions, and is called."""

    def with_slopes(self, r):
        """R_ql and dR_ql/dr (1/Å) at distances r (P,): (l, q, P) each, with one l only where R is the same for all."""
        R = np.ascontiguousarray(self(r + 1j * STEP, np).T)  # (l, q, P)
        return R.real.copy(), R.imag / STEP


@dataclass(frozen=True)
class Chebyshev(Radial):
    """R_q(r) = T_q(x) f_c(r), with x from 1 at r = 0 to -1 at the cutoff, finest where atoms are near.

    x = 2 (exp(-decay r / r_c) - exp(-decay)) / (1 - exp(-decay)) - 1,  f_c(r) = [1 - (r / r_c)^2]^2

    Chebyshev functions of a scaled distance as in Drautz 2019, doi:10.1103/PhysRevB.99.014104, with another f_c.

    Parameters
    ----------
    cutoff : float
        r_c in Å.
    number : int
        Number of functions.
    decay : float
        How many times exp(-1) the scale shrinks up to the cutoff: larger is finer near the atom.
    """

    cutoff: float
    number: int
    decay: float = 2.0

    def __post_init__(self):
        positive("The cutoff (Å)", self.cutoff)
        if positive("decay", self.decay) < 0.01:
            raise ValueError(f"decay is {self.decay}: give 0.01 or more; below that the scale is linear anyway.")
        object.__setattr__(self, "number", whole("number", self.number))

    def with_slopes(self, r):
        """As in the base, compiled."""
        R, dR = np.empty((2, 1, self.number, len(r)))
        _chebyshev(r, self.cutoff, self.decay, R[0], dR[0])
        return R, dR

    def __call__(self, r, xp=torch):
        """R_q for distances (P,) in Å: (P, number, 1) of the array library ``xp``, the same for every l."""
        s, end = r / self.cutoff, np.exp(-self.decay)
        x = 2 * (xp.exp(-self.decay * s) - end) / (1 - end) - 1
        T = [xp.ones_like(x), x]
        while len(T) < self.number:
            T.append(2 * x * T[-1] - T[-2])
        return (xp.stack(T[: self.number], 1) * ((1 - s**2) ** 2)[:, None])[:, :, None]


@njit(**QUICK)
def _chebyshev(r, cutoff, decay, R, dR):
    end, P = np.exp(-decay), len(r)
    x, dx, fc, dfc = np.empty(P), np.empty(P), np.empty(P), np.empty(P)
    for p in range(P):
        s = r[p] / cutoff
        now = np.exp(-decay * s)
        x[p], dx[p] = 2 * (now - end) / (1 - end) - 1, -2 * decay / cutoff * now / (1 - end)
        fc[p], dfc[p] = (1 - s**2) ** 2, -4 * s * (1 - s**2) / cutoff
        for q in range(min(len(R), 2)):
            R[q, p], dR[q, p] = (x[p], 1.0) if q else (1.0, 0.0)
    for q in range(2, len(R)):
        for p in range(P):
            R[q, p] = 2 * x[p] * R[q - 1, p] - R[q - 2, p]
        for p in range(P):
            dR[q, p] = 2 * (R[q - 1, p] + x[p] * dR[q - 1, p]) - dR[q - 2, p]
    for q in range(len(R)):
        for p in range(P):
            dR[q, p] = dR[q, p] * dx[p] * fc[p] + R[q, p] * dfc[p]
        for p in range(P):
            R[q, p] *= fc[p]


def exponents(l_max):
    """All (a, b, c) with a + b + c = l for l = 0, 1, ... l_max: the monomials x^a y^b z^c, (n, 3)."""
    return np.array(
        [(a, b, d - a - b) for d in range(l_max + 1) for a in range(d, -1, -1) for b in range(d - a, -1, -1)]
    )


def monomials(u, l_max, xp=torch):
    """x^a y^b z^c of vectors (P, 3), in the order of :func:`exponents`: (P, n)."""
    table = [tuple(row) for row in exponents(l_max)]
    found = {(0, 0, 0): xp.ones_like(u[:, 0])}
    for row in table[1:]:
        axis = next(axis for axis in range(3) if row[axis])
        lower = tuple(row[k] - (k == axis) for k in range(3))
        found[row] = found[lower] * u[:, axis]
    return xp.stack([found[row] for row in table], 1)


def harmonics_of_monomials(l_max):
    """Real spherical harmonics as sums of monomials of the same degree l: T with Y_lm = sum_k T[lm, k] u^k.

    On the sphere Y_lm = N_lm P_l^|m|(z) Re or Im (x + iy)^|m|; a z^c of too small a degree is multiplied by powers of
    x^2 + y^2 + z^2 = 1. They are orthonormal; m runs from -l to l, and negative m have the imaginary part. Here
    the sums are found from their values in more directions than there are monomials, exact to 11 digits up to l = 16.

    Returns
    -------
    ((l_max + 1)^2, n) array
    """
    random = np.random.default_rng(0).normal(size=(4 * len(exponents(l_max)), 3))
    u = random / np.linalg.norm(random, axis=1, keepdims=True)
    degree, powers, T = exponents(l_max).sum(axis=1), monomials(u, l_max, np), []
    for l in range(l_max + 1):
        mine = degree == l
        values = np.array([_harmonic(l, m, u) for m in range(-l, l + 1)]).T
        rows = np.zeros((2 * l + 1, len(degree)))
        rows[:, mine] = np.linalg.lstsq(powers[:, mine], values, rcond=None)[0].T
        T.append(np.where(np.abs(rows) < 1e-12, 0, rows))
    return np.concatenate(T)


def _harmonic(l, m, u):
    """Y_lm in directions u (P, 3)."""
    legendre = np.polynomial.legendre.Legendre.basis(l).deriv(abs(m))(u[:, 2])
    norm = np.sqrt((2 * l + 1) / (4 * np.pi) * factorial(l - abs(m)) / factorial(l + abs(m)) * (1 if m == 0 else 2))
    turn = (u[:, 0] + 1j * u[:, 1]) ** abs(m)
    return norm * legendre * (turn.imag if m < 0 else turn.real)


@dataclass(frozen=True)
class Density:
    """The A of each atom as one row of numbers.

    ===========  ==========================================================
    equation     here
    ===========  ==========================================================
    R_ql(r)      ``radial``
    Y_lm(u)      ``monomials(u, l_max) @ T.T``
    z, q, l, m   columns, in this order: the last runs fastest
    ===========  ==========================================================

    Parameters
    ----------
    elements : tuple of str
        Sorted by atomic number.
    radial : Radial
        ``radial(r, xp)`` gives (P, q, 1), or (P, q, l_max + 1) where it depends on l.
    l_max : int
        Highest l of the angular functions.
    cartesian : bool
        Take the monomials themselves, x^a y^b z^c / r^l with a + b + c = l, in place of spherical harmonics.
    """

    elements: tuple
    radial: object
    l_max: int
    cartesian: bool = False

    def __post_init__(self):
        if whole("l_max", self.l_max, least=0) > MOST and not self.cartesian:
            raise ValueError(f"l_max is {self.l_max}: harmonics are exact enough up to {MOST}.")

    @cached_property
    def T(self):
        """Angular functions as sums of monomials, (angular functions, monomials)."""
        return np.eye(len(exponents(self.l_max))) if self.cartesian else harmonics_of_monomials(self.l_max)

    @cached_property
    def sparse(self):
        """The numbers of ``T`` that are not 0, row by row: where each row begins, columns, values."""
        rows = csr_array(self.T)
        return rows.indptr, rows.indices, rows.data

    @cached_property
    def degrees(self):
        """The l of each angular function."""
        degrees = exponents(self.l_max).sum(axis=1)
        return degrees if self.cartesian else np.repeat(np.arange(self.l_max + 1), 2 * np.arange(self.l_max + 1) + 1)

    @cached_property
    def kinds(self):
        """The number of each element, by its atomic number."""
        kinds = np.full(len(atomic_numbers), -1)
        kinds[[atomic_numbers[symbol] for symbol in self.elements]] = np.arange(len(self.elements))
        return kinds

    @property
    def shape(self):
        """Elements, radial and angular functions."""
        return len(self.elements), self.radial.number, len(self.T)

    def column(self, z, q, lm):
        """Where A_zqlm stands in a row."""
        return (z * self.shape[1] + q) * self.shape[2] + lm

    def __call__(self, graph):
        """A of each atom: (N, columns), differentiable with respect to the edges; ``density_engine.py`` is faster."""
        Z, new, n = len(self.elements), {"dtype": graph.D.dtype}, len(graph.Z)
        r = torch.linalg.vector_norm(graph.D, dim=1)
        R = self.radial(r).expand(-1, -1, self.l_max + 1)[:, :, self.degrees]  # (P, Q, angular)
        each = R * (monomials(graph.D / r[:, None], self.l_max) @ torch.tensor(self.T.T, **new))[:, None, :]
        place = graph.i * Z + torch.from_numpy(self.kinds)[graph.Z[graph.j]]
        return torch.zeros(n * Z, *each.shape[1:], **new).index_add(0, place, each).reshape(n, -1)
