"""The shipped tables of argon: remade at single points, and against the literature."""

import importlib.util

import numpy as np
import pytest

from course_lib.data.catalogue import load
from course_lib.data.nist_lj import PUBLISHED
from course_lib.potentials.argon_reference import C6, tang_toennies
from course_lib.potentials.inverse_powers import fit_inverse_powers

needs_pyscf = pytest.mark.skipif(
    importlib.util.find_spec("pyscf") is None,
    reason="PySCF MISSING: it has no package for Windows; there the shipped table of argon is read, not remade",
)
WELL = {"ccsdt": (12.0, 3.77), "pbe": (5.5, 4.03)}  # depth in meV and place in Å


def minimum(r, energy):
    """Depth (meV) and place (Å) of the well, from a smooth fit."""
    pair = fit_inverse_powers(r, energy, range(6, 20, 2))
    fine = np.linspace(3.3, 5, 3401)
    return -1000 * pair(fine).min(), fine[np.argmin(pair(fine))]


@pytest.mark.slow
@needs_pyscf
@pytest.mark.parametrize(("column", "r"), [("ccsdt_meV", 3.8), ("pbe_meV", 4.0)])
def test_points_are_what_pyscf_says(column, r, tmp_path, monkeypatch, script):
    """The script's function makes the number that is shipped, and leaves nothing behind."""
    from pyscf import lib

    monkeypatch.setattr(lib.param, "TMPDIR", str(tmp_path))
    table = load("argon_pair")
    shipped = 1000 * getattr(table, column.split("_")[0])[np.isclose(table.r, r)][0]
    assert script("argon_pair").pair_energy(r, column) == pytest.approx(shipped, abs=2e-3)
    assert not list(tmp_path.iterdir())


def test_the_table_is_physical():
    """A wall, one well, an attraction that vanishes; CCSD(T) near the reference well, PBE far from it."""
    table = load("argon_pair")
    assert 20 <= len(table.r) <= 30
    assert (table.r[0], table.r[-1]) == (3.0, 8.0)
    for energy in (table.ccsdt, table.pbe):
        lowest = np.argmin(energy)
        assert np.all(np.diff(energy[: lowest + 1]) < 0)
        assert np.all(np.diff(energy[lowest:]) > 0)
        assert np.all(energy[lowest:] < 1e-5)
    for name, (depth, place) in WELL.items():
        assert minimum(table.r, getattr(table, name)) == pytest.approx((depth, place), rel=0.02)


def test_ccsdt_follows_the_reference_potential():
    """The well to 3 % in depth and 1 % in place, the attraction to 11 %; the reference is the literature's."""
    fine = np.linspace(3.5, 4, 5001)
    # Aziz 1993, doi:10.1063/1.466051: 143.235 K and 3.757 Å
    assert -tang_toennies(fine).min() / 8.617333262e-5 == pytest.approx(143.235, rel=0.005)
    assert fine[np.argmin(tang_toennies(fine))] == pytest.approx(3.757, abs=0.002)
    table = load("argon_pair")
    depth, place = minimum(table.r, table.ccsdt)
    assert depth == pytest.approx(12.34, rel=0.03)
    assert place == pytest.approx(3.757, rel=0.01)
    attraction = table.r > 3.65
    np.testing.assert_allclose(table.ccsdt[attraction], tang_toennies(table.r[attraction]), rtol=0.11)
    assert minimum(table.r, table.pbe)[0] < 6


def test_pbe_has_no_dispersion():
    """Far out CCSD(T) goes as -C6/r^6, to which PBE has nothing to say."""
    table = load("argon_pair")
    far = table.r >= 6.5
    hartree_bohr6 = 27.211386245988 * 0.529177210903**6
    c6 = -table.ccsdt[far] * table.r[far] ** 6 / hartree_bohr6
    assert np.all(np.diff(c6) < 0)  # from above: C8 and C10 die out first
    assert c6[-1] == pytest.approx(C6, rel=0.15)
    assert np.all(np.abs(table.pbe[far]) < 0.15 * np.abs(table.ccsdt[far]))


NIST = ("U_rc3", "W_rc3", "U_LRC_rc3", "U_rc4")


@pytest.mark.parametrize("row", range(4))
def test_the_nist_table_is_what_our_potential_says(row, public_data, script):
    made, table = script("nist_lj_check"), load("nist_lj_check")
    np.testing.assert_allclose([table[c][row] for c in made.COLUMNS], made.our_row(row + 1, public_data), rtol=1e-8)


def test_the_shipped_nist_check_agrees_with_what_nist_prints():
    """Needs no public file: our shipped sixteen numbers against the five digits that NIST publishes."""
    table = load("nist_lj_check")
    ours = np.transpose([table[column] for column in NIST])
    assert ours.shape == (4, 4)
    np.testing.assert_allclose(ours, list(PUBLISHED.values()), rtol=5e-5)


def test_public_files_are_found_or_asked_for(script, tmp_path, monkeypatch):
    """The folder given, then the environment variable; else a sentence with the source and the variable."""
    read = script("nist_lj_check").read_configuration
    with pytest.raises(FileNotFoundError, match=r"no .*c1\.txt: get it from NIST.*COURSE_PUBLIC_DATA"):
        read(1, tmp_path)
    (tmp_path / "nist_lj").mkdir()
    (tmp_path / "nist_lj" / "c1.txt").write_text("8 8 8\n1\n1 0 0 0\n")
    monkeypatch.setenv("COURSE_PUBLIC_DATA", str(tmp_path))
    assert len(read(1)) == len(read(1, tmp_path)) == 1


@pytest.mark.parametrize(
    "text", ["", "8 8 8\n3\n1 0 0 0\n2 1 1 1\n", "8 8\n1\n1 0 0 0\n", "8 8 8\n1\n1 0 0\n", "8 8 8\none\n1 0 0 0\n"]
)
def test_a_configuration_that_is_not_whole_is_one_sentence(script, tmp_path, text):
    (tmp_path / "nist_lj").mkdir()
    (tmp_path / "nist_lj" / "c2.txt").write_text(text)
    with pytest.raises(ValueError, match=r"c2\.txt is not the file that NIST gives .*: get it again from NIST"):
        script("nist_lj_check").read_configuration(2, tmp_path)
