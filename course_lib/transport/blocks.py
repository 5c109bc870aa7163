"""The error of D without a model: cut the trajectory into blocks and see how much they disagree."""

import numpy as np

from course_lib.transport.diffusion import Diffusion, diffusion_gls, in_window, msd_covariance, weighted_line
from course_lib.transport.msd import msd_fft


def diffusion_blocks(r, frame_ps, window, n_blocks=5):
    """D as the mean over blocks of the trajectory, with the standard error of that mean.

    All blocks are fitted with the weights of the whole trajectory. The error assumes nothing about how the ions
    move, together or each for itself, but five numbers are few: a 95 % interval is 2.8 of these errors.

    Parameters
    ----------
    r : (F, N, 3) array
        Unwrapped positions of the ions in Å, drift removed.
    frame_ps : float
        Time between two frames in ps.
    window : (float, float)
        First and last lag of the whole trajectory's fit in ps; a block is fitted up to half of its own length.
    n_blocks : int

    Returns
    -------
    Diffusion
    """
    if n_blocks < 2:
        raise ValueError(f"n_blocks is {n_blocks}: at least 2 are needed to disagree.")
    F, N, _ = r.shape
    whole = diffusion_gls(np.arange(F) * frame_ps, msd_fft(r), N, window)
    frames = F // n_blocks
    start, end = window[0], min(window[1], frames * frame_ps / 2)
    if end < start + 2 * frame_ps:
        raise ValueError(
            f"Blocks of {frames * frame_ps:.3g} ps are too short for a window that starts at {start:.3g} ps: "
            "ask for fewer blocks, or run longer."
        )
    tau = np.arange(frames) * frame_ps
    lines = []
    for first in range(0, n_blocks * frames, frames):
        x, y, A = in_window(tau, msd_fft(r[first : first + frames]), (start, end))
        S = msd_covariance(x, A @ [whole.intercept, 6 * whole.D], N, tau[-1])
        lines.append(weighted_line(A, y, S)[0])
    intercept, slope = np.mean(lines, axis=0)
    error = np.std(lines, axis=0, ddof=1)[1] / 6 / np.sqrt(n_blocks)
    return Diffusion(slope / 6, error, intercept, (x[0], x[-1]))
