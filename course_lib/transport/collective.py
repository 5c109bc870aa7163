"""Diffusion of the total charge, which sets the current, and its ratio to the diffusion of single ions."""

import numpy as np

from course_lib.arguments import positive
from course_lib.transport.diffusion import diffusion_gls
from course_lib.transport.msd import msd_fft
from course_lib.transport.unwrap import frames_of_positions


def charge_msd(r, charges=1.0):
    """Mean squared displacement of the total charge, < |sum_i z_i dr_i|^2 > / sum_i z_i^2.

    With this normalisation it equals the MSD of a single ion if the ions move independently.

    Parameters
    ----------
    r : (F, N, 3) array
        Unwrapped positions in Å of the ions that carry the charge, relative to the framework.
    charges : float or (N,) array
        z in elementary charges.

    Returns
    -------
    (F,) array
        The MSD in Å^2, for lags of 0 to F - 1 frames.
    """
    r = frames_of_positions(r)
    z = np.broadcast_to(np.asarray(charges, float), r.shape[1])
    if not (np.all(np.isfinite(z)) and np.any(z)):
        raise ValueError("The charges must be finite numbers, not all of them zero.")
    return msd_fft(np.einsum("i,fix->fx", z, r)[:, None]) / np.sum(z**2)


def haven_ratio(r, frame_ps, window, charges=1.0):
    """H_R = D / D_sigma: 1 for independent ions, 1/2 for ions that move in pairs.

    Parameters
    ----------
    r : (F, N, 3) array
        Unwrapped positions in Å of the ions that carry the charge, relative to the framework.
    frame_ps : float
        Time between two frames in ps.
    window : (float, float)
        First and last lag to fit in ps, for the ions and for their charge.
    charges : float or (N,) array
        z in elementary charges; single ions are averaged with the weight z^2.

    Returns
    -------
    value, error : float
        H_R and its standard deviation. N ions give N walks, but their total charge gives only one: the error is large.
        It is that of straight lines in this window, whoever chose it.
    """
    r = frames_of_positions(r)
    z = np.broadcast_to(np.asarray(charges, float), r.shape[1])
    tau = np.arange(len(r)) * positive("frame_ps", frame_ps)
    charge = diffusion_gls(tau, charge_msd(r, z), 1, window, hop=0, straight=True)
    ions = diffusion_gls(tau, msd_fft(r * z[:, None] / np.sqrt(np.mean(z**2))), r.shape[1], window, straight=True)
    value = ions.D / charge.D
    return value, value * float(np.hypot(ions.error / ions.D, charge.error / charge.D))
