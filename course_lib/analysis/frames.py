"""One frame, many frames or a whole trajectory as a list of frames, which the analyses need."""

import numpy as np
from ase import Atoms


def as_frames(frames):
    """``ase.Atoms``, a list of them, or a Trajectory, as a list of ``ase.Atoms``."""
    if isinstance(frames, Atoms):
        return [frames]
    if hasattr(frames, "atoms"):
        return [frames.atoms(f) for f in range(len(frames))]
    frames = list(frames)
    if not frames:
        raise ValueError("There are no frames to analyse.")
    return frames


def indices_of_pair(atoms, pair):
    """Indices of the atoms of the first and of the second element; all atoms for both if ``pair`` is None."""
    if pair is None:
        return np.arange(len(atoms)), np.arange(len(atoms))
    if isinstance(pair, str) or len(pair) != 2:
        raise ValueError(f'pair is {pair!r}: give two elements, such as ("Li", "S").')
    return tuple(_indices_of(atoms, symbol) for symbol in pair)


def _indices_of(atoms, symbol):
    found = np.flatnonzero(atoms.symbols == symbol)
    if len(found) == 0:
        raise ValueError(f"There is no {symbol} here: there are {', '.join(sorted(set(atoms.symbols)))}.")
    return found
