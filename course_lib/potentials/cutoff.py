"""How a neighbour fades out: without a smooth cutoff the energy jumps whenever an atom comes or goes."""

import numpy as np


def cosine_cutoff(r, r_c):
    """f_c(r) = [cos(pi r / r_c) + 1] / 2 below r_c, else 0, and its slope.

    Behler and Parrinello 2007, doi:10.1103/PhysRevLett.98.146401.

    Parameters
    ----------
    r : array
        In Å, any shape.
    r_c : float
        In Å.

    Returns
    -------
    f, df : arrays
        Of the shape of ``r``; df in 1/Å.
    """
    inside = r < r_c
    x = np.pi * np.minimum(r, r_c) / r_c
    return np.where(inside, (np.cos(x) + 1) / 2, 0.0), np.where(inside, -np.pi / (2 * r_c) * np.sin(x), 0.0)
