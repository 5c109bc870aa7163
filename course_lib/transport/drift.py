"""Take out the motion of the crystal as a whole."""

from course_lib.arguments import chosen_atoms
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
    fixed = positions[:, chosen_atoms("The framework", framework, positions.shape[1])]
    if fixed.shape[1] == 0:
        raise ValueError("The framework has no atoms: give the indices of the ions that stay on their sites.")
    mean = fixed.mean(axis=1, keepdims=True)  # (F, 1, 3)
    return positions - (mean - mean[0])
