"""Plane-wave DFT of a crystal: silicon's shipped tables against the literature and themselves, and live points."""

import shutil

import numpy as np
import pytest
from ase import units
from ase.build import bulk, molecule
from ase.collections import dcdft
from ase.eos import EquationOfState

from course_lib.data.catalogue import load
from course_lib.labels import plane_wave
from course_lib.labels.plane_wave import PlaneWave
from course_lib.labels.silicon import energy_and_pressure, silicon

needs_abinit = pytest.mark.skipif(
    shutil.which("abinit") is None,
    reason="ABINIT is not installed: an optional path (Debian, Ubuntu: apt install abinit abinit-data)",
)
FAST = {"cutoff": 200, "kpoints": 2}  # for tests of sentences and derivatives, not of silicon


def equation_of_state(table):
    """Lattice constant (Å) and bulk modulus (GPa) of diamond, with eight atoms in the cube, from Birch-Murnaghan."""
    volume, _, modulus = EquationOfState(table["a_A"] ** 3 / 8, table["energy_eV"], eos="birchmurnaghan").fit()
    return (8 * volume) ** (1 / 3), modulus / units.GPa


def test_silicon_has_the_lattice_constant_and_bulk_modulus_of_pbe():
    """All-electron PBE, WIEN2k in the delta test: Lejaeghere et al. 2016, doi:10.1126/science.aad3000."""
    reference = dcdft.data["Si"]  # the table of the delta test, in ASE
    a0, bulk_modulus = equation_of_state(load("silicon_lattice"))
    assert a0 == pytest.approx((8 * reference["wien2k_volume"]) ** (1 / 3), abs=0.003)
    assert bulk_modulus == pytest.approx(reference["wien2k_B"], abs=1.0)
    # Measured: 5.431 Å at room temperature (CODATA 2018), 97.8 GPa from elastic constants (Hall 1967).
    assert 1.005 < a0 / 5.431 < 1.01 and 0.88 < bulk_modulus / 97.8 < 0.93


def test_the_pressure_is_the_slope_of_the_energy():
    """ABINIT's stress, an analytic derivative, against its energies: p = -dE/dV, both ways to find the minimum."""
    table = load("silicon_lattice")
    volume = table["a_A"] ** 3 / 8
    slope = np.polynomial.Polynomial.fit(volume, table["energy_eV"], 5).deriv()
    np.testing.assert_allclose(-slope(volume)[1:-1] / units.GPa, table["pressure_GPa"][1:-1], atol=0.03)
    a_without_pressure = np.interp(0, -table["pressure_GPa"], table["a_A"])
    assert a_without_pressure == pytest.approx(equation_of_state(table)[0], abs=0.003)


def test_the_settings_of_the_tables_are_converged():
    tables = {name: load(f"silicon_{name}") for name in ("lattice", "cutoff", "kpoints", "phonon")}
    for name, column, chosen in (("cutoff", "cutoff_eV", 500), ("kpoints", "kpoints", 8)):
        table = tables[name]
        error = np.abs(table["energy_eV"] - table["energy_eV"][-1])
        assert error[0] > 0.1 and np.all(np.diff(error) < 1e-5)
        assert error[table[column] == chosen][0] < 0.003  # eV per atom
        assert np.abs(table["pressure_GPa"] - table["pressure_GPa"][-1])[table[column] == chosen][0] < 0.05
        assert np.all(table["cpu_s"] > 0)
    energies = [tables["lattice"]["energy_eV"][tables["lattice"]["a_A"] == 5.43][0]]
    energies += [tables["cutoff"]["energy_eV"][tables["cutoff"]["cutoff_eV"] == 500][0]]
    energies += [tables["kpoints"]["energy_eV"][tables["kpoints"]["kpoints"] == 8][0]]
    energies += [tables["phonon"]["energy_eV"][tables["phonon"]["d_A"] == 0][0] / 2]
    assert np.ptp(energies) < 5e-6  # the same point in each of the four tables


def test_the_force_is_minus_the_slope_and_its_curvature_the_optical_phonon():
    table = load("silicon_phonon")
    d, force = table["d_A"], table["force_eV_A"]
    slope = np.polynomial.Polynomial.fit(d, table["energy_eV"], 5).deriv()
    assert np.abs(force).max() > 1
    np.testing.assert_allclose(force, -slope(d), atol=0.0005)
    # Against each other the two atoms swing with the reduced mass; measured by Raman scattering: 520 cm^-1
    # (Parker, Feldman, Ashkin 1967, 10.1103/PhysRev.155.712).
    stiffness = -np.polynomial.Polynomial.fit(d, force, 4).deriv()(0)
    wavenumber = units._hbar * units.J * units.s * np.sqrt(stiffness / (28.085 / 2)) / units.invcm
    assert wavenumber == pytest.approx(520, rel=0.04)


