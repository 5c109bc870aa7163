"""D and its error bar, on walks whose D is known."""

import numpy as np
import pytest
import scipy.linalg
import scipy.signal
import scipy.stats
from ase import Atoms, units
from ase.md.analysis import DiffusionCoefficient

from course_lib.transport.blocks import diffusion_blocks
from course_lib.transport.bound import diffusion_bound
from course_lib.transport.collective import haven_ratio
from course_lib.transport.diffusion import diffusion_gls, diffusion_ols, msd_covariance, points
from course_lib.transport.msd import msd_fft
from course_lib.transport.random_walk import random_walk
from course_lib.transport.window import fit_window

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
        window = (1.0, 12.0)
        three = (
            diffusion_gls(tau, msd, N, window, hop=0, straight=True),
            diffusion_ols(tau, msd, window),
            diffusion_blocks(r, 0.1, window),
        )
        rows.append([(fit.D, fit.error) for fit in three])
    return dict(zip(("gls", "ols", "blocks"), np.array(rows).transpose(1, 2, 0)))


def coverage(D, error, width=1.96):
    return np.mean(np.abs(D - 0.5) < width * error)


def test_the_stated_error_of_gls_holds_the_truth_in_nine_of_ten_walks(estimates):
    D, error = estimates["gls"]
    assert coverage(D, error) >= 0.90
    assert abs(D.mean() - 0.5) < 3 * D.std() / np.sqrt(len(D))  # no bias
    assert 0.85 < error.mean() / D.std() < 1.2


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
        window = (1.0, 12.0)
        rows.append(
            (*diffusion_gls(tau, msd, N, window, 0, straight=True)[:2], *diffusion_blocks(r, FRAME_PS, window)[:2])
        )
    gls, gls_error, blocks, block_error = np.transpose(rows)
    assert gls_error.mean() / gls.std() < 0.85  # 1 for independent ions
    assert 0.75 < block_error.mean() / blocks.std() < 1.3


def test_a_curve_that_may_bend_has_a_larger_error_and_one_that_bends_another_d():
    """D is the mean of line and curve, weighted by exp(-chi^2/2 - parameters): against the equations themselves."""
    tau, msd, _ = curve(0.5, frames=400)
    window = (1.0, 15.0)
    x, y, S = points(tau, msd, N, window)
    found = []
    for A in (np.stack([np.ones_like(x), x], 1), np.stack([np.ones_like(x), x, np.exp(-3 * x / x[-1])], 1)):
        C = np.linalg.inv(A.T @ np.linalg.inv(S) @ A)
        beta = C @ A.T @ np.linalg.inv(S) @ y
        chi2 = (y - A @ beta) @ np.linalg.inv(S) @ (y - A @ beta)
        found.append((beta[1] / 6, C[1, 1] / 36, np.exp(-chi2 / 2 - A.shape[1])))
    D, variance, weight = np.transpose(found)
    weight /= weight.sum()
    mean = weight @ D
    fit, straight = (diffusion_gls(tau, msd, N, window, hop=0, straight=known) for known in (False, True))
    assert fit.D == pytest.approx(mean, rel=1e-6)
    assert fit.error**2 == pytest.approx(1.69 * weight @ variance + weight @ (D - mean) ** 2, rel=1e-6)
    assert straight.error < fit.error < 5 * straight.error


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
    fit = diffusion_gls(tau, msd, N, (1.0, 6.0), hop=0, straight=True)
    x, y, S = points(tau, msd, N, (1.0, 6.0))
    L = np.linalg.cholesky(S)  # also: S is positive definite
    A = scipy.linalg.solve_triangular(L, np.stack([np.ones_like(x), x], 1), lower=True)
    white, chi2, *_ = np.linalg.lstsq(A, scipy.linalg.solve_triangular(L, y, lower=True))
    assert fit.D == pytest.approx(white[1] / 6, rel=1e-8)
    assert fit.error == pytest.approx(np.sqrt(np.linalg.inv(A.T @ A)[1, 1]) / 6, rel=1e-8)
    assert fit.chi2 == pytest.approx(chi2[0] / (len(x) - 2), rel=1e-6)


def test_gls_is_exact_on_an_exact_line():
    tau = np.arange(100) * FRAME_PS
    fit = diffusion_gls(tau, np.where(tau > 0, 6 * 0.25 * tau + 1.1, 0), N, (2.0, 5.0))
    assert (fit.D, fit.intercept) == pytest.approx((0.25, 1.1))


@pytest.mark.parametrize("cage", [0.0, 4.0])  # ps to forget where in the cage it was
def test_the_covariance_is_that_of_many_trajectories(cage):
    """Brownian motion, and a cage of 10.8 Å^2 without any diffusion: displacements of both are normally distributed."""
    frames, lags, ions = 400, np.array([5, 10, 20, 40, 120]), 10
    paths = [random_walk(0.5, ions, frames, FRAME_PS, seed=s) if not cage else caged(cage, s) for s in range(1000)]
    tau = np.arange(frames) * FRAME_PS
    true = 10.8 * (1 - np.exp(-tau / cage)) if cage else 3 * tau
    curves = np.array([msd_fft(path)[lags] for path in paths])
    S = msd_covariance(lags, true, ions)
    scale = np.sqrt(np.outer(np.diag(S), np.diag(S)))
    np.testing.assert_allclose(np.cov(curves.T) / scale, S / scale, atol=0.12)  # 1000 trajectories tell it to 0.045


