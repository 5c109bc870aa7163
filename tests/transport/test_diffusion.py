"""D and its error bar, on walks whose D is known."""

import numpy as np
import pytest
import scipy.linalg
import scipy.stats
from ase import Atoms, units
from ase.md.analysis import DiffusionCoefficient

from course_lib.transport.blocks import diffusion_blocks
from course_lib.transport.bound import diffusion_bound, share_that_jumped
from course_lib.transport.diffusion import diffusion_gls, diffusion_ols, fit_window, msd_covariance
from course_lib.transport.msd import msd_fft
from course_lib.transport.random_walk import random_walk

FRAME_PS, N = 0.1, 20


def curve(D, frames=300, rattle=0.4, seed=0, n_ions=N):
    """Lags, MSD and path of one walk."""
    r = random_walk(D, n_ions, frames, FRAME_PS, rattle, seed)
    return np.arange(frames) * FRAME_PS, msd_fft(r), r


@pytest.fixture(scope="module")
def estimates():
    """D and error of 200 walks with D = 0.5 Å^2/ps, by three estimators."""
    rows = []
    for seed in range(200):
        tau, msd, r = curve(0.5, seed=seed)
        window = fit_window(tau, msd)
        three = diffusion_gls(tau, msd, N, window), diffusion_ols(tau, msd, window), diffusion_blocks(r, 0.1, window)
        rows.append([(fit.D, fit.error) for fit in three])
    return dict(zip(("gls", "ols", "blocks"), np.array(rows).transpose(1, 2, 0)))


def coverage(D, error, width=1.96):
    return np.mean(np.abs(D - 0.5) < width * error)


def test_the_stated_error_of_gls_holds_the_truth_in_nine_of_ten_walks(estimates):
    D, error = estimates["gls"]
    assert coverage(D, error) >= 0.90
    assert abs(D.mean() - 0.5) < 3 * D.std() / np.sqrt(len(D))  # no bias
    assert 1.0 < error.mean() / D.std() < 1.6  # on the safe side, not hugely


def test_the_error_of_blocks_is_right_on_average(estimates):
    D, error = estimates["blocks"]
    assert 0.75 < error.mean() / D.std() < 1.25
    assert coverage(D, error, width=scipy.stats.t.ppf(0.975, df=4)) >= 0.88
    assert abs(D.mean() - 0.5) < 0.02


def test_the_textbook_error_of_least_squares_is_thirty_times_too_small(estimates):
    D, error = estimates["ols"]
    assert 1 / 60 < error.mean() / D.std() < 1 / 15
    assert coverage(D, error) < 0.15
    assert D.std() > 1.3 * estimates["gls"][0].std()  # and the estimate itself is worse


