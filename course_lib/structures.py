"""The course's crystals and molecules, each with the source of its coordinates."""

import ase.build
import ase.spacegroup
from ase import Atoms

ARGON_LATTICE_CONSTANT = 5.311  # Å, fcc argon at 4 K; Peterson, Batchelder, Simmons 1966, 10.1103/PhysRev.150.703


def argon_crystal(repeat=3, lattice_constant=ARGON_LATTICE_CONSTANT):
    """Face-centred cubic argon in a periodic cube.

    Parameters
    ----------
    repeat : int
        Unit cells along each edge; the cube holds ``4 * repeat**3`` atoms.
    lattice_constant : float
        Edge of the four-atom cell in Å; 5.311 Å is the crystal at 4 K
        (Peterson, Batchelder and Simmons 1966, doi:10.1103/PhysRev.150.703).

    Returns
    -------
    ase.Atoms
    """
    if repeat < 1:
        raise ValueError(f"repeat is {repeat}: ask for at least 1 unit cell along each edge.")
    return ase.build.bulk("Ar", "fcc", a=lattice_constant, cubic=True).repeat(repeat)


def ethanol():
    """Ethanol, CH3CH2OH, 9 atoms, from the G2 set shipped with ASE (doi:10.1063/1.460205)."""
    return ase.build.molecule("CH3CH2OH")


def lgps():
    """Li10GeP2S12 in its ordered 50-atom cell, the superionic conductor of the conductivity seminar.

    The ordered approximant in P4_2mc (No. 105) with a = 8.787646 Å, c = 12.657546 Å, relaxed with PBE;
    Materials Project data (doi:10.1063/1.4812323), CC BY 4.0. Its volume is about 2.6 % above the measured
    one, as PBE cells are. The material: Kamaya et al. 2011, doi:10.1038/nmat3066.

    Returns
    -------
    ase.Atoms
        Li20Ge2P4S24, periodic.
    """
    sites = [
        ("Li", 0.228698, 0.272950, 0.294563),
        ("Li", 0.256318, 0.724772, 0.036663),
        ("Li", 0.0, 0.0, 0.939730),
        ("Li", 0.5, 0.5, 0.548020),
        ("Ge", 0.5, 0.5, 0.801028),
        ("P", 0.0, 0.0, 0.686051),
        ("P", 0.0, 0.5, 0.504073),
        ("S", 0.5, 0.290002, 0.403242),
        ("S", 0.0, 0.694431, 0.412071),
        ("S", 0.5, 0.189848, 0.097057),
        ("S", 0.0, 0.804708, 0.094096),
        ("S", 0.0, 0.191950, 0.777069),
        ("S", 0.5, 0.707378, 0.698166),
    ]
    crystal = ase.spacegroup.crystal(
        [site[0] for site in sites],
        basis=[site[1:] for site in sites],
        spacegroup=105,
        cellpar=[8.787646, 8.787646, 12.657546, 90, 90, 90],
    )
    # Plain Atoms: the symmetry-aware object carries arrays that no longer hold once the ions move.
    return Atoms(crystal.get_chemical_symbols(), crystal.positions, cell=crystal.cell, pbc=True)
