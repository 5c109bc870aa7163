"""The typed-in crystals and molecules, against what is published of them."""

from collections import Counter

import numpy as np
import pytest
from ase import units

from course_lib.structures import argon_crystal, argyrodite, ethanol, lgps, silver_iodide, water_drop


def distances(atoms, first, second):
    """Distances between two elements, each pair of atoms once or twice, nearest image, sorted."""
    symbols = np.array(atoms.get_chemical_symbols())
    found = atoms.get_all_distances(mic=True)[np.ix_(symbols == first, symbols == second)]
    return np.sort(found[found > 1e-6])


def test_lgps_is_the_published_cell():
    atoms = lgps()
    assert Counter(atoms.get_chemical_symbols()) == {"Li": 20, "Ge": 2, "P": 4, "S": 24}
    assert atoms.cell.cellpar() == pytest.approx([8.787646, 8.787646, 12.657546, 90, 90, 90])
    assert atoms.pbc.all()
    measured = 8.69407**2 * 12.5994  # Å^3, Kamaya et al. 2011, doi:10.1038/nmat3066
    assert atoms.get_volume() / measured == pytest.approx(1.026, abs=1e-3)


@pytest.mark.parametrize("pair, nearest", [("P S", 2.04), ("Ge S", 2.24), ("Li S", 2.39), ("Li Li", 2.92)])
def test_lgps_has_the_published_nearest_distances(pair, nearest):
    assert distances(lgps(), *pair.split())[0] == pytest.approx(nearest, abs=0.006)


def test_every_p_and_ge_of_lgps_sits_in_a_tetrahedron_of_its_own():
    atoms = lgps()
    symbols = np.array(atoms.get_chemical_symbols())
    bonded = atoms.get_all_distances(mic=True)[np.ix_((symbols == "P") | (symbols == "Ge"), symbols == "S")] < 2.6
    assert bonded.sum(axis=1).tolist() == [4] * 6
    assert bonded.sum(axis=0).tolist() == [1] * 24


def test_lgps_has_the_symmetry_it_was_made_with():
    """P4_2mc: the 4_2 screw about the c axis and the mirror x -> -x bring every atom onto one of its kind."""
    atoms = lgps()
    scaled, symbols = atoms.get_scaled_positions(), np.array(atoms.get_chemical_symbols())
    for operation in (lambda x, y, z: (-y, x, z + 0.5), lambda x, y, z: (-x, y, z), lambda x, y, z: (y, x, z + 0.5)):
        moved = np.transpose(operation(*scaled.T))
        apart = moved[:, None] - scaled[None]
        near = np.linalg.norm((apart - np.round(apart)) @ atoms.cell.array, axis=2) < 1e-4
        assert (near.sum(axis=1) == 1).all()
        assert (symbols[near.argmax(axis=1)] == symbols).all()
    assert not has_inversion(scaled, symbols)  # the ordered cell is polar


def has_inversion(scaled, symbols):
    """Whether some point of the Ge sublattice's midpoints inverts the crystal."""
    ge = scaled[symbols == "Ge"]
    for centre in ((ge[:, None] + ge[None]) / 2).reshape(-1, 3):
        apart = (2 * centre - scaled)[:, None] - scaled[None]
        near = np.abs(apart - np.round(apart)).max(axis=2) < 1e-3
        if (near.sum(axis=1) == 1).all() and (symbols[near.argmax(axis=1)] == symbols).all():
            return True
    return False


@pytest.mark.parametrize(
    "site, count",
    [("8f", [8, 8]), ("2a", [2, 2]), ("2b", [2, 2]), ("2c", [2]), ("4d", [4, 4, 4]), ("4e", [4, 4, 4])],
)
def test_the_wyckoff_sites_of_lgps_have_their_multiplicities(site, count):
    """Sites of P4_2mc told apart by their x and y: 2a on (0,0), 2b on (.5,.5), 2c on (0,.5), 4d on x=0, 4e on x=.5."""
    x, y = lgps().get_scaled_positions().T[:2]
    zero, half = (lambda u: np.abs(u - np.round(u)) < 1e-6), (lambda u: np.abs(u - 0.5) < 1e-6)
    kind = np.select(
        [
            zero(x) & zero(y),
            half(x) & half(y),
            (zero(x) & half(y)) | (half(x) & zero(y)),
            zero(x) | zero(y),
            half(x) | half(y),
        ],
        ["2a", "2b", "2c", "4d", "4e"],
        "8f",
    )
    assert np.sum(kind == site) == sum(count)


