"""From a mean squared displacement to D with an error bar: MSD(tau) = 6 D tau + c."""

from typing import NamedTuple

import numpy as np

from course_lib.arguments import positive, truth
from course_lib.transport.curve import HOP, checked_curve, lags_in

CHOSEN = 1.3  # factor by which the scatter of D grows if the window is chosen by the data instead of given
TOUCHING = 10 / 3  # touching spheres of radius R are 2 R apart, and the MSD in one is 6/5 R^2: (2 R)^2 / (6/5 R^2)


class Diffusion(NamedTuple):
    """A fitted line: ``D`` and its ``error`` (one standard deviation) in Å^2/ps, ``intercept`` c in Å^2.

    ``window`` holds the first and last lag fitted, in ps; ``chi2`` is the chi^2 of the straight line per degree of
    freedom: near 1 if the MSD is a straight line, far above 1 if it bends.
    """

    D: float
    error: float
    intercept: float
    window: tuple
    chi2: float


def diffusion_ols(tau, msd, window):
    """Ordinary least squares with its textbook error, which assumes independent points. Those of an MSD are not.

    Parameters
    ----------
    tau, msd : (F,) arrays
        All lags in ps, from zero on, and the mean squared displacement in Å^2.
    window : (float, float)
        First and last lag to fit, in ps.

    Returns
    -------
    Diffusion
        D with an error that is about thirty times too small. ``chi2`` is 1, because the error is that of the scatter.
    """
    tau, msd = checked_curve(tau, msd)
    first, *_, last = lags_in(tau, window)
    x, y = tau[first : last + 1], msd[first : last + 1]
    A = np.stack([np.ones_like(x), x], axis=1)
    line = np.linalg.lstsq(A, y)[0]
    scatter = np.sum((y - A @ line) ** 2) / (len(y) - 2)
    variance = np.linalg.inv(A.T @ A)[1, 1] * scatter
    return Diffusion(line[1] / 6, np.sqrt(variance) / 6, line[0], (x[0], x[-1]), 1.0)


def diffusion_gls(tau, msd, n_ions, window, hop=None, straight=False):
    """Generalised least squares: the most likely line if the errors of the points are correlated.

    beta = (A^T S^-1 A)^-1 A^T S^-1 m,  D = beta_1 / 6, with S of :func:`msd_covariance`. Doing so was proposed by
    McCluskey, Coles and Morgan 2025, doi:10.1021/acs.jctc.4c01249. The number of jumps of length a (Å) is
    random, N_hop = 6 D N T / a^2, which adds D^2 / N_hop to the variance of D.

    A line that looks straight may still bend: beside it stands a curve that bends from a cage towards its line,
    6 D tau + c - b exp(-3 tau / tau_end), and :func:`mean_of_fits` takes the mean of both. As the window is chosen by
    the same data, the errors are enlarged by 1.3. So D ± 2 errors held the truth in nine or more of ten trajectories of
    ions that hop between cages, of all kinds that were tried.

    Ions that move together make the error too small: compare with :func:`course_lib.transport.blocks.diffusion_blocks`.

    Parameters
    ----------
    tau, msd : (F,) arrays
        All lags in ps, equally spaced, from zero on, and the mean squared displacement in Å^2, averaged over all time
        origins.
    n_ions : int
    window : (float, float)
        First and last lag to fit, in ps, such as :func:`course_lib.transport.window.fit_window` finds.
    hop : float, optional
        a in Å; 0 for a walk without jumps, as in a liquid. If not given, 3 Å or, for large cages, the distance of two
        touching cages: a^2 is 10/3 of the intercept.
    straight : bool
        The window is known to hold a straight line, whatever the data: fit the line alone, and enlarge nothing.

    Returns
    -------
    Diffusion

    Raises
    ------
    ValueError
        Also where the MSD does not grow in the window.
    """
    tau, msd = checked_curve(tau, msd, n_ions)
    x, y, S = points(tau, msd, n_ions, window)
    line = curve = weighted_fit(bending(x)[:, :2], y, S)
    if not truth("straight", straight) and len(x) > 3:  # three lags cannot show a bend
        curve = weighted_fit(bending(x), y, S)
    stretch = n_ions * (tau[-1] - x[0])  # a hop near an end of the run is seen by fewer lags
    return mean_of_fits(x, line, curve, stretch, hop, 1 if straight else CHOSEN)


