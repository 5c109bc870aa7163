"""The vibrational spectrum of a trajectory: the frequencies of the atomic motion."""

import numpy as np
from ase import units
from scipy.signal import welch

from course_lib.analysis import normal_modes
from course_lib.arguments import positive, time_step

LIGHT = normal_modes.LIGHT * 1e-15  # cm/fs


def vibrational_spectrum(trajectory, length_fs=None):
    """Power spectrum of the velocities, weighted with the masses.

    S(nu) = sum_i m_i |v_i(nu)|^2, scaled so that its integral is sum_i m_i <v_i^2>: kT for each vibration, by
    equipartition. By the theorem of Wiener and Khinchin it is the Fourier transform of the velocity autocorrelation.
    It is averaged over overlapping pieces by Welch's method, doi:10.1109/TAU.1967.1161901.

    Parameters
    ----------
    trajectory : Trajectory
        A trajectory with velocities (``simulate(..., keep=("velocities",))``) and frames equally spaced in time. A
        vibration with a period of less than two frames appears at a wrong frequency.
    length_fs : float, optional
        Length of a piece in fs; by default half of the trajectory. The width of a line at half its height is
        1.44 / length (Hann window).

    Returns
    -------
    wavenumber : (n,) array
        Wavenumbers in 1/cm.
    S : (n,) array
        Power spectrum in eV cm.

    Raises
    ------
    ValueError
        For a trajectory without velocities, for frames at unequal times, and for pieces that are too short or longer
        than the trajectory.
    """
    if trajectory.velocities is None:
        raise ValueError('This trajectory holds no velocities: make it with simulate(..., keep=("velocities",)).')
    if not np.isfinite(trajectory.velocities).all():
        raise ValueError("Some velocities are not finite numbers: the simulation blew up.")
    dt = time_step(trajectory.time_fs)
    frames = len(trajectory) // 2 if length_fs is None else round(positive("length_fs", length_fs) / dt)
    if not 8 <= frames <= len(trajectory):
        raise ValueError(
            f"Pieces of {frames} frames of {len(trajectory)}: take a length between 8 frames and the whole trajectory."
        )
    m = trajectory.atoms(0).get_masses()[:, None]
    v = trajectory.velocities / units.fs  # in ASE's unit: then m v^2 is in eV
    # four times as many points as the piece has: a smooth curve between what was resolved
    frequency, power = welch(v, 1 / dt, nperseg=frames, nfft=4 * frames, axis=0, detrend=False)
    return frequency / LIGHT, np.sum(m * power, axis=(1, 2)) * LIGHT
