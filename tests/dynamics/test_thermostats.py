"""Each thermostat against what statistical mechanics says exactly."""

import numpy as np
import pytest
from ase import units
from scipy.integrate import quad
from toy_systems import Ring

from course_lib.analysis.error_bars import block_average, jackknife
from course_lib.dynamics.barostat import CellRescaling
from course_lib.dynamics.forces import forces_of
from course_lib.dynamics.integrators import leapfrog, remember_last, velocity_verlet
from course_lib.dynamics.simulation import Simulation
from course_lib.dynamics.thermostats import Andersen, Berendsen, Langevin, NoseHooverChain, VelocityRescaling
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.potentials.fast_lennard_jones import FastLennardJones, Walker
from course_lib.potentials.lennard_jones import LennardJones, pair_energy_and_slope
from course_lib.structures import argon_crystal

T = 100.0  # K
kT = units.kB * T
CANONICAL = (Andersen, Langevin, NoseHooverChain, VelocityRescaling)


def walk(thermostat, r, v, force, m, dt, free, steps, look):
    """``look(r, v)`` after each step."""
    force, seen = remember_last(force), []
    for _ in range(steps):
        r, v = thermostat.step(velocity_verlet, r, v, force, m, dt, free)
        seen.append(look(r, v))
    return np.array(seen)


def kinetic_energies(thermostat, steps=30_000):
    ring = Ring()
    free = 3 * ring.n - 3 if thermostat.conserves_momentum else 3 * ring.n
    kinetic = walk(
        thermostat, np.zeros((ring.n, 3)), ring.thermal_velocities(2 * kT, 3), ring.force, ring.m, 10 * units.fs, free,
        steps, lambda r, v: 0.5 * np.sum(ring.m * v**2),
    )  # fmt: skip
    return kinetic[500:], free


@pytest.mark.parametrize("kind", CANONICAL)
def test_kinetic_energy_has_its_canonical_mean_and_variance(kind):
    kinetic, free = kinetic_energies(kind(T, 60))
    mean, variance = block_average(kinetic), jackknife(np.var, kinetic)
    assert mean.error < 0.01 * free * kT and variance.error < 0.08 * free / 2 * kT**2
    assert abs(mean.value - free / 2 * kT) < 4 * mean.error
    assert abs(variance.value - free / 2 * kT**2) < 4 * variance.error


@pytest.mark.parametrize("kind", CANONICAL)
def test_the_compiled_loop_is_canonical(kind):
    """The same in liquid argon, with the steps made inside the engine: each thermostat by itself, not by analogy."""
    atoms, thermostat = argon_crystal(3, lattice_constant=5.72), kind(T, 200)
    atoms.calc = FastLennardJones()
    thermal_velocities(atoms, 2 * T, seed=4)
    simulation, kinetic = Simulation(atoms, 5.0, thermostat), []
    assert isinstance(forces_of(atoms), Walker)
    simulation.run(2000)
    for _ in range(2000):
        simulation.run(10)
        kinetic.append(atoms.get_kinetic_energy())
    free = 3 * len(atoms) - (3 if thermostat.conserves_momentum else 0)
    mean, variance = block_average(kinetic), jackknife(np.var, np.array(kinetic))
    assert mean.error < 0.01 * free / 2 * kT and variance.error < 0.15 * free / 2 * kT**2
    assert abs(mean.value - free / 2 * kT) < 4 * mean.error
    assert abs(variance.value - free / 2 * kT**2) < 4 * variance.error


def test_berendsen_has_the_mean_but_not_the_variance():
    kinetic, free = kinetic_energies(Berendsen(T, 60))
    assert np.mean(kinetic) == pytest.approx(free / 2 * kT, rel=0.01)
    assert np.var(kinetic) < 0.3 * free / 2 * kT**2