def caged(relaxation, seed):
    """Ornstein-Uhlenbeck: x(t + dt) = f x(t) + noise, and <x^2> = 1.8 Å^2 in each direction."""
    noise = np.random.default_rng(seed).normal(size=(400, 10, 3)) * np.sqrt(1.8)
    f = np.exp(-FRAME_PS / relaxation)
    noise[1:] *= np.sqrt(1 - f**2)
    return scipy.signal.lfilter([1], [1, -f], noise, axis=0)


def test_a_long_lag_has_two_thirds_per_independent_stretch():
    """As in McCluskey, Coles and Morgan 2025: the relative variance of an MSD is near 2 / (3 n) with n = N T / tau."""
    tau = np.arange(20_000) * FRAME_PS
    S = msd_covariance(np.array([200]), 6 * 0.5 * tau, n_ions=20)
    exact = 2 / 3  # a Brownian path's stretches overlap: 4/3 tau^3 where independent ones have 2 tau^3
    assert S[0, 0] / (3 * tau[200]) ** 2 == pytest.approx(exact * 2 / 3 * tau[200] / (20 * tau[-1]), rel=0.02)


def test_the_line_knows_when_the_msd_is_none():
    """chi^2 near 1 for a walk, at all ends of the window; far above for a cage that lets go."""
    straight = [diffusion_gls(*curve(0.5, seed=s, frames=600)[:2], N, (0.5, 20)).chi2 for s in range(60)]
    assert np.mean(straight) == pytest.approx(1.0, abs=0.25)
    tau = np.arange(600) * FRAME_PS
    caught = 10.8 * (1 - np.exp(-tau / 4)) + 0.06 * tau
    assert diffusion_gls(tau, caught, 100, (1.0, 20), straight=True).chi2 > 5
    with pytest.raises(ValueError, match="bends until no slope is left: start later, or take the upper bound"):
        diffusion_gls(tau, caught, 100, (1.0, 20))


def test_jumps_are_counted_by_chance():
    """N_hop = 6 D N T / a^2 = 40 jumps: sqrt(40) of them is the least that D can err."""
    rows, rate, T, ions = [], 0.04, 50.0, 20
    for seed in range(100):
        random = np.random.default_rng(seed)
        jumps = random.poisson(rate * FRAME_PS, size=(500, ions, 1)) * 3.0
        way = random.normal(size=(500, ions, 3))
        r = np.cumsum(jumps * way / np.linalg.norm(way, axis=2, keepdims=True), axis=0)
        tau, msd = np.arange(500) * FRAME_PS, msd_fft(r + 0.2 * random.normal(size=r.shape))
        rows.append([diffusion_gls(tau, msd, ions, (0.5, 20), hop, straight=True)[:2] for hop in (None, 0)])
    D, error = np.array(rows)[:, 0].T
    assert D.mean() == pytest.approx(rate * 9 / 6, rel=0.05)
    assert D.std() / D.mean() > 0.85 / np.sqrt(rate * ions * T)
    assert 0.8 < error.mean() / D.std() < 1.25
    assert np.array(rows)[:, 1, 1].mean() < 0.7 * D.std()  # as if nothing came in jumps


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


def test_one_direction_counts_three_times():
    """As the docstring of msd_fft says; the scatter of D along z is that of the error so found, without its 1.3."""
    fits = []
    for seed in range(60):
        msd = msd_fft(random_walk(1.0, 20, 200, 0.1, seed=seed), by_direction=True)[:, 2]
        fits.append(diffusion_gls(np.arange(200) * 0.1, 3 * msd, 20, (1, 8), hop=0))
    D, error = np.mean([fit.D for fit in fits]), np.sqrt(3) * np.mean([fit.error for fit in fits]) / 1.3
    assert D == pytest.approx(1, abs=0.12)
    assert np.std([fit.D for fit in fits]) == pytest.approx(error, rel=0.25)


def test_many_lags_are_thinned_without_changing_the_answer():
    tau, msd, _ = curve(0.5, frames=3000)
    many, few = (diffusion_gls(tau, msd, N, (2, end), straight=True).D for end in (80, 11.9))
    assert many == pytest.approx(few, rel=0.03)


@pytest.mark.parametrize("every", [1, 10])
def test_d_does_not_know_how_often_frames_were_kept(every):
    r = random_walk(1.0, N, 4000, FRAME_PS, seed=1)[::every]
    tau = np.arange(len(r)) * FRAME_PS * every
    fit = diffusion_gls(tau, msd_fft(r), N, (2, 100), hop=0, straight=True)
    assert fit.D == pytest.approx(1.0, abs=2.5 * fit.error) and fit.error < 0.08


