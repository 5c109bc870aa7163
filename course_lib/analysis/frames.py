"""One frame, many frames or a whole trajectory: the analyses take them alike."""

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


def indices_of(atoms, symbol):
    """Indices of all atoms of one element, or of all where ``symbol`` is None."""
    if symbol is None:
        return np.arange(len(atoms))
    found = np.flatnonzero(atoms.symbols == symbol)
    if len(found) == 0:
        raise ValueError(f"There is no {symbol} here: there are {', '.join(sorted(set(atoms.symbols)))}.")
    return found
