"""The velocity autocorrelation function, and diffusion from its integral."""

from dataclasses import dataclass

import numpy as np

from course_lib.arguments import positive, time_step, whole

PS = 1000  # fs


@dataclass
class VelocityCorrelation:
    """C(t) and the running integral D(t), each with its error.

    Attributes
    ----------
    time_fs : (lags,) array
        Time t in fs.
    C, C_error : (lags,) arrays
        C(t) and its standard error in Å^2/fs^2.
    D, D_error : (lags,) arrays
        D(t) and its standard error in Å^2/ps (1 Å^2/ps = 1e-4 cm^2/s). The diffusion coefficient is the plateau of
        D(t) at long times.
    """

    time_fs: np.ndarray
    C: np.ndarray
    C_error: np.ndarray
    D: np.ndarray
    D_error: np.ndarray


def autocorrelation(x, lags):
    """<x(0) x(t)> over all time origins, by fast Fourier transform.

    Parameters
    ----------
    x : (F, ...) array
        A series of values, equally spaced in time.
    lags : int
        Number of lags, from 0 on; at most F.

    Returns
    -------
    (lags, ...) array
        The autocorrelation function, in the squared unit of x.
    """
    n = len(x)
    padded = np.fft.rfft(x, 2 * n, axis=0)  # padded with zeros: the end must not meet the beginning
    total = np.fft.irfft(padded * padded.conj(), 2 * n, axis=0)[:lags]
    return total / (n - np.arange(lags)).reshape(-1, *[1] * (np.ndim(x) - 1))


def velocity_autocorrelation(trajectory, max_fs, symbol=None, blocks=5):
    """Velocity autocorrelation and diffusion by Green and Kubo.

    C(t) = <v(0) . v(t)>,  D = 1/3 integral of C(t) dt from 0 to infinity

    Green 1954, doi:10.1063/1.1740082; Kubo 1957, doi:10.1143/JPSJ.12.570.

    Parameters
    ----------
    trajectory : Trajectory
        An equilibrated trajectory with velocities (``simulate(..., keep=("velocities",))``).
    max_fs : float
        Longest time of C in fs.
    symbol : str, optional
        Element whose atoms are used; by default all atoms.
    blocks : int
        Number of pieces into which the trajectory is cut, each longer than ``max_fs``. The errors are computed from
        the differences between the pieces.

    Returns
    -------
    VelocityCorrelation
    """
    if trajectory.velocities is None:
        raise ValueError('This trajectory holds no velocities: make it with simulate(..., keep=("velocities",)).')
    chosen = slice(None) if symbol is None else trajectory.indices(symbol)
    v = trajectory.velocities[:, chosen]
    dt = time_step(trajectory.time_fs)
    lags, piece = round(positive("max_fs", max_fs) / dt) + 1, len(v) // whole("blocks", blocks, least=2)
    if piece < lags:
        raise ValueError(
            f"{len(v)} frames cut into {blocks} pieces are shorter than {max_fs} fs each: take 2 or more pieces, a "
            "shorter max_fs or a longer trajectory."
        )
    C = [np.mean(np.sum(autocorrelation(v[b * piece : (b + 1) * piece], lags), axis=2), axis=1) for b in range(blocks)]
    D = [np.append(0, np.cumsum((c[1:] + c[:-1]) / 2)) * dt / 3 * PS for c in C]
    mean, error = (lambda x: np.mean(x, axis=0)), (lambda x: np.std(x, axis=0, ddof=1) / np.sqrt(blocks))
    return VelocityCorrelation(np.arange(lags) * dt, mean(C), error(C), mean(D), error(D))
