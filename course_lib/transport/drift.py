"""Take out the motion of the crystal as a whole."""

import numpy as np

from course_lib.transport.unwrap import frames_of_positions


def remove_framework_drift(positions, framework):
    """Positions as seen from the framework, the ions that stay on their sites.

    The total momentum is conserved: when the mobile ions go one way, the framework goes the other, and all of it
    counts as diffusion unless the frame of reference moves along. Only the *framework's* mean displacement is
    taken out. Taking out the mean of the mobile ions would remove what an ammeter measures.

    Parameters
    ----------
    positions : (F, N, 3) array
        Unwrapped, in Å.
    framework : (M,) array
        Indices of the framework's atoms, or N booleans.

    Returns
    -------
    (F, N, 3) array
        All atoms in Å, with the framework's mean where it was in the first frame.
    """
    positions = frames_of_positions(positions)
    fixed = positions[:, checked_indices(framework, positions.shape[1])]
    if fixed.shape[1] == 0:
        raise ValueError("The framework has no atoms: give the indices of the ions that stay on their sites.")
    mean = fixed.mean(axis=1, keepdims=True)  # (F, 1, 3)
    return positions - (mean - mean[0])


def checked_indices(framework, n):
    """Indices or a mask that choose some of n atoms, each one once."""
    chosen = np.asarray(framework)
    if chosen.dtype == bool and chosen.shape == (n,):
        return np.flatnonzero(chosen)
    if chosen.dtype == bool or chosen.ndim != 1 or (len(chosen) and chosen.dtype.kind not in "iu"):
        raise ValueError(
            f"The framework is {chosen.dtype} of the shape {chosen.shape}: give a list of indices, or {n} booleans."
        )
    if np.any((chosen < -n) | (chosen >= n)):
        raise ValueError(f"The framework goes from atom {chosen.min()} to {chosen.max()}: there are 0 to {n - 1}.")
    if len(np.unique(chosen % n)) < len(chosen):
        raise ValueError("The framework names an atom twice: give each index once; a mask is made of True and False.")
    return chosen.astype(int)
