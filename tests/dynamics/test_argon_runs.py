"""A run of argon: how its energy error shrinks, and that its file keeps what it holds."""

import numpy as np
import pytest

from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.potentials.lennard_jones import LennardJones
from course_lib.structures import argon_crystal


def argon():
    atoms = argon_crystal(3)
    atoms.calc = LennardJones(cutoff=7.88, skin=0.01)  # between two shells of neighbours: no pair crosses it
    thermal_velocities(atoms, 20, seed=1)
    return atoms


def test_energy_error_of_argon_shrinks_with_the_square_of_the_time_step():
    def error(dt):
        run = simulate(argon(), int(1600 / dt), dt, every=int(16 / dt) or 1, progress=False)
        return np.std(run.potential_energy + run.kinetic_energy)

    assert error(16.0) / error(8.0) == pytest.approx(4, rel=0.15)
    assert error(8.0) / error(4.0) == pytest.approx(4, rel=0.15)


def test_a_trajectory_with_velocities_and_pressure_survives_its_file(tmp_path):
    run = simulate(argon(), 4, 2.0, every=2, keep=("velocities", "pressure"), progress=False)
    run.save(tmp_path / "run.npz")
    back = type(run).load(tmp_path / "run.npz")
    assert np.allclose(back.velocities, run.velocities, rtol=1e-6) and back.velocities.dtype == float
    assert np.array_equal(back.pressure, run.pressure) and back.cells is None
