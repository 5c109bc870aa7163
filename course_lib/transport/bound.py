"""What can still be said when a trajectory is too short for a D."""

import numpy as np

from course_lib.arguments import positive
from course_lib.transport.curve import HOP, checked_curve


def diffusion_bound(tau, msd, n_ions, share=0.3):
    """An upper bound of D: as if all of the MSD were diffusion, with two standard deviations on top.

    An ion that rattles and now and then jumps has an MSD that bends towards the line 6 D tau from above, so
    MSD / (6 tau) is never below D. The longest lag that still has independent stretches gives the tightest bound.

    Parameters
    ----------
    tau, msd : (F,) arrays
        All lags of the trajectory in ps, from zero on, and the mean squared displacement in Å^2.
    n_ions : int
    share : float
        The lag used, as a part of the trajectory.

    Returns
    -------
    float
        In Å^2/ps.
    """
    tau, msd = checked_curve(tau, msd, n_ions)
    if positive("share", share) > 1:
        raise ValueError(f"share is {share}: give a part of the trajectory, such as 0.3.")
    at = np.flatnonzero(tau <= share * tau[-1])[-1]
    if at == 0:
        raise ValueError(f"No lag lies within {100 * share:.0f} % of the trajectory: it has too few frames.")
    stretches = n_ions * tau[-1] / tau[at]
    variance = (2 * msd[at] ** 2 / 3 + msd[at] * HOP**2) / stretches  # of independent stretches, and of their jumps
    return (msd[at] + 2 * np.sqrt(variance)) / (6 * tau[at])
