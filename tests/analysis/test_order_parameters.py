"""Bond order and Lindemann index of crystals and of oscillators that are known."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from scipy.spatial.transform import Rotation

from course_lib.analysis.bond_order import bond_order, global_bond_order
from course_lib.analysis.lindemann import lindemann_index
from course_lib.dynamics.trajectory import Trajectory
from course_lib.structures import ARGON_LATTICE_CONSTANT, argon_crystal


@pytest.mark.parametrize(
    ("atoms", "reach", "q4", "q6"),
    [
        (bulk("Ar", "fcc", a=5.26), None, 0.1909, 0.5745),
        (bulk("Mg", "hcp", a=3.2, c=3.2 * np.sqrt(8 / 3)), None, 0.0972, 0.4848),
        (bulk("Fe", "bcc", a=2.87), 3.3, 0.0364, 0.5107),
        (bulk("Po", "sc", a=3.3), 3.6, 0.7638, 0.3536),
    ],
    ids=["fcc", "hcp", "bcc", "sc"],
)
def test_perfect_crystals_have_the_published_values(atoms, reach, q4, q6):
    """Mickel et al. 2013, doi:10.1063/1.4774084, table I; sqrt(7/192) and sqrt(7/12) for the first and last q4."""
    atoms = atoms.repeat(3)
    for averaged in (False, True):
        assert bond_order(atoms, 4, reach, averaged) == pytest.approx(q4, abs=6e-5)
        assert bond_order(atoms, 6, reach, averaged) == pytest.approx(q6, abs=6e-5)
    assert global_bond_order(atoms, 6, reach) == pytest.approx(q6, abs=6e-5)


def test_nothing_changes_when_everything_is_turned():
    atoms = argon_crystal(2)
    atoms.rattle(0.4, seed=2)
    turned = atoms.copy()
    turn = Rotation.random(rng=np.random.default_rng(1)).as_matrix()
    turned.set_cell(atoms.cell @ turn.T, scale_atoms=True)
    for averaged in (False, True):
        assert np.allclose(bond_order(atoms, 6, None, averaged), bond_order(turned, 6, None, averaged))


def test_disorder_lowers_the_global_order_and_averaging_tells_it_from_a_crystal():
    rng = np.random.default_rng(0)
    gas = Atoms("Ar500", rng.uniform(0, 26, (500, 3)), cell=[26] * 3, pbc=True)
    assert global_bond_order(gas) < 0.05
    assert np.max(bond_order(gas, averaged=True)) < 0.4 < np.max(bond_order(gas))


def test_an_atom_alone_has_no_order():
    assert bond_order(Atoms("Ar"), 6, reach=3.0).tolist() == [0.0]
    with pytest.raises(ValueError, match="give reach"):
        bond_order(molecule("H2O"))


def oscillating(amplitude, frames=2000):
    """fcc argon in which each coordinate is an independent normal number."""
    atoms = argon_crystal(3)
    rng = np.random.default_rng(3)
    positions = atoms.positions + amplitude * rng.normal(size=(frames, len(atoms), 3))
    ones = np.ones(frames)
    return Trajectory(
        list(atoms.symbols), atoms.cell.array, atoms.pbc, np.arange(frames) * 10.0, positions, ones, ones, ones
    )


def test_lindemann_index_of_independent_oscillators():
    """To first order the distance changes by the difference along the bond: delta = sqrt(2) u / d."""
    u, d = 0.05, ARGON_LATTICE_CONSTANT / np.sqrt(2)
    delta = lindemann_index(oscillating(u), reach=4.4)
    assert delta.value == pytest.approx(np.sqrt(2) * u / d, rel=0.01)
    assert 0 < delta.error < 0.01 * delta.value


def test_lindemann_needs_a_trajectory_and_neighbours():
    still = oscillating(0.0, frames=2)
    assert lindemann_index(still, reach=4.4).value == pytest.approx(0, abs=1e-7)
    with pytest.raises(ValueError, match="No two atoms are closer than 2"):
        lindemann_index(still, reach=2.0)
    with pytest.raises(ValueError, match="2 frames or more"):
        lindemann_index(oscillating(0.0, frames=1), reach=4.4)
    still.cells = np.array([still.cell] * 2)
    with pytest.raises(ValueError, match="constant volume"):
        lindemann_index(still, reach=4.4)
