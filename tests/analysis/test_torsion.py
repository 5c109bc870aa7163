"""Torsion angles, populations, free energies and vibrations against ASE and exact results."""

import importlib.util

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import molecule
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms
from ase.optimize import BFGS
from ase.vibrations import Vibrations
from scipy.integrate import quad

from course_lib.analysis.normal_modes import (
    harmonic_free_energy,
    hessian,
    normal_modes,
    wavenumbers,
)
from course_lib.analysis.torsion import dihedral, free_energy_profile, hops, population
from course_lib.labels.xtb import gfn2
from course_lib.structures import alkane

needs_tblite = pytest.mark.skipif(importlib.util.find_spec("tblite") is None, reason="tblite is not installed here")
kcal = units.kcal / units.mol
CARBONS = (0, 1, 2, 3)  # of ASE's trans-butane, in the order of the chain
T = 400.0  # K
kT = units.kB * T


def test_dihedral_is_that_of_ase():
    random, butane = np.random.default_rng(0), molecule("trans-butane")
    frames = butane.positions + random.normal(size=(50, *butane.positions.shape))
    ours = dihedral(frames, CARBONS)
    for frame, angle in zip(frames, ours):
        atoms = butane.copy()
        atoms.positions = frame
        assert (angle - atoms.get_dihedral(*CARBONS) + 180) % 360 - 180 == pytest.approx(0, abs=1e-9)
    for four, sentence in (
        ((0, 1, 1, 3), "The torsion names an atom twice"),
        ((0, 1, 2), "The torsion is that of 3 atoms: it needs four"),
        ((0, 1, 2, 14), "The torsion goes from atom 0 to 14: there are 0 to 13"),
        ((0, 1, 2, 3.5), "The torsion is float64 of the shape"),
        (None, "The torsion is object of the shape"),
    ):
        with pytest.raises(ValueError, match=sentence):
            dihedral(frames, four)
    with pytest.raises(ValueError, match="frames x atoms x 3"):
        dihedral(frames[0], CARBONS)


def test_second_derivatives_know_nothing_of_constraints():
    free = molecule("CH3OH")
    free.rattle(0.05, seed=1)
    free.calc = EMT()
    held = free.copy()
    held.set_constraint(FixAtoms([0, 3]))
    held.calc = EMT()
    assert hessian(held) == pytest.approx(hessian(free), abs=1e-8)
    with pytest.raises(ValueError, match=r"A force of .* pulls"):
        held.set_constraint(FixAtoms(range(len(held))))
        normal_modes(held)


def rotor(steps, barrier, seed=0):
    """Metropolis walk of V = barrier/2 (1 + cos 3 phi): angles in degrees, each tenth kept."""
    random, phi, kept = np.random.default_rng(seed), np.radians(60 + 120 * np.arange(20.0)), []
    V = lambda phi: barrier / 2 * (1 + np.cos(3 * phi))  # noqa: E731
    for step in range(steps):
        new = phi + random.uniform(-1.2, 1.2, phi.shape)
        phi = np.where(random.random(phi.shape) < np.exp(-(V(new) - V(phi)) / kT), new, phi)
        if step % 10 == 0:
            kept.append(np.degrees(phi) % 360)
    return np.array(kept).T  # (runs, F)


def test_populations_and_free_energy_of_a_rotor_are_the_exact_ones():
    barrier = 3 * kT
    angles = rotor(8000, barrier)
    weight = lambda phi: np.exp(-barrier / 2 * (1 + np.cos(3 * phi)) / kT)  # noqa: E731
    exact = quad(weight, np.radians(30), np.radians(75))[0] / quad(weight, 0, 2 * np.pi)[0]
    measured = population(angles, 30, 75)
    assert measured.error < 0.02 and abs(measured.value - exact) < 4 * measured.error
    around = population(angles, 285, 75)
    assert around.value == pytest.approx(1 - population(angles, 75, 285).value)
    profile = free_energy_profile(angles, T, bins=36, mirror=False)
    V = barrier / 2 * (1 + np.cos(3 * np.radians(profile.angle)))
    difference = profile.F - V - np.mean(profile.F - V)
    assert np.all(np.abs(difference) < 5 * profile.error + 0.05 * kT)
    mirrored = free_energy_profile(angles, T, bins=36)
    assert np.array_equal(mirrored.F, mirrored.F[::-1]) and np.all(mirrored.error <= profile.error.max())


def test_a_free_rotor_has_a_flat_profile_and_unvisited_bins_are_no_number():
    angles = np.random.default_rng(1).uniform(0, 360, 20_000)
    profile = free_energy_profile(angles, T)
    assert np.all(np.abs(profile.F - profile.F.mean()) < 5 * profile.error)
    half = free_energy_profile(angles / 2, T, mirror=False)
    assert np.isnan(half.F[18:]).all() and np.isfinite(half.F[:18]).all()


def test_hops_count_arrivals_not_swings_on_the_barrier():
    assert hops([180, 170, 125, 115, 125, 175, 180]) == 0
    assert hops([180, 125, 70, 65, 120, 180, 240, 290, 350, 10, 70]) == 4
    assert hops([[180, 180], [67, 67]]) == 0, "two runs are not one"


