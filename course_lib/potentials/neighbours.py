"""Which atoms are near each other: the minimum image and a neighbour list that is not rebuilt at every step."""

import numpy as np

BLOCK = 512  # rows of the distance table handled at once, so that memory grows with N and not with N^2


def minimum_image(vectors, cell, pbc):
    """Shortest periodic copy of each vector: round its fractional coordinates away.

    Parameters
    ----------
    vectors : (..., 3) array
        In Å.
    cell : (3, 3) array
        Cell vectors as rows, linearly independent.
    pbc : (3,) array of bool

    Returns
    -------
    (..., 3) array
        Exact where the cell has right angles, and in a skewed cell for every vector whose shortest copy is not
        longer than half the thickness of the cell.
    """
    fractional = vectors @ np.linalg.inv(cell)
    return vectors - np.where(pbc, np.round(fractional), 0.0) @ cell


def thickness(cell, pbc):
    """Smallest distance in Å between opposite faces of the cell across its periodic directions."""
    return min((1 / np.linalg.norm(np.linalg.inv(cell), axis=0))[pbc], default=np.inf)


def check_cutoff(cell, pbc, cutoff):
    """Refuse a cell so small that an atom could have two copies of the same neighbour within the cutoff."""
    smallest = thickness(cell, pbc)
    if 2 * cutoff > smallest * (1 + 1e-12):
        raise ValueError(
            f"The cell is {smallest:.2f} Å thick and the cutoff {cutoff:.2f} Å: with the minimum image it must be at "
            f"least twice the cutoff. Repeat the cell (atoms.repeat) or take a cutoff of {smallest / 2:.2f} Å or less."
        )


def neighbour_pairs(positions, cell, pbc, cutoff):
    """Every pair of atoms closer than ``cutoff`` (Å), each pair once.

    Returns
    -------
    i, j : (P,) arrays of int
        The two atoms of each pair, i < j.
    """
    first, second = [], []
    for start in range(0, len(positions), BLOCK):
        block = positions[start : start + BLOCK]
        d = minimum_image(positions[None, start:] - block[:, None], cell, pbc)  # (block, rest, 3)
        i, j = np.nonzero(np.einsum("ijk,ijk->ij", d, d) < cutoff**2)
        first.append(i[j > i] + start)
        second.append(j[j > i] + start)
    return np.concatenate(first), np.concatenate(second)


class VerletList:
    """Pairs within ``cutoff + skin``, kept until an atom could have crossed the skin.

    As long as no atom has moved further than half the skin since the list was built, no pair closer than the cutoff
    can be missing (Verlet 1967, doi:10.1103/PhysRev.159.98).

    Parameters
    ----------
    cutoff, skin : float
        Cutoff, and the distance by which the list reaches further, both in Å.

    Attributes
    ----------
    builds : int
        How often the list was built.
    """

    def __init__(self, cutoff, skin):
        self.cutoff, self.skin = cutoff, skin
        self.builds = 0
        self._made_at = self._made_for = None

    def pairs(self, positions, cell, pbc):
        """Pairs ``i, j`` for these positions, some beyond the cutoff; the list is rebuilt only when necessary."""
        made_for = (len(positions), cell.tobytes(), pbc.tobytes())
        if made_for != self._made_for or self._moved_too_far(positions):
            check_cutoff(cell, pbc, self.cutoff)
            self._usable_skin = self._skin_for(cell, pbc)
            self._pairs = neighbour_pairs(positions, cell, pbc, self.cutoff + self._usable_skin)
            self._made_at, self._made_for = positions.copy(), made_for
            self.builds += 1
        return self._pairs

    def _skin_for(self, cell, pbc):
        lengths = cell @ cell.T
        if np.allclose(lengths, np.diag(np.diag(lengths)), atol=1e-9 * lengths.max()):
            return self.skin  # right angles: rounding finds the shortest copy at any distance
        return max(min(self.skin, thickness(cell, pbc) / 2 - self.cutoff), 0.0)

    def _moved_too_far(self, positions):
        moved = positions - self._made_at
        return np.max(np.einsum("ij,ij->i", moved, moved)) > (self._usable_skin / 2) ** 2
