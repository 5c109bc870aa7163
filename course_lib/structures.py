"""The course's crystals and molecules, each with the source of its coordinates."""

import ase.build
import ase.spacegroup
import numpy as np
from ase import Atoms

from course_lib.arguments import finite, positive, whole

ARGON_LATTICE_CONSTANT = 5.311  # Å, fcc argon at 4 K; Peterson, Batchelder, Simmons 1966, 10.1103/PhysRev.150.703


def argon_crystal(repeat=3, lattice_constant=ARGON_LATTICE_CONSTANT):
    """Face-centred cubic argon in a periodic cube.

    Parameters
    ----------
    repeat : int
        Number of unit cells along each edge; the cube holds ``4 * repeat**3`` atoms.
    lattice_constant : float
        Edge of the four-atom cell in Å; 5.311 Å is the crystal at 4 K
        (Peterson, Batchelder and Simmons 1966, doi:10.1103/PhysRev.150.703).

    Returns
    -------
    ase.Atoms
    """
    a = positive("The lattice constant (Å)", lattice_constant)
    return ase.build.bulk("Ar", "fcc", a=a, cubic=True).repeat(whole("repeat (unit cells along each edge)", repeat))


ETHANOL_TORSION = (0, 1, 2, 3)  # C-C-O-H


def ethanol(torsion=None):
    """Ethanol, CH3CH2OH, 9 atoms, from the G2 set shipped with ASE (doi:10.1063/1.460205).

    Parameters
    ----------
    torsion : float, optional
        Torsion angle C-C-O-H in degrees: the hydrogen is turned and nothing is relaxed. By default 180 (trans), as in
        the G2 set.

    Returns
    -------
    ase.Atoms
    """
    atoms = ase.build.molecule("CH3CH2OH")
    if torsion is not None:
        atoms.set_dihedral(*ETHANOL_TORSION, finite("The torsion (degrees)", torsion), indices=[ETHANOL_TORSION[-1]])
    return atoms


def water_drop(n):
    """n water molecules on a cubic lattice, 3.1 Å apart, which gives the density of the liquid: for timings.

    The molecule is ASE's, from the G2 set (doi:10.1063/1.460205). The drop is an eighth of a sphere around a corner of
    the lattice.

    Returns
    -------
    ase.Atoms
        A structure of 3 n atoms that is not periodic.
    """
    n = whole("The number of molecules", n)
    sites = np.indices((n, n, n)).reshape(3, -1).T
    drop = Atoms()
    for site in sites[np.argsort(np.sum(sites**2, axis=1), kind="stable")[:n]]:
        one = ase.build.molecule("H2O")
        one.positions += 3.1 * site
        drop += one
    return drop


