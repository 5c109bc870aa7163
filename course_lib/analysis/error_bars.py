"""A mean with an honest error: neighbouring steps of a simulation are not independent measurements."""

import warnings
from typing import NamedTuple

import numpy as np

from course_lib.arguments import whole


class Mean(NamedTuple):
    """A number (or array) and its standard error, in the same unit."""

    value: float
    error: float

    def __str__(self):
        return f"{self.value:.6g} ± {self.error:.2g}"


def block_errors(x):
    """The error of the mean, computed from means over blocks of 1, 2, 4, ... measurements: it grows to a plateau.

    error(B) = sqrt(variance of the n/B block means / (n/B))

    Flyvbjerg and Petersen 1989, doi:10.1063/1.457480.

    Parameters
    ----------
    x : (n, ...) array
        A series of measurements, equally spaced in time.

    Returns
    -------
    sizes : (levels,) array
        Block sizes B.
    errors : (levels, ...) array
        The error for each block size, in the unit of x.
    """
    x = _measurements(x)
    if len(x) < 4:
        raise ValueError("Give at least 4 measurements in a row: fewer have no error.")
    sizes, errors = [], []
    while len(x) >= 2:
        sizes.append(2 ** len(sizes))
        errors.append(np.std(x, axis=0, ddof=1) / np.sqrt(len(x)))
        x = x[: len(x) // 2 * 2]  # a last one without a partner is dropped
        x = (x[0::2] + x[1::2]) / 2
    return np.array(sizes), np.array(errors)


def block_average(x):
    """Mean of correlated measurements with its error; the block size is chosen automatically.

    The smallest block B with B^3 > 2 n (error(B)/error(1))^4 balances blocks that are still correlated against
    blocks that are too few: Lee et al. 2011, doi:10.1103/PhysRevE.83.066706.

    Parameters
    ----------
    x : (n, ...) array
        At least 4 measurements, equally spaced in time.

    Returns
    -------
    Mean
        The mean and its standard error. If the series is too short for its correlation, the error is a lower bound, and
        a warning says so.
    """
    x = np.asarray(x, float)
    sizes, errors = block_errors(x)
    with np.errstate(invalid="ignore"):
        growth = np.where(errors[0] > 0, errors / errors[0], 1.0)
    long_enough = sizes.reshape(-1, *[1] * (x.ndim - 1)) ** 3 > 2 * len(x) * growth**4
    level = np.argmax(long_enough, axis=0)
    enough = np.take_along_axis(long_enough, level[None], 0)[0] | (errors[0] == 0)
    error = np.where(enough, np.take_along_axis(errors, level[None], 0)[0], np.max(errors, axis=0))
    if not np.all(enough):
        warnings.warn("The series is too short for its correlation: take its error as a lower bound.", stacklevel=2)
    value = np.mean(x, axis=0)
    return Mean(value, error) if x.ndim > 1 else Mean(float(value), float(error))


def jackknife(estimate, *series, blocks=20):
    """A quantity that is not a plain mean (a variance, a ratio), with its jackknife error: leave out each block once.

    error^2 = (B - 1)/B sum_b (estimate without block b - their mean)^2

    The blocks must be longer than the correlation time. Künsch 1989, doi:10.1214/aos/1176347265.

    Parameters
    ----------
    estimate : callable
        ``estimate(*series)`` returns the quantity, a number or an array.
    *series : (n, ...) arrays
        Series of measurements, equally spaced in time.
    blocks : int
        Number of blocks B.

    Returns
    -------
    Mean
    """
    series, blocks = [_measurements(x) for x in series], whole("blocks", blocks, least=2)
    n = len(series[0])
    if any(len(x) != n for x in series):
        raise ValueError(f"Series of {', '.join(str(len(x)) for x in series)} measurements: give as many of each.")
    if n < 2 * blocks:
        raise ValueError(f"{n} measurements cannot be cut into {blocks} blocks of 2 or more: measure longer.")
    block = np.arange(n) * blocks // n
    left_out = np.array([estimate(*(x[block != b] for x in series)) for b in range(blocks)])
    error = np.sqrt((blocks - 1) * np.mean((left_out - left_out.mean(axis=0)) ** 2, axis=0))
    return Mean(estimate(*series), error)


def _measurements(x):
    """The series as an array, after a check that all its numbers are finite."""
    x = np.atleast_1d(np.asarray(x, float))
    if not np.all(np.isfinite(x)):
        raise ValueError("Some measurements are not finite numbers: no mean can be taken.")
    return x
