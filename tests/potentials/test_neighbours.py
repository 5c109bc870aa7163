"""Minimum image and neighbour lists against ASE's, and the skin against cheating."""

import numpy as np
import pytest
from ase.geometry import find_mic
from ase.neighborlist import neighbor_list

from course_lib.potentials.neighbours import VerletList, check_cutoff, minimum_image, neighbour_pairs, thickness
from course_lib.structures import argon_crystal

ALL = np.array([True, True, True])


def random_cell(random, skewed=True):
    cell = np.diag(random.uniform(10, 14, size=3))
    return cell + skewed * random.uniform(-4, 4, size=(3, 3))


def their_pairs(positions, cell, pbc, cutoff):
    """Pairs of ASE's neighbour list, each once, however many images of it are within the cutoff."""
    from ase import Atoms

    i, j = neighbor_list("ij", Atoms(f"H{len(positions)}", positions, cell=cell, pbc=pbc), cutoff)
    return {(a, b) for a, b in zip(i, j) if a < b}


def test_minimum_image_of_a_box():
    """In a box with right angles the shortest copy is found at any distance, half a box included."""
    cell = np.diag([10.0, 12.0, 14.0])
    vectors = np.random.default_rng(0).uniform(-40, 40, size=(500, 3))
    np.testing.assert_allclose(
        np.linalg.norm(minimum_image(vectors, cell, ALL), axis=1), find_mic(vectors, cell, ALL)[1], atol=1e-12
    )
    assert np.all(np.abs(minimum_image(vectors, cell, ALL)) <= np.diag(cell) / 2)
    # What has no period is left alone.
    free = np.array([True, False, True])
    np.testing.assert_array_equal(minimum_image(vectors, cell, free)[:, 1], vectors[:, 1])


@pytest.mark.parametrize("seed", range(5))
def test_minimum_image_of_a_skewed_cell(seed):
    """Exact for every vector whose shortest copy is within half the thickness."""
    random = np.random.default_rng(seed)
    cell = random_cell(random)
    vectors = random.uniform(-60, 60, size=(3000, 3))
    shortest = find_mic(vectors, cell, ALL)[1]
    within = shortest < thickness(cell, ALL) / 2
    assert within.sum() > 100
    np.testing.assert_allclose(
        np.linalg.norm(minimum_image(vectors, cell, ALL), axis=1)[within], shortest[within], atol=1e-10
    )


@pytest.mark.parametrize("pbc", [ALL, np.array([True, True, False]), ~ALL], ids=["periodic", "slab", "free"])
@pytest.mark.parametrize("n_atoms", [1, 40, 600])
def test_pairs_are_ases(n_atoms, pbc):
    """The same pairs, also beyond one block of the distance table."""
    random = np.random.default_rng(n_atoms)
    cell = random_cell(random) * (2 if n_atoms > 100 else 1)
    positions = random.uniform(-1, 2, size=(n_atoms, 3)) @ cell  # some outside of the cell
    cutoff = 0.499 * thickness(cell, pbc) if pbc.any() else 5.0
    i, j = neighbour_pairs(positions, cell, pbc, cutoff)
    assert np.all(i < j)
    found = set(zip(i.tolist(), j.tolist()))
    assert len(found) == len(i)
    assert found == their_pairs(positions, cell, pbc, cutoff)


@pytest.mark.parametrize("skewed", [False, True])
@pytest.mark.parametrize("room", [1.0001, 1.1, 1.4])
def test_no_pair_is_ever_missed(room, skewed):
    """The skin is safe: atoms wander, and at each step every pair within the cutoff is in the list.

    ``room`` is half the thickness of the cell over the cutoff: at 1 the skin reaches beyond half the cell.
    """
    random = np.random.default_rng(3)
    cell = random_cell(random, skewed)
    cutoff = thickness(cell, ALL) / 2 / room
    positions = random.uniform(size=(30, 3)) @ cell
    drift = random.normal(size=(30, 3)) * 0.05
    verlet = VerletList(cutoff, skin=1.0)
    for _ in range(150):
        positions = positions + drift + random.normal(size=(30, 3)) * 0.02
        listed = set(zip(*(index.tolist() for index in verlet.pairs(positions, cell, ALL))))
        assert their_pairs(positions, cell, ALL, cutoff) <= listed
    assert verlet.builds > 3


def test_the_list_is_kept_and_rebuilt():
    """Kept below half a skin; rebuilt beyond it, for another cell, another periodicity, another number of atoms."""
    atoms = argon_crystal(3)
    cell, verlet = atoms.cell.array, VerletList(6.0, skin=1.0)
    verlet.pairs(atoms.positions, cell, atoms.pbc)
    atoms.positions[5, 0] += 0.499
    verlet.pairs(atoms.positions, cell, atoms.pbc)
    assert verlet.builds == 1
    atoms.positions[5, 0] += 0.002
    verlet.pairs(atoms.positions, cell, atoms.pbc)
    assert verlet.builds == 2
    verlet.pairs(atoms.positions, cell * 1.01, atoms.pbc)
    assert verlet.builds == 3
    verlet.pairs(atoms.positions, cell * 1.01, ~atoms.pbc)
    assert verlet.builds == 4
    verlet.pairs(atoms.positions[:-1], cell * 1.01, ~atoms.pbc)
    assert verlet.builds == 5


def test_a_skin_saves_builds():
    """Without a skin each move is a build; with one, few are."""
    random = np.random.default_rng(0)
    cell = np.eye(3) * 20
    positions = random.uniform(0, 20, size=(50, 3))
    builds = {}
    for skin in (1e-9, 1.0, 2.0):
        verlet, r = VerletList(6.0, skin), positions.copy()
        for _ in range(100):
            r = r + 0.02
            verlet.pairs(r, cell, ALL)
        builds[skin] = verlet.builds
    assert builds[1e-9] == 100
    assert builds[2.0] < builds[1.0] < 10


def test_a_cell_smaller_than_the_cutoff():
    """The sentence gives the thickness, not the length, of a skewed cell, and the largest cutoff that fits."""
    skewed = np.array([[10.0, 0, 0], [8.0, 6.0, 0], [0, 0, 20.0]])
    with pytest.raises(ValueError, match=r"cell is 6\.00 Å thick and the cutoff 4\.00 Å.*cutoff of 3\.00 Å or less"):
        check_cutoff(skewed, ALL, 4.0)
    check_cutoff(skewed, ALL, 3.0)
    check_cutoff(skewed, np.array([False, False, True]), 10.0)
    check_cutoff(skewed, ~ALL, 1000.0)
