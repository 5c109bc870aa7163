"""What every linear potential on the density is: its functions of one atom's A, written once and evaluated fast."""

import numpy as np
import torch

from course_lib.arguments import positive
from course_lib.compiled import njit
from course_lib.potentials.density_engine import Neighbours
from course_lib.potentials.graph import edges
from course_lib.potentials.linear import LinearPotential
from course_lib.potentials.pair_engine import QUICK

STEEP = 100.0  # eV/Å^3, of the wall: 0.5 Å inside it cost 12 eV, more than any bond


class DensityPotential(LinearPotential):
    """e_i = sum_k c_(Z_i)k B_k(A_i): each central element has its own coefficients.

    A family gives its constructor a :class:`course_lib.potentials.density.Density` and functions B_k of A, which have
    a definition in torch (``functions(A)``) and compiled twins (``weighted`` and ``jacobian``, see
    :class:`course_lib.potentials.polynomials.Polynomials`).

    Parameters
    ----------
    elements : sequence of str
        Symbols of the elements it is for.
    density : Density
        Gives the A of an atom.
    functions : Polynomials
        The B_k, K in number.

    Attributes
    ----------
    walls : (elements, elements) tensor
        Distances w in Å inside which two atoms repel with the energy 100 eV/Å^3 (w - r)^3, see :meth:`fit`.
    """

    def __init__(self, elements, density, functions):
        super().__init__(elements, density.radial.cutoff, len(elements) * len(functions))
        self.density, self.functions = density, functions
        self.register_buffer("walls", torch.zeros(len(elements), len(elements), dtype=torch.float64))

    def fit(self, frames, loss=None, ridge=1e-8, check_units=True, wall=None):
        """As :meth:`LinearPotential.fit`; with a wall where no training frame was.

        Polynomials know nothing of distances that no frame has: two atoms may fall into each other. A wall at a part of
        the shortest distance of each pair of elements in the frames is zero in all of them, and repels inside. It makes
        such a fall rare and not impossible: it is 100 eV/Å^3 w^3 high at most, a pair that no frame has within the
        cutoff gets none, and ``leverage`` knows nothing of it. Each new fit, and ``train``, begin without walls.

        Parameters
        ----------
        frames, loss, ridge, check_units
            As in the base.
        wall : float, optional
            Part of the shortest distances at which the wall begins, between 0 and 1; without it there is none.
        """
        if wall is not None and not positive("wall", wall) <= 1:
            raise ValueError(f"wall is {wall}: give a part of the shortest distance, not above 1.")
        super().fit(frames, loss, ridge, check_units)
        shortest = np.full(self.walls.shape, np.inf)
        for atoms in frames if wall is not None else []:
            i, j, D = edges(atoms, self.cutoff)
            kinds = self.density.kinds[atoms.numbers]
            np.minimum.at(shortest, (kinds[i], kinds[j]), np.linalg.norm(D, axis=1))
        shortest[np.isinf(shortest)] = 0  # a pair that no frame has within the cutoff: no wall
        self.walls.copy_(torch.from_numpy((wall or 0.0) * shortest))

    def standardise(self, graph):
        """Walls of an earlier fit are at the distances of other frames."""
        self.walls.zero_()

    def _load_from_state_dict(self, state, prefix, *rest):
        state.setdefault(f"{prefix}walls", torch.zeros_like(self.walls))  # files from before there were walls
        super()._load_from_state_dict(state, prefix, *rest)

    def sites(self, graph):
        """e_i of each atom, (N,): the functions, and half of each wall it stands in, whose energy has no scale."""
        kinds = torch.from_numpy(self.density.kinds)[graph.Z]
        inside = (self.walls[kinds[graph.i], kinds[graph.j]] - graph.D.norm(dim=1)).clamp(min=0).to(graph.D.dtype)
        return super().sites(graph).index_add(0, graph.i, STEEP / 2 / self.scale * inside**3)

    def basis(self, graph):
        """B_k of each atom in the columns of its own element, (N, elements x K)."""
        B, centre = self.functions(self.density(graph)), torch.from_numpy(self.density.kinds)[graph.Z]
        mine = torch.nn.functional.one_hot(centre, len(self.elements)).to(B.dtype)
        return (mine[:, :, None] * B[:, None, :]).flatten(1)

    def slopes(self, i, j, D, Z):
        """The compiled twin: site energies and their derivatives by the edges, without torch."""
        *products, of = self.functions.program
        weights = of @ self.coefficients.detach().double().numpy().reshape(len(self.elements), -1).T
        sites, dE_dD = self._around(i, j, D, Z).sites(*products, self.scale * np.ascontiguousarray(weights.T))
        r, kinds = np.linalg.norm(D, axis=1), self.density.kinds[Z]
        inside = self.walls.double().numpy()[kinds[i], kinds[j]] - r
        if len(p := np.flatnonzero(inside > 0)):
            np.add.at(sites, i[p], STEEP / 2 * inside[p] ** 3)
            dE_dD[p] -= (STEEP * 3 / 2 * inside[p] ** 2 / r[p])[:, None] * D[p]
        return sites, dE_dD

    def _around(self, i, j, D, Z):
        return Neighbours(self.density, i, j, D, Z, self.functions.used.reshape(self.density.shape))

    def design(self, graph):
        """As in the base, compiled: rows for energies (M, K), forces (N, 3, K) and virials (M, 3, 3, K)."""
        i, j, D, Z, frame = (x.numpy() for x in (graph.i, graph.j, graph.D.double(), graph.Z, graph.frame))
        around, size, elements = self._around(i, j, D, Z), len(self.functions), len(self.elements)
        A, slopes, j, D = around.A(), around.slopes(), j[around.order], D[around.order]
        rank, M, columns = np.argsort(around.atoms), len(graph.counts), elements * size
        E, F, W = np.zeros((M, columns)), np.zeros((len(Z), 3, columns)), np.zeros((M, 3, 3, columns))
        for n, centre in enumerate(self.density.kinds[Z]):
            own = slice(centre * size, (centre + 1) * size)
            B, J = self.functions.jacobian(A[n])
            E[frame[n], own] += B
            J = J.reshape(size, *self.density.shape)
            for z, used in enumerate(self.functions.used.reshape(self.density.shape)):
                p = slice(*around.first[rank[n] * elements + z :][:2])
                dA_dD = slopes[p][:, :, used]  # (p, 3, columns)
                rows = (dA_dD.reshape(-1, dA_dD.shape[2]) @ J[:, z, used].T).reshape(*dA_dD.shape[:2], size)
                F[n, :, own] += rows.sum(axis=0)
                take_away(F, j[p], rows, own.start)
                W[frame[n], :, :, own] += np.einsum("px,pyk->xyk", D[p], rows)
        return tuple(torch.from_numpy(x).to(graph.D.dtype) for x in (E, F, W))


@njit(**QUICK)
def take_away(F, j, rows, first):
    """F[j[p], :, first:] -= rows[p] for each p, where a j may stand several times."""
    for p in range(len(j)):
        for x in range(3):
            for k in range(rows.shape[2]):
                F[j[p], x, first + k] -= rows[p, x, k]
