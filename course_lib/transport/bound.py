"""An upper bound of D for a trajectory that is too short to give D itself."""

import numpy as np

from course_lib.arguments import positive
from course_lib.transport.curve import HOP, checked_curve


def diffusion_bound(tau, msd, n_ions, share=0.3):
    """An upper bound of D: the whole MSD is taken for diffusion, and two standard deviations are added.

    The MSD of an ion that rattles and sometimes jumps bends towards the line 6 D tau from above, so
    MSD / (6 tau) is never below D. The longest lag that still has independent stretches gives the tightest bound. Each
    stretch has a relative variance of 2, as for ions in channels of one direction; in three directions it would be 2/3.

    Parameters
    ----------
    tau, msd : (F,) arrays
        All lags of the trajectory in ps, from zero on, and the mean squared displacement in Å^2.
    n_ions : int
        Number of ions over which the MSD was averaged.
    share : float
        The lag that is used, as a fraction of the length of the trajectory.

    Returns
    -------
    float
        The bound in Å^2/ps.
    """
    tau, msd = checked_curve(tau, msd, n_ions)
    if positive("share", share) > 1:
        raise ValueError(f"share is {share}: give a part of the trajectory, such as 0.3.")
    at = np.flatnonzero(tau <= share * tau[-1])[-1]
    if at == 0:
        raise ValueError(f"No lag lies within {100 * share:.0f} % of the trajectory: it has too few frames.")
    stretches = n_ions * tau[-1] / tau[at]
    variance = (2 * msd[at] ** 2 + msd[at] * HOP**2) / stretches  # of independent stretches, and of their jumps
    return (msd[at] + 2 * np.sqrt(variance)) / (6 * tau[at])
