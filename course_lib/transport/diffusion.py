"""From a mean squared displacement to D with an error bar: MSD(tau) = 6 D tau + c."""

from typing import NamedTuple

import numpy as np

CAGE_LEFT = 4.5  # Å^2: a mean squared displacement above it is made of jumps, not of rattling in a cage
MOST_LAGS = 100  # more lags make the matrices larger and the answer no better


class Diffusion(NamedTuple):
    """A fitted line: ``D`` and its ``error`` (one standard deviation) in Å^2/ps, ``intercept`` c in Å^2.

    ``window`` holds the first and last lag fitted, in ps.
    """

    D: float
    error: float
    intercept: float
    window: tuple


def fit_window(tau, msd, smallest=CAGE_LEFT, share=0.3):
    """The lags worth fitting: from where the ions have left their cages to 30 % of the trajectory.

    Parameters
    ----------
    tau, msd : (F,) arrays
        All lags of the trajectory in ps, from zero on, and the mean squared displacement in Å^2.
    smallest : float
        Mean squared displacement at the start of the window in Å^2.
    share : float
        Longest lag as a part of the trajectory: the longer the lag, the fewer independent stretches there are.

    Returns
    -------
    (float, float)
        First and last lag in ps.

    Raises
    ------
    ValueError
        Where the trajectory is too short for a D.
    """
    tau, msd = checked_curve(tau, msd)
    left = np.flatnonzero(msd >= smallest)
    end = share * tau[-1]
    if len(left) == 0 or np.sum((tau >= tau[left[0]]) & (tau <= end)) < 3:
        raise ValueError(
            f"The MSD does not pass {smallest} Å^2 within {100 * share:.0f} % of the trajectory ({end:.3g} ps): the "
            "run is too short for a D. Report an upper bound, or run longer."
        )
    return tau[left[0]], end


def diffusion_ols(tau, msd, window):
    """Ordinary least squares with its textbook error, as if the points of an MSD were independent. They are not.

    Parameters
    ----------
    tau, msd : (F,) arrays
        All lags in ps, from zero on, and the mean squared displacement in Å^2.
    window : (float, float)
        First and last lag to fit, in ps.

    Returns
    -------
    Diffusion
        With an error some thirty times too small.
    """
    tau, msd = checked_curve(tau, msd)
    x, y, A = in_window(tau, msd, window)
    line = np.linalg.lstsq(A, y)[0]
    scatter = np.sum((y - A @ line) ** 2) / (len(y) - 2)
    variance = np.linalg.inv(A.T @ A)[1, 1] * scatter
    return Diffusion(line[1] / 6, np.sqrt(variance) / 6, line[0], (x[0], x[-1]))


def diffusion_gls(tau, msd, n_ions, window):
    """Generalised least squares: the line that is likeliest when the points of the MSD err together.

    beta = (A^T S^-1 A)^-1 A^T S^-1 m,  D = beta_1 / 6,  with S of :func:`msd_covariance` along the fitted line.
    The method of McCluskey, Coles and Morgan 2025, doi:10.1021/acs.jctc.4c01249. For independent ions its error
    is about 1.3 times the true one; ions that move together make it too small, so compare with blocks.

    Parameters
    ----------
    tau, msd : (F,) arrays
        All lags in ps, from zero on, and the mean squared displacement in Å^2, averaged over all time origins.
    n_ions : int
    window : (float, float)
        First and last lag to fit, in ps.

    Returns
    -------
    Diffusion
    """
    tau, msd = checked_curve(tau, msd)
    if n_ions < 1:
        raise ValueError(f"n_ions is {n_ions}: an average needs at least 1 ion.")
    x, y, A = in_window(tau, msd, window)
    line = x  # to begin with, pure diffusion: only the shape matters for the weights, not the height
    for _ in range(3):  # the covariance is that of the line, and the line that of the covariance
        S = msd_covariance(x, line, n_ions, length=tau[-1])
        beta, covariance = weighted_line(A, y, S)
        _check_growth(beta, x)
        line = A @ beta
    return Diffusion(beta[1] / 6, np.sqrt(covariance[1, 1]) / 6, beta[0], (x[0], x[-1]))


def weighted_line(A, y, S):
    """beta = (A^T S^-1 A)^-1 A^T S^-1 y and its covariance (A^T S^-1 A)^-1."""
    weighted = np.linalg.solve(S, A)  # S^-1 A
    covariance = np.linalg.inv(A.T @ weighted)
    return covariance @ (weighted.T @ y), covariance


def msd_covariance(tau, msd, n_ions, length):
    """How the points of an MSD err together, for ions that walk independently.

    A trajectory of the length T has n_i = N T / tau_i independent stretches of the lag tau_i; each gives a squared
    distance of relative variance 2/3. A long lag is made of short ones, hence for tau_i <= tau_j

        S_ij = s_i^2 n_i / n_j,  s_i^2 = 2 MSD_i^2 / (3 n_i)

    Parameters
    ----------
    tau, msd : (n,) arrays
        Lags in ps, growing, and the line at these lags in Å^2.
    n_ions : int
    length : float
        Of the whole trajectory, in ps.

    Returns
    -------
    (n, n) array
        In Å^4.
    """
    n = n_ions * length / tau
    variance = 2 * msd**2 / (3 * n)
    upper = np.triu(np.outer(variance * n, 1 / n))  # i <= j
    return upper + np.triu(upper, 1).T


def checked_curve(tau, msd):
    tau, msd = np.asarray(tau, float), np.asarray(msd, float)
    if tau.shape != msd.shape or tau.ndim != 1 or len(tau) < 4:
        raise ValueError(f"Lags of the shape {tau.shape} and an MSD of {msd.shape}: give one MSD a lag, four or more.")
    if not (np.all(np.isfinite(tau)) and np.all(np.isfinite(msd))):
        raise ValueError("Some lags or mean squared displacements are not finite numbers.")
    if tau[0] != 0 or not np.all(np.diff(tau) > 0):
        raise ValueError("The lags must start at zero and grow: give the MSD of the whole trajectory.")
    return tau, msd


def in_window(tau, msd, window):
    """Lags and MSD in the window, at most ``MOST_LAGS`` of them, and the matrix A = (1, tau)."""
    start, end = window
    inside = np.flatnonzero((tau > 0) & (tau >= start - 1e-9) & (tau <= end + 1e-9))
    if len(inside) < 3:
        raise ValueError(
            f"The window from {start:.3g} to {end:.3g} ps holds {len(inside)} lags: a line with an error needs 3."
        )
    inside = inside[:: -(-len(inside) // MOST_LAGS)]
    return tau[inside], msd[inside], np.stack([np.ones(len(inside)), tau[inside]], axis=1)


def _check_growth(beta, tau):
    """The model of the error holds while the line rises and has left its intercept behind."""
    if not beta[1] > 0:
        raise ValueError("In this window the MSD does not grow: there is no D here, only an upper bound.")
    if not (abs(beta[0]) < beta[1] * tau[0] or beta[0] < 0 < beta[0] + beta[1] * tau[0]):
        raise ValueError(
            f"At {tau[0]:.3g} ps more than half of the MSD is still rattling in the cage: start the window later."
        )