@pytest.mark.parametrize("wrong", [[], [np.nan, 10], [400.0, 10]])
def test_what_is_no_angle_gets_one_sentence(wrong):
    for act in (lambda: population(wrong, 0, 90), lambda: free_energy_profile(wrong, 300), lambda: hops(wrong)):
        with pytest.raises(ValueError, match="Angles must be numbers"):
            act()
    with pytest.raises(ValueError, match=r"high \(degrees\) is nan: give a finite number"):
        population([10, 20], 0, np.nan)


@needs_tblite
def test_frequencies_are_those_of_ase(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    water = molecule("H2O")
    water.calc = gfn2()
    BFGS(water, logfile=None).run(fmax=1e-4)
    theirs = Vibrations(water, delta=0.005, nfree=2)
    theirs.run()
    ours = wavenumbers(normal_modes(water)[0])
    assert len(ours) == 3
    # ASE leaves rotation in: its coupling to the vibrations is what a force of 1e-4 eV/Å leaves
    assert ours == pytest.approx(theirs.get_frequencies()[-3:].real, abs=1.0)
    with pytest.raises(ValueError, match="no calculator: set atoms"):
        normal_modes(molecule("H2O"))
    bent = molecule("H2O")
    bent.set_distance(0, 1, 2.5)
    bent.calc = gfn2()
    with pytest.raises(ValueError, match=r"A force of .* pulls: relax"):
        normal_modes(bent)
    for atoms in (molecule("CO2"), molecule("H2"), Atoms("Ar")):
        atoms.calc = gfn2()
        with pytest.raises(ValueError, match="is linear or a single atom"):
            normal_modes(atoms)
    flat = molecule("NH3")
    flat.positions[0, 2] = flat.positions[1, 2]  # on top of the barrier: nothing pulls, and nothing holds
    flat.calc = gfn2()
    BFGS(flat, logfile=None).run(fmax=1e-3)
    with pytest.raises(ValueError, match="no restoring force"):
        normal_modes(flat)


@needs_tblite
def test_displacements_along_normal_modes(script):
    """Orthonormal with the masses, no rigid motion, and at 1 K their energy is that of GFN2-xTB itself."""
    water = molecule("H2O")
    water.calc = gfn2()
    BFGS(water, logfile=None).run(fmax=1e-4)
    w, modes = normal_modes(water)
    m = water.get_masses()
    assert np.allclose(np.einsum("kix,i,lix->kl", modes, m, modes), np.eye(3), atol=1e-10)
    assert np.allclose(np.einsum("i,kix->kx", m, modes), 0, atol=1e-10)
    r, harmonic = script("ethanol_modes").sample_normal_modes(water, w, modes, 1.0, 400, seed=3)
    assert harmonic.mean() == pytest.approx(1.5 * units.kB, rel=4 * np.sqrt(2 / 3 / 400))  # kT/2 for each
    minimum, moved = water.get_potential_energy(), water.copy()
    moved.calc = gfn2()
    for i in np.argsort(harmonic)[-5:]:
        moved.positions = r[i]
        assert moved.get_potential_energy() - minimum == pytest.approx(harmonic[i], rel=0.02)


def test_free_energy_of_oscillators_is_the_integral_over_the_gaussian():
    """One frequency changed by a factor changes F by kT ln of it; inertia counts with its root."""
    water = molecule("H2O")
    w = np.array([1.0, 2.0, 3.0])
    F = harmonic_free_energy(water, -1.0, w, T)
    assert harmonic_free_energy(water, -1.0, w * [1, 1, 5], T) - F == pytest.approx(kT * np.log(5))
    assert harmonic_free_energy(water, -0.8, w, T) - F == pytest.approx(0.2)
    larger = water.copy()
    larger.positions *= 2
    assert harmonic_free_energy(larger, -1.0, w, T) - F == pytest.approx(-kT * np.log(8))


@needs_tblite
def test_butane_has_the_torsion_energies_of_the_notes():
    """GFN2-xTB relaxed, kcal/mol; an independent scan gave .68 at 75°, .61 at 65°, 2.57 at 120° and 4.94 at 0°."""
    from ase.constraints import FixInternals

    energies = []
    for angle in (180, 120, 75, 65, 0):
        atoms = alkane(4, [angle])
        atoms.calc = gfn2()
        atoms.set_constraint(FixInternals(dihedrals_deg=[[angle, [0, 1, 2, 3]]]))
        BFGS(atoms, logfile=None).run(fmax=0.02, steps=200)
        energies.append(atoms.get_potential_energy() / kcal)
    assert np.array(energies[1:]) - energies[0] == pytest.approx([2.57, 0.68, 0.61, 4.94], abs=0.03)


@pytest.mark.parametrize("n", [3, 4, 6, 9])
def test_alkanes_have_sound_bonds(n):
    atoms = alkane(n, [65] * (n - 3))
    assert atoms.get_chemical_formula() == f"C{n}H{2 * n + 2}"
    distances = atoms.get_all_distances()
    bonded = distances[:n, :n][np.arange(n - 1), np.arange(1, n)]
    assert bonded == pytest.approx(1.53)
    for hydrogen, carbon in enumerate(atoms.get_tags()[n:], start=n):
        assert distances[hydrogen, carbon] == pytest.approx(1.09)
        assert np.sum(distances[hydrogen, :n] < 1.3) == 1
    for j in range(n - 3):
        assert dihedral(atoms.positions[None], (j, j + 1, j + 2, j + 3))[0] == pytest.approx(65)
    with pytest.raises(ValueError, match="n - 3"):
        alkane(n, [1] * n)
