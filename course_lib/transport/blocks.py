"""The error of D without a model: cut the trajectory into blocks and measure how much their D differ."""

import numpy as np

from course_lib.arguments import interval, positive, whole
from course_lib.transport.diffusion import Diffusion, diffusion_gls, points, weighted_fit
from course_lib.transport.msd import msd_fft
from course_lib.transport.unwrap import frames_of_positions


def diffusion_blocks(r, frame_ps, window, n_blocks=5):
    """D as the mean over blocks of the trajectory, with the standard error of that mean.

    All blocks are fitted with the weights of the whole trajectory. The error does not assume that the ions move
    independently. But five blocks are few: a 95 % interval is 2.8 times this error on each side.

    Parameters
    ----------
    r : (F, N, 3) array
        Unwrapped positions of the ions in Å, drift removed.
    frame_ps : float
        Time between two frames in ps.
    window : (float, float)
        First and last lag in ps to fit; a block is fitted up to half of its own length at most.
    n_blocks : int
        Number of blocks, 2 or more.

    Returns
    -------
    Diffusion
        Mean D with its error; ``chi2`` is that of the whole trajectory in the whole window.
    """
    n_blocks, frame_ps = whole("n_blocks", n_blocks, least=2), positive("frame_ps", frame_ps)
    r = frames_of_positions(r)
    F, N, _ = r.shape
    tau, msd = np.arange(F) * frame_ps, msd_fft(r)
    frames = F // n_blocks
    start, end = interval("The window (in ps)", window)
    end = min(end, frames * frame_ps / 2)
    if end < start + 2 * frame_ps:
        raise ValueError(
            f"Blocks of {frames * frame_ps:.3g} ps are too short for a window that starts at {start:.3g} ps: "
            "ask for fewer blocks, or run longer."
        )
    x, _, S = points(tau[:frames], msd[:frames], N, (start, end))
    A, at = np.stack([np.ones_like(x), x], axis=1), np.rint(x / frame_ps).astype(int)
    blocks = r[: n_blocks * frames].reshape(n_blocks, frames, N, 3)
    lines = [weighted_fit(A, msd_fft(block)[at], S)[0] for block in blocks]
    intercept, slope = np.mean(lines, axis=0)
    error = np.std(lines, axis=0, ddof=1)[1] / 6 / np.sqrt(n_blocks)
    return Diffusion(slope / 6, error, intercept, (x[0], x[-1]), diffusion_gls(tau, msd, N, window, straight=True).chi2)
