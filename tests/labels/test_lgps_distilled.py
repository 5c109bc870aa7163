"""The shipped potentials of LGPS against their teachers, on frames that no fit has seen, and in dynamics."""

import numpy as np
import pytest

from course_lib.data.catalogue import load
from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.labels.distillation import label
from course_lib.labels.universal import universal
from course_lib.learning.validation import errors
from course_lib.structures import lgps

TEACHERS = ("chgnet", "sevennet-l3i5")


def strained_frames(number):
    """Frames between those that were learned from (each 100 fs), in cells of another size, rattled a little."""
    random, frames = np.random.default_rng(7), []
    for temperature in (500, 650, 850)[:number]:
        run = load("lgps", temperature=temperature)
        atoms = run.atoms(int(random.integers(len(run.positions))))
        atoms.set_cell(atoms.cell.array * (1 + random.uniform(-0.02, 0.03)), scale_atoms=True)
        atoms.rattle(0.03, rng=random)
        frames.append(atoms)
    return frames


@pytest.mark.parametrize("teacher", TEACHERS)
def test_it_agrees_with_its_teacher(teacher):
    """Forces within 80 meV/Å on average, where they are 500; energies within 5 meV/atom."""
    frames = label(strained_frames(3), universal(teacher))
    found = errors(load("lgps_distilled", teacher=teacher), frames)
    assert found.force_mae < 80 and found.energy_mae < 5 and found.stress_mae < 0.3
    assert np.mean(np.abs(found.force_label)) > 0.3
    # all frames have one composition; found: E0 of 1e12 eV that cancelled, and took digits of the energies along
    assert max(map(abs, load("lgps_distilled", teacher=teacher).E0.values())) < 20
    other = errors(load("lgps_distilled", teacher=TEACHERS[teacher == TEACHERS[0]]), frames)
    assert other.force_mae > 1.5 * found.force_mae, "two teachers, two potentials"


@pytest.mark.parametrize("teacher", TEACHERS)
def test_it_conserves_energy_at_a_thousand_kelvin(teacher):
    atoms = lgps()
    atoms.calc = load("lgps_distilled", teacher=teacher).calculator()
    thermal_velocities(atoms, 2000, seed=1)  # half of it goes into the bonds
    run = simulate(atoms, 1000, 1.0, every=10, progress=False)
    total = (run.potential_energy + run.kinetic_energy) / len(atoms)
    assert np.ptp(total) < 2e-3, "eV/atom"
    assert 700 < np.mean(run.temperature[50:]) < 1300
    assert np.ptp(total) < 0.2 * np.ptp(run.kinetic_energy / len(atoms))