def test_langevin_samples_a_harmonic_oscillator_exactly_even_at_a_long_step():
    """BAOAB has no error at all in the positions of an oscillator; velocity Verlet's is 33 % at h = 1."""
    k, m = 1.0, np.full((1000, 1), 1.0)
    rng = np.random.default_rng(0)
    r, v = rng.normal(size=(1000, 3)) * np.sqrt(kT / k), rng.normal(size=(1000, 3)) * np.sqrt(kT)
    thermostat = Langevin(T, relaxation_fs=2 / units.fs, conserves_momentum=False)
    squares = walk(thermostat, r, v, lambda r: -k * r, m, 1.0, 3000, 1000, lambda r, v: (np.mean(r**2), np.mean(r**4)))
    (x2, x4), error = block_average(squares[50:])
    assert error[0] < 0.004 * kT / k
    assert abs(x2 - kT / k) < 4 * error[0]
    assert abs(x4 - 3 * (kT / k) ** 2) < 4 * error[1]


@pytest.mark.slow
def test_a_chain_samples_a_harmonic_oscillator_and_a_single_link_does_not():
    """Martyna, Klein and Tuckerman 1992, doi:10.1063/1.463940: <x^2> = kT/k, <x^4> = 3 (kT/k)^2."""
    k, m, r, v = 1.0, np.ones((1, 1)), np.zeros((1, 1)), np.full((1, 1), np.sqrt(kT))

    def moments(links):
        thermostat = NoseHooverChain(T, relaxation_fs=1 / units.fs, links=links)
        x = walk(thermostat, r, v, lambda r: -k * r, m, 0.1, 1, 40_000, lambda r, v: r[0, 0])
        return np.mean(x**2) / kT, np.mean(x**4) / kT**2

    x2, x4 = moments(links=4)
    assert x2 == pytest.approx(1, abs=0.06) and x4 == pytest.approx(3, abs=0.35)
    assert abs(moments(links=1)[1] - 3) > 0.6


def test_langevin_samples_the_bond_of_a_lennard_jones_dimer():
    """Against the integral over r^2 exp(-phi/kT); at kT = epsilon/12 the bond does not break in the time given."""
    epsilon, sigma, n = 12 * kT, 3.4, 300
    r = np.zeros((2 * n, 3))
    r[1::2, 0] = 2 ** (1 / 6) * sigma

    def bonds(r):
        d = r[1::2] - r[0::2]
        return d, np.linalg.norm(d, axis=1, keepdims=True)

    def force(r):
        d, length = bonds(r)
        pull = pair_energy_and_slope(length, epsilon, sigma)[1] / length * d
        return np.stack([pull, -pull], axis=1).reshape(-1, 3)

    look = lambda r, v: (np.mean(bonds(r)[1]), np.mean(bonds(r)[1] ** 2))  # noqa: E731
    seen = walk(Langevin(T, 200), r, 0 * r, force, np.full((2 * n, 1), 40.0), 20 * units.fs, 6 * n - 3, 3000, look)
    measured, error = block_average(seen[500:])

    weight = lambda r, power: r**power * np.exp(-(pair_energy_and_slope(r, epsilon, sigma)[0] + epsilon) / kT)  # noqa: E731
    norm = quad(weight, 2.5, 6.8, args=(2,))[0]
    exact = [quad(weight, 2.5, 6.8, args=(2 + power,))[0] / norm for power in (1, 2)]
    assert error[0] < 1e-3 * exact[0]
    assert np.all(np.abs(measured - exact) < 4 * error + 1e-4 * np.array(exact))


@pytest.mark.parametrize(("kind", "flies"), [(Berendsen, True), (VelocityRescaling, False)])
def test_berendsen_makes_a_flying_ice_cube(kind, flies):
    """Energy leaves the vibrations for the motion of the whole; equipartition gives the latter 3 of 3N parts."""
    ring = Ring(n=4, k=0.1, g=5.0)
    v = ring.thermal_velocities(kT, 1) + np.sqrt(kT / ring.m / ring.n)
    whole = lambda r, v: np.sum(np.sum(ring.m * v, axis=0) ** 2) / np.sum(ring.m) / np.sum(ring.m * v**2)  # noqa: E731
    share = walk(kind(T, 20), np.zeros((4, 3)), v, ring.force, ring.m, 5 * units.fs, 12, 40_000, whole)
    assert np.mean(share[15_000:]) == pytest.approx(0.95 if flies else 3 / 12, abs=0.05 if flies else 0.1)


