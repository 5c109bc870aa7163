"""Parameters of a calculator from total energies: those that made the labels are found again."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk

from course_lib.learning.calculator_fit import fit_calculator
from course_lib.learning.dataset import labelled
from course_lib.potentials.fast_lennard_jones import FastLennardJones

START = {"epsilon": 0.008, "sigma": 3.2}


def lennard_jones(epsilon, sigma):
    return FastLennardJones(epsilon, sigma, cutoff=9.0)


def argon(E0=0.0, noise=0.0):
    """A pair, a cluster, and crystals with one atom in their cell."""
    random, frames = np.random.default_rng(0), []
    places = [Atoms("Ar2", [[0, 0, 0], [r, 0, 0]]) for r in (3.4, 3.7, 4.1, 5.0, 6.5)]
    places += [Atoms("Ar3", [[0, 0, 0], [3.8, 0, 0], [1.9, d, 0]]) for d in (3.0, 3.4, 4.0)]
    places += [bulk("Ar", a=a) for a in (5.0, 5.2, 5.3, 5.4, 5.7)]
    for atoms in places:
        atoms.calc = lennard_jones(0.0104, 3.4)
        frames.append(labelled(atoms, atoms.get_potential_energy() + len(atoms) * (E0 + noise * random.normal())))
    return frames


def test_parameters_and_the_energy_of_an_atom_are_found_again():
    found = fit_calculator(lennard_jones, argon(E0=-570.3), START)
    assert found.parameters == pytest.approx({"epsilon": 0.0104, "sigma": 3.4}, rel=1e-6)
    assert found.E0["Ar"] == pytest.approx(-570.3, abs=1e-8) and found.rmse < 1e-5
    relative = fit_calculator(lennard_jones, argon(), START, fit_E0=False)
    assert relative.parameters == pytest.approx({"epsilon": 0.0104, "sigma": 3.4}, rel=1e-6) and relative.E0 == {}


def test_the_errors_are_those_of_many_repetitions():
    frames, found = argon(), []
    clean = [atoms.get_potential_energy() for atoms in frames]
    random = np.random.default_rng(1)
    for _ in range(40):
        noisy = [labelled(a, E + len(a) * 2e-4 * random.normal()) for a, E in zip(frames, clean)]
        found.append(fit_calculator(lennard_jones, noisy, START, fit_E0=False))
    for name, right in (("epsilon", 0.0104), ("sigma", 3.4)):
        values = np.array([fit.parameters[name] for fit in found])
        claimed = np.mean([fit.errors[name] for fit in found])
        assert 0.7 < claimed / values.std(ddof=1) < 1.4
        assert abs(values.mean() - right) < 3 * claimed / np.sqrt(40)


def test_what_cannot_be_fitted_gets_one_sentence():
    frames = argon()
    for arguments, sentence in (
        ((lennard_jones, frames[:2], START), "2 energies cannot fix 3 unknowns"),
        ((lennard_jones, frames, {"epsilon": 0.0, "sigma": 3.4}), "none of them 0"),
        ((lennard_jones, frames, {}), "at least one parameter"),
        ((lennard_jones, [Atoms("Ar2")], START), "Frame 0 has no energy"),
    ):
        with pytest.raises(ValueError, match=sentence):
            fit_calculator(*arguments)
    three = fit_calculator(lennard_jones, [frames[1], frames[6], frames[10]], START)
    assert np.isnan(list(three.errors.values())).all()  # three numbers for three unknowns: nothing is left to judge by
