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
    r = frames_of_positions(r)
    F = len(r)
    msd = np.zeros(F)
    for lag in range(1, F):
        step = r[lag:] - r[: F - lag]  # (F - lag, N, 3): from every origin t
        msd[lag] = np.mean(np.sum(step**2, axis=2))
    return msd


def msd_fft(r, by_direction=False):
    """The same in O(F log F): MSD(tau) = S1(tau) - 2 S2(tau).

    Multiply out the square: S1 is the mean of |r(t)|^2 + |r(t + tau)|^2, a running sum; S2 the mean of
    r(t).r(t + tau), a correlation, which a Fourier transform turns into a product.
    Calandrini et al. 2011, doi:10.1051/sfn/201112010, section 4.2.

    Parameters
    ----------
    r : (F, N, 3) array
        Unwrapped positions of the N ions in Å.
    by_direction : bool
        Return the part along x, y and z each; their sum is the MSD, and each grows as 2 D tau. The fits of this room
        take a slope of 6 D: give them 3 times one direction, and take sqrt(3) times the error that they state.

    Returns
    -------
    (F,) array, or (F, 3)
        In Å^2, for lags of 0 to F - 1 frames.
    """
    r = frames_of_positions(r)
    F, N, _ = r.shape
    r = r - r.mean(axis=0)  # small numbers: the difference S1 - 2 S2 keeps its digits
    origins = F - np.arange(F)[:, None]  # how many time origins a lag has

    square = np.concatenate([np.zeros((1, 3)), np.cumsum(np.sum(r**2, axis=1), axis=0)])
    S1 = (square[F - np.arange(F)] + square[F] - square[:F]) / origins

    length = scipy.fft.next_fast_len(2 * F, real=True)  # padded with zeros: the end must not meet the start
    power = np.zeros((length // 2 + 1, 3))
    for first in range(0, N, IONS_AT_ONCE):
        spectrum = scipy.fft.rfft(r[:, first : first + IONS_AT_ONCE], n=length, axis=0)
        power += np.sum(np.abs(spectrum) ** 2, axis=1)
    S2 = scipy.fft.irfft(power, n=length, axis=0)[:F] / origins
    msd = (S1 - 2 * S2) / N  # (F, 3)
    msd[0] = 0  # without the rounding
    return msd if by_direction else msd.sum(axis=1)


def msd_by_element(r, symbols, by_direction=False):
    """{element: MSD of its atoms}, from the unwrapped positions (F, N, 3) of all atoms and their N symbols."""
    r, symbols = frames_of_positions(r), np.asarray(symbols)
    if symbols.shape != (r.shape[1],):
        raise ValueError(f"{r.shape[1]} atoms and symbols of the shape {symbols.shape}: give one symbol per atom.")
    return {str(symbol): msd_fft(r[:, symbols == symbol], by_direction) for symbol in dict.fromkeys(symbols)}
