"""What a trajectory keeps of its structure, and what it says of a cell without a volume."""

import numpy as np
import pytest
from ase import Atoms, units
from ase.constraints import FixAtoms, FixedPlane

from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.trajectory import Trajectory, carried
from course_lib.potentials.fast_lennard_jones import FastLennardJones
from course_lib.structures import argon_crystal


def test_a_trajectory_keeps_constraints(tmp_path):
    class Own:
        pass

    atoms = argon_crystal(2)
    atoms.set_constraint([FixAtoms(range(16)), FixedPlane([20], [0, 0, 1])])
    frame = {"symbols": ["Ar"] * 32, "cell": atoms.cell.array, "pbc": True, "positions": atoms.positions[None]}
    run = Trajectory(**frame, velocities=np.full((1, 32, 3), 1e-3), **carried(atoms))
    run.save(tmp_path / "run.npz")
    for kept in (run, Trajectory.load(tmp_path / "run.npz")):
        last = kept.atoms(-1)
        assert [c.todict() for c in last.constraints] == [c.todict() for c in atoms.constraints]
        assert last.get_number_of_degrees_of_freedom() == 96 - 48 - 1
        np.testing.assert_allclose(last.get_velocities() * units.fs, 1e-3, rtol=1e-6)  # as they were
        assert last.constraints[0] is not kept.atoms(0).constraints[0]
    with pytest.raises(ValueError, match=r"The constraints \(Own\) cannot be kept"):
        Trajectory(**frame, constraints=[Own()])


def test_a_trajectory_keeps_charges_spins_and_tags(tmp_path):
    atoms = Atoms("OH", [[0, 0, 0], [0, 0, 0.97]], charges=[-1, 0], magmoms=[0, 1], tags=[3, 0])
    run = Trajectory(["O", "H"], np.zeros((3, 3)), False, positions=atoms.positions[None], **carried(atoms))
    run.save(tmp_path / "run.npz")
    for kept in (run, Trajectory.load(tmp_path / "run.npz")):
        last = kept.to_ase()[-1]
        assert last.get_initial_charges().tolist() == [-1, 0]
        assert last.get_initial_magnetic_moments().tolist() == [0, 1]
        assert last.get_tags().tolist() == [3, 0] and last.get_tags().dtype == int
    assert carried(Atoms("H", charges=[0])) == {"constraints": []}


def test_a_frame_or_an_element_that_is_not_there_is_one_sentence():
    run = Trajectory(["Ar", "Kr"], np.eye(3), True, positions=np.zeros((2, 2, 3)))
    assert run.atoms(1.0) == run.atoms(-1) == run.atoms(np.int64(1))
    for frame in (2, -3, 0.5, "1", None):
        with pytest.raises(ValueError, match=f"The number of the frame is {frame!r}: "):
            run.atoms(frame)
    for symbol in ("Xe", None, 18, ["Ar", "Kr", "Ar"]):
        with pytest.raises(ValueError, match=r"There is no .* here: there are Ar, Kr\."):
            run.indices(symbol)
    with pytest.raises(ValueError, match="There is no element 18: name elements by their symbols"):
        Trajectory([18], np.eye(3), True, positions=np.zeros((2, 1, 3)))


@pytest.mark.parametrize("cell", [np.zeros((3, 3)), [[10, 0, 0], [10, 1e-12, 0], [0, 0, 10]]])
def test_a_cell_without_volume_has_no_density(cell):
    run = Trajectory(["Ar"], cell, True, positions=np.zeros((2, 1, 3)))
    with pytest.raises(ValueError, match="The cell has no volume: its vectors are missing or lie in a plane"):
        run.density  # noqa: B018


def test_a_simulation_goes_on_from_its_last_frame_with_the_same_atoms_fixed():
    atoms = argon_crystal(3)
    atoms.set_constraint(FixAtoms(range(54)))
    atoms.set_tags(range(108))
    atoms.calc = FastLennardJones()
    first = simulate(atoms, 100, 2.0, Langevin(60), keep="velocities", progress=False)
    last = first.atoms(-1)
    assert last.get_temperature() == pytest.approx(first.temperature[-1], rel=1e-9)
    assert last.get_tags().tolist() == list(range(108))
    last.calc = FastLennardJones()
    second = simulate(last, 100, 2.0, Langevin(60), progress=False)
    np.testing.assert_array_equal(second.positions[-1, :54], first.positions[0, :54])
