"""The walk of the charge: 1 for ions that walk alone, 1/2 for pairs, and none for a pair of opposite charges."""

import numpy as np
import pytest

from course_lib.transport.collective import charge_msd, haven_ratio
from course_lib.transport.msd import msd_direct
from course_lib.transport.random_walk import random_walk


def ratios(paths, charges=1.0):
    return np.array([haven_ratio(r, 0.1, (0.5, 20), charges) for r in paths])


def test_independent_ions_have_a_haven_ratio_of_one_and_pairs_of_a_half():
    alone = ratios(random_walk(0.5, 20, 1000, seed=s) for s in range(40))
    pairs = ratios(np.repeat(random_walk(0.5, 10, 1000, seed=s), 2, axis=1) for s in range(40))
    for found, right in ((alone, 1.0), (pairs, 0.5)):
        value, error = found.T
        assert np.mean(1 / value) == pytest.approx(1 / right, rel=0.15)  # D_sigma / D is a mean, and its inverse is not
        assert 0.8 < np.mean(error / value) / np.std(np.log(value)) < 2
        assert np.mean(np.abs(np.log(value / right)) < 2 * error / value) >= 0.9


@pytest.mark.parametrize("charges", [2.0, -1.0, np.where(np.arange(20) % 2, 1.0, -2.0)])
def test_the_size_of_the_charges_cancels(charges):
    value, _ = ratios((random_walk(0.5, 20, 1000, seed=s) for s in range(40)), charges).T
    assert np.mean(1 / value) == pytest.approx(1.0, rel=0.15)


def test_charge_msd_is_its_definition():
    r, z = random_walk(1.0, 4, 30, seed=2), np.array([1.0, 1.0, -2.0, 0.5])
    total = np.sum(z[:, None] * r, axis=1, keepdims=True)
    np.testing.assert_allclose(charge_msd(r, z), msd_direct(total) / np.sum(z**2), rtol=1e-9, atol=1e-9)


def test_neutral_pairs_carry_nothing():
    r = np.repeat(random_walk(0.5, 5, 50), 2, axis=1)
    np.testing.assert_allclose(charge_msd(r, np.tile([1.0, -1.0], 5)), 0, atol=1e-9)


@pytest.mark.parametrize("charges", [0.0, np.nan, np.zeros(5)])
def test_no_charge_is_one_sentence(charges):
    with pytest.raises(ValueError, match="finite numbers, not all of them zero"):
        charge_msd(random_walk(0.5, 5, 50), charges)


@pytest.mark.parametrize("frame_ps", [".1", 0, -0.1])
def test_a_frame_without_duration_is_one_sentence(frame_ps):
    with pytest.raises(ValueError, match=r"frame_ps is .*: give a number above zero"):
        haven_ratio(random_walk(1.0, 5, 100), frame_ps, (1, 3))
