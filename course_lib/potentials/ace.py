"""The atomic cluster expansion, linear: products of one, two and three A that do not change when the atom is turned."""

from collections import defaultdict
from functools import cache
from itertools import combinations_with_replacement, product

import numpy as np

from course_lib.arguments import check_elements, positive, whole
from course_lib.potentials.density import Chebyshev, Density, harmonics_of_monomials, monomials
from course_lib.potentials.density_potential import DensityPotential
from course_lib.potentials.polynomials import Polynomials


@cache
def coupling(l_max):
    """C[lm, l'm', l''m''] = integral over the sphere of Y_lm Y_l'm' Y_l''m'': weights of A A A that no turn changes.

    Turning all three harmonics turns the integrand, and its integral stays. For each l, l', l'' with an even sum there
    is no other such weight (real Gaunt coefficients). The quadrature, Gauss-Legendre in z and equal steps around it, is
    exact.

    Returns
    -------
    ((l_max + 1)^2, (l_max + 1)^2, (l_max + 1)^2) array
    """
    z, weight = np.polynomial.legendre.leggauss(2 * l_max + 1)
    phi = 2 * np.pi * np.arange(3 * l_max + 1) / (3 * l_max + 1)
    s = np.sqrt(1 - z**2)[:, None]
    u = np.stack(np.broadcast_arrays(s * np.cos(phi), s * np.sin(phi), z[:, None]), axis=-1).reshape(-1, 3)
    Y = monomials(u, l_max, np) @ harmonics_of_monomials(l_max).T
    C = np.einsum("pa,pb,pc->abc", Y * np.repeat(weight, len(phi))[:, None] * (2 * np.pi / len(phi)), Y, Y)
    return np.where(np.abs(C) < 1e-10, 0, C)


def invariants(density, degrees):
    """The functions of ACE as :class:`Polynomials`: B1 = A_zq00, B2 = sum_m A A, B3 = sum_mm'm'' C A A A.

    Parameters
    ----------
    density : Density
    degrees : tuple of int
        For one, two and three factors: the largest sum of q + l over them.
    """
    Z, Q, _ = density.shape
    channels = [(z, q, l) for z in range(Z) for q in range(Q) for l in range(density.l_max + 1)]
    C, functions = coupling(density.l_max), []
    for order, degree in enumerate(degrees, start=1):
        small = [channel for channel in channels if channel[1] + channel[2] <= degree]
        for chosen in combinations_with_replacement(small, order):
            ls = sorted(l for *_, l in chosen)
            even = sum(ls) % 2 == 0 and ls[-1] <= sum(ls[:-1])
            if sum(q + l for _, q, l in chosen) <= degree and even:
                functions.append(_terms(density, chosen, C))
    return Polynomials(tuple(functions), int(np.prod(density.shape)))


def _terms(density, chosen, C):
    """The products in one function, and their weights."""
    terms = defaultdict(float)
    spans = [range(l * l, (l + 1) ** 2) for *_, l in chosen]
    for lms in product(*spans):
        full = (*lms, 0, 0)[:3]  # Y_00 is a constant
        if weight := C[full]:
            terms[tuple(sorted(density.column(z, q, lm) for (z, q, _), lm in zip(chosen, lms)))] += weight
    return dict(terms)


class ACE(DensityPotential):
    """Linear ACE: e_i = sum_k c_k B_k with B1 = A_zq00, B2 = sum_m A A, B3 = sum_mm'm'' C A A A.

    Drautz 2019, doi:10.1103/PhysRevB.99.014104.

    ========  ===========================================
    equation  here
    ========  ===========================================
    A_zqlm    ``density``
    C         :func:`coupling`
    B_k       ``functions``, made by :func:`invariants`
    c_k       ``coefficients``, for each central element
    ========  ===========================================

    Parameters
    ----------
    elements : sequence of str
        Symbols of the elements it is for.
    cutoff : float
        Cutoff in Å.
    degrees : sequence of int
        For products of one, two and three A: the largest sum of q + l over their factors.
    l_max : int
        Highest degree l of the spherical harmonics.
    decay : float
        Scale of the radial functions, see :class:`course_lib.potentials.density.Chebyshev`.
    """

    def __init__(self, elements, cutoff=5.0, degrees=(12, 10, 8), l_max=4, decay=2.0):
        if not isinstance(degrees, (list, tuple, np.ndarray)) or len(degrees) not in (1, 2, 3):
            raise ValueError(f"The degrees are {degrees}: give one each for products of one, two and three A.")
        self.degrees, self.l_max = tuple(whole("degrees", d) for d in degrees), whole("l_max", l_max, least=0)
        self.decay = positive("decay", decay)
        elements = check_elements(elements)
        radial = Chebyshev(positive("The cutoff (Å)", cutoff), max(self.degrees) + 1, self.decay)
        density = Density(elements, radial, self.l_max)
        super().__init__(elements, density, invariants(density, self.degrees))
