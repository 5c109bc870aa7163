"""What can still be said when a trajectory is too short for a D."""

import numpy as np

from course_lib.transport.diffusion import checked_curve
from course_lib.transport.unwrap import frames_of_positions


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
    tau, msd = checked_curve(tau, msd)
    at = np.flatnonzero(tau <= share * tau[-1])[-1]
    if at == 0:
        raise ValueError(f"No lag lies within {100 * share:.0f} % of the trajectory: it has too few frames.")
    stretches = n_ions * tau[-1] / tau[at]
    return msd[at] / (6 * tau[at]) * (1 + 2 * np.sqrt(2 / (3 * stretches)))


def share_that_jumped(r, frames, distance=2.0):
    """Part of the ions that left their first site, 0 to 1.

    Positions are averaged over ``frames`` frames, which takes out the rattle; an ion has jumped when one of these
    averages lies further than ``distance`` from its first.

    Parameters
    ----------
    r : (F, N, 3) array
        Unwrapped positions in Å, drift removed.
    frames : int
        About a picosecond's worth.
    distance : float
        In Å; less than the shortest jump, more than a site is wide.
    """
    r = frames_of_positions(r)
    windows = len(r) // frames
    if windows < 2:
        raise ValueError(f"{len(r)} frames hold {windows} averages of {frames} frames: at least 2 are needed.")
    sites = r[: windows * frames].reshape(windows, frames, *r.shape[1:]).mean(axis=1)  # (windows, N, 3)
    farthest = np.linalg.norm(sites - sites[0], axis=2).max(axis=0)
    return float(np.mean(farthest > distance))
