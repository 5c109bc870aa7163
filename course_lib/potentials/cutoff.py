"""The smooth cutoff function: without it the energy jumps whenever an atom crosses the cutoff."""

import torch


def cosine_cutoff(r, r_c):
    """f_c(r) = [cos(pi r / r_c) + 1] / 2 below r_c, and 0 beyond.

    Behler and Parrinello 2007, doi:10.1103/PhysRevLett.98.146401.

    Parameters
    ----------
    r : tensor
        Distances in Å, any shape.
    r_c : float
        Cutoff in Å.

    Returns
    -------
    tensor
        f_c, of the same shape as ``r``.
    """
    return torch.where(r < r_c, (torch.cos(torch.pi * r / r_c) + 1) / 2, 0.0)