def mean_of_fits(x, line, curve, stretch, hop=None, enlarged=CHOSEN):
    """The mean of line and curve, weighted by exp(-chi^2 / 2 - number of parameters).

    Its variance holds how far they disagree (Jay and Neil 2021, doi:10.1103/PhysRevD.103.114502), and the chance of the
    hops of length ``hop`` that fall within ``stretch``, in ions times ps. ``enlarged`` multiplies the errors.
    """
    bent = 1 / (1 + np.exp(1 - (line.chi2 - curve.chi2) / 2))  # weight of the curve
    c, slope = (1 - bent) * line.beta + bent * curve.beta[:2]
    if not line.beta[1] > 0:
        raise ValueError("In this window the MSD does not grow: there is no D here, only an upper bound.")
    if not slope > 0:
        raise ValueError("In this window the MSD bends until no slope is left: start later, or take the upper bound.")
    a2 = max(HOP**2, TOUCHING * line.beta[0]) if hop is None else positive("hop (in Å)", hop, zero=True) ** 2
    variance = (1 - bent) * line.C[1, 1] + bent * curve.C[1, 1] + line.beta[1] * a2 / stretch
    disagreement = bent * (1 - bent) * (line.beta[1] - curve.beta[1]) ** 2
    error = np.sqrt(enlarged**2 * variance + disagreement) / 6
    return Diffusion(slope / 6, error, c, (x[0], x[-1]), line.chi2 / (len(x) - 2))


def bending(x):
    """Columns of MSD = c + 6 D tau - b exp(-3 tau / tau_end) at the lags x; the first two are the straight line."""
    return np.stack([np.ones_like(x), x, -np.exp(-3 * x / x[-1])], axis=1)


def points(tau, msd, n_ions, window):
    """Lags in the window, the MSD there, and its covariance along the line through them."""
    lags = lags_in(tau, window)
    every = max(1, lags[0] // 10)  # a long lag needs only every n-th frame
    while len(thinned := np.unique(np.maximum(lags // every, -(-lags[0] // every)))) < min(len(lags), 5):
        every -= 1  # a narrow window keeps its lags
    lags = thinned
    tau, msd = tau[::every], msd[::every]
    x, y = tau[lags], msd[lags]
    if not np.any(y):
        raise ValueError("The MSD is zero at all lags of this window: nothing moves.")
    A = np.stack([np.ones_like(x), x], axis=1)
    c, slope = np.linalg.lstsq(A / x[:, None], y / x)[0]
    for _ in range(2):  # twice: the covariance depends on the line, and the line on the covariance
        line = np.maximum(c + max(slope, 0) * tau, 0.1 * y.min())
        S = msd_covariance(lags, np.where(tau < x[0], msd, line), n_ions)
        c, slope = weighted_fit(A, y, S).beta
    return x, y, S


class Fit(NamedTuple):
    """Generalised least squares: parameters ``beta``, their covariance ``C``, and ``chi2`` of what is left."""

    beta: np.ndarray
    C: np.ndarray
    chi2: float


def weighted_fit(A, y, S):
    """beta = (A^T S^-1 A)^-1 A^T S^-1 y,  C = (A^T S^-1 A)^-1,  chi^2 = (y - A beta)^T S^-1 (y - A beta)."""
    weighted = np.linalg.solve(S, A)  # S^-1 A
    C = np.linalg.inv(A.T @ weighted)
    beta = C @ (weighted.T @ y)
    rest = y - A @ beta
    return Fit(beta, C, rest @ np.linalg.solve(S, rest))


def msd_covariance(lags, msd, n_ions):
    """Covariance of the points of an MSD, for ions that move independently and without large jumps.

    The displacement of an ion over the lag a that starts at t, and that over the lag b that starts at s = t - u, share
    what happened in both. For one component, <dx_a dx_b> = g / 6 with

        g(u) = MSD(u + a) + MSD(u - b) - MSD(u) - MSD(u + a - b),

    and where displacements have a normal distribution, cov(dx_a^2, dx_b^2) = 2 <dx_a dx_b>^2. Summed over three
    components and averaged over all ions and all pairs of starts:

        S_ab = sum_u pairs(u) g(u)^2 / (6 N (F - a) (F - b))

    It holds in a cage as well as for diffusion, where a lag tau of a trajectory of the length T has a relative variance
    of about 2 tau / (3 N T): as many independent stretches as fit into it, 2/3 for each.

    Parameters
    ----------
    lags : (n,) array of int
        Lags in frames, increasing.
    msd : (F,) array
        The smooth curve that is measured, at all lags of the trajectory, in Å^2.
    n_ions : int

    Returns
    -------
    (n, n) array
        In Å^4.
    """
    F, S = len(msd), np.empty((len(lags), len(lags)))
    both = np.concatenate([msd[:0:-1], msd])  # at -(F - 1) ... F - 1: an MSD is the same backwards
    for i, a in enumerate(lags):
        for j, b in enumerate(lags[i:], start=i):
            u = np.arange(b - F + 1, F - a)  # t - s, for t < F - a and s < F - b
            pairs = np.minimum(F - a, F - b + u) - np.maximum(0, u)
            at = u + F - 1
            g = both[at + a] + both[at - b] - both[at] - both[at + a - b]
            S[i, j] = S[j, i] = np.sum(pairs * g**2) / (6 * n_ions * (F - a) * (F - b))
    return S
