"""Checks that every fit of a mean squared displacement makes, and the choice of the lags to fit."""

import numpy as np

from course_lib.arguments import interval, time_step, whole

HOP = 3.0  # Å, length of a jump: about the distance from one site to the next
MOST_LAGS = 8  # neighbouring lags contain the same motion: more lags add no information


def checked_curve(tau, msd, n_ions=1):
    """Lags in ps and MSD in Å^2 as (F,) arrays of float, after a check that they are those of a whole trajectory.

    Raises
    ------
    ValueError
        Also for lags that are not equally spaced from zero on, and for a number of ions below 1.
    """
    tau, msd = np.asarray(tau, float), np.asarray(msd, float)
    whole("n_ions", n_ions)
    if tau.shape != msd.shape or tau.ndim != 1 or len(tau) < 4:
        raise ValueError(
            f"Lags of the shape {tau.shape} and an MSD of {msd.shape}: give one MSD per lag, four or more."
        )
    if not np.all(np.isfinite(msd)):
        raise ValueError("Some mean squared displacements are not finite numbers: the trajectory is broken there.")
    step = time_step(tau, "The axis of lags tau", "ps")
    if abs(tau[0]) > 1e-6 * step:
        raise ValueError(f"The lags begin at {tau[0]:.3g} ps: give the MSD of the whole trajectory, from lag zero on.")
    return tau, msd


def lags_in(tau, window):
    """Indices of the lags in the window, at most ``MOST_LAGS`` of them, evenly spaced in log(tau).

    Raises
    ------
    ValueError
        For fewer than 3 lags, too few for a line with an error and a chi^2.
    """
    start, end = interval("The window (in ps)", window)
    inside = np.flatnonzero((tau > 0) & (tau >= start - 1e-9) & (tau <= end + 1e-9))
    if len(inside) < 3:
        raise ValueError(
            f"The window from {start:.3g} to {end:.3g} ps holds {len(inside)} lags: a line with an error needs 3."
        )
    return np.unique(np.geomspace(inside[0], inside[-1], MOST_LAGS).round().astype(int))
