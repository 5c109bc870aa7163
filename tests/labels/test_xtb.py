"""GFN2-xTB through tblite."""

import importlib.util

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from course_lib.labels.xtb import gfn2

needs_tblite = pytest.mark.skipif(
    importlib.util.find_spec("tblite") is None, reason="tblite is not installed here (Windows, Macs with Intel)"
)


@needs_tblite
def test_water_has_the_energy_that_tblite_documents():
    water = molecule("H2O")
    water.calc = gfn2()
    # The example in the documentation of tblite.ase.TBLite.
    assert water.get_potential_energy() == pytest.approx(-137.96777625229421, abs=1e-6)


@needs_tblite
def test_forces_are_minus_the_gradient():
    ethanol = molecule("CH3CH2OH")
    ethanol.rattle(0.05, seed=1)
    ethanol.calc = gfn2()
    forces, h = ethanol.get_forces(), 1e-3
    for atom, axis in ((0, 0), (2, 1), (8, 2)):
        energies = []
        for sign in (1, -1):
            moved = ethanol.copy()
            moved.positions[atom, axis] += sign * h
            moved.calc = gfn2()
            energies.append(moved.get_potential_energy())
        assert forces[atom, axis] == pytest.approx(-np.diff(energies[::-1])[0] / (2 * h), abs=2e-4)


@needs_tblite
def test_what_cannot_be_computed_gets_one_sentence():
    for positions, symbols, sentence in (
        ([], "", "There are no atoms"),
        ([[0, 0, np.nan]], "H", "not finite numbers"),
        ([[0, 0, 0]], "X", "element X"),
        ([[0, 0, 0], [0, 0, 0.01]], "H2", "0.010 Å apart"),
    ):
        atoms = Atoms(symbols, positions, calculator=gfn2())
        with pytest.raises(ValueError, match=sentence):
            atoms.get_potential_energy()


@needs_tblite
def test_a_slab_is_refused():
    """tblite reads any periodic direction as three: its energy of a slab changes with the empty space above it."""
    slab = molecule("H2O", cell=[5, 5, 8], pbc=[True, True, False])
    slab.calc = gfn2()
    with pytest.raises(ValueError, match="GFN2 knows molecules and crystals: set pbc to True or False in all three"):
        slab.get_potential_energy()


def test_without_tblite_one_sentence_says_what_to_do(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ImportError, match="shipped results"):
        gfn2()
