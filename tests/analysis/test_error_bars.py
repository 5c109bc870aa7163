"""Errors and heat capacities against series and systems whose answer is known."""

import numpy as np
import pytest
from ase import units
from scipy.signal import lfilter
from toy_systems import Ring

from course_lib.analysis.error_bars import Mean, block_average, block_errors, jackknife
from course_lib.analysis.heat_capacity import heat_capacity, heat_capacity_nve
from course_lib.dynamics.integrators import remember_last, velocity_verlet
from course_lib.dynamics.thermostats import Langevin


def correlated(phi, n, seed, series=1):
    """x_t = phi x_(t-1) + noise, of variance 1: the error of its mean is known exactly."""
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(series, n)) * np.sqrt(1 - phi**2)
    noise[:, 0] /= np.sqrt(1 - phi**2)
    return lfilter([1], [1, -phi], noise, axis=1).T


def exact_error(phi, n):
    t = np.arange(1, n)
    return np.sqrt((1 + 2 * np.sum((1 - t / n) * phi**t)) / n)


@pytest.mark.parametrize("phi", [0.0, 0.8, 0.97])
def test_error_of_a_correlated_mean_is_the_known_one(phi):
    n, exact = 2**14, exact_error(phi, 2**14)
    value, error = block_average(correlated(phi, n, seed=1, series=200))
    assert np.mean(error) == pytest.approx(exact, rel=0.08)
    assert np.std(value) == pytest.approx(exact, rel=0.15)
    assert np.mean(np.abs(value) < 2 * error) > 0.88  # 95 % for an error known exactly
    if phi > 0.9:
        naive = block_errors(correlated(phi, n, seed=1))[1][0]
        assert naive < 0.2 * exact


def test_each_series_of_an_array_gets_its_own_block_size():
    x = np.column_stack([correlated(0.0, 4096, 2)[:, 0], correlated(0.9, 4096, 3)[:, 0], np.full(4096, 7.0)])
    together, alone = block_average(x), [block_average(column) for column in x.T]
    assert np.allclose(together.error, [one.error for one in alone])
    assert together.value[2] == 7 and together.error[2] == 0
    assert str(Mean(1.5, 0.25)) == "1.5 ± 0.25"


def test_a_series_too_short_for_its_correlation_is_said():
    with pytest.warns(UserWarning, match="too short for its correlation"):
        block_average(np.linspace(0, 1, 100))
    with pytest.raises(ValueError, match="at least 4"):
        block_average([1, 2, 3])
    with pytest.raises(ValueError, match="not finite"):
        block_average([1, 2, 3, np.nan])


def test_jackknife_of_a_variance():
    """The variance of n normal numbers has the standard error sqrt(2/n)."""
    x = correlated(0.0, 20_000, 5)[:, 0]
    value, error = jackknife(np.var, x, blocks=100)
    assert error == pytest.approx(np.sqrt(2 / 20_000), rel=0.2)
    assert abs(value - 1) < 4 * error
    with pytest.raises(ValueError, match="measure longer"):
        jackknife(np.var, x[:30], blocks=20)
    with pytest.raises(ValueError, match=r"blocks is 2\.5: give a whole number, 2 or more"):
        jackknife(np.var, x, blocks=2.5)
    with pytest.raises(ValueError, match="not finite"):
        jackknife(np.var, np.append(x, np.nan))
    with pytest.raises(ValueError, match="Series of 100, 90 measurements: give as many"):
        jackknife(lambda a, b: np.mean(a) / np.mean(b), x[:100], x[:90])


def test_counts_in_small_integers_do_not_overflow():
    counts = np.random.default_rng(0).integers(100, 127, size=400).astype(np.int8)
    assert block_average(counts).value == pytest.approx(counts.astype(float).mean())
    assert jackknife(np.var, counts).value == pytest.approx(np.var(counts.astype(float)))


@pytest.mark.slow
def test_heat_capacity_of_a_harmonic_crystal():
    """Dulong and Petit: k for each of the 3N - 3 vibrations."""
    ring, T = Ring(n=10, k=0.05, g=0.0), 100.0
    thermostat, free = Langevin(T, 100, seed=1), 27
    r, v, force = np.zeros((10, 3)), ring.thermal_velocities(units.kB * T, 2), remember_last(ring.force)
    energy = []
    for _ in range(40_000):
        r, v = thermostat.step(velocity_verlet, r, v, force, ring.m, 10 * units.fs, free)
        energy.append(ring.energy(r) + 0.5 * np.sum(ring.m * v**2))
    C = heat_capacity(energy[1000:], T)
    assert C.error < 0.08 * free * units.kB
    assert abs(C.value - free * units.kB) < 4 * C.error


def test_heat_capacity_at_constant_energy():
    """f quadratic momenta and f coordinates on a sphere of constant energy: K/E is Beta(f/2, f/2) distributed, and the
    formula (right to leading order in f) then gives f (f + 1)/(f + 2) k in place of f k."""
    free, rng = 30, np.random.default_rng(4)
    x = rng.normal(size=(40_000, 2 * free))
    kinetic = np.sum(x[:, :free] ** 2, axis=1) / np.sum(x**2, axis=1)
    C = heat_capacity_nve(kinetic, free)
    exact = free * (free + 1) / (free + 2) * units.kB
    assert C.error < 0.02 * exact
    assert abs(C.value - exact) < 4 * C.error
    with pytest.raises(ValueError, match="above zero"):
        heat_capacity([1.0] * 100, 0)
