"""The barostat against an ideal gas, which is known exactly, and against the Lennard-Jones equation of state."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.constraints import FixAtoms
from toy_systems import NoForce

from course_lib.analysis.error_bars import block_average, jackknife
from course_lib.dynamics.barostat import CellRescaling, pressure
from course_lib.dynamics.simulation import Simulation, simulate
from course_lib.dynamics.thermostats import Andersen, VelocityRescaling
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.potentials.fast_lennard_jones import FastLennardJones
from course_lib.potentials.lennard_jones import ARGON_EPSILON, ARGON_SIGMA, LennardJones, pressure_tail
from course_lib.structures import argon_crystal


def ideal_gas(n=32, edge=40.0):
    rng = np.random.default_rng(0)
    atoms = Atoms(f"Ar{n}", rng.uniform(0, edge, (n, 3)), cell=[edge] * 3, pbc=True, calculator=NoForce())
    thermal_velocities(atoms, 300, seed=1)
    return atoms


def test_pressure_of_an_ideal_gas_is_nkt_over_v():
    atoms = ideal_gas()
    assert pressure(atoms) == pytest.approx(32 * units.kB * 300 / 40**3, rel=1e-12)


@pytest.mark.slow
def test_volume_of_an_ideal_gas_has_its_exact_mean_and_variance():
    """P(V) ~ V^N exp(-PV/kT): mean (N + 1) kT/P, variance (N + 1) (kT/P)^2."""
    n, atoms = 32, ideal_gas()
    target = 32 * units.kB * 300 / 40**3 / units.GPa
    barostat = CellRescaling(target, relaxation_fs=100, compressibility_per_GPa=1 / target, every=1, seed=2)
    simulation = Simulation(atoms, 5.0, VelocityRescaling(300, 50, seed=3), barostat=barostat)
    volumes = []
    for _ in range(15_000):
        simulation.run()
        volumes.append(atoms.get_volume())
    mean, variance = block_average(volumes[500:]), jackknife(np.var, volumes[500:])
    unit = units.kB * 300 / (target * units.GPa)
    assert mean.error < 0.02 * n * unit
    assert abs(mean.value - (n + 1) * unit) < 4 * mean.error
    assert abs(variance.value - (n + 1) * unit**2) < 4 * variance.error


@pytest.mark.slow
def test_one_step_in_the_root_of_the_volume_is_the_equation_of_the_volume():
    """At the target pressure <dV> = beta kT/tau dt is all that is left, half of it by way of the noise."""
    atoms = ideal_gas()
    target, V, kT = pressure(atoms) / units.GPa, 40**3, units.kB * 300
    part = 0.01  # beta kT dt / (tau V)
    barostat = CellRescaling(target, 100, compressibility_per_GPa=part * V / kT * 100 / 5 * units.GPa, every=1)
    grown = []
    for _ in range(20_000):
        now = atoms.copy()
        now.calc = atoms.calc
        barostat(now, 5.0 * units.fs, 300)
        grown.append(now.get_volume() / V - 1)
    assert np.mean(grown) == pytest.approx(part, abs=0.004)
    assert np.var(grown) == pytest.approx(2 * part, rel=0.05)


@pytest.mark.slow
def test_density_of_the_lennard_jones_fluid_follows_its_equation_of_state():
    """T* = 2, rho* = 0.7: P* = 3.032 (Thol et al. 2016, doi:10.1063/1.4945000), 3.029 (Kolafa and Nezbeda 1994,
    doi:10.1016/0378-3812(94)80001-4). The barostat sees the pressure without the tail beyond 2.5 sigma."""
    T, rho, n = 2.0 * ARGON_EPSILON / units.kB, 0.7, 108
    volume, reduced = n / rho * ARGON_SIGMA**3, ARGON_EPSILON / ARGON_SIGMA**3
    tail = pressure_tail(n, volume, ARGON_EPSILON, ARGON_SIGMA, 2.5 * ARGON_SIGMA)
    atoms = argon_crystal(3, lattice_constant=volume ** (1 / 3) / 3)
    atoms.calc = LennardJones(skin=0.3)
    thermal_velocities(atoms, 2 * T, seed=1)
    target = (3.030 * reduced - tail) / units.GPa
    barostat = CellRescaling(target, relaxation_fs=300, compressibility_per_GPa=2.0, every=5, seed=2)
    thermostat = VelocityRescaling(T, 100, seed=3)
    run = simulate(atoms, 5000, 8.0, thermostat, every=5, barostat=barostat, keep=("pressure",), progress=False)
    density = block_average(n * ARGON_SIGMA**3 / np.abs(np.linalg.det(run.cells[150:])))
    assert density.error < 0.006
    assert abs(density.value - rho) < 3 * density.error + 0.003  # 0.003: N = 108, and what the tail leaves out
    seen = block_average(run.pressure[150:])
    assert abs(seen.value - target) < 4 * seen.error


def test_pressure_tail_is_the_virial_integral_beyond_the_cutoff():
    """P = -(2/3) pi rho^2 integral r^3 phi'(r) dr."""
    r = np.linspace(2.5, 200, 2_000_001)
    integrand = r**3 * 24 * (-2 * r**-13 + r**-7)
    assert pressure_tail(7, 10.0, 1.0, 1.0, 2.5) == pytest.approx(
        -2 / 3 * np.pi * 0.49 * np.trapezoid(integrand, r), 1e-4
    )


