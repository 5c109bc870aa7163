"""Mean squared displacement, averaged over all time origins: as a direct sum and by Fourier transform."""

import numpy as np
import scipy.fft

from course_lib.transport.unwrap import frames_of_positions

IONS_AT_ONCE = 16  # keeps the memory small: 16 ions x 20000 frames take 80 MB


def msd_direct(r):
    """MSD(tau) = < 1/N sum_i |r_i(t + tau) - r_i(t)|^2 >_t, summed as it is written: O(F^2).

    Parameters
    ----------
    r : (F, N, 3) array
        Unwrapped positions of the N ions in Å.

    Returns
    -------
    (F,) array
        In Å^2, for lags of 0 to F - 1 frames.
    """
    F = len(r)
    msd = np.zeros(F)
    for lag in range(1, F):
        step = r[lag:] - r[: F - lag]  # (F - lag, N, 3): from every origin t
        msd[lag] = np.mean(np.sum(step**2, axis=2))
    return msd


def msd_fft(r):
    """The same in O(F log F): MSD(tau) = S1(tau) - 2 S2(tau).

    Multiply out the square: S1 is the mean of |r(t)|^2 + |r(t + tau)|^2, a running sum; S2 the mean of
    r(t).r(t + tau), a correlation, which a Fourier transform turns into a product.
    Calandrini et al. 2011, doi:10.1051/sfn/201112010, section 4.2.

    Parameters
    ----------
    r : (F, N, 3) array
        Unwrapped positions of the N ions in Å.

    Returns
    -------
    (F,) array
        In Å^2, for lags of 0 to F - 1 frames.
    """
    r = frames_of_positions(r)
    F, N, _ = r.shape
    r = r - r.mean(axis=0)  # small numbers: the difference S1 - 2 S2 keeps its digits
    origins = F - np.arange(F)  # how many time origins a lag has

    square = np.concatenate([[0.0], np.cumsum(np.sum(r**2, axis=(1, 2)))])
    S1 = (square[F - np.arange(F)] + square[F] - square[:F]) / origins

    length = scipy.fft.next_fast_len(2 * F, real=True)  # padded with zeros: the end must not meet the start
    power = np.zeros(length // 2 + 1)
    for first in range(0, N, IONS_AT_ONCE):
        spectrum = scipy.fft.rfft(r[:, first : first + IONS_AT_ONCE], n=length, axis=0)
        power += np.sum(np.abs(spectrum) ** 2, axis=(1, 2))
    S2 = scipy.fft.irfft(power, n=length)[:F] / origins
    return (S1 - 2 * S2) / N
