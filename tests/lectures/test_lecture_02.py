"""Numbers that lecture 02 shows, from other roads than the lecture's."""

import numpy as np
import pytest
from ase import units
from ase.calculators.lj import LennardJones as AseLennardJones
from ase.cluster import Icosahedron
from scipy.optimize import curve_fit

from course_lib.data.catalogue import load
from course_lib.data.nist_lj import LIQUID_ENERGY
from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.thermostats import VelocityRescaling
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.potentials.inverse_powers import fit_inverse_powers, fit_lennard_jones, lennard_jones_pair
from course_lib.potentials.lennard_jones import (
    ARGON_EPSILON,
    ARGON_SIGMA,
    LennardJones,
    long_range_correction,
    pair_energy_and_slope,
)
from course_lib.potentials.pair_crystal import equilibrium, static_energy
from course_lib.structures import argon_crystal


def test_thirteen_atoms():
    """-61.8 and -30.8 meV by ASE's calculator."""
    cluster = Icosahedron("Ar", noshells=2, latticeconstant=5.45)
    cluster.calc = AseLennardJones(epsilon=ARGON_EPSILON, sigma=ARGON_SIGMA, rc=20)
    shares = 1000 * cluster.get_potential_energies()
    assert (shares.min(), shares.max()) == pytest.approx((-61.8, -30.8), abs=0.06)


def test_a_cutoff_without_shift_breaks_the_books_only():
    """The same path to the last digit, and an energy that strays by more than ten times as much."""
    stray, ends = [], []
    for shift in (False, True):
        atoms = argon_crystal(3, lattice_constant=5.72)
        atoms.calc = LennardJones(cutoff=2.25 * ARGON_SIGMA, shift=shift)
        thermal_velocities(atoms, 250, seed=2)
        run = simulate(atoms, 300, 5.0, every=2, progress=False)
        stray.append(np.std(run.potential_energy + run.kinetic_energy))
        ends.append(atoms.positions)
    np.testing.assert_array_equal(*ends)
    assert stray[0] > 10 * stray[1]


def test_the_box_has_the_density_of_the_liquid():
    """1.417 g/cm^3 at the triple point: Tegeler, Span and Wagner 1999, doi:10.1063/1.556037."""
    atoms = argon_crystal(3, lattice_constant=5.72)
    density = atoms.get_masses().sum() / units.mol / (atoms.get_volume() * 1e-24)  # u to g, Å^3 to cm^3
    assert density == pytest.approx(1.417, rel=1e-3)


@pytest.mark.parametrize("seed", [1, 2])
def test_the_energy_of_the_liquid(seed):
    """NIST's Monte Carlo average within four of our standard errors, which are small enough to mean something."""
    temperature, density = 0.85 * ARGON_EPSILON / units.kB, 0.776 / ARGON_SIGMA**3
    atoms = argon_crystal(4, lattice_constant=(4 / density) ** (1 / 3))
    atoms.calc = LennardJones(cutoff=3 * ARGON_SIGMA, shift=False)
    thermal_velocities(atoms, 3 * temperature, seed)
    bath = VelocityRescaling(2 * temperature, relaxation_fs=100, seed=seed)
    simulate(atoms, 200, 10.8, bath, progress=False)
    bath.temperature = temperature
    simulate(atoms, 500, 10.8, bath, progress=False)
    run = simulate(atoms, 1600, 10.8, bath, every=5, progress=False)
    tail = long_range_correction(256, atoms.get_volume(), ARGON_EPSILON, ARGON_SIGMA, 3 * ARGON_SIGMA)
    blocks = ((run.potential_energy[1:] + tail) / 256 / ARGON_EPSILON).reshape(10, -1).mean(axis=1)
    error = blocks.std(ddof=1) / np.sqrt(10)
    assert error < 0.015
    assert blocks.mean() == pytest.approx(LIQUID_ENERGY[0.776], abs=4 * error)


def test_fits_of_the_table():
    """10.82 and 11.53 meV, by nonlinear least squares; the crystal of the second by its lattice sums."""
    table = load("argon_pair")

    def model(r, epsilon, sigma):
        return pair_energy_and_slope(r, epsilon, sigma)[0]

    for weights, shown in ((None, (10.82, 3.383)), (np.exp(-table.ccsdt / (units.kB * 300)), (11.53, 3.382))):
        width = None if weights is None else 1 / np.sqrt(weights)
        found, _ = curve_fit(model, table.r, table.ccsdt, p0=(0.01, 3.4), sigma=width)
        assert (1000 * found[0], found[1]) == pytest.approx(shown, abs=6e-3)
        assert fit_lennard_jones(table.r, table.ccsdt, weights) == pytest.approx(found, rel=1e-4)
    phi = lennard_jones_pair(*found)
    crystal = equilibrium(lambda a: static_energy(phi, a), 5.3)
    assert 1000 * crystal.energy == pytest.approx(-8.610 * 1000 * found[0], rel=1e-3)  # A6^2 / (2 A12) = 8.610
    assert crystal.energy == pytest.approx(-0.0993, abs=1e-4)


def test_nine_coefficients_overfit_and_two_do_not():
    """Training error down, test error up, and beyond the table nonsense: as the lecture says, for most seeds."""
    table, overfits, worse_outside = load("argon_pair"), 0, 0
    inside = np.flatnonzero((table.r >= 3.3) & (table.r <= 6.0))
    train, test = inside[::2], inside[1::2]
    for seed in range(20):
        energy = 1000 * table.ccsdt + 0.3 * np.random.default_rng(seed).normal(size=len(table.r))
        error = {
            n: [
                np.sqrt(
                    np.mean((fit_inverse_powers(table.r[train], energy[train], range(n + 1))(table.r) - energy)[k] ** 2)
                )
                for k in (train, test)
            ]
            for n in (5, 8)
        }
        assert error[8][0] < 1e-3 < error[5][0]
        overfits += error[8][1] > 2 * error[5][1]
        flexible = fit_inverse_powers(table.r[train], energy[train], range(9))(8.0)
        stiff = lennard_jones_pair(*fit_lennard_jones(table.r[train], energy[train]))(8.0)
        assert abs(stiff) < 0.5
        worse_outside += abs(flexible) > 10
    assert overfits >= 15
    assert worse_outside >= 15


def test_the_seed_of_the_lecture_overfits_as_its_text_says():
    """Degree 8 more than tenfold worse on the test points than the best degree, degree 6 at 8 Å +22 meV; by polyfit."""
    table = load("argon_pair")
    inside = np.flatnonzero((table.r >= 3.3) & (table.r <= 6.0))
    train, test = inside[::2], inside[1::2]
    energy = 1000 * table.ccsdt + 0.3 * np.random.default_rng(1).normal(size=len(table.r))
    x = (1 / table.r - np.mean(1 / table.r[train])) / np.ptp(1 / table.r[train])
    far = (1 / 8.0 - np.mean(1 / table.r[train])) / np.ptp(1 / table.r[train])
    fits = {n: np.polynomial.Polynomial.fit(x[train], energy[train], n) for n in range(1, 9)}
    rms = {n: np.sqrt(np.mean((fit(x[test]) - energy[test]) ** 2)) for n, fit in fits.items()}
    assert rms[8] > 10 * min(rms.values())
    assert fits[6](far) == pytest.approx(22, abs=1)
    assert abs(fits[5](far)) < 1