def alkane(n, torsions=()):
    """A chain of n carbon atoms, CH3-(CH2)m-CH3, with ideal bonds and angles, as the start of a relaxation.

    C-C 1.53 Å, C-H 1.09 Å, C-C-C 112°, H-C-H 107° (rounded from the structures of n-alkanes found by electron
    diffraction: Bonham, Bartell and Kohl 1959, doi:10.1021/ja01527a012).

    Parameters
    ----------
    n : int
        Number of carbon atoms, 3 or more.
    torsions : sequence of float
        The n - 3 torsion angles of the chain in degrees, 180 for trans; all trans if not given.

    Returns
    -------
    ase.Atoms
        First the carbons along the chain, then the hydrogens; ``get_tags()`` gives the number of each atom's carbon.
    """
    n = whole("The number of carbon atoms", n, least=3)
    if len(torsions) not in (0, n - 3):
        raise ValueError(f"{len(torsions)} torsions for a chain of {n} carbon atoms: give n - 3 of them, or none.")
    half, up = np.radians(112 / 2), np.array([0, 0, 1.0])
    carbons = 1.53 * np.array([[k * np.sin(half), (k % 2) * np.cos(half), 0] for k in range(n)])
    symbols, places, tags = ["C"] * n, list(carbons), list(range(n))
    for k, carbon in enumerate(carbons):
        if 0 < k < n - 1:
            away = _unit(2 * carbon - carbons[k - 1] - carbons[k + 1])
            tilt = np.radians(107 / 2)
            directions = [np.cos(tilt) * away + side * np.sin(tilt) * up for side in (1, -1)]
        else:
            inner, next_one = (carbons[1], carbons[2]) if k == 0 else (carbons[-2], carbons[-3])
            axis = _unit(carbon - inner)
            anti = _unit((inner - next_one) - (inner - next_one) @ axis * axis)  # staggered
            tilt = np.radians(180 - 111)
            around = [np.cos(a) * anti + np.sin(a) * up for a in np.radians((0, 120, 240))]
            directions = [np.cos(tilt) * axis + np.sin(tilt) * side for side in around]
        symbols += ["H"] * len(directions)
        places += [carbon + 1.09 * direction for direction in directions]
        tags += [k] * len(directions)
    atoms = Atoms(symbols, places, tags=tags)
    for k, angle in enumerate(torsions):
        atoms.set_dihedral(k, k + 1, k + 2, k + 3, angle, mask=atoms.get_tags() >= k + 2)
    return atoms


def _unit(vector):
    return vector / np.linalg.norm(vector)


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


def argyrodite(exchanged=0):
    """Li6PS5Cl, a superionic argyrodite whose conductivity depends on disorder: 52 atoms, F-43m (No. 216), a = 9.859 Å.

    The structure type: Deiseroth et al. 2008, doi:10.1002/anie.200703900; conductivity and disorder: Kraft et al. 2017,
    doi:10.1021/jacs.7b06327. The lithium ions, disordered in the crystal, start on the ordered sites 24g.

    Parameters
    ----------
    exchanged : int
        How many of the four Cl have changed places with a sulphur ion that is bound to no phosphorus, 0 to 4. Two are
        half of all, the most disordered.

    Returns
    -------
    ase.Atoms
        Li24P4S20Cl4, periodic.
    """
    if whole("exchanged (of four Cl)", exchanged, least=0) > 4:
        raise ValueError(f"exchanged is {exchanged}, and there are four Cl: give 0 to 4.")
    crystal = ase.spacegroup.crystal(
        ["Li", "P", "S", "S", "Cl"],
        basis=[(0.018, 0.25, 0.75), (0, 0, 0.5), (0.1195, 0.3805, 0.1195), (0.25, 0.25, 0.75), (0, 0, 0)],
        spacegroup=216,
        cellpar=[9.859] * 3 + [90] * 3,
    )
    symbols = np.array(crystal.get_chemical_symbols())
    chlorine, free = np.flatnonzero(symbols == "Cl"), np.flatnonzero(symbols == "S")[16:]
    symbols[chlorine[:exchanged]], symbols[free[:exchanged]] = "S", "Cl"
    return Atoms(symbols.tolist(), crystal.positions, cell=crystal.cell, pbc=True)


def silver_iodide(repeat=3):
    """The alpha phase of AgI, the oldest superionic conductor: iodine body-centred cubic, a = 5.07 Å (Im-3m, No. 229).

    The silver ions are spread over the tetrahedral sites 12d; here they start on two of each cell. A review: Hull 2004,
    doi:10.1088/0034-4885/67/7/R05.

    Parameters
    ----------
    repeat : int
        Number of unit cells along each edge; the cube holds ``4 * repeat**3`` atoms.

    Returns
    -------
    ase.Atoms
    """
    places = [(0.25, 0, 0.5), (0.75, 0.5, 0), (0, 0, 0), (0.5, 0.5, 0.5)]
    cell = Atoms("Ag2I2", scaled_positions=places, cell=[5.07] * 3, pbc=True)
    return cell.repeat(whole("repeat (unit cells along each edge)", repeat))
