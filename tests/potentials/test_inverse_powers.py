"""Fits of pair energies, and what a pair potential says about the fcc crystal."""

import numpy as np
import pytest
from ase import units
from ase.build import bulk
from scipy.optimize import curve_fit

from course_lib.potentials.argon_reference import tang_toennies
from course_lib.potentials.inverse_powers import fit_inverse_powers, fit_lennard_jones, lennard_jones_pair
from course_lib.potentials.lennard_jones import LennardJones, pair_energy_and_slope
from course_lib.potentials.pair_crystal import (
    ARGON_MASS,
    equilibrium,
    fcc_shells,
    static_energy,
    triple_dipole_energy,
    zero_point_energy,
)
from course_lib.structures import argon_crystal

EPSILON, SIGMA = 0.0103, 3.40
R = np.linspace(3.1, 7, 15)


def test_inverse_powers_and_their_derivatives():
    """The same energy and slope as the potential of the simulations; curvature by finite difference."""
    pair = lennard_jones_pair(EPSILON, SIGMA)
    energy, slope = pair_energy_and_slope(R, EPSILON, SIGMA)
    np.testing.assert_allclose(pair(R), energy, rtol=1e-12)
    np.testing.assert_allclose(pair(R, derivative=1), slope, rtol=1e-12)
    curvature = (pair(R + 1e-4, derivative=1) - pair(R - 1e-4, derivative=1)) / 2e-4
    np.testing.assert_allclose(pair(R, derivative=2), curvature, rtol=1e-5)
    assert pair(4.0).shape == ()
    assert pair(np.ones((2, 3))).shape == (2, 3)


@pytest.mark.parametrize("weights", [None, np.linspace(0, 1, 15)])
def test_a_fit_finds_its_own_parameters(weights):
    epsilon, sigma = fit_lennard_jones(R, lennard_jones_pair(EPSILON, SIGMA)(R), weights)
    assert (epsilon, sigma) == pytest.approx((EPSILON, SIGMA), rel=1e-9)


def test_a_fit_is_the_least_squares_one():
    """No small change of a coefficient makes the weighted sum of squares smaller."""
    energy, weights = tang_toennies(R), 1 / (1 + R)
    for powers in ((12, 6), (6, 8, 10, 12), range(7)):
        pair = fit_inverse_powers(R, energy, powers, weights)
        best = np.sum(weights * (pair(R) - energy) ** 2)
        for k in range(len(pair.coefficients)):
            for factor in (1 - 1e-3, 1 + 1e-3):
                coefficients = pair.coefficients.copy()
                coefficients[k] *= factor
                other = type(pair)(pair.powers, coefficients, pair.scale)
                assert np.sum(weights * (other(R) - energy) ** 2) > best
    exact = fit_inverse_powers(R[:5], energy[:5], range(5))
    np.testing.assert_allclose(exact(R[:5]), energy[:5], rtol=1e-6)


def test_fits_are_those_of_numpy_and_scipy():
    """A polynomial in 1/r by np.polyfit, Lennard-Jones by scipy's nonlinear least squares from a starting guess."""
    energy, weights = tang_toennies(R), np.exp(-tang_toennies(R) / 0.02585)
    theirs = np.polyval(np.polyfit(1 / R, energy, 4, w=np.sqrt(weights)), 1 / R)
    np.testing.assert_allclose(fit_inverse_powers(R, energy, range(5), weights)(R), theirs, rtol=1e-6, atol=1e-9)

    def model(r, epsilon, sigma):
        return pair_energy_and_slope(r, epsilon, sigma)[0]

    found, _ = curve_fit(model, R, energy, p0=(0.01, 3.3), sigma=1 / np.sqrt(weights), xtol=1e-12)
    assert fit_lennard_jones(R, energy, weights) == pytest.approx(found, rel=1e-5)


def test_weights_count():
    """A point of weight zero might as well not be there."""
    energy = tang_toennies(R)
    weights = np.where(R > 3.5, 1.0, 0.0)
    assert fit_lennard_jones(R, energy, weights) == pytest.approx(fit_lennard_jones(R[R > 3.5], energy[R > 3.5]))
    assert fit_lennard_jones(R, energy)[0] != pytest.approx(fit_lennard_jones(R, energy, weights)[0], rel=1e-2)


def test_fits_that_make_no_sense_get_one_sentence():
    energy = tang_toennies(R)
    with pytest.raises(ValueError, match="no well"):
        fit_lennard_jones(R, -energy)
    with pytest.raises(ValueError, match="no well"):
        fit_lennard_jones(R, np.abs(energy))
    with pytest.raises(ValueError, match="one energy"):
        fit_lennard_jones(R, energy[1:])
    with pytest.raises(ValueError, match="above zero"):
        fit_lennard_jones(R - 3.1, energy)
    with pytest.raises(ValueError, match="finite"):
        fit_lennard_jones(R, energy * np.nan)
    with pytest.raises(ValueError, match="weight must be"):
        fit_lennard_jones(R, energy, -np.ones(15))
    with pytest.raises(ValueError, match="1 points cannot fix 2"):
        fit_lennard_jones(R[:1], energy[:1])
    with pytest.raises(ValueError, match="different powers"):
        fit_inverse_powers(R, energy, (6, 6))


