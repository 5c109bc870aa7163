"""A window that finds diffusion, on ions in cages: D = 0 gives a bound, D > 0 is found within its error."""

import numpy as np
import pytest
from scipy.signal import lfilter

from course_lib.transport.bound import diffusion_bound
from course_lib.transport.diffusion import diffusion_gls
from course_lib.transport.msd import msd_fft
from course_lib.transport.window import NoDiffusion, fit_window

FRAME_PS = 0.1


def caged(D, cage, relaxation, hop, ions, length, seed):
    """Ions that wander in a soft cage, whose MSD levels off at ``cage`` Å^2, and jump by ``hop`` Å to the next.

    Within the cage each coordinate is an Ornstein-Uhlenbeck process: MSD = cage (1 - exp(-tau/relaxation)) + 6 D tau.
    """
    random, frames, f = np.random.default_rng(seed), round(length / FRAME_PS), np.exp(-FRAME_PS / relaxation)
    noise = random.normal(size=(frames, ions, 3)) * np.sqrt(cage / 6)
    noise[1:] *= np.sqrt(1 - f**2)
    way = random.normal(size=(frames, ions, 3))
    number = random.poisson(6 * D / hop**2 * FRAME_PS, size=(frames, ions, 1))
    jumps = np.sqrt(number) * hop * way / np.linalg.norm(way, axis=2, keepdims=True)
    return lfilter([1], [1, -f], noise, axis=0) + np.cumsum(jumps, axis=0)


def ball(ions, length, seed, radius=3.0, D=0.5):
    """Ions that diffuse in a hard sphere; its MSD levels off at 6/5 R^2 = 10.8 Å^2."""
    random, frames = np.random.default_rng(seed), round(length / FRAME_PS)
    x, path = random.normal(size=(ions, 3)), np.empty((frames, ions, 3))
    x *= radius * random.uniform(size=(ions, 1)) ** (1 / 3) / np.linalg.norm(x, axis=1, keepdims=True)
    for frame in range(-20, frames):
        new = x + np.sqrt(2 * D * FRAME_PS) * random.normal(size=x.shape)
        x = np.where(np.linalg.norm(new, axis=1, keepdims=True) > radius, x, new)  # a step out of it is not made
        path[max(frame, 0)] = x
    return path


def answers(paths):
    """(D, error, bound) of each path: D and error are NaN where there is only a bound."""
    rows = []
    for r in paths:
        ions, tau, msd = r.shape[1], np.arange(len(r)) * FRAME_PS, msd_fft(r)
        try:
            fit = diffusion_gls(tau, msd, ions, fit_window(tau, msd, ions))
            rows.append((fit.D, fit.error, np.nan))
        except NoDiffusion as none:
            assert none.bound == diffusion_bound(tau, msd, ions)
            rows.append((np.nan, np.nan, none.bound))
    return np.array(rows).T


@pytest.mark.parametrize(
    "cage, relaxation, ions, length",
    [
        (10.8, 2.0, 20, 20),
        (10.8, 2.0, 40, 100),
        (10.8, 5.0, 20, 20),
        (10.8, 5.0, 60, 50),
        (30.0, 5.0, 20, 50),
        (3.0, 1.0, 20, 20),
        pytest.param(10.8, 0.24 * 80, 96, 80, marks=pytest.mark.slow),  # a cage forgotten in a quarter of the run
        pytest.param(10.8, 0.15 * 50, 256, 50, marks=pytest.mark.slow),
    ],
)
def test_ions_that_never_leave_their_cage_get_a_bound(cage, relaxation, ions, length):
    D, _, bound = answers(caged(0, cage, relaxation, 3, ions, length, seed) for seed in range(40))
    assert np.mean(np.isnan(D)) >= 0.95
    assert 0.5 < np.nanmean(bound) * 6 * 0.3 * length / cage < 2  # the MSD over its lag


def sites(ions, length, relaxation, seed):
    """Ions that jump between two sites 3 Å apart and go nowhere else."""
    random, frames = np.random.default_rng(seed), round(length / FRAME_PS)
    flips = random.random((frames, ions)) < (1 - np.exp(-FRAME_PS / relaxation)) / 2
    way = random.normal(size=(ions, 3))
    way *= 3 / np.linalg.norm(way, axis=1, keepdims=True)
    return (np.cumsum(flips, axis=0) % 2)[..., None] * way + 0.3 * random.normal(size=(frames, ions, 3))


def rings(sites, radius, rate, hops, length, seed, ions=24):
    """Ions that jump round a ring of sites, and now and then hop by 7 Å to another ring."""
    random, frames = np.random.default_rng(seed), round(length / FRAME_PS)
    jumps = random.poisson(rate * FRAME_PS, (frames, ions))
    at = random.integers(0, sites, ions) + np.cumsum(2 * random.binomial(jumps, 0.5) - jumps, axis=0)
    angle = 2 * np.pi * at / sites
    ring = radius * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=-1)
    along = np.sign(random.normal(size=(frames, ions, 1))) * np.eye(3)[random.integers(0, 3, (frames, ions))]
    hop = 7 * along * (random.random((frames, ions, 1)) < hops / frames)
    return ring + 0.3 * random.normal(size=ring.shape) + np.cumsum(hop, axis=0)


