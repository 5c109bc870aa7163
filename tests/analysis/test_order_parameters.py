"""Bond order of crystals that are known."""

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from scipy.spatial.transform import Rotation

from course_lib.analysis.bond_order import bond_order, global_bond_order
from course_lib.structures import argon_crystal


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


def test_what_has_no_bond_order_is_one_sentence():
    with pytest.raises(ValueError, match="There are no atoms"):
        bond_order(Atoms())
    with pytest.raises(ValueError, match="l is -2: give a whole number"):
        bond_order(argon_crystal(1), l=-2)