@pytest.mark.parametrize("kind", [*CANONICAL, Berendsen])
def test_effective_energy_is_conserved_to_the_order_of_the_integrator(kind):
    def wander(dt_fs):
        ring, thermostat = Ring(), kind(T, 60)
        look = lambda r, v: ring.energy(r) + 0.5 * np.sum(ring.m * v**2) + thermostat.heat_absorbed  # noqa: E731
        start = np.zeros((ring.n, 3)), ring.thermal_velocities(kT, 5)
        energy = walk(
            thermostat, *start, ring.force, ring.m, dt_fs * units.fs, 3 * ring.n - 3, int(20_000 / dt_fs), look
        )
        return np.std(energy)

    coarse, fine = wander(20), wander(5)
    assert fine < 0.05 * kT
    assert fine < coarse / 4


@pytest.mark.parametrize("kind", [Langevin, VelocityRescaling, NoseHooverChain])
def test_total_momentum_stays_zero(kind):
    atoms = argon_crystal(2, lattice_constant=5.5)
    atoms.calc = LennardJones(cutoff=5.4, skin=0.1)
    thermal_velocities(atoms, 60, seed=1)
    Simulation(atoms, 5.0, kind(60, 50)).run(50)
    assert np.allclose(np.sum(atoms.get_momenta(), axis=0), 0, atol=1e-10)


def test_a_plain_function_is_a_thermostat_too():
    atoms = argon_crystal(2)
    atoms.calc = LennardJones(cutoff=5.2, skin=0.1)
    thermal_velocities(atoms, 60, seed=1)
    Simulation(atoms, 2.0, lambda v, m, dt, free: 0 * v).run(3)
    assert atoms.get_kinetic_energy() == 0


def test_andersen_frees_all_components():
    atoms = argon_crystal(2)
    atoms.calc = LennardJones(cutoff=5.2, skin=0.1)
    assert Simulation(atoms, 2.0, Andersen(60)).free_components == 96
    assert Simulation(atoms, 2.0, Langevin(60)).free_components == 93


@pytest.mark.parametrize("kind", [Andersen, Berendsen, Langevin, NoseHooverChain, VelocityRescaling])
def test_bad_parameters_get_one_sentence(kind):
    for wrong in (0, -5, np.nan, np.inf):
        with pytest.raises(ValueError, match=r"target temperature \(K\) is .* above zero"):
            kind(wrong)
        with pytest.raises(ValueError, match=r"relaxation time \(fs\) is .* above zero"):
            kind(300, relaxation_fs=wrong)


def test_scaling_nothing_and_a_wrong_integrator_get_one_sentence():
    ring = Ring()
    still = np.zeros((ring.n, 3))
    for thermostat in (Berendsen(T), VelocityRescaling(T)):
        with pytest.raises(ValueError, match="velocities are zero"):
            thermostat.step(velocity_verlet, still, still, ring.force, ring.m, 1.0, 45)
    with pytest.raises(ValueError, match="leave integrator=velocity_verlet"):
        Langevin(T).step(leapfrog, still, still, ring.force, ring.m, 1.0, 45)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("temperature", -5, r"The target temperature \(K\) is -5: give a number above zero"),
        ("temperature", "300", "target temperature .* is '300'"),
        ("relaxation_fs", 0, r"The relaxation time \(fs\) is 0"),
    ],
)
def test_what_may_change_on_the_way_is_checked(name, value, sentence):
    thermostat = Langevin(300)
    with pytest.raises(ValueError, match=sentence):
        setattr(thermostat, name, value)
    thermostat.temperature = np.float64(250)
    assert thermostat.temperature == 250 and thermostat.relaxation_fs == 100


@pytest.mark.parametrize(
    ("part", "name"), [(Langevin(300), "seed"), (NoseHooverChain(300), "links"), (CellRescaling(), "seed")]
)
def test_what_would_change_nothing_cannot_be_changed(part, name):
    with pytest.raises(AttributeError, match=f"{name} is used when a {type(part).__name__} is made.*: make a new one"):
        setattr(part, name, 5)
