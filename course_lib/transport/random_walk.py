"""A walk whose diffusion coefficient is known: what every estimator is tested on."""

import numpy as np


def random_walk(D, n_ions=20, frames=500, frame_ps=0.1, rattle=0.0, seed=0):
    """Independent Brownian walkers, with the rattle of an ion in its cage on top.

    Each component of each step is drawn from a normal distribution of variance 2 D frame_ps, so that
    MSD(tau) = 6 D tau + 6 rattle^2 for tau > 0.

    Parameters
    ----------
    D : float
        Diffusion coefficient in Å^2/ps.
    n_ions, frames : int
    frame_ps : float
        Time between two frames in ps.
    rattle : float
        Standard deviation in Å of each coordinate around the walker, new in each frame.
    seed : int

    Returns
    -------
    (F, N, 3) array
        Unwrapped positions in Å, starting near the origin.
    """
    if not (D >= 0 and frame_ps > 0 and rattle >= 0 and n_ions >= 1 and frames >= 2):
        raise ValueError("A walk needs D and rattle of zero or more, one ion, two frames and a positive time step.")
    random = np.random.default_rng(seed)
    steps = random.normal(size=(frames, n_ions, 3)) * np.sqrt(2 * D * frame_ps)
    steps[0] = 0.0
    return np.cumsum(steps, axis=0) + rattle * random.normal(size=(frames, n_ions, 3))
