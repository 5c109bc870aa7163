"""Ten cells on which a fast calculator is compared with the stock one: crystals that lie at no minimum."""

import numpy as np
from ase import Atoms
from ase.build import bulk, graphene

from course_lib.structures import lgps


def shaken(atoms, seed, by=0.1):
    atoms.rattle(by, seed=seed)
    return atoms


def sheared(atoms):
    """The same crystal in a cell skewed far beyond what a person would draw, with atoms outside of it.

    They are moved by little: the stock CHGNet has coordinates in single precision, coarse far from the origin.
    """
    atoms.set_cell(np.array([[1, 1, 0], [0, 1, 1], [0, 0, 1]]) @ atoms.cell.array)
    atoms.positions += [3, -2, 1]
    return atoms


def left_handed(atoms):
    """The same crystal with two of its cell vectors exchanged."""
    atoms.set_cell(atoms.cell.array[[1, 0, 2]])
    return atoms


def perovskite():
    places = [[0, 0, 0], [0.5, 0.5, 0.5], [0.5, 0.5, 0], [0.5, 0, 0.5], [0, 0.5, 0.5]]
    return Atoms("SrTiO3", scaled_positions=places, cell=[3.9, 3.9, 3.9], pbc=True)


def layers():
    sheets = graphene(a=2.46, vacuum=1.7)
    sheets.pbc = True
    return sheets.repeat((2, 2, 1))


CRYSTALS = {
    "silicon, 64 atoms": lambda: shaken(bulk("Si", cubic=True).repeat(2), 1),
    "LGPS, four elements": lambda: shaken(lgps(), 2, 0.08),
    "one atom, smaller than the cutoff": lambda: bulk("Cu"),
    "straight angles": lambda: bulk("NaCl", "rocksalt", a=5.6),
    "left-handed": lambda: left_handed(shaken(bulk("NaCl", "rocksalt", a=5.9), 3)),
    "sheared": lambda: sheared(shaken(bulk("MgO", "rocksalt", a=4.2).repeat(2), 4)),
    "left-handed, sheared and small": lambda: left_handed(sheared(shaken(bulk("Fe").repeat((2, 1, 1)), 5))),
    "layers": lambda: shaken(layers(), 6, 0.05),
    "perovskite": lambda: shaken(perovskite(), 7),
    "no neighbours": lambda: bulk("Xe", "fcc", a=9.5),
}
