"""SOAP: the power spectrum of the density of neighbours, numbers of an atom that do not change when it is turned."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.special import gamma

from course_lib.arguments import check_atoms, check_elements, positive, whole
from course_lib.compiled import njit
from course_lib.potentials.density import STEP, Density, Radial, monomials
from course_lib.potentials.density_engine import Neighbours
from course_lib.potentials.graph import edges
from course_lib.potentials.pair_engine import QUICK


@dataclass(frozen=True)
class GaussianOrbitals(Radial):
    """R_nl(r): what a neighbour, smeared to a Gaussian, has in common with the radial function g_nl, times f_c(r).

    g_nl(r) = sum_k b_lnk r^l exp(-a_kl r^2) are orthonormal, and a_kl such that the k-th has fallen to 0.001 at
    a distance between 1 Å and the cutoff. The integral with exp(-|r - D|^2 / 2 sigma^2) over space is closed:

        R_nl(r) = f_c(r) sum_k b_lnk (pi / s_kl)^(3/2) (eta r / s_kl)^l exp(-a_kl eta r^2 / s_kl)

    with eta = 1 / (2 sigma^2), s_kl = a_kl + eta, f_c(r) = 1 - 3 x^2 + 2 x^3 and x = r / r_c. Himanen et al. 2020,
    doi:10.1016/j.cpc.2019.106949: the "gto" of dscribe with its weighting "poly".

    ===============  =======================================
    equation         here
    ===============  =======================================
    a_kl             ``alpha``, (l_max + 1, number)
    b_lnk            ``beta``, (l_max + 1, number, number)
    r_c, sigma       ``cutoff``, ``sigma``
    ===============  =======================================

    Parameters
    ----------
    cutoff : float
        r_c in Å, above 1.
    number : int
        Number of functions for each l.
    l_max : int
        Highest l of the angular functions.
    sigma : float
        Width of a smeared neighbour in Å.
    """

    cutoff: float
    number: int
    l_max: int
    sigma: float = 0.5

    def __post_init__(self):
        if positive("The cutoff (Å)", self.cutoff) <= 1:
            raise ValueError(f"The cutoff is {self.cutoff} Å: the first radial function alone reaches to 1 Å.")
        for name, least in (("number", 1), ("l_max", 0)):
            object.__setattr__(self, name, whole(name, getattr(self, name), least))
        if positive("sigma (Å)", self.sigma) < 0.05:
            raise ValueError(f"sigma is {self.sigma} Å: give 0.05 or more.")
        values = np.linalg.eigvalsh(self._overlap)
        if (values[:, 0] < 1e-13 * values[:, -1]).any():
            raise ValueError(
                f"{self.number} radial functions up to {self.cutoff} Å are too much alike to be told apart: give "
                "fewer, or a larger cutoff."
            )

    @cached_property
    def alpha(self):
        """Exponents in 1/Å^2."""
        reach, l = np.linspace(1, self.cutoff, self.number), np.arange(self.l_max + 1)[:, None]
        return (l * np.log(reach) - np.log(0.001)) / reach**2

    @property
    def _overlap(self):
        power = np.arange(self.l_max + 1)[:, None, None] + 1.5
        return gamma(power) / 2 * (self.alpha[:, :, None] + self.alpha[:, None, :]) ** -power

    @cached_property
    def beta(self):
        """Weights that make the functions orthonormal: the inverse square root of their overlaps (Löwdin)."""
        values, vectors = np.linalg.eigh(self._overlap)
        return (vectors / np.sqrt(values)[:, None, :]) @ vectors.swapaxes(1, 2)

    def __call__(self, r, xp=torch):
        """R_nl for distances (P,) in Å: (P, number, l_max + 1) of the array library ``xp``."""
        like = (lambda x: x) if xp is np else (lambda x: torch.from_numpy(x).to(r.dtype))
        eta, x = 1 / (2 * self.sigma**2), r / self.cutoff
        wide, fade = self.alpha + eta, 1 - 3 * x**2 + 2 * x**3
        R = []
        for l in range(self.l_max + 1):
            factor = (self.beta[l] * (np.pi / wide[l]) ** 1.5 * (eta / wide[l]) ** l).T
            each = _exp(-like(self.alpha[l] * eta / wide[l]) * (r**2)[:, None], xp)
            R.append((fade * r**l)[:, None] * (each @ like(factor)))
        return xp.stack(R, 2)


def _exp(x, xp):
    """exp(x); of a complex step, exp(a + i b) = exp(a) (1 + i b), as b^2 is far below rounding."""
    return np.exp(x.real) * (1 + 1j * x.imag) if xp is np and np.iscomplexobj(x) else xp.exp(x)


@dataclass(frozen=True)
class SOAP:
    """p_ab,l = sqrt(8 pi^2 / (2 l + 1)) sum_m A_alm A_blm, where a and b are each an element z and a radial function n.

    p is symmetric: it is kept for a <= b only, with sqrt(2) where a < b, so that the scalar product of two p is the sum
    over all a and b. An atom is a neighbour of itself, at r = 0. Bartók, Kondor and Csányi 2013,
    doi:10.1103/PhysRevB.87.184115.

    ========  ==================================================
    equation  here
    ========  ==================================================
    A_alm     ``density``, and ``own`` for the atom itself
    p_ab,l    columns, in the order l, a, b: the last runs fastest
    ========  ==================================================

    Parameters
    ----------
    elements : tuple of str
        Sorted by atomic number.
    radial : GaussianOrbitals
        The radial functions; they know l_max.
    """

    elements: tuple
    radial: GaussianOrbitals

    def __post_init__(self):
        object.__setattr__(self, "elements", check_elements(self.elements))

    @cached_property
    def density(self):
        """The A of the neighbours."""
        return Density(self.elements, self.radial, self.radial.l_max)

    @cached_property
    def own(self):
        """What an atom of each element adds to its own A: (elements, columns)."""
        A = np.zeros((len(self.elements), *self.density.shape))
        for z, mine in enumerate(A):
            mine[z, :, 0] = self.radial(np.zeros(1), np)[0, :, 0] / np.sqrt(4 * np.pi)
        return A.reshape(len(A), -1)

    @cached_property
    def pairs(self):
        """The a and b of each pair a <= b, and for each l the weight of each pair."""
        a, b = np.triu_indices(len(self.elements) * self.radial.number)
        l = np.arange(self.radial.l_max + 1)[:, None]
        return a, b, np.sqrt(8 * np.pi**2 / (2 * l + 1)) * np.where(a < b, np.sqrt(2), 1)

    def __len__(self):
        return self.pairs[2].size

    def _by_l(self, A):
        """For each l the A_alm, (N, a, 2 l + 1)."""
        A = A.reshape(len(A), -1, self.density.shape[2])
        return [A[:, :, l * l : (l + 1) ** 2] for l in range(self.radial.l_max + 1)]

    def __call__(self, A, xp=torch):
        """p of A (N, columns), which hold ``own``: (N, K) of the array library ``xp``."""
        a, b, weights = self.pairs
        weights = weights if xp is np else torch.from_numpy(weights).to(A.dtype)
        each = [w * (A_l @ A_l.swapaxes(1, 2))[:, a, b] for w, A_l in zip(weights, self._by_l(A))]
        return xp.concatenate(each, 1)

    def functions(self, D):
        """R_nl and Y_lm of edges D (P, 3), and their derivatives: (P, n, l), (P, lm), (P, 3, n, l), (P, 3, lm)."""
        r = np.linalg.norm(D, axis=1)
        R = self.radial(r + 1j * STEP, np)
        moved = (D + 1j * STEP * np.eye(3)[:, None]).reshape(-1, 3)  # along x, y and z
        u = moved / np.sqrt(np.sum(moved**2, axis=1, keepdims=True))
        Y = (monomials(u, self.radial.l_max, np) @ self.density.T.T).reshape(3, len(D), -1)
        dR = (R.imag / STEP)[:, None] * (D / r[:, None])[:, :, None, None]
        return R.real, Y[0].real, dR, Y.imag.swapaxes(0, 1) / STEP

    def push(self, A, kind, functions):
        """The derivatives of p of one atom, with these A (columns,), by its edges: (P, 3, K).

        d(A_a . A_b) = (A_a . Y) dR_b + (A_a . dY) R_b and the same with a and b exchanged, where b is of the element of
        the neighbour; the derivatives of all A, which are many more numbers, are not needed.
        """
        out = np.empty((len(kind), 3, len(self)))
        _push(A.reshape(-1, self.density.shape[2]), kind, *functions, *self.pairs, out)
        return out

    def pull(self, A, G):
        """From derivatives by p (N, K) to derivatives by A (N, columns)."""
        a, b, weights = self.pairs
        out = []
        for w, A_l, G_l in zip(weights, self._by_l(A), np.split(G, len(weights), axis=1)):
            both = np.zeros((len(A), A_l.shape[1], A_l.shape[1]))
            both[:, a, b] = w * G_l
            out.append((both + both.swapaxes(1, 2)) @ A_l)
        return np.concatenate(out, axis=2).reshape(len(A), -1)

    def describe(self, atoms):
        """p of each atom of a structure, (N, K): compiled."""
        check_atoms(atoms, self.elements, "This SOAP")
        i, j, D = edges(atoms, self.radial.cutoff)
        A = Neighbours(self.density, i, j, D, atoms.numbers).A()
        return self(A + self.own[self.density.kinds[atoms.numbers]], np)


@njit(**QUICK)
def _push(A, kind, R, Y, dR, dY, first, second, weights, out):
    size, number = len(A), R.shape[1]
    near, turned = np.empty(size), np.empty((3, size))
    for p in range(len(kind)):
        begin, end = kind[p] * number, (kind[p] + 1) * number  # the a of the neighbour's element
        for l in range(len(weights)):
            near[:] = 0.0
            turned[:] = 0.0
            for a in range(size):
                for m in range(l * l, (l + 1) ** 2):
                    near[a] += A[a, m] * Y[p, m]
                    for x in range(3):
                        turned[x, a] += A[a, m] * dY[p, x, m]
            for x in range(3):
                for k in range(len(first)):
                    a, b, total = first[k], second[k], 0.0
                    if begin <= b < end:
                        total += near[a] * dR[p, x, b - begin, l] + turned[x, a] * R[p, b - begin, l]
                    if begin <= a < end:
                        total += near[b] * dR[p, x, a - begin, l] + turned[x, b] * R[p, a - begin, l]
                    out[p, x, l * len(first) + k] = weights[l, k] * total
