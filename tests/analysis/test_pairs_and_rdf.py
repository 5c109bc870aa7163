"""Neighbours, g(r) and coordination against brute force, an ideal gas, ASE and perfect crystals."""

import itertools

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.geometry.rdf import get_rdf

from course_lib.analysis.bond_order import bond_order, global_bond_order
from course_lib.analysis.coordination import coordination_numbers
from course_lib.analysis.pairs import distance_histogram, near_pairs
from course_lib.analysis.rdf import radial_distribution
from course_lib.structures import argon_crystal

CELLS = {
    "cube": np.eye(3) * 9.0,
    "skewed": np.array([[8.0, 0, 0], [5.5, 7.0, 0], [-3.0, 4.0, 6.5]]),
    "smaller than the reach": np.array([[2.5, 0, 0], [0.7, 3.0, 0], [0, 0.4, 12.0]]),
    "left-handed": np.diag([9.0, 8.0, -7.0]),
}


def random_atoms(cell, pbc=True, n=40, seed=0):
    rng = np.random.default_rng(seed)
    positions = rng.uniform(-1, 2, (n, 3)) @ cell  # also outside the cell: unwrapped positions are welcome
    return Atoms(["Li"] * (n // 4) + ["S"] * (n - n // 4), positions, cell=cell, pbc=pbc)


def brute_force(atoms, reach):
    """All (i, j, distance) by trying every copy that could be near."""
    cell, r = atoms.cell.array, atoms.get_positions(wrap=True)
    heights = 1 / np.linalg.norm(np.linalg.inv(cell), axis=0)
    turns = [range(-n, n + 1) if p else [0] for n, p in zip(np.ceil(reach / heights).astype(int) + 1, atoms.pbc)]
    found = []
    for shift in itertools.product(*turns):
        distance = np.linalg.norm(r[None] + np.array(shift) @ cell - r[:, None], axis=2)
        if not any(shift):
            np.fill_diagonal(distance, np.inf)
        i, j = np.nonzero(distance < reach)
        found += list(zip(i, j, np.round(distance[i, j], 9)))
    return sorted(found)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
@pytest.mark.parametrize("pbc", [True, False, [True, False, True]], ids=["periodic", "free", "slab"])
def test_pairs_are_those_of_brute_force(cell, pbc):
    atoms, reach = random_atoms(cell, pbc), 4.3
    i, j, d = near_pairs(atoms, reach)
    assert np.all(np.diff(i) >= 0)
    assert sorted(zip(i, j, np.round(np.linalg.norm(d, axis=1), 9))) == brute_force(atoms, reach)


@pytest.mark.parametrize("cell", CELLS.values(), ids=CELLS)
def test_histogram_is_that_of_brute_force(cell):
    atoms, reach = random_atoms(cell), 6.15
    expected = np.histogram([distance for _, _, distance in brute_force(atoms, reach)], 37, (0, reach))[0]
    assert np.array_equal(distance_histogram(atoms, reach, 37), expected)


def test_few_atoms_far_apart_need_no_more_memory_than_atoms():
    atoms = Atoms("Ar3", [[0, 0, 0], [1e6, 1e6, 1e6], [1e6, 1e6, 1e6 + 1]])
    i, j, d = near_pairs(atoms, 1.5)
    assert i.tolist() == [1, 2] and j.tolist() == [2, 1] and d[0] == pytest.approx([0, 0, 1])


def test_an_ideal_gas_has_no_structure():
    """Exactly 1 - 1/N within half the cell: no atom is its own neighbour."""
    n, cell = 60, CELLS["skewed"] * 2
    rng = np.random.default_rng(1)
    frames = [Atoms(f"Ar{n}", rng.uniform(size=(n, 3)) @ cell, cell=cell, pbc=True) for _ in range(400)]
    rdf = radial_distribution(frames, 5.0, bins=20)
    deviation = (rdf.g - (1 - 1 / n)) / rdf.error
    assert rdf.error[-1] < 0.01
    assert np.sqrt(np.mean(deviation**2)) < 1.6
    assert rdf.neighbours[-1] == pytest.approx((n - 1) / abs(np.linalg.det(cell)) * 4 / 3 * np.pi * 5**3, rel=0.01)


def test_agrees_with_ase_where_that_applies():
    atoms = argon_crystal(4)
    atoms.rattle(0.2, seed=1)
    theirs, r = get_rdf(atoms, 9.0, 90)
    ours = radial_distribution(atoms, 9.0, bins=90)
    assert np.allclose(ours.r, r)
    assert np.allclose(ours.g, theirs, rtol=1e-10)
    assert np.all(np.isnan(ours.error))


def test_a_small_cell_gives_what_its_repetition_gives():
    small = bulk("Ar", "fcc", a=5.26)  # one atom in a rhombohedral cell
    ours, large = (radial_distribution(atoms, 12.0, bins=50) for atoms in (small, small.repeat((5, 4, 3))))
    assert np.allclose(ours.g, large.g)


def test_partial_functions_add_up_to_the_whole():
    """n g = sum over b of n_b g_ab, weighted with the share of a."""
    atoms = random_atoms(CELLS["skewed"])
    whole = radial_distribution(atoms, 5.0, bins=25).g
    share = {"Li": 0.25, "S": 0.75}
    parts = {(a, b): radial_distribution(atoms, 5.0, 25, pair=(a, b)).g for a in share for b in share}
    assert np.allclose(whole, sum(share[a] * share[b] * g for (a, b), g in parts.items()))
    assert np.allclose(parts["Li", "S"], parts["S", "Li"])


@pytest.mark.parametrize(
    ("atoms", "reach", "number"),
    [
        (bulk("Ar", "fcc", a=5.26), 4.4, 12),
        (bulk("Fe", "bcc", a=2.87), 2.7, 8),
        (bulk("Fe", "bcc", a=2.87), 3.3, 14),
        (bulk("Mg", "hcp", a=3.2, c=3.2 * np.sqrt(8 / 3)), 3.8, 12),
        (bulk("Si", "diamond", a=5.43), 3.0, 4),
    ],
    ids=["fcc", "bcc", "bcc, two shells", "hcp", "diamond"],
)
def test_coordination_of_perfect_crystals(atoms, reach, number):
    assert np.all(coordination_numbers(atoms, reach) == number)
    rdf = radial_distribution(atoms, reach, bins=10)
    assert rdf.neighbours[-1] == pytest.approx(number)


def test_coordination_between_elements():
    salt = bulk("NaCl", "rocksalt", a=5.64, cubic=True)
    assert np.all(coordination_numbers(salt, 3.0, ("Na", "Cl")) == 6)
    assert np.all(coordination_numbers(salt, 4.1, ("Na", "Na")) == 12)
    assert len(coordination_numbers(salt, 3.0, ("Na", "Cl"))) == 4


def test_bad_input_gets_one_sentence():
    atoms = argon_crystal(2)
    with pytest.raises(ValueError, match="periodic in all directions"):
        radial_distribution(Atoms("Ar2", [[0, 0, 0], [0, 0, 3]]), 5.0)
    with pytest.raises(ValueError, match=r"r_max \(Å\) is -1: give"):
        radial_distribution(atoms, -1)
    with pytest.raises(ValueError, match="bins is 0"):
        radial_distribution(atoms, 5.0, bins=0)
    with pytest.raises(ValueError, match="There is no Xe here: there are Ar"):
        radial_distribution(atoms, 5.0, pair=("Ar", "Xe"))
    for pair in ("Ar", ("Ar",), ("Ar", "Ar", "Ar"), 18):
        with pytest.raises(ValueError, match="give two elements"):
            coordination_numbers(atoms, 5.0, pair)
    with pytest.raises(ValueError, match="There is no 18 here: there are Ar"):
        coordination_numbers(atoms, 5.0, ("Ar", 18))
    for frames in (None, [atoms, 3], "atoms"):
        with pytest.raises(ValueError, match=r"This is \w+, not a structure: give ase.Atoms"):
            radial_distribution(frames, 5.0)
    for of in ([40], [0.5], [1, 1], "Ar"):
        with pytest.raises(ValueError, match="The choice of atoms "):
            near_pairs(atoms, 5.0, of=of)
    with pytest.raises(ValueError, match="no frames"):
        radial_distribution([], 5.0)
    with pytest.raises(ValueError, match="There are no atoms"):
        near_pairs(Atoms(), 5.0)
    with pytest.raises(ValueError, match=r"reach \(Å\) is 0: give"):
        near_pairs(atoms, 0)
    atoms.positions[0] = np.nan
    with pytest.raises(ValueError, match="not finite"):
        near_pairs(atoms, 5.0)


@pytest.mark.parametrize(
    "ask",
    [
        lambda atoms: coordination_numbers(atoms, 3.0),
        lambda atoms: near_pairs(atoms, 3.0),
        lambda atoms: radial_distribution(atoms, 5.0),
        bond_order,
        lambda atoms: global_bond_order(atoms, reach=3.0),
    ],
    ids=["coordination", "pairs", "g(r)", "bond order", "global bond order"],
)
def test_a_periodic_direction_without_a_cell_vector_is_one_sentence(ask):
    ethanol = molecule("CH3CH2OH")
    for pbc in (True, [False, False, True]):
        ethanol.pbc = pbc
        with pytest.raises(ValueError, match="periodic"):
            ask(ethanol)
    ethanol.pbc, ethanol.cell = [True, True, False], [9, 0, 9]
    with pytest.raises(ValueError, match="periodic"):
        ask(ethanol)


def test_positions_in_whole_numbers_are_positions():
    grid = np.indices((3, 3, 3)).reshape(3, -1).T.astype(np.int8) * 40
    atoms = Atoms("Po27", grid, cell=[120] * 3, pbc=True)
    assert np.all(coordination_numbers(atoms, 41.0) == 6)
    assert radial_distribution(atoms, 41).neighbours[-1] == 6


@pytest.mark.parametrize("count", [coordination_numbers, radial_distribution, bond_order])
def test_a_cell_in_the_wrong_unit_is_refused_before_it_fills_the_memory(count):
    atoms = Atoms("Ar2", [[0, 0, 0], [0, 0, 3.8]], cell=[1.1e-3] * 3, pbc=True)
    with pytest.raises(ValueError, match=r"pairs of neighbours.* more than memory holds"):
        count(atoms, 5.0) if count is not bond_order else count(atoms, reach=5.0)
