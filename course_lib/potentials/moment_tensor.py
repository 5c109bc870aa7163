"""Moment tensor potentials, linear: all full contractions of moments of the neighbours' positions."""

from collections import Counter
from itertools import combinations, combinations_with_replacement, permutations

import numpy as np

from course_lib.arguments import check_elements, positive, whole
from course_lib.potentials.density import Chebyshev, Density, exponents
from course_lib.potentials.density_potential import DensityPotential
from course_lib.potentials.polynomials import Polynomials

MOST = 4  # moments in one contraction


def contractions(level, elements=1):
    """All contractions of at most four moments up to a level, each once.

    A contraction is a multigraph: a vertex is a moment M_mu,nu of the neighbours of one element, and a bond between two
    of them an index that both share; nu is the number of bonds of a vertex. Its level is the sum of 2 + 4 mu + nu.

    Parameters
    ----------
    level : int
    elements : int
        How many elements the neighbours may have.

    Returns
    -------
    list of (vertices, bonds)
        Vertices as (element, mu), bonds as a dictionary from (i, j), i < j, to their number.
    """
    found = {}
    labels = [(z, mu) for z in range(elements) for mu in range((level - 2) // 4 + 1)]
    for n in range(1, MOST + 1):
        pairs = list(combinations(range(n), 2))
        for vertices in combinations_with_replacement(labels, n):
            left = level - sum(2 + 4 * mu for _, mu in vertices)
            same = [order for order in permutations(range(n)) if all(vertices[o] == v for o, v in zip(order, vertices))]
            orders = [[pairs.index((min(a, b), max(a, b))) for a, b in combinations(order, 2)] for order in same]
            for total in range(left // 2 + 1 if left >= 0 else 0):
                for chosen in combinations_with_replacement(range(len(pairs)), total):
                    bonds = [chosen.count(k) for k in range(len(pairs))]
                    first = max(tuple(bonds[k] for k in order) for order in orders)  # one for all orders of vertices
                    found[vertices, first] = vertices, {pair: many for pair, many in zip(pairs, first) if many}
    return list(found.values())


def invariants(density, level):
    """The contractions as :class:`Polynomials` of the components of the moments.

    Parameters
    ----------
    density : Density
        Cartesian: column (z, mu, abc) is M_mu,nu with nu = a + b + c, in its component x^a y^b z^c.
    level : int
    """
    number = {tuple(row): k for k, row in enumerate(exponents(density.l_max).tolist())}
    functions = []
    for vertices, bonds in contractions(level, len(density.elements)):
        terms = Counter()
        for powers, many in _components(len(vertices), bonds).items():
            columns = (density.column(z, mu, number[row]) for (z, mu), row in zip(vertices, powers))
            terms[tuple(sorted(columns))] += many
        functions.append(dict(terms))
    return Polynomials(tuple(functions), int(np.prod(density.shape)))


def _components(n, bonds):
    """The sum over the axis of each bond: how often each product of components of n moments occurs in it."""
    found = Counter({((0, 0, 0),) * n: 1})
    for pair, many in bonds.items():
        for _ in range(many):
            before, found = found, Counter()
            for powers, times in before.items():
                for axis in range(3):
                    found[tuple(_raised(row, axis) if k in pair else row for k, row in enumerate(powers))] += times
    return found


def _raised(row, axis):
    return tuple(power + (x == axis) for x, power in enumerate(row))


class MomentTensor(DensityPotential):
    """M_mu,nu = sum_j f_mu(r_ij) u_ij (x) ... (x) u_ij (nu times), u_ij = D_ij / r_ij, and all scalars made of them.

    Shapeev 2016, doi:10.1137/15M1054183, in a linear form: f_mu are fixed Chebyshev functions, and each neighbouring
    element has moments of its own. Unit vectors stand in place of D_ij, as in the program motep: at level 20 forces of
    mlearn's silicon are better by it, 0.067 eV/Å in place of 0.074, and those of lithium worse, 0.0088 in place of
    0.0079 (validation frames).

    ===========  ================================================
    equation     here
    ===========  ================================================
    f_mu         ``density.radial``
    M_mu,nu      ``density``, cartesian: one A for each x^a y^b z^c
    scalars B_k  ``functions``, made by :func:`invariants`
    c_k          ``coefficients``, for each central element
    ===========  ================================================

    Parameters
    ----------
    elements : sequence of str
        Symbols of the elements it is for.
    cutoff : float
        Cutoff in Å.
    level : int
        The highest level of a contraction, see :func:`contractions`.
    decay : float
        Scale of the radial functions, see :class:`course_lib.potentials.density.Chebyshev`.
    """

    def __init__(self, elements, cutoff=5.0, level=12, decay=2.0):
        self.level, self.decay = whole("level", level, least=2), positive("decay", decay)
        elements, cutoff = check_elements(elements), positive("The cutoff (Å)", cutoff)
        nu_max = max((self.level - 4) // 2, 0)  # two moments that share all their indices
        radial = Chebyshev(cutoff, (self.level - 2) // 4 + 1, self.decay)
        density = Density(elements, radial, nu_max, cartesian=True)
        super().__init__(elements, density, invariants(density, self.level))
