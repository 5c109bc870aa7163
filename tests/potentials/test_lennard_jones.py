"""The Lennard-Jones potential against NIST, ASE and its own slope."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.lj import LennardJones as AseLennardJones

from course_lib.data.nist_lj import PUBLISHED
from course_lib.potentials.fast_lennard_jones import FastLennardJones
from course_lib.potentials.lennard_jones import LennardJones, long_range_correction, pair_energy_and_slope
from course_lib.potentials.neighbours import minimum_image, neighbour_pairs
from course_lib.structures import argon_crystal

EPSILON, SIGMA, CUTOFF = 0.0104, 3.4, 6.0
FORCE_SHIFTED = {1: -3870.9, 2: -620.12, 3: -1021.0, 4: -15.001}  # NIST: linear force shift, cutoff 3
EIGHT_DIGITS = {1: -4351.54019454, 2: -690.004045173, 3: -1146.66742083, 4: -16.7903213046}  # U, cutoff 3


def fluid(cell, pbc, n_atoms=60, seed=1):
    """Atoms thrown into a cell, none closer than 2.6 Å."""
    random, cell = np.random.default_rng(seed), np.array(cell, float)
    positions = []
    while len(positions) < n_atoms:
        new = random.uniform(size=3) @ cell
        if all(np.linalg.norm(minimum_image(new - old, cell, np.array(pbc))) > 2.6 for old in positions):
            positions.append(new)
    return Atoms(f"Ar{n_atoms}", positions, cell=cell, pbc=pbc)


CELLS = {
    "orthorhombic": ([[14, 0, 0], [0, 15, 0], [0, 0, 16]], [True] * 3),
    "skewed": ([[16, 0, 0], [6, 15, 0], [-4, 5, 17]], [True] * 3),
    "mixed": ([[14, 0, 0], [0, 15, 0], [3, 0, 16]], [True, False, True]),
    "free": ([[14, 0, 0], [0, 15, 0], [0, 0, 16]], [False] * 3),
}


@pytest.mark.parametrize("number", PUBLISHED)
def test_nist_configurations(number, public_data, script):
    """Energies, virials and long-range corrections as NIST prints them."""
    atoms = script("nist_lj_check").read_configuration(number, public_data)
    energy, virial, tail, energy4 = PUBLISHED[number]
    atoms.calc = LennardJones(epsilon=1, sigma=1, cutoff=3, shift=False)
    assert atoms.get_potential_energy() == pytest.approx(energy, rel=5e-5)
    assert atoms.get_potential_energy() == pytest.approx(EIGHT_DIGITS[number], rel=1e-11)
    np.testing.assert_allclose(atoms.get_forces().sum(axis=0), 0, atol=1e-8)
    assert -atoms.get_stress()[:3].sum() * atoms.get_volume() == pytest.approx(virial, rel=5e-5)
    assert long_range_correction(len(atoms), atoms.get_volume(), 1, 1, 3) == pytest.approx(tail, rel=5e-5)
    atoms.calc = LennardJones(epsilon=1, sigma=1, cutoff=4, shift=False)
    assert atoms.get_potential_energy() == pytest.approx(energy4, rel=5e-5)


@pytest.mark.parametrize("number", PUBLISHED)
def test_nist_force_shifted(number, public_data, script):
    """NIST's third scheme from the same pair function and the same pairs: energy and slope both end at zero."""
    atoms = script("nist_lj_check").read_configuration(number, public_data)
    r, cell, pbc = atoms.positions, atoms.cell.array, atoms.pbc
    i, j = neighbour_pairs(r, cell, pbc, 3.0)
    distance = np.linalg.norm(minimum_image(r[j] - r[i], cell, pbc), axis=1)
    end, slope = pair_energy_and_slope(3.0, 1.0, 1.0)
    shifted = pair_energy_and_slope(distance, 1.0, 1.0)[0] - end - (distance - 3.0) * slope
    assert shifted.sum() == pytest.approx(FORCE_SHIFTED[number], rel=5e-5)


@pytest.mark.parametrize("name", CELLS)
def test_like_ase(name):
    """Energy, site energies, forces and stress of ASE's own LennardJones to 1e-10."""
    ours, theirs = fluid(*CELLS[name]), fluid(*CELLS[name])
    ours.calc = LennardJones(EPSILON, SIGMA, cutoff=CUTOFF)
    theirs.calc = AseLennardJones(epsilon=EPSILON, sigma=SIGMA, rc=CUTOFF)
    assert ours.get_potential_energy() == pytest.approx(theirs.get_potential_energy(), rel=1e-10)
    np.testing.assert_allclose(ours.get_potential_energies(), theirs.get_potential_energies(), rtol=1e-10, atol=1e-14)
    np.testing.assert_allclose(ours.get_forces(), theirs.get_forces(), rtol=1e-10, atol=1e-12)
    if ours.pbc.all():
        np.testing.assert_allclose(ours.get_stress(), theirs.get_stress(), rtol=1e-10, atol=1e-14)


