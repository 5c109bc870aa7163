"""Which lags of a mean squared displacement lie on a rising straight line, and whether any do."""

import numpy as np
from scipy.stats import chi2

from course_lib.transport.bound import diffusion_bound
from course_lib.transport.curve import checked_curve
from course_lib.transport.diffusion import bending, diffusion_gls, points, weighted_fit

LONGEST = 0.5  # of the trajectory: GLS knows how little the long lags say, but they tell a cage from diffusion
STARTS = 10  # tried, from one frame to two thirds of the longest lag


class NoDiffusion(ValueError):
    """The MSD never becomes a rising straight line; ``bound`` is what can be said instead: D < bound, in Å^2/ps."""

    def __init__(self, message, bound):
        super().__init__(message)
        self.bound = bound


def fit_window(tau, msd, n_ions):
    """The longest window in which the MSD is a straight line that rises.

    Ions that rattle, or move about in a large cage, let the MSD bend towards its line from above. So from start to
    start, the shortest first, the line is given a third part that dies away within the window,

        MSD(tau) = 6 D tau + c - b exp(-3 tau / tau_end),

    and the start is taken where b is less than its own error, where chance makes chi^2 of the line without b as large
    in at least one of 1000 trajectories, and where the slope lies above zero: by 2.5 errors of D, and at tau_end,
    with b, by three of its own. Should no start pass, a b of two errors will do where that slope lies 3.5 above zero:
    chance bends one line in six by more than one error. A line that starts below zero by three errors is a drift.

    A cage in which ions forget where they were within a quarter of the trajectory is told from diffusion; a
    slower one is not.

    Parameters
    ----------
    tau, msd : (F,) arrays
        All lags of the trajectory in ps, from zero on, and the mean squared displacement in Å^2.
    n_ions : int

    Returns
    -------
    (float, float)
        First and last lag in ps, for :func:`course_lib.transport.diffusion.diffusion_gls`.

    Raises
    ------
    NoDiffusion
        A ValueError that names the upper bound of D, where there is no such window.
    ValueError
        Also where the MSD grows faster than diffusion.
    """
    tau, msd = checked_curve(tau, msd, n_ions)
    if not np.any(msd):
        raise NoDiffusion(
            "The MSD is zero at every lag: the ions are fixed, or one frame stands there many times.", 0.0
        )
    last = int(LONGEST * (len(tau) - 1))
    firsts = np.unique(np.geomspace(1, max(1, last / 1.5), STARTS).round().astype(int))
    windows = [(tau[first], tau[last]) for first in firsts if last - first > 3]
    if not windows:
        raise ValueError(f"There are {len(tau)} lags, too few to look for a straight line: give 11 or more.")
    tests = [_tests(tau, msd, n_ions, window) for window in windows]
    for most_bent, sure in ((1, 3), (2, 3.5)):
        for window, (bend, rise, late_rise, likely, intercept) in zip(windows, tests):
            if bend < most_bent and intercept > -3 and likely > 0.001 and rise > 2.5 and late_rise > sure:
                return window
    if tests and tests[-1][-1] < -3:
        raise ValueError(
            "The MSD grows faster than a straight line to the end: take out the drift, or run until ions fly no more."
        )
    bound = diffusion_bound(tau, msd, n_ions)
    raise NoDiffusion(
        f"Up to half of the trajectory, {tau[last]:.3g} ps, the MSD never becomes a straight line that surely "
        f"rises: there is no D, only a bound, D < {bound:.2g} Å^2/ps. Run longer, or with more ions.",
        bound,
    )


def _tests(tau, msd, n_ions, window):
    """How far the MSD bends, rises, and rises at its end if it may bend; how likely the line; how high it starts."""
    try:
        line = diffusion_gls(tau, msd, n_ions, window)
    except ValueError:  # it does not grow
        return np.inf, 0, 0, 0, 0
    x, y, S = points(tau, msd, n_ions, window)
    beta, C = weighted_fit(bending(x), y, S)
    (c, _), C_line = weighted_fit(bending(x)[:, :2], y, S)
    slope_at_end = np.array([0, 1, 3 * np.exp(-3) / x[-1]])
    late_rise = slope_at_end @ beta / np.sqrt(slope_at_end @ C @ slope_at_end)
    degrees = len(x) - 2
    likely = chi2.sf(line.chi2 * degrees, degrees)
    return beta[2] / np.sqrt(C[2, 2]), line.D / line.error, late_rise, likely, c / np.sqrt(C_line[0, 0])
