"""Distillation, with Lennard-Jones argon as a teacher whose answers cost nothing."""

from functools import cache

import numpy as np
import pytest
from ase.constraints import FixAtoms

from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.labels.distillation import distil, label
from course_lib.learning.loss import Loss
from course_lib.learning.validation import errors
from course_lib.potentials.ace import ACE
from course_lib.potentials.fast_lennard_jones import FastLennardJones
from course_lib.potentials.gap import GAP
from course_lib.structures import argon_crystal

CUTOFF = 5.0


@cache
def run_of(temperature, seed):
    """Twenty labelled frames of argon at a temperature."""
    atoms = argon_crystal(2)
    atoms.calc = FastLennardJones(cutoff=CUTOFF)
    thermal_velocities(atoms, 2 * temperature, seed=seed)
    bath = Langevin(temperature, seed=seed)
    trajectory = simulate(atoms, 1000, 2.0, bath, every=50, progress=False)
    return label([trajectory.atoms(k) for k in range(1, 21)], FastLennardJones(cutoff=CUTOFF))


def fitted(frames, **options):
    potential = ACE(("Ar",), CUTOFF, (6, 4, 2), l_max=2)
    potential.fit(frames, **options)
    return potential


def test_leverages_add_up_to_the_number_of_coefficients_that_the_frames_determine():
    """The trace of the hat matrix A (A^T A)^-1 A^T is its rank."""
    frames = run_of(60, seed=1)
    potential = ACE(("Ar",), CUTOFF, (5, 3), l_max=2)
    potential.fit(frames, loss=Loss(0.0, 1.0), ridge=0)
    total = sum(potential.leverage(atoms).sum() for atoms in frames)
    assert total == pytest.approx(len(potential.coefficients), rel=1e-6)
    assert potential.leverage(frames[0]).shape == (len(frames[0]), 3)


def test_the_leverage_is_small_where_the_frames_are_and_large_where_they_are_not():
    cold, colder, hot = run_of(40, seed=1), run_of(40, seed=2), run_of(300, seed=2)
    potential = fitted(cold, ridge=1e-10)
    known, unknown = (np.max([potential.leverage(atoms).max() for atoms in frames]) for frames in (colder, hot))
    assert known < 1 < unknown
    h, larger = potential.leverage(hot[0]), hot[0].repeat((2, 1, 1))
    assert np.allclose(potential.leverage(larger), np.tile(h, (2, 1)), rtol=1e-6), "the same atoms, in a larger cell"
    with pytest.raises(ValueError, match="A GAP has no leverage"):
        GAP(("Ar",), CUTOFF).leverage(hot[0])


def test_without_a_fit_to_forces_there_is_no_leverage(tmp_path):
    frames = run_of(60, seed=1)
    potential = fitted(frames)
    potential.save(tmp_path / "argon.npz")
    energies_only = fitted(frames, loss=Loss(1.0, 0.0))
    for without in (ACE.load(tmp_path / "argon.npz"), energies_only, ACE(("Ar",), CUTOFF)):
        with pytest.raises(ValueError, match=r"needs the rows of a fit\(\) with forces"):
            without.leverage(frames[0])


def test_labels_are_those_of_the_free_atoms_and_the_frames_stay_as_they_are():
    atoms = argon_crystal(2)
    atoms.rattle(0.1, seed=0)
    atoms.set_constraint(FixAtoms([0]))
    (frame,) = label([atoms], FastLennardJones(cutoff=CUTOFF))
    atoms.calc = FastLennardJones(cutoff=CUTOFF)
    assert np.allclose(frame.get_forces(apply_constraint=False), atoms.get_forces(apply_constraint=False))
    assert np.abs(frame.get_forces(apply_constraint=False)[0]).max() > 1e-3
    assert np.allclose(frame.get_stress(apply_constraint=False), atoms.get_stress(apply_constraint=False))
    atoms.pbc = False
    assert "stress" not in label([atoms], FastLennardJones(cutoff=CUTOFF))[0].calc.results


def test_it_asks_where_it_does_not_know_and_then_knows_better():
    cold, hot = run_of(40, seed=1), run_of(300, seed=2)
    before = errors(fitted(cold, ridge=1e-10), hot).force_mae
    potential = ACE(("Ar",), CUTOFF, (6, 4, 2), l_max=2)
    teacher = FastLennardJones(cutoff=CUTOFF)
    options = {"temperatures": (40, 300), "length_ps": 0.8, "seed": 1, "progress": False, "ridge": 1e-10}
    once = distil(potential, teacher, cold, rounds=1, **options)
    done = distil(potential, teacher, cold, rounds=6, **options)
    assert [row["alarm"] for row in done.asked] == [False, True, False, True, False, False], "then it knows, and ends"
    assert len(done.frames) == len(cold) + 6
    assert once.asked == done.asked[:2], "the same seed asks the same questions"
    first_cold, first_hot = done.asked[:2]
    assert first_cold["time_ps"] == pytest.approx(0.8) and first_cold["leverage"] < 1, "no alarm where it has learned"
    assert first_hot["time_ps"] < 0.8 and first_hot["leverage"] > 1, "an alarm on the way to 300 K"
    assert done.asked[-1]["leverage"] < first_hot["leverage"]
    assert errors(potential, hot).force_mae < 0.7 * before


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"rounds": 0}, "rounds is 0"),
        ({"length_ps": 0}, "length_ps is 0"),
        ({"limit": -1}, "limit is -1"),
        ({"seed": -2}, "seed is -2"),
        ({"temperatures": ()}, "There are no temperatures"),
        ({"ridge": -1}, "ridge is -1"),
    ],
)
def test_bad_input_gets_one_sentence(options, sentence):
    frames = run_of(40, seed=1)
    with pytest.raises(ValueError, match=sentence):
        distil(ACE(("Ar",), CUTOFF, (4,), l_max=0), FastLennardJones(cutoff=CUTOFF), frames, **options)