def test_fcc_lattice_sums():
    """A12 = 12.13188, A6 = 14.45392 at nearest distance 1: Lennard-Jones, Ingham, Proc. R. Soc. A 107, 636 (1925)."""
    distance, count = fcc_shells()
    np.testing.assert_array_equal(count[:5], [12, 6, 24, 12, 24])
    nearest = distance * np.sqrt(2)
    assert np.sum(count * nearest**-12) == pytest.approx(12.13188, rel=1e-6)
    assert np.sum(count * nearest**-6) == pytest.approx(14.45392, rel=3e-5)


def test_the_lennard_jones_crystal():
    """From the lattice sums: a = sqrt(2) (2 A12/A6)^(1/6) sigma and E = -A6^2 / (2 A12) epsilon."""
    pair = lennard_jones_pair(EPSILON, SIGMA)
    found = equilibrium(lambda a: static_energy(pair, a), 5.2)
    assert found.lattice_constant == pytest.approx(np.sqrt(2) * (2 * 12.13188 / 14.45392) ** (1 / 6) * SIGMA, rel=1e-5)
    assert found.energy == pytest.approx(-(14.45392**2) / 2 / 12.13188 * EPSILON, rel=5e-5)


def test_static_energy_is_the_calculators():
    """The lattice sum and the periodic simulation box agree, up to the tail beyond the cutoff."""
    atoms = argon_crystal(8)
    atoms.calc = LennardJones(EPSILON, SIGMA, cutoff=20, shift=False)
    distance, count = fcc_shells()
    within = 5.311 * distance < 20
    pair = lennard_jones_pair(EPSILON, SIGMA)
    summed = 0.5 * np.sum((count * pair(5.311 * distance))[within])
    assert atoms.get_potential_energy() / len(atoms) == pytest.approx(summed, rel=1e-10)
    assert static_energy(pair, 5.311) == pytest.approx(summed, rel=6e-3)


def test_einstein_frequency_is_the_stiffness_of_the_cage():
    """m omega^2 from the force on one atom pushed out of its place in the simulation box."""
    atoms, push = argon_crystal(5), 0.02
    atoms.calc = LennardJones(EPSILON, SIGMA, cutoff=13.15)  # between two shells of neighbours
    atoms.positions[0, 2] += push
    stiffness = -atoms.get_forces()[0, 2] / push
    hbar = 6.582119569e-16 * units.second  # eV s, in ASE's unit of time
    expected = 1.5 * hbar * np.sqrt(stiffness / ARGON_MASS)
    assert zero_point_energy(lennard_jones_pair(EPSILON, SIGMA), 5.311) == pytest.approx(expected, rel=3e-3)
    # argon's Debye temperature is about 92 K, which makes 9/8 k T_D = 8.9 meV; Einstein's model is near it
    assert zero_point_energy(lennard_jones_pair(EPSILON, SIGMA), 5.311) == pytest.approx(8.9e-3, rel=0.15)


def test_triples():
    """Against the plain sum over all triples of a small cluster, and the equilateral triangle of known energy."""
    a, c9 = 5.3, 50.0
    atoms = bulk("Ar", "fcc", a=a, cubic=True).repeat(5)
    centre = atoms.positions - atoms.positions[np.argmin(np.sum((atoms.positions - 2.5 * a) ** 2, axis=1))]
    points = centre[(np.linalg.norm(centre, axis=1) < 1.0001 * a) & (np.linalg.norm(centre, axis=1) > 0.1)]
    assert len(points) == 18
    total = 0.0
    for n in range(18):
        for m in range(n):
            r, s, t = points[n], points[m], points[m] - points[n]
            cosines = (r @ s) * (r @ -t) * (s @ t) / (r @ r * (s @ s) * (t @ t))
            total += c9 * (1 + 3 * cosines) / np.sqrt(r @ r * (s @ s) * (t @ t)) ** 3
    assert triple_dipole_energy(a, c9, reach=1) == pytest.approx(total / 3, rel=1e-10)
    assert triple_dipole_energy(a, c9, reach=4) == pytest.approx(triple_dipole_energy(a, c9, reach=3), rel=0.01)


def test_crystals_that_do_not_exist():
    pair = lennard_jones_pair(EPSILON, SIGMA)
    with pytest.raises(ValueError, match="no crystal with a lattice constant between"):
        equilibrium(lambda a: static_energy(pair, a), 7.0)
    with pytest.raises(ValueError, match="no atom is held"):
        zero_point_energy(pair, 7.5)


def test_argon_as_measured():
    """The best pair potential, zero-point motion and triples give the crystal that is measured: 5.311 Å, 80.1 meV.

    Rościszewski, Paulus, Fulde and Stoll 2000, doi:10.1103/PhysRevB.62.5482 (the experiment's values).
    """
    r = np.linspace(3.0, 12, 80)
    pair = fit_inverse_powers(r, tang_toennies(r), range(6, 19, 2), weights=1 / (1e-3 + np.abs(tang_toennies(r))) ** 2)
    np.testing.assert_allclose(pair(r), tang_toennies(r), atol=2e-4)
    # C9 = 3/4 alpha C6 with the polarisability 11.08 a.u. (doi:10.1080/00268976.2018.1535143)
    c9 = 0.75 * 11.08 * 64.30 * units.Hartree * units.Bohr**9
    found = equilibrium(
        lambda a: static_energy(pair, a) + zero_point_energy(pair, a) + triple_dipole_energy(a, c9, 2), 5.3
    )
    assert found.lattice_constant == pytest.approx(5.311, rel=0.005)
    assert found.energy == pytest.approx(-0.0801, rel=0.015)
    # pairs alone bind the crystal too tightly
    assert equilibrium(lambda a: static_energy(pair, a) + zero_point_energy(pair, a), 5.3).energy < -0.084
