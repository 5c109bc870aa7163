"""Fixed atoms stay, the others have the temperature that is claimed, and other constraints are refused."""

import numpy as np
import pytest
from ase import units
from ase.constraints import FixAtoms, FixBondLengths
from ase.md.langevin import Langevin as AseLangevin

from course_lib.analysis.error_bars import block_average
from course_lib.dynamics.barostat import CellRescaling, pressure
from course_lib.dynamics.constraints import degrees_of_freedom
from course_lib.dynamics.simulation import Simulation, simulate
from course_lib.dynamics.thermostats import Andersen, Berendsen, Langevin, NoseHooverChain, VelocityRescaling
from course_lib.dynamics.velocities import kinetic_temperature, thermal_velocities
from course_lib.potentials.fast_lennard_jones import FastLennardJones
from course_lib.structures import argon_crystal


def half_fixed(temperature=60.0):
    atoms = argon_crystal(3)
    atoms.set_constraint(FixAtoms(range(54)))
    atoms.calc = FastLennardJones(cutoff=6.0)
    thermal_velocities(atoms, temperature, seed=1)
    return atoms


def test_the_temperature_is_that_of_the_free_atoms():
    atoms = half_fixed()
    assert not atoms.get_velocities()[:54].any() and atoms.get_velocities()[54:].all()
    assert degrees_of_freedom(atoms) == atoms.get_number_of_degrees_of_freedom() == 162
    assert atoms.get_temperature() == pytest.approx(60) and kinetic_temperature(atoms) == pytest.approx(60)
    assert Simulation(atoms, 2.0, Langevin(60)).temperature == pytest.approx(60)


@pytest.mark.parametrize("kind", [Andersen, Berendsen, Langevin, NoseHooverChain, VelocityRescaling])
def test_every_thermostat_holds_the_free_atoms_and_leaves_the_fixed_ones(kind):
    atoms = half_fixed(30.0)
    fixed = atoms.positions[:54].copy()
    simulate(atoms, 400, 5.0, kind(60, 100), progress=False)
    path = simulate(atoms, 4000, 5.0, kind(60, 100), every=5, progress=False)
    assert np.array_equal(atoms.positions[:54], fixed)
    mean = block_average(path.temperature)
    assert mean.error < 1.5 and abs(mean.value - 60) < 4 * mean.error + 0.3  # 0.3 K: the error of a 5 fs step
    assert path.temperature[-1] == pytest.approx(atoms.get_temperature())


def test_it_is_the_temperature_of_ase():
    """ASE's own Langevin dynamics with the same constraint, read by our thermometer."""
    atoms, seen = half_fixed(), []
    moving = AseLangevin(atoms, 5 * units.fs, temperature_K=60, friction=1 / (100 * units.fs), fixcm=False, rng=RANDOM)
    moving.run(300)
    for _ in range(400):
        moving.run(5)
        seen.append(kinetic_temperature(atoms))
    mean = block_average(seen)
    assert abs(mean.value - 60) < 4 * mean.error + 0.5


RANDOM = np.random.RandomState(3)


def test_energy_is_conserved_with_fixed_atoms():
    atoms = half_fixed()
    path = simulate(atoms, 1000, 2.0, progress=False)
    total = path.potential_energy + path.kinetic_energy
    assert np.ptp(total) < 0.02 * np.ptp(path.kinetic_energy)


def test_what_is_not_obeyed_is_refused():
    atoms = half_fixed()
    with pytest.raises(ValueError, match="some are fixed: take the constraint off"):
        Simulation(atoms, 2.0, Langevin(60), barostat=CellRescaling())
    with pytest.raises(ValueError, match="bear part of the pressure"):
        pressure(atoms)
    atoms.set_constraint(FixBondLengths([[0, 1]]))
    for refused in (
        lambda: Simulation(atoms, 2.0),
        lambda: thermal_velocities(atoms, 60),
        lambda: kinetic_temperature(atoms),
    ):
        with pytest.raises(ValueError, match="carry a FixBondLengths, and only FixAtoms is obeyed"):
            refused()
    atoms.set_constraint(FixAtoms(range(108)))
    with pytest.raises(ValueError, match="All atoms are fixed"):
        Simulation(atoms, 2.0)
    atoms.set_constraint(FixAtoms([0]))
    with pytest.raises(ValueError, match="held by constraints, which the engine ignores"):
        atoms.calc.run(atoms, 10, 2 * units.fs)


def test_atoms_fixed_on_the_way_are_put_to_rest():
    """The first frame has the temperature of the free atoms, too, and an atom fixed twice is one atom."""
    atoms = half_fixed()
    atoms.set_constraint()
    thermal_velocities(atoms, 60, seed=1)
    free = atoms[54:]
    atoms.set_constraint([FixAtoms(range(54)), FixAtoms([0, 1])])
    path = simulate(atoms, 10, 2.0, progress=False)
    assert path.temperature[0] == pytest.approx(free.get_temperature()) and path.temperature[0] < 70
    atoms.set_constraint(FixAtoms([]))
    assert degrees_of_freedom(atoms) == 3 * 108 - 3


@pytest.mark.parametrize("kind", [Berendsen, Langevin, NoseHooverChain, VelocityRescaling])
def test_one_atom_has_no_temperature_without_the_motion_of_the_whole(kind):
    atom = argon_crystal(1)[:1]
    atom.calc = FastLennardJones()
    with pytest.raises(ValueError, match="One atom alone has no temperature"):
        thermal_velocities(atom, 300)
    with pytest.raises(ValueError, match="One atom alone moves only as a whole"):
        Simulation(atom, 2.0, kind(300))


def test_one_atom_in_a_bath_that_moves_the_whole():
    atom = argon_crystal(1)[:1]
    atom.calc = FastLennardJones()
    for bath in (Andersen(300, 20, seed=1), Langevin(300, 20, seed=1, conserves_momentum=False)):
        mean = block_average(simulate(atom, 4000, 5.0, bath, every=10, progress=False).temperature)
        assert mean.error < 25 and abs(mean.value - 300) < 4 * mean.error
