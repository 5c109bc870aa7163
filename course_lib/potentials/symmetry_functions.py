"""Behler and Parrinello's symmetry functions: numbers that describe a neighbourhood and do not change in a rotation."""

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement

import numpy as np
import torch
from ase.data import atomic_numbers

from course_lib.arguments import check_elements, positive, whole
from course_lib.potentials.cutoff import cosine_cutoff
from course_lib.potentials.graph import Graph


def G2(r, eta, R_s, r_c):
    """Radial function of one neighbour: exp(-eta (r - R_s)^2) f_c(r).

    Behler 2011, doi:10.1063/1.3553717, equation 6.

    Parameters
    ----------
    r : (P,) tensor
        Distance of each neighbour in Å.
    eta, R_s : float or (K,) tensors
        Exponents eta of the bells in 1/Å^2, and their centres R_s in Å.
    r_c : float
        Cutoff in Å.

    Returns
    -------
    (P, K) tensor
    """
    r = r[:, None]
    return torch.exp(-eta * (r - R_s) ** 2) * cosine_cutoff(r, r_c)


def G4(D1, D2, eta, zeta, lam, r_c):
    """Angular function of two neighbours of one atom.

    2^(1 - zeta) (1 + lam cos theta)^zeta exp(-eta (r1^2 + r2^2 + r12^2)) f_c(r1) f_c(r2) f_c(r12)

    Behler 2011, equation 8.

    Parameters
    ----------
    D1, D2 : (T, 3) tensors
        Vectors from the atom to its two neighbours in Å.
    eta : float
        Exponent of the Gaussian in 1/Å^2.
    zeta, lam : float or (K,) tensors
        Exponent zeta sets the sharpness in the angle; lam is +1 or -1.
    r_c : float
        Cutoff in Å.

    Returns
    -------
    (T, K) tensor
    """
    r1, r2, r12 = (torch.linalg.vector_norm(D, dim=1, keepdim=True) for D in (D1, D2, D2 - D1))
    cos = torch.sum(D1 * D2, dim=1, keepdim=True) / (r1 * r2)
    angular = 2 ** (1 - zeta) * torch.clamp(1 + lam * cos, min=0.0) ** zeta  # rounding may put it below zero
    fff = cosine_cutoff(r1, r_c) * cosine_cutoff(r2, r_c) * cosine_cutoff(r12, r_c)
    return angular * torch.exp(-eta * (r1**2 + r2**2 + r12**2)) * fff


@dataclass(frozen=True)
class SymmetryFunctions:
    """A set of G2 for each neighbouring element and of G4 for each pair of elements, summed over the neighbours.

    Each pair of neighbours counts once (Behler's sum over j and k counts it twice).

    Parameters
    ----------
    elements : tuple of str
        Symbols of the elements, each only once.
    r_c : float
        Cutoff in Å.
    radial : int
        Number of radial functions for each element: bells of equal width, evenly spaced from ``r_first`` to ``r_c``.
    r_first : float
        Centre of the first bell in Å.
    zetas : tuple of float
        Exponents zeta of the angular functions; each is used with lam = +1 and with lam = -1.
    eta_angular : float
        Exponent eta of the angular functions in 1/Å^2.
    """

    elements: tuple
    r_c: float = 6.0
    radial: int = 10
    r_first: float = 0.8
    zetas: tuple = (1.0, 2.0, 4.0, 8.0)
    eta_angular: float = 0.01

    def __post_init__(self):
        r_c, first = positive("The cutoff r_c (Å)", self.r_c), positive("r_first (Å)", self.r_first)
        if r_c <= first:
            raise ValueError(f"The cutoff r_c is {r_c} Å and the first bell is at {first} Å: take a longer cutoff.")
        object.__setattr__(self, "elements", check_elements(self.elements))
        object.__setattr__(self, "radial", whole("radial", self.radial, least=2))
        positive("eta_angular (1/Å²)", self.eta_angular, zero=True)
        if not (self.zetas and min(positive("zeta", zeta) for zeta in self.zetas) >= 1):
            raise ValueError(f"The zetas are {self.zetas}: take 1 or more each, or the forces are not finite numbers.")
        object.__setattr__(self, "zetas", tuple(map(float, self.zetas)))

    @property
    def centres(self):
        """R_s of the radial functions, (radial,) in Å."""
        return np.linspace(self.r_first, self.r_c, self.radial, endpoint=False)

    @property
    def eta_radial(self):
        """eta of the radial functions in 1/Å^2: the standard deviation of a bell equals the spacing of the bells."""
        return 1 / (2 * (self.centres[1] - self.centres[0]) ** 2)

    @property
    def pairs(self):
        """Unordered pairs of elements."""
        return tuple(combinations_with_replacement(self.elements, 2))

    @cached_property
    def tables(self):
        """The input of ``symmetry_engine.py``: the number of each element, of each pair, and the parameters."""
        n, kinds = len(self.elements), np.full(len(atomic_numbers), -1)
        kinds[[atomic_numbers[symbol] for symbol in self.elements]] = np.arange(n)
        pair_of = np.zeros((n, n), np.int64)
        pair_of[np.triu_indices(n)] = np.arange(len(self.pairs))
        pair_of = np.maximum(pair_of, pair_of.T)
        radial = self.centres, float(self.eta_radial)
        return kinds, pair_of, float(self.r_c), *radial, np.array(self.zetas), float(self.eta_angular)

    def __len__(self):
        return len(self.elements) * self.radial + len(self.pairs) * 2 * len(self.zetas)

    def __call__(self, graph: Graph):
        """All functions of all atoms: (N, K) tensor, differentiable with respect to the edges.

        ``symmetry_engine.py`` computes the same numbers fast.
        """
        new = {"dtype": graph.D.dtype}
        kinds, n = torch.from_numpy(self.tables[0])[graph.Z[graph.j]], len(graph.Z)
        a, b = graph.triplets()
        low, high = torch.minimum(kinds[a], kinds[b]), torch.maximum(kinds[a], kinds[b])
        zeta, lam = torch.tensor(self.zetas, **new).repeat_interleave(2), torch.tensor([1.0, -1.0], **new)
        lam, columns = lam.repeat(len(self.zetas)), []
        for kind in range(len(self.elements)):
            mine = torch.nonzero(kinds == kind)[:, 0]
            r = torch.linalg.vector_norm(graph.D[mine], dim=1)
            g = G2(r, self.eta_radial, torch.tensor(self.centres, **new), self.r_c)
            columns.append(torch.zeros(n, self.radial, **new).index_add(0, graph.i[mine], g))
        for one, other in combinations_with_replacement(range(len(self.elements)), 2):
            mine = torch.nonzero((low == one) & (high == other))[:, 0]
            A, B = a[mine], b[mine]
            g = G4(graph.D[A], graph.D[B], self.eta_angular, zeta, lam, self.r_c)
            columns.append(torch.zeros(n, len(zeta), **new).index_add(0, graph.i[A], g))
        return torch.cat(columns, dim=1)
