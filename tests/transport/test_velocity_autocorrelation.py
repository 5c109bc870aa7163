"""Diffusion from velocities, for free particles whose answer is known."""

from dataclasses import replace

import numpy as np
import pytest
from ase import Atoms, units
from toy_systems import NoForce

from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.transport.velocity_autocorrelation import autocorrelation, velocity_autocorrelation


def test_autocorrelation_is_the_sum_over_all_time_origins():
    x = np.random.default_rng(6).normal(size=(50, 3))
    direct = [np.mean(x[: 50 - lag] * x[lag:], axis=0) for lag in range(20)]
    assert np.allclose(autocorrelation(x, 20), direct)


@pytest.fixture(scope="module")
def brownian():
    """Free particles with friction: C(t) = (3 kT/m) exp(-t/tau), D = kT tau/m."""
    atoms = Atoms("Ar200", np.random.default_rng(0).uniform(0, 50, (200, 3)), calculator=NoForce())
    thermal_velocities(atoms, 300, seed=1)
    thermostat = Langevin(300, relaxation_fs=100, seed=2, conserves_momentum=False)
    return simulate(atoms, 6000, 5.0, thermostat, every=1, keep=("velocities",), progress=False)


def test_diffusion_of_free_particles_with_friction(brownian):
    correlation = velocity_autocorrelation(brownian, max_fs=800)
    speed2 = 3 * units.kB * 300 / 39.948 * units.fs**2
    assert np.all(np.abs(correlation.C - speed2 * np.exp(-correlation.time_fs / 100)) < 5 * correlation.C_error)
    exact = speed2 / 3 * 100 * 1000  # Å^2/ps
    assert correlation.D_error[-1] < 0.04 * exact
    assert abs(correlation.D[-1] - exact * (1 - np.exp(-8))) < 4 * correlation.D_error[-1]


def test_diffusion_from_velocities_is_that_from_positions(brownian):
    """<x^2> of an Ornstein-Uhlenbeck process: 6 D [t - tau (1 - exp(-t/tau))]."""
    correlation = velocity_autocorrelation(brownian, max_fs=800)
    lag = 400  # steps, 2 ps
    moved = brownian.positions[lag:] - brownian.positions[:-lag]
    D = np.mean(np.sum(moved**2, axis=2)) / (6 * (2000 - 100)) * 1000
    assert D == pytest.approx(correlation.D[-1], rel=0.06)


def test_velocities_must_be_there_and_long_enough(brownian):
    with pytest.raises(ValueError, match="shorter than 100000"):
        velocity_autocorrelation(brownian, max_fs=1e5)
    with pytest.raises(ValueError, match="keep="):
        velocity_autocorrelation(replace(brownian, velocities=None), max_fs=1)
