"""A random walk whose diffusion coefficient is known, on which every estimator is tested."""

import numpy as np

from course_lib.arguments import positive, whole


def random_walk(D, n_ions=20, frames=500, frame_ps=0.1, rattle=0.0, seed=0):
    """Independent Brownian walkers, each with the additional rattle of an ion in its cage.

    Each component of each step is drawn from a normal distribution of variance 2 D frame_ps, so that
    MSD(tau) = 6 D tau + 6 rattle^2 for tau > 0.

    Parameters
    ----------
    D : float
        Diffusion coefficient in Å^2/ps.
    n_ions, frames : int
        Number of walkers N and number of frames F.
    frame_ps : float
        Time between two frames in ps.
    rattle : float
        Standard deviation in Å of the rattle of each coordinate, drawn anew in each frame.
    seed : int
        Seed of the random numbers.

    Returns
    -------
    (F, N, 3) array
        Unwrapped positions in Å, starting near the origin.
    """
    D, rattle = positive("D (in Å^2/ps)", D, zero=True), positive("rattle (in Å)", rattle, zero=True)
    n_ions, frames, frame_ps = whole("n_ions", n_ions), whole("frames", frames, 2), positive("frame_ps", frame_ps)
    random = np.random.default_rng(whole("seed", seed, least=0))
    steps = random.normal(size=(frames, n_ions, 3)) * np.sqrt(2 * D * frame_ps)
    steps[0] = 0.0
    return np.cumsum(steps, axis=0) + rattle * random.normal(size=(frames, n_ions, 3))
