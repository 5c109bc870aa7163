"""Mean squared displacement: Fourier form, direct sum, and cases known on paper."""

import numpy as np
import pytest

from course_lib.transport.msd import msd_by_element, msd_direct, msd_fft
from course_lib.transport.random_walk import random_walk


def msd_by_loops(r):
    """As slow and as plain as the definition."""
    F, N, _ = r.shape
    msd = []
    for lag in range(F):
        squares = [np.dot(r[t + lag, i] - r[t, i], r[t + lag, i] - r[t, i]) for t in range(F - lag) for i in range(N)]
        msd.append(sum(squares) / len(squares))
    return np.array(msd)


@pytest.mark.parametrize("frames, ions", [(2, 1), (7, 3), (40, 5)])
def test_the_direct_sum_is_the_definition(frames, ions):
    r = random_walk(D=1.0, n_ions=ions, frames=frames, rattle=0.3, seed=frames)
    np.testing.assert_allclose(msd_direct(r), msd_by_loops(r), rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("frames, ions", [(2, 1), (3, 17), (50, 20), (333, 33)])
def test_the_fourier_form_is_the_direct_sum(frames, ions):
    r = random_walk(D=1.0, n_ions=ions, frames=frames, rattle=0.3, seed=ions) + 100.0
    direct = msd_direct(r)
    np.testing.assert_allclose(msd_fft(r), direct, rtol=1e-10, atol=1e-10 * direct.max())


def test_free_flight_is_a_parabola():
    t = np.arange(100)
    r = (t[:, None] * np.array([1.0, -2.0, 0.5]))[:, None, :]
    np.testing.assert_allclose(msd_fft(r), 5.25 * t**2, rtol=1e-9, atol=1e-9)


def test_an_ion_in_its_cage_has_an_msd_that_stays():
    period = 40
    t = np.arange(50 * period)
    r = np.zeros((len(t), 1, 3))
    r[:, 0, 2] = 0.7 * np.sin(2 * np.pi * t / period)
    expected = 0.7**2 * (1 - np.cos(2 * np.pi * t / period))
    np.testing.assert_allclose(msd_fft(r)[: 2 * period], expected[: 2 * period], atol=0.02)


def test_a_walk_has_the_slope_and_intercept_it_was_made_with():
    D, rattle, frame_ps = 0.7, 0.4, 0.1
    msd = np.mean([msd_fft(random_walk(D, 20, 400, frame_ps, rattle, seed))[:40] for seed in range(20)], axis=0)
    tau = np.arange(40) * frame_ps
    np.testing.assert_allclose(msd[1:], 6 * D * tau[1:] + 6 * rattle**2, rtol=0.03)


def test_msd_knows_no_origin_and_no_orientation():
    r = random_walk(D=1.0, n_ions=4, frames=60, seed=9)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(3, 3)))[0]
    np.testing.assert_allclose(msd_fft(r @ turn + [5.0, -3.0, 8.0]), msd_fft(r), rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize(
    "positions, sentence",
    [(np.zeros((10, 3)), "frames x atoms x 3"), (np.full((10, 2, 3), np.inf), "not finite")],
)
def test_bad_positions_are_one_sentence(positions, sentence):
    with pytest.raises(ValueError, match=sentence):
        msd_fft(positions)


@pytest.mark.parametrize("bad", [{"D": -1}, {"D": 1, "frame_ps": 0}, {"D": 1, "frames": 1}, {"D": 1, "rattle": -0.1}])
def test_an_impossible_walk_is_one_sentence(bad):
    with pytest.raises(ValueError, match=r"give a (whole )?number"):
        random_walk(**bad)


@pytest.mark.parametrize("kind", [np.int16, np.int64, np.float32, np.uint8])
@pytest.mark.parametrize("msd", [msd_direct, msd_fft])
def test_positions_of_any_kind_of_number_are_numbers(msd, kind):
    r = np.random.default_rng(0).integers(0, 200, size=(30, 4, 3))
    r[:, :, 2] += 0 if kind == np.uint8 else 10_000 * (np.arange(30)[:, None] % 2)
    stored = r.astype(kind)
    np.testing.assert_array_equal(stored, r)
    np.testing.assert_allclose(msd(stored), msd_by_loops(r.astype(float)), rtol=1e-9, atol=1e-6)


def test_directions_add_up_and_grow_alone():
    r = np.random.default_rng(3).normal(size=(60, 5, 3)).cumsum(axis=0) * [1.0, 0.0, 2.0]
    parts = msd_fft(r, by_direction=True)
    np.testing.assert_allclose(parts.sum(axis=1), msd_fft(r), rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(parts[:, 1], 0, atol=1e-12)
    np.testing.assert_allclose(parts[:, 2], msd_direct(r * [0, 0, 1]), rtol=1e-9, atol=1e-9)


def test_each_element_has_its_msd():
    r = np.random.default_rng(4).normal(size=(20, 3, 3))
    found = msd_by_element(r, ["Li", "S", "Li"])
    assert list(found) == ["Li", "S"]
    np.testing.assert_allclose(found["Li"], msd_direct(r[:, [0, 2]]), atol=1e-12)
    np.testing.assert_allclose(
        msd_by_element(r, ["Li", "S", "Li"], by_direction=True)["S"].sum(1), msd_direct(r[:, [1]]), atol=1e-9
    )
    with pytest.raises(ValueError, match=r"3 atoms and symbols of the shape \(2,\)"):
        msd_by_element(r, ["Li", "S"])