def test_bad_input_gets_one_sentence():
    atoms = ideal_gas()
    with pytest.raises(ValueError, match="give the simulation a thermostat"):
        Simulation(atoms, 1.0, barostat=CellRescaling())
    atoms.pbc = [True, True, False]
    with pytest.raises(ValueError, match="not periodic in all directions"):
        Simulation(atoms, 1.0, VelocityRescaling(300), barostat=CellRescaling())
    with pytest.raises(ValueError, match="no volume, and so no pressure"):
        pressure(atoms)
    with pytest.raises(ValueError, match=r"target pressure \(GPa\) is nan: give a finite number"):
        CellRescaling(np.nan)
    for name in ("relaxation_fs", "compressibility_per_GPa", "every"):
        with pytest.raises(ValueError, match=f"{name} is 0"):
            CellRescaling(**{name: 0})


def test_a_hopeless_pressure_stops_with_a_sentence():
    atoms = ideal_gas()
    barostat = CellRescaling(1.0, relaxation_fs=100, compressibility_per_GPa=100, every=1)
    with pytest.raises(FloatingPointError, match="longer relaxation_fs"):
        Simulation(atoms, 5.0, VelocityRescaling(300), barostat=barostat).run(10)


def test_a_trajectory_knows_its_volume_and_density():
    atoms = ideal_gas()
    bath, barostat = VelocityRescaling(300), CellRescaling(0.01, relaxation_fs=500, every=5)
    run = simulate(atoms, 100, 5.0, bath, barostat=barostat, progress=False)
    assert run.volume[-1] == pytest.approx(atoms.get_volume()) and np.ptp(run.volume) > 0
    crystal = argon_crystal(2, lattice_constant=5.311)
    crystal.calc = NoForce()
    still = simulate(crystal, 10, 1.0, progress=False)
    assert still.density == pytest.approx(4 * 39.948 / 6.02214076e23 / 5.311e-8**3)  # 4 atoms in a cube, in g/cm^3
    crystal.pbc = False
    with pytest.raises(ValueError, match="no volume"):
        simulate(crystal, 10, 1.0, progress=False).density  # noqa: B018


def test_the_pressure_counts_the_components_that_are_free():
    """Two atoms of an ideal gas under Andersen, all six components free: P V = N k T."""
    atoms = Atoms("Ar2", [[0, 0, 0], [5, 5, 5]], cell=[10] * 3, pbc=True)
    atoms.calc = NoForce()
    thermal_velocities(atoms, 300, seed=1)
    run = simulate(atoms, 8000, 5.0, Andersen(300, 20), every=4, keep="pressure", progress=False)
    assert run.pressure == pytest.approx(2 * units.kB * run.temperature / 1000 / units.GPa)
    assert block_average(run.pressure).value == pytest.approx(2 * units.kB * 300 / 1000 / units.GPa, rel=0.1)


def test_an_empty_list_of_fixed_atoms_fixes_none():
    atoms = argon_crystal(2)
    atoms.calc = FastLennardJones(cutoff=5.0, skin=0.2)
    atoms.set_constraint(FixAtoms([]))
    assert np.isfinite(pressure(atoms))