def test_without_the_code_one_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setattr(plane_wave.shutil, "which", lambda name: None)
    with pytest.raises(FileNotFoundError, match=r"apt install abinit abinit-data.*shipped results"):
        PlaneWave()


@needs_abinit
def test_live_points_are_those_of_the_tables(script):
    tables = {name: load(f"silicon_{name}") for name in ("lattice", "cutoff", "kpoints", "phonon")}
    energy, pressure = energy_and_pressure(silicon(5.47))
    at = tables["lattice"]["a_A"] == 5.47
    assert energy == pytest.approx(tables["lattice"]["energy_eV"][at][0], abs=1e-4)
    assert pressure == pytest.approx(tables["lattice"]["pressure_GPa"][at][0], abs=0.01)
    energy, force = script("silicon").energy_and_force(silicon(5.43, 0.06))
    at = tables["phonon"]["d_A"] == 0.06
    assert energy == pytest.approx(tables["phonon"]["energy_eV"][at][0], abs=2e-4)
    assert force == pytest.approx(tables["phonon"]["force_eV_A"][at][0], abs=1e-3)


@needs_abinit
def test_live_forces_are_minus_the_gradient_in_every_direction():
    crystal = bulk("Si", "diamond", a=5.43)
    crystal.rattle(0.05, seed=1)
    crystal.calc = PlaneWave(**FAST)
    forces, h = crystal.get_forces(), 0.01
    for axis in range(3):
        energies = []
        for sign in (1, -1):
            moved = crystal.copy()
            moved.positions[0, axis] += sign * h
            moved.calc = PlaneWave(**FAST)
            energies.append(moved.get_potential_energy())
        assert forces[0, axis] == pytest.approx((energies[1] - energies[0]) / (2 * h), abs=0.01)


@needs_abinit
def test_a_repeated_cell_with_one_kpoint_is_a_small_one_with_a_mesh():
    """Bloch's theorem, and what lecture 04 says of the size of a cell: 16 atoms with Gamma, 2 atoms with 2 x 2 x 2."""
    small, large = bulk("Si", "diamond", a=5.43), bulk("Si", "diamond", a=5.43).repeat(2)
    small.calc, large.calc = PlaneWave(cutoff=200, kpoints=2), PlaneWave(cutoff=200, kpoints=1)
    assert large.get_potential_energy() / 16 == pytest.approx(small.get_potential_energy() / 2, abs=1e-7)


@needs_abinit
def test_a_metal_with_smearing_and_lda():
    for xc, lattice_constant in (("PBE", 4.04), ("LDA", 3.99)):
        aluminium = bulk("Al", "fcc", a=lattice_constant)
        aluminium.calc = PlaneWave(xc, cutoff=350, kpoints=6, smearing=0.2)
        assert abs(aluminium.get_stress()[:3].mean()) / units.GPa < 5  # near rest, so the right functional


@needs_abinit
@pytest.mark.parametrize(
    ("atoms", "settings", "error", "sentence"),
    [
        (molecule("H2O"), {}, ValueError, "not periodic in three directions"),
        (bulk("Si"), {"functional": "B3LYP"}, ValueError, "no functional 'B3LYP'.*PBE, LDA"),
        (bulk("Si"), {"kpoints": 0}, ValueError, "kpoints is 0: give a whole number"),
        (bulk("Si"), {"cutoff": -1}, ValueError, "cutoff \\(eV\\) is -1: give a number"),
        (bulk("Cu"), {}, FileNotFoundError, r"no pseudopotential Cu\.psp8.*pseudo-dojo\.org"),
        (bulk("Si"), {"max_steps": 2}, RuntimeError, "did not converge in 2 steps"),
    ],
)
def test_bad_input_gets_one_sentence(atoms, settings, error, sentence):
    atoms = atoms.copy()
    with pytest.raises(error, match=sentence):
        atoms.calc = PlaneWave(**{**FAST, **settings})
        atoms.get_potential_energy()


@needs_abinit
def test_what_abinit_itself_refuses_is_passed_on():
    crystal = bulk("Si", "diamond", a=5.43)
    crystal.positions[1] = crystal.positions[0] + crystal.cell[0]  # one atom upon the next cell's other
    crystal.calc = PlaneWave(**FAST)
    with pytest.raises(RuntimeError, match="located at the same point"):
        crystal.get_potential_energy()
    crystal.positions[1] = np.nan
    with pytest.raises(ValueError, match="not finite numbers"):
        crystal.get_potential_energy()