def test_a_walk_stored_every_frame_then_every_tenth_is_refused():
    r = random_walk(1.0, N, 2000, FRAME_PS, seed=1)
    kept = np.append(np.arange(1000), np.arange(1000, 2000, 10))
    with pytest.raises(ValueError, match=r"lags tau has steps from 0.1 to 1 ps: the frames must be equally spaced"):
        diffusion_gls(kept * FRAME_PS, msd_fft(r[kept]), N, (2, 30))


def test_the_bound_is_above_d_and_closes_in_on_it():
    slow = [(diffusion_bound(*curve(0.01, frames=500, seed=s)[:2], N)) for s in range(20)]
    fast = [(diffusion_bound(*curve(1.0, frames=500, seed=s)[:2], N)) for s in range(20)]
    assert min(slow) > 0.01
    assert min(fast) > 1.0 and np.mean(fast) < 1.6


def test_a_crystal_that_only_rattles_gets_a_bound_that_shrinks_with_time():
    short, long = (diffusion_bound(*curve(0.0, frames=f)[:2], N) for f in (200, 2000))
    assert short / long == pytest.approx(10, rel=0.2)


TAU = np.arange(100) * 1.0


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda: diffusion_gls(TAU, -TAU, N, (5, 30)), "the MSD does not grow"),
        (lambda: diffusion_gls(TAU, TAU, N, (5, 30), hop=-1), "hop .in Å. is -1"),
        (lambda: fit_window(TAU[::-1], TAU, N), "every frame must be later"),
        (lambda: diffusion_bound(np.append(TAU[:-1], 200), TAU, N), "equally spaced"),
        (lambda: diffusion_ols(np.append(TAU[:-1], np.nan), TAU, (5, 30)), "not a finite number"),
        (lambda: diffusion_gls(TAU, TAU, N, (5, 6)), "holds 2 lags"),
        (lambda: diffusion_gls(TAU, TAU, N, (30, 5)), "holds 0 lags"),
        (lambda: diffusion_gls(TAU, TAU, N, None), r"The window \(in ps\) is None: give two numbers"),
        (lambda: diffusion_ols(TAU, TAU, "5, 30"), r"The window \(in ps\) is '5, 30': give two numbers"),
        (lambda: diffusion_blocks(random_walk(1.0, 5, 100), 0.1, 3), r"The window \(in ps\) is 3: give two numbers"),
        (lambda: haven_ratio(random_walk(1.0, 5, 100), 0.1, (None, 3)), r"The window \(in ps\) is \(None, 3\)"),
        (lambda: random_walk(1.0, seed=-1), "seed is -1: give a whole number, 0 or more"),
        (lambda: diffusion_gls(TAU, TAU, 0, (5, 30)), "n_ions is 0: give a whole number, 1 or more"),
        (lambda: diffusion_gls(TAU, TAU[1:], N, (5, 30)), "one MSD per lag"),
        (lambda: diffusion_gls(TAU[1:], TAU[1:], N, (5, 30)), "from lag zero on"),
        (lambda: diffusion_ols(TAU, TAU * np.nan, (5, 30)), "not finite"),
        (
            lambda: diffusion_blocks(random_walk(1.0, 5, 100), 0.1, (1, 3), n_blocks=1),
            "n_blocks is 1: give a whole number, 2 or more",
        ),
        (lambda: diffusion_blocks(random_walk(1.0, 5, 100), 0.1, (1, 3), n_blocks=9), "ask for fewer blocks"),
        (lambda: diffusion_bound(TAU[:4], TAU[:4], N, share=0.1), "too few frames"),
        (lambda: diffusion_bound(TAU, TAU, N, share=-1), "share is -1: give a number above zero"),
        (lambda: diffusion_bound(TAU, TAU, N, share=30), "share is 30: give a part of the trajectory"),
    ],
)
def test_bad_input_is_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.parametrize("window", [(9, 10), (20, 21), (9, 9.3)])
def test_a_narrow_late_window_has_a_d_with_a_finite_error(window):
    tau, msd, _ = curve(1.0, frames=500)
    for straight in (False, True):
        fit = diffusion_gls(tau, msd, N, window, hop=0, straight=straight)
        assert np.isfinite(fit.chi2) and abs(fit.D - 1.0) < 4 * fit.error < 8


def test_blocks_ask_nothing_about_a_bend():
    """An MSD that levels off has blocks, and a chi^2 that shows it, although GLS finds no slope in it."""
    frames = 1000
    r = np.random.default_rng(0).normal(size=(frames, 40, 3)) * np.sqrt(1.8)
    r[1:] *= np.sqrt(1 - np.exp(-2 * FRAME_PS / 4))
    r = scipy.signal.lfilter([1], [1, -np.exp(-FRAME_PS / 4)], r, axis=0)
    tau, msd = np.arange(frames) * FRAME_PS, msd_fft(r)
    with pytest.raises(ValueError, match="no slope is left"):
        diffusion_gls(tau, msd, 40, (1.0, 15.0))
    assert diffusion_blocks(r, FRAME_PS, (1.0, 15.0)).chi2 > 3
