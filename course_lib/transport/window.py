"""Find the lags at which a mean squared displacement is a rising straight line, if there are any."""

import numpy as np
from scipy.stats import chi2

from course_lib.transport.bound import diffusion_bound
from course_lib.transport.curve import checked_curve
from course_lib.transport.diffusion import bending, mean_of_fits, points, weighted_fit

LONGEST = 0.5  # longest lag, relative to the trajectory: GLS gives long lags little weight, but they reveal a cage
STARTS = 10  # number of starts that are tried, from one frame to two thirds of the longest lag


class NoDiffusion(ValueError):
    """The MSD never becomes a rising straight line. ``bound`` is an upper bound: D < bound, in Å^2/ps."""

    def __init__(self, message, bound):
        super().__init__(message)
        self.bound = bound


def fit_window(tau, msd, n_ions):
    """The longest window in which the MSD is a straight line that rises.

    The MSD of ions that rattle, or move about in a large cage, bends towards its line from above. So for each start,
    the shortest first, a third term that decays within the window is added to the line:

        MSD(tau) = 6 D tau + c - b exp(-3 tau / tau_end)

    The first start is taken that passes these tests:

    - b is smaller than its own error;
    - the chi^2 of the line without b is one that chance reaches in at least one of 1000 trajectories;
    - D of :func:`course_lib.transport.diffusion.diffusion_gls` is above zero by 2.5 of its errors, and the slope with b
      at tau_end by three;
    - the line does not start below zero by three errors, which would be a drift.

    Chance bends one line in six by more than one error. So if no start passes, b may be up to two errors, if the slope
    with b at tau_end is above zero by 3.5 of its errors.

    A cage is distinguished from diffusion if ions forget their position in it within a quarter of the trajectory; a
    slower cage is not.

    Parameters
    ----------
    tau, msd : (F,) arrays
        All lags of the trajectory in ps, from zero on, and the mean squared displacement in Å^2.
    n_ions : int
        Number of ions over which the MSD was averaged.

    Returns
    -------
    (float, float)
        First and last lag in ps, for :func:`course_lib.transport.diffusion.diffusion_gls`.

    Raises
    ------
    NoDiffusion
        A ValueError that names the upper bound of D, if there is no such window; 0 if nothing moves at all.
    ValueError
        If the MSD grows faster than diffusion, or has too few lags.
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
            "The MSD grows faster than a straight line to the end: take out the drift, or run longer, until the ions "
            "no longer move ballistically."
        )
    bound = diffusion_bound(tau, msd, n_ions)
    raise NoDiffusion(
        f"Up to half of the trajectory, {tau[last]:.3g} ps, the MSD never becomes a straight line that surely "
        f"rises: there is no D, only a bound, D < {bound:.2g} Å^2/ps. Run longer, or with more ions.",
        bound,
    )


def _tests(tau, msd, n_ions, window):
    """b, D and the slope at tau_end in units of their errors, the probability of chi^2, and c in units of its error."""
    x, y, S = points(tau, msd, n_ions, window)
    line, curve = weighted_fit(bending(x)[:, :2], y, S), weighted_fit(bending(x), y, S)
    try:
        fit = mean_of_fits(x, line, curve, n_ions * (tau[-1] - x[0]))
    except ValueError:  # it does not grow
        return np.inf, 0, 0, 0, 0
    slope_at_end = np.array([0, 1, 3 * np.exp(-3) / x[-1]])
    late_rise = slope_at_end @ curve.beta / np.sqrt(slope_at_end @ curve.C @ slope_at_end)
    bend, intercept = curve.beta[2] / np.sqrt(curve.C[2, 2]), line.beta[0] / np.sqrt(line.C[0, 0])
    return bend, fit.D / fit.error, late_rise, chi2.sf(line.chi2, len(x) - 2), intercept