def test_argon_is_close_packed():
    atoms = argon_crystal(repeat=3)
    assert len(atoms) == 108 and atoms.pbc.all()
    nearest = distances(atoms, "Ar", "Ar")
    assert nearest[0] == pytest.approx(5.311 / np.sqrt(2))  # Å
    assert np.sum(nearest < nearest[0] + 0.01) == 108 * 12
    assert atoms.get_masses().sum() / atoms.get_volume() * 1.66054 == pytest.approx(1.77, abs=0.01)  # g/cm^3


def test_another_lattice_constant_and_size():
    assert argon_crystal(2, 5.0).cell.lengths() == pytest.approx([10.0] * 3)
    assert len(argon_crystal(1)) == 4


@pytest.mark.parametrize("repeat", [0, -1, 1.5])
def test_no_cells_is_one_sentence(repeat):
    with pytest.raises(ValueError, match=rf"unit cells along each edge\) is {repeat}: give a whole number"):
        argon_crystal(repeat)
    with pytest.raises(ValueError, match=r"lattice constant \(Å\) is nan: give a number above zero"):
        argon_crystal(lattice_constant=np.nan)


def test_ethanol_is_one_molecule_with_an_oh():
    atoms = ethanol()
    assert Counter(atoms.get_chemical_symbols()) == {"C": 2, "H": 6, "O": 1}
    assert distances(atoms, "O", "H")[0] == pytest.approx(0.97, abs=0.01)  # Å
    assert distances(atoms, "C", "O")[0] == pytest.approx(1.42, abs=0.02)
    assert distances(atoms, "C", "C")[0] == pytest.approx(1.52, abs=0.02)
    assert not atoms.pbc.any()


def test_a_drop_has_the_density_of_water():
    drop = water_drop(27)
    oxygen = drop.positions[drop.numbers == 8]
    nearest = np.sort(np.linalg.norm(oxygen[:, None] - oxygen, axis=2), axis=1)[:, 1]
    assert nearest == pytest.approx(np.full(27, 3.1))
    assert 18.015 / units.mol / (3.1**3 * 1e-24) == pytest.approx(0.997, rel=0.01)  # g/cm^3, water at 25 °C
    assert len(water_drop(1)) == 3 and not drop.pbc.any()
    with pytest.raises(ValueError, match="number of molecules is 0: give a whole number"):
        water_drop(0)


def test_argyrodite_has_the_published_nearest_distances():
    atoms = argyrodite()
    assert atoms.get_chemical_formula() == "Cl4Li24P4S20"
    for pair, nearest in {"P S": 2.04, "Li S": 2.27, "Li Li": 3.23}.items():
        assert distances(atoms, *pair.split())[0] == pytest.approx(nearest, abs=0.01)


@pytest.mark.parametrize("exchanged", [0, 1, 2, 4])
def test_exchanged_chlorine_leaves_every_phosphorus_its_four_sulphur_neighbours(exchanged):
    atoms = argyrodite(exchanged)
    assert atoms.get_chemical_formula() == "Cl4Li24P4S20"
    moved = np.flatnonzero(atoms.numbers != argyrodite().numbers)
    assert len(moved) == 2 * exchanged
    assert (distances(atoms, "P", "S") < 2.1).sum() == (distances(argyrodite(), "P", "S") < 2.1).sum() == 16


def test_more_chlorine_than_there_is_cannot_be_exchanged():
    with pytest.raises(ValueError, match="exchanged is 5, and there are four Cl"):
        argyrodite(5)


def test_silver_iodide_is_a_lattice_of_iodine_with_silver_in_its_tetrahedra():
    atoms = silver_iodide()
    assert len(atoms) == 108
    tetrahedral = 5.07 * np.sqrt(5) / 4
    assert distances(atoms, "Ag", "I")[: 54 * 4] == pytest.approx(tetrahedral)
    assert distances(atoms, "I", "I")[0] == pytest.approx(5.07 * np.sqrt(3) / 2)
