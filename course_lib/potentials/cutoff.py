"""How a neighbour fades out: without a smooth cutoff the energy jumps whenever an atom comes or goes."""

import torch


def cosine_cutoff(r, r_c):
    """f_c(r) = [cos(pi r / r_c) + 1] / 2 below r_c, and 0 beyond.

    Behler and Parrinello 2007, doi:10.1103/PhysRevLett.98.146401.

    Parameters
    ----------
    r : tensor
        In Å, any shape.
    r_c : float
        In Å.

    Returns
    -------
    tensor
        Of the shape of ``r``.
    """
    return torch.where(r < r_c, (torch.cos(torch.pi * r / r_c) + 1) / 2, 0.0)