@pytest.mark.parametrize("name", CELLS)
def test_forces_are_minus_the_slope(name):
    atoms, h = fluid(*CELLS[name], n_atoms=20), 1e-4
    atoms.calc = LennardJones(EPSILON, SIGMA, cutoff=CUTOFF)
    forces = atoms.get_forces()
    for atom, axis in ((0, 0), (7, 1), (19, 2)):
        energies = []
        for step in (h, -h):
            moved = atoms.copy()
            moved.positions[atom, axis] += step
            moved.calc = LennardJones(EPSILON, SIGMA, cutoff=CUTOFF)
            energies.append(moved.get_potential_energy())
        assert forces[atom, axis] == pytest.approx(-(energies[0] - energies[1]) / (2 * h), rel=1e-5, abs=1e-8)


def test_pair_energy():
    """Zero at sigma, -epsilon at the minimum where the slope vanishes, and a slope that is the slope."""
    assert pair_energy_and_slope(SIGMA, EPSILON, SIGMA)[0] == pytest.approx(0, abs=1e-15)
    energy, slope = pair_energy_and_slope(2 ** (1 / 6) * SIGMA, EPSILON, SIGMA)
    assert energy == pytest.approx(-EPSILON)
    assert slope == pytest.approx(0, abs=1e-15)
    r = np.linspace(3, 8, 11)
    numerical = np.diff([pair_energy_and_slope(r + h, EPSILON, SIGMA)[0] for h in (-1e-5, 1e-5)], axis=0)[0] / 2e-5
    np.testing.assert_allclose(pair_energy_and_slope(r, EPSILON, SIGMA)[1], numerical, rtol=1e-6, atol=1e-9)


def test_shift_takes_the_jump_away():
    """Just inside the cutoff a shifted pair has no energy, an unshifted one phi(cutoff); forces are the same."""
    pair = Atoms("Ar2", [[0, 0, 0], [CUTOFF - 1e-9, 0, 0]])
    pair.calc = LennardJones(EPSILON, SIGMA, cutoff=CUTOFF, shift=True)
    assert pair.get_potential_energy() == pytest.approx(0, abs=1e-10)
    forces = pair.get_forces()
    pair.calc = LennardJones(EPSILON, SIGMA, cutoff=CUTOFF, shift=False)
    assert pair.get_potential_energy() == pytest.approx(pair_energy_and_slope(CUTOFF, EPSILON, SIGMA)[0])
    np.testing.assert_array_equal(pair.get_forces(), forces)
    pair.positions[1, 0] = CUTOFF + 1e-9
    assert pair.get_potential_energy() == 0


def test_symmetries():
    """Nothing changes when atoms are moved together, renumbered or wrapped; a doubled cell has twice the energy."""
    atoms = fluid(*CELLS["skewed"])
    atoms.calc = LennardJones(EPSILON, SIGMA, cutoff=CUTOFF)
    energy, forces = atoms.get_potential_energy(), atoms.get_forces()
    np.testing.assert_allclose(forces.sum(axis=0), 0, atol=1e-12)
    assert atoms.get_potential_energies().sum() == pytest.approx(energy, rel=1e-13)

    moved = atoms.copy()
    moved.calc = LennardJones(EPSILON, SIGMA, cutoff=CUTOFF)
    moved.positions += [31.0, -7.0, 2.5]
    moved.wrap()
    assert moved.get_potential_energy() == pytest.approx(energy, rel=1e-12)

    order = np.random.default_rng(0).permutation(len(atoms))
    renumbered = atoms[order]
    renumbered.calc = LennardJones(EPSILON, SIGMA, cutoff=CUTOFF)
    np.testing.assert_allclose(renumbered.get_forces(), forces[order], atol=1e-12)

    double = atoms.repeat((2, 1, 1))
    double.calc = LennardJones(EPSILON, SIGMA, cutoff=CUTOFF)
    assert double.get_potential_energy() == pytest.approx(2 * energy, rel=1e-12)


def test_dimer_in_a_box_without_periodicity_and_a_single_atom():
    pair = Atoms("Ar2", [[0, 0, 0], [3.9, 0, 0]])
    pair.calc = LennardJones(EPSILON, SIGMA, cutoff=CUTOFF, shift=False)
    assert pair.get_potential_energy() == pytest.approx(pair_energy_and_slope(3.9, EPSILON, SIGMA)[0])
    alone = Atoms("Ar")
    alone.calc = LennardJones()
    assert alone.get_potential_energy() == 0
    np.testing.assert_array_equal(alone.get_forces(), np.zeros((1, 3)))


