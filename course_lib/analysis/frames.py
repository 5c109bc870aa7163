"""One frame, many frames or a whole trajectory as a list of frames, which the analyses need."""

import numpy as np
from ase import Atoms

from course_lib.arguments import atoms_of_element, check_atoms


def as_frames(frames):
    """``ase.Atoms``, a list of them, or a Trajectory, as a list of ``ase.Atoms``."""
    if isinstance(frames, Atoms):
        return [frames]
    if hasattr(frames, "atoms"):
        return [frames.atoms(f) for f in range(len(frames))]
    frames = list(frames) if np.iterable(frames) else [frames]
    if not frames:
        raise ValueError("There are no frames to analyse.")
    for atoms in frames:
        check_atoms(atoms)
    return frames


def indices_of_pair(atoms, pair):
    """Indices of the atoms of the first and of the second element; all atoms for both if ``pair`` is None."""
    if pair is None:
        return np.arange(len(atoms)), np.arange(len(atoms))
    if not isinstance(pair, tuple | list | np.ndarray) or len(pair) != 2:
        raise ValueError(f'pair is {pair!r}: give two elements, such as ("Li", "S").')
    return tuple(atoms_of_element(atoms.symbols, symbol) for symbol in pair)