def test_ions_that_move_in_pairs_fool_gls_and_not_the_blocks():
    rows = []
    for seed in range(60):
        r = random_walk(0.8, N // 2, 500, FRAME_PS, seed=seed)
        r = np.repeat(r, 2, axis=1) + 0.3 * np.random.default_rng(1000 + seed).normal(size=(500, N, 3))
        tau, msd = np.arange(500) * FRAME_PS, msd_fft(r)
        window = fit_window(tau, msd)
        rows.append((*diffusion_gls(tau, msd, N, window)[:2], *diffusion_blocks(r, FRAME_PS, window)[:2]))
    gls, gls_error, blocks, block_error = np.transpose(rows)
    assert gls_error.mean() / gls.std() < 1.1  # 1.3 for independent ions
    assert 0.75 < block_error.mean() / blocks.std() < 1.3


def test_ols_is_the_textbook_line():
    tau, msd, _ = curve(0.5, frames=200)
    fit = diffusion_ols(tau, msd, (1.0, 6.0))
    inside = (tau > 0.95) & (tau < 6.05)
    textbook = scipy.stats.linregress(tau[inside], msd[inside])
    assert fit.D == pytest.approx(textbook.slope / 6, rel=1e-10)
    assert fit.error == pytest.approx(textbook.stderr / 6, rel=1e-8)
    assert fit.intercept == pytest.approx(textbook.intercept, rel=1e-8)
    assert fit.window == pytest.approx((1.0, 6.0))


def test_gls_is_least_squares_after_whitening():
    tau, msd, _ = curve(0.5, frames=200)
    fit = diffusion_gls(tau, msd, N, (1.0, 6.0))
    x, y = tau[10:61], msd[10:61]
    S = msd_covariance(x, fit.intercept + 6 * fit.D * x, N, tau[-1])
    L = np.linalg.cholesky(S)  # also: S is positive definite
    A = scipy.linalg.solve_triangular(L, np.stack([np.ones_like(x), x], 1), lower=True)
    white = np.linalg.lstsq(A, scipy.linalg.solve_triangular(L, y, lower=True))[0]
    assert fit.D == pytest.approx(white[1] / 6, rel=1e-3)  # the weights are those of the last but one line
    assert fit.error == pytest.approx(np.sqrt(np.linalg.inv(A.T @ A)[1, 1]) / 6, rel=2e-3)


def test_gls_is_exact_on_an_exact_line():
    tau = np.arange(100) * FRAME_PS
    fit = diffusion_gls(tau, np.where(tau > 0, 6 * 0.25 * tau + 1.1, 0), N, (2.0, 5.0))
    assert (fit.D, fit.intercept) == pytest.approx((0.25, 1.1))


def test_the_covariance_is_that_of_brownian_motion_and_on_the_safe_side():
    """Exact for Brownian motion and lags short against T: cov is a^2 b - a^3 / 3 where S has a^2 b (a <= b)."""
    D, frames = 0.5, 400
    lags = np.array([5, 10, 20, 40])
    curves = np.array([msd_fft(random_walk(D, 10, frames, FRAME_PS, seed=s))[lags] for s in range(600)])
    tau = lags * FRAME_PS
    S = msd_covariance(tau, 6 * D * tau, n_ions=10, length=(frames - 1) * FRAME_PS)
    a, b = np.minimum.outer(tau, tau), np.maximum.outer(tau, tau)
    np.testing.assert_allclose(np.cov(curves.T) / S, (a**2 * b - a**3 / 3) / (a**2 * b), rtol=0.2)
    np.testing.assert_array_equal(S, S.T)


def test_the_factor_of_six_and_the_units_agree_with_ase():
    """ASE's own D, one origin, of a path whose displacement is exactly sqrt(2 D t) along each axis."""
    D, t = 0.3, np.arange(200) * FRAME_PS
    path = np.sqrt(2 * D * t)[:, None, None] * np.ones((1, 1, 3))
    frames = [Atoms("Li", positions=p) for p in path]
    theirs = DiffusionCoefficient(frames, timestep=FRAME_PS * 1000 * units.fs)
    theirs.calculate(ignore_n_images=0, number_of_segments=1)
    one_origin = np.sum((path - path[0]) ** 2, axis=(1, 2))
    ours = diffusion_ols(t, one_origin, (FRAME_PS, t[-1])).D
    assert ours == pytest.approx(D)
    assert theirs.get_diffusion_coefficients()[0][0] * 1000 * units.fs == pytest.approx(ours)


def test_many_lags_are_thinned_without_changing_the_answer():
    tau, msd, _ = curve(0.5, frames=3000)
    assert diffusion_gls(tau, msd, N, (2, 80)).D == pytest.approx(diffusion_gls(tau, msd, N, (2, 11.9)).D, rel=0.03)


def test_the_window_starts_outside_the_cage_and_ends_at_thirty_percent():
    tau = np.arange(101) * 1.0
    assert fit_window(tau, 0.5 * tau + 1.2) == (7.0, 30.0)


def test_the_bound_is_above_d_and_closes_in_on_it():
    slow = [(diffusion_bound(*curve(0.01, frames=500, seed=s)[:2], N)) for s in range(20)]
    fast = [(diffusion_bound(*curve(1.0, frames=500, seed=s)[:2], N)) for s in range(20)]
    assert min(slow) > 0.01
    assert min(fast) > 1.0 and np.mean(fast) < 1.6


def test_a_crystal_that_only_rattles_gets_a_bound_that_shrinks_with_time():
    short, long = (diffusion_bound(*curve(0.0, frames=f)[:2], N) for f in (200, 2000))
    assert short / long == pytest.approx(10, rel=0.2)


def test_who_has_jumped():
    r = random_walk(0.0, 10, 100, FRAME_PS, rattle=0.4, seed=0)
    assert share_that_jumped(r, frames=10) == 0.0
    r[50:, :3] += [3.0, 0.0, 0.0]
    assert share_that_jumped(r, frames=10) == 0.3
    r[80:, :3] -= [3.0, 0.0, 0.0]  # back home: it has jumped all the same
    assert share_that_jumped(r, frames=10) == 0.3
    with pytest.raises(ValueError, match="at least 2 are needed"):
        share_that_jumped(r, frames=80)


TAU = np.arange(100) * 1.0


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda: fit_window(TAU, 0.01 * TAU), "too short for a D. Report an upper bound"),
        (lambda: fit_window(TAU, 0.13 * TAU), "does not pass 4.5"),  # passes, but after 30 % of the trajectory
        (lambda: diffusion_gls(TAU, -TAU, N, (5, 30)), "the MSD does not grow"),
        (lambda: diffusion_gls(TAU, 0.1 * TAU + 3, N, (5, 30)), "start the window later"),
        (lambda: diffusion_gls(TAU, TAU, N, (5, 6)), "holds 2 lags"),
        (lambda: diffusion_gls(TAU, TAU, N, (30, 5)), "holds 0 lags"),
        (lambda: diffusion_gls(TAU, TAU, 0, (5, 30)), "at least 1 ion"),
        (lambda: diffusion_gls(TAU, TAU[1:], N, (5, 30)), "one MSD a lag"),
        (lambda: diffusion_gls(TAU[1:], TAU[1:], N, (5, 30)), "must start at zero"),
        (lambda: diffusion_ols(TAU, TAU * np.nan, (5, 30)), "not finite"),
        (lambda: diffusion_blocks(random_walk(1.0, 5, 100), 0.1, (1, 3), n_blocks=1), "at least 2 are needed"),
        (lambda: diffusion_blocks(random_walk(1.0, 5, 100), 0.1, (1, 3), n_blocks=9), "ask for fewer blocks"),
        (lambda: diffusion_bound(TAU[:4], TAU[:4], N, share=0.1), "too few frames"),
    ],
)
def test_bad_input_is_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
