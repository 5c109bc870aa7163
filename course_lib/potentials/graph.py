"""The neighbourhoods of all atoms of some frames as one graph of directed edges, the input of every potential."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from ase import Atoms

from course_lib.potentials.pair_engine import neighbour_list


def edges(atoms: Atoms, cutoff: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All pairs closer than ``cutoff`` (Å), each in both directions: i, j, and D from i to j, sorted by i.

    Raises
    ------
    ValueError
        Where two atoms lie on the same spot, or a cell has no volume.
    """
    i, j, _, D = neighbour_list(atoms.positions, atoms.cell.array, atoms.pbc, cutoff)
    squares = np.einsum("px,px->p", D, D)
    if len(D) and squares.min() < 1e-12:
        at = np.argmin(squares)
        raise ValueError(f"Atoms {i[at]} and {j[at]} lie on the same spot: move one of them.")
    return i, j, D


@dataclass(frozen=True)
class Graph:
    """M frames with N atoms and P edges in all, concatenated one after the other.

    An edge is a pair closer than the cutoff, seen from its atom ``i``. Each pair appears in both directions; in a small
    cell an atom can have several copies of a neighbour, and copies of itself, as neighbours. Positions enter only
    through ``D``: what is computed from ``D`` does not change when a frame is shifted, and the derivative of the energy
    by ``D`` gives forces and virial (:meth:`course_lib.potentials.base.Potential.evaluate`).

    Attributes
    ----------
    D : (P, 3) tensor
        Vectors from atom i to atom j (or to its periodic copy) in Å; they have the graph's dtype.
    i, j : (P,) tensors of int
        Central atom and neighbour of each edge; sorted by i.
    Z : (N,) tensor of int
        Atomic numbers.
    frame : (N,) tensor of int
        Number of the frame that an atom belongs to, counted from 0.
    counts : (M,) tensor of int
        Number of atoms of each frame.
    volume : (M,) tensor
        Volume of each frame in Å^3; NaN for a frame that is not periodic in all directions.
    kept : dict of tensors
        Quantities with one row per atom that a potential computes only once for these neighbourhoods, because they do
        not depend on its weights (:meth:`course_lib.potentials.base.Potential.describe`).
    """

    D: torch.Tensor
    i: torch.Tensor
    j: torch.Tensor
    Z: torch.Tensor
    frame: torch.Tensor
    counts: torch.Tensor
    volume: torch.Tensor
    kept: dict = field(default_factory=dict)

    @classmethod
    def of(cls, frames: Atoms | Sequence[Atoms], cutoff: float, dtype: torch.dtype = torch.float64) -> "Graph":
        """The graph of ``ase.Atoms`` or a list of them, with edges up to ``cutoff`` in Å."""
        graphs = [cls._of_one(atoms, cutoff, dtype) for atoms in ([frames] if isinstance(frames, Atoms) else frames)]
        return graphs[0] if len(graphs) == 1 else cls.join(graphs)

    @classmethod
    def _of_one(cls, atoms: Atoms, cutoff: float, dtype: torch.dtype) -> "Graph":
        i, j, D = edges(atoms, cutoff)
        volume = abs(np.linalg.det(atoms.cell.array)) if atoms.pbc.all() else np.nan  # abs: the cell may be left-handed
        return cls.of_edges(i, j, D, atoms.numbers, dtype, volume)

    @classmethod
    def of_edges(
        cls,
        i: np.ndarray,
        j: np.ndarray,
        D: np.ndarray,
        Z: np.ndarray,
        dtype: torch.dtype,
        volume: float = np.nan,
    ) -> "Graph":
        """The graph of one frame from its edges (arrays) and atomic numbers."""
        who, whom, vectors, numbers = (torch.from_numpy(x) for x in (i, j, D, Z.astype(np.int64)))
        frame, counts = torch.zeros(len(Z), dtype=torch.int64), torch.tensor([len(Z)])
        return cls(vectors.to(dtype), who, whom, numbers, frame, counts, torch.tensor([volume], dtype=dtype))

    @classmethod
    def join(cls, graphs: Sequence["Graph"]) -> "Graph":
        """Several graphs joined into one, their frames one after the other."""
        atoms, edges, frames = (
            torch.tensor([len(x) for x in xs]) for xs in zip(*[(graph.Z, graph.i, graph.counts) for graph in graphs])
        )
        first_atom, first_frame = torch.cumsum(atoms, 0) - atoms, torch.cumsum(frames, 0) - frames
        shift = torch.repeat_interleave(first_atom, edges)
        parts = zip(*[(g.D, g.i, g.j, g.Z, g.frame, g.counts, g.volume) for g in graphs])
        D, i, j, Z, frame, counts, volume = (torch.cat(part) for part in parts)
        frame = frame + torch.repeat_interleave(first_frame, atoms)
        kept = {name: torch.cat([graph.kept[name] for graph in graphs]) for name in graphs[0].kept}
        return cls(D, i + shift, j + shift, Z, frame, counts, volume, kept)

    def with_edges(self, D: torch.Tensor) -> "Graph":
        """The same graph with other edge vectors (P, 3) in Å; ``kept`` is empty, as it belongs to the old vectors."""
        return replace(self, D=D, kept={})

    def triplets(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Every unordered pair of edges that share their first atom.

        Returns
        -------
        a, b : (T,) tensors of int
            The two edges, a < b.
        """
        degree = torch.bincount(self.i, minlength=len(self.Z))
        start = torch.cumsum(degree, 0) - degree
        later = (start + degree)[self.i] - torch.arange(len(self.i)) - 1  # edges of the same atom after this one
        a = torch.repeat_interleave(torch.arange(len(self.i)), later)
        first = torch.cumsum(later, 0) - later
        return a, a + 1 + torch.arange(len(a)) - first[a]