def with_lj(atoms, **parameters):
    atoms.calc = LennardJones(**parameters)
    return atoms


def test_bad_input_gets_one_clear_sentence():
    """Each sentence says what to do."""
    with pytest.raises(ValueError, match=r"cell is 5\.31 Å thick and the cutoff 8\.50 Å.*Repeat the cell"):
        with_lj(argon_crystal(1)).get_potential_energy()
    broken = argon_crystal(4)
    broken.positions[3, 1] = np.nan
    with pytest.raises(ValueError, match="not finite numbers"):
        with_lj(broken).get_potential_energy()
    with pytest.raises(ValueError, match="epsilon, sigma and element, was made for Ar, and the structure holds Cu, Si"):
        with_lj(Atoms("CuSiAr", np.diag([3.0, 6.0, 9.0]))).get_potential_energy()
    overlapping = Atoms("Ar3", [[0, 0, 0], [4, 0, 0], [4, 0, 0]])
    with pytest.raises(ValueError, match="Atoms 1 and 2 lie on the same spot"):
        with_lj(overlapping).get_potential_energy()
    with pytest.raises(ValueError, match="no atoms"):
        with_lj(Atoms()).get_potential_energy()
    with pytest.raises(ValueError, match="no cell vector"):
        with_lj(Atoms("Ar2", [[0, 0, 0], [4, 0, 0]], pbc=True)).get_potential_energy()
    for name in ("epsilon", "sigma", "cutoff", "skin"):
        for value in (0.0, -1.0, np.nan, np.inf):
            with pytest.raises(ValueError, match=f"{name} is .*: give a number above zero"):
                LennardJones(**{name: value})


def test_other_elements_with_their_parameters():
    copper = bulk("Cu", cubic=True).repeat(4)
    copper.calc = LennardJones(epsilon=0.4, sigma=2.3, cutoff=5.0, element="Cu")
    assert copper.get_potential_energy() < 0


def test_a_periodic_image_of_itself_on_the_same_spot():
    """Two atoms one cell apart are on the same spot, too."""
    atoms = argon_crystal(4)
    atoms.positions[1] = atoms.positions[0] + atoms.cell[0]
    with pytest.raises(ValueError, match="same spot"):
        with_lj(atoms).get_potential_energy()


@pytest.mark.parametrize("kind", [LennardJones, FastLennardJones])
def test_a_parameter_acts_whenever_it_is_given_or_is_refused(kind):
    """The cutoff of ASE's own calculator is called rc."""
    atoms = argon_crystal(4)
    theirs = [AseLennardJones(epsilon=0.0103, sigma=3.4, rc=rc).get_potential_energy(atoms) for rc in (8.5, 6)]
    with pytest.raises(TypeError, match="unexpected keyword argument 'rc'"):
        kind(epsilon=0.0103, sigma=3.4, rc=6)
    atoms.calc = kind(epsilon=0.0103, sigma=3.4)
    assert atoms.get_potential_energy() == pytest.approx(theirs[0], rel=1e-12)
    assert atoms.calc.set(cutoff=6) == {"cutoff": 6}
    assert atoms.get_potential_energy() == pytest.approx(theirs[1], rel=1e-12)
    for name, value in {"epsilon": 0.02, "sigma": 3.3, "shift": False, "skin": 0.3}.items():
        setattr(atoms.calc, name, value)
    fresh = kind(0.02, 3.3, 6, shift=False, skin=0.3)
    assert atoms.get_potential_energy() == pytest.approx(fresh.get_potential_energy(atoms), rel=1e-13)
    np.testing.assert_allclose(atoms.get_forces(), fresh.get_forces(atoms), rtol=0, atol=1e-12)
    for bad, sentence in (
        ({"rc": 6}, "has no setting rc: it has epsilon, sigma, cutoff"),
        ({"sigma": 0}, "sigma is 0"),
    ):
        with pytest.raises(ValueError, match=sentence):
            atoms.calc.set(epsilon=1.0, **bad)
    assert atoms.calc.epsilon == 0.02 and atoms.calc.sigma == 3.3  # a refused change changes nothing


@pytest.mark.parametrize("kind", [LennardJones, FastLennardJones])
def test_a_cutoff_that_was_not_given_follows_sigma(kind):
    calculator = kind()
    calculator.sigma = 3.0
    assert calculator.cutoff == 7.5
    calculator.cutoff = 6.0
    calculator.sigma = 3.4
    assert calculator.cutoff == 6.0
