"""Silicon with plane waves: the crystal of lecture 04."""

import numpy as np
from ase import units
from ase.build import bulk

from course_lib.labels.plane_wave import PlaneWave

CUTOFF, KPOINTS = 500, 8  # eV; points along each reciprocal vector


def silicon(a, shift=0.0, **settings):
    """The two-atom cell of diamond with PBE, the second atom moved by ``shift`` Å along the bond, away from the first.

    Parameters
    ----------
    a : float
        Lattice constant in Å.
    shift : float
    **settings
        Of :class:`PlaneWave`, by default the cutoff and mesh of the shipped tables.

    Returns
    -------
    ase.Atoms
    """
    crystal = bulk("Si", "diamond", a=a)
    crystal.positions[1] += shift * np.ones(3) / np.sqrt(3)
    crystal.calc = PlaneWave(**{"functional": "PBE", "cutoff": CUTOFF, "kpoints": KPOINTS, **settings})
    return crystal


def energy_and_pressure(crystal):
    """Energy per atom in eV, pressure in GPa."""
    return crystal.get_potential_energy() / len(crystal), -crystal.get_stress()[:3].mean() / units.GPa