@pytest.mark.slow
@pytest.mark.parametrize(
    "sites, radius, rate, hops, length", [(6, 2.0, 0.5, 8, 50), (6, 2.0, 0.1, 8, 100), (12, 2.5, 1.0, 6, 50)]
)
def test_slow_rings_that_let_go_are_found_within_their_error(sites, radius, rate, hops, length):
    """The MSD in the ring rises as steeply as that of the hops: a bend that no single trajectory surely shows."""
    D = hops / length * 49 / 6
    got, error, bound = answers(rings(sites, radius, rate, hops, length, seed) for seed in range(40))
    there = np.isfinite(got)
    assert np.mean(there) >= 0.95
    assert np.mean(np.abs(got - D)[there] < 2 * error[there]) >= 0.85
    assert np.all(bound[~there] > D)


@pytest.mark.slow
@pytest.mark.parametrize("ions, length, relaxation", [(96, 80, 0.2 * 80), (96, 80, 0.1 * 80)])
def test_two_sites_are_no_diffusion(ions, length, relaxation):
    D, *_ = answers(sites(ions, length, relaxation, seed) for seed in range(40))
    assert np.mean(np.isnan(D)) >= 0.95


@pytest.mark.parametrize("ions, length", [(20, 20), (40, 50)])
def test_neither_does_a_hard_cage_pass_for_diffusion(ions, length):
    D, *_ = answers(ball(ions, length, seed) for seed in range(40))
    assert np.mean(np.isnan(D)) >= 0.95


@pytest.mark.slow
@pytest.mark.parametrize(
    "D, cage, relaxation, hop, ions, length, found",
    [
        (0.5, 1.0, 0.1, 3, 20, 50, 1.0),  # 333 jumps
        (0.5, 1.0, 0.1, 3, 60, 50, 1.0),  # 1000
        (0.05, 1.0, 0.1, 3, 20, 50, 0.95),  # 33
        (0.05, 1.0, 0.1, 3, 40, 100, 1.0),  # 133
        (0.1, 10.8, 2.0, 6, 60, 50, 0.9),  # 50
        (0.1, 10.8, 2.0, 6, 100, 100, 1.0),  # 167
        (1.0, 30.0, 5.0, 10, 40, 100, 0.95),  # 240
    ],
)
def test_ions_that_jump_are_found_within_their_error(D, cage, relaxation, hop, ions, length, found):
    got, error, bound = answers(caged(D, cage, relaxation, hop, ions, length, seed) for seed in range(40))
    there = np.isfinite(got)
    assert np.mean(there) >= found
    assert np.mean(np.abs(got - D)[there] < 2 * error[there]) >= 0.85  # 0.9 within what 40 trajectories can tell
    assert abs(np.mean(got[there]) - D) < 0.1 * D
    assert np.all(bound[~there] > D)


def test_a_short_piece_of_a_slow_crystal_is_a_bound_and_all_of_it_is_not():
    r = caged(0.05, 1.0, 0.1, 3, 20, 200, seed=3)
    short, long = r[:60], r
    with pytest.raises(NoDiffusion, match=r"there is no D, only a bound, D < 0.[0-9]+ Å.2/ps. Run longer") as none:
        fit_window(np.arange(60) * FRAME_PS, msd_fft(short), 20)
    tau = np.arange(len(long)) * FRAME_PS
    fit = diffusion_gls(tau, msd_fft(long), 20, fit_window(tau, msd_fft(long), 20))
    assert none.value.bound > 0.05 == pytest.approx(fit.D, abs=2.5 * fit.error)


def test_a_drift_is_no_diffusion():
    tau = np.arange(200) * FRAME_PS
    drifting = caged(0.1, 1.0, 0.1, 3, 20, 20, seed=1) + 5 * tau[:, None, None]
    with pytest.raises(ValueError, match="grows faster than a straight line to the end: take out the drift"):
        fit_window(tau, msd_fft(drifting), 20)


def test_a_crystal_at_rest_has_a_bound_of_zero():
    tau = np.arange(200) * FRAME_PS
    with pytest.raises(NoDiffusion, match="The MSD is zero at every lag") as none:
        fit_window(tau, 0 * tau, 20)
    assert none.value.bound == 0
    with pytest.raises(ValueError, match="nothing moves"):
        diffusion_gls(tau, 0 * tau, 20, (1, 5))


def test_too_few_lags_get_their_own_sentence():
    with pytest.raises(ValueError, match="There are 8 lags, too few"):
        fit_window(np.arange(8.0), 6 * np.arange(8.0), 10)
