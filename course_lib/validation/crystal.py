"""A crystal that is squeezed, strained and shaken a little: equation of state, elastic constants, phonons."""

from typing import NamedTuple

import numpy as np
from ase import units
from ase.eos import EquationOfState
from phonopy import Phonopy
from phonopy.structure.atoms import PhonopyAtoms

from course_lib.arguments import positive, whole
from course_lib.validation.prepare import at_rest, supercell, with_calculator

IMAGINARY = -0.1  # THz: what is nearer to zero is rounding


class State(NamedTuple):
    """A fitted equation of state.

    Attributes
    ----------
    energy, volume : float
        E0 in eV and V0 in Å^3 per atom.
    bulk_modulus : float
        B0 = V d2E/dV2 in GPa.
    volume_error, bulk_modulus_error : float
        Standard errors, from leaving out one volume after the other: they show where the energy is not smooth.
    """

    energy: float
    volume: float
    bulk_modulus: float
    volume_error: float
    bulk_modulus_error: float


def equation_of_state(potential, crystal, range_of_volume=0.06, points=9):
    """E0, V0 and B0 of a crystal by the Birch-Murnaghan equation.

    The cell is scaled evenly and the positions are relaxed at each volume. Birch 1947, doi:10.1103/PhysRev.71.809.

    Parameters
    ----------
    potential, crystal
        See :func:`course_lib.validation.prepare.with_calculator`.
    range_of_volume : float
        Volumes go from 1 - this to 1 + this times that of ``crystal``.
    points : int
        Number of volumes.

    Returns
    -------
    State

    Raises
    ------
    ValueError
        If the energy has no minimum within these volumes.
    """
    reach = positive("range_of_volume", range_of_volume)
    if reach >= 0.5:
        raise ValueError(f"range_of_volume is {reach}: give less than 0.5, the fit is of a small change.")
    points = whole("points", points, least=5)
    ratios, V, E = np.linspace(1 - reach, 1 + reach, points), [], []
    for ratio in ratios:
        atoms = with_calculator(potential, _scaled(crystal, ratio))
        atoms = at_rest(potential, atoms, cell=False, fmax=0.005)
        V.append(atoms.get_volume() / len(atoms))
        E.append(atoms.get_potential_energy() / len(atoms))
    if np.argmin(E) in (0, points - 1):
        raise ValueError(
            f"The energy has no minimum from {V[0]:.2f} to {V[-1]:.2f} Å^3 per atom: relax the cell first."
        )
    fits = [EquationOfState(np.delete(V, k), np.delete(E, k), "birchmurnaghan").fit(warn=False) for k in range(points)]
    error = np.sqrt((points - 1) * np.var(fits, axis=0))  # jackknife
    V0, E0, B0 = EquationOfState(V, E, "birchmurnaghan").fit(warn=False)
    return State(float(E0), float(V0), float(B0 / units.GPa), float(error[0]), float(error[2] / units.GPa))


def pressure_at(potential, crystal, ratio=0.6):
    """Pressure in GPa of the crystal squeezed evenly to ``ratio`` times its volume, positions as they are scaled."""
    atoms = with_calculator(potential, _scaled(crystal, positive("ratio (V/V0)", ratio)))
    return float(-np.mean(atoms.get_stress()[:3]) / units.GPa)


class Elastic(NamedTuple):
    """Elastic constants C (6, 6) in GPa, order xx, yy, zz, yz, xz, xy, and their average B, the bulk modulus in GPa."""

    C: np.ndarray
    bulk_modulus: float


def elastic_constants(potential, crystal, strain=0.005):
    """Elastic constants of a crystal at rest, from the stress of small strains.

    C_ij = [sigma_i(+e_j) - sigma_i(-e_j)] / 2e,  B = [C11 + C22 + C33 + 2 (C12 + C13 + C23)] / 9  (Voigt's average)

    The positions are relaxed in each strained cell. Nye, Physical Properties of Crystals (1957), chapter 8.

    Parameters
    ----------
    potential, crystal
        See :func:`course_lib.validation.prepare.with_calculator`; the crystal is at rest.
    strain : float
        The strain e.
    """
    e, C = positive("strain", strain), np.zeros((6, 6))
    if e > 0.05:
        raise ValueError(f"strain is {e}: give 0.05 or less, elastic constants are the limit of small strains.")
    for j, (a, b) in enumerate([(0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)]):
        for sign in (1, -1):
            strained, tilt = with_calculator(potential, crystal), np.eye(3)
            tilt[a, b] += sign * e / (1 if a == b else 2)  # Voigt's shear strain is the sum of both halves
            tilt[b, a] = tilt[a, b]
            strained.set_cell(strained.cell.array @ tilt, scale_atoms=True)
            stress = at_rest(potential, strained, cell=False, fmax=0.005).get_stress()
            C[:, j] += sign * stress / (2 * e) / units.GPa
    C = (C + C.T) / 2
    return Elastic(C, float(C[:3, :3].sum() / 9))


class Phonons(NamedTuple):
    """Frequencies in THz, imaginary ones as negative numbers.

    Attributes
    ----------
    gamma : (3N,) array
        At Gamma, ascending: three acoustic ones near zero, then the optical ones.
    lowest : float
        The lowest on a mesh of wave vectors.
    supercell : int
        Number of atoms in the supercell.
    """

    gamma: np.ndarray
    lowest: float
    supercell: int


def phonons(potential, crystal, edge=10.0, displacement=0.02, mesh=5):
    """Frequencies of small vibrations of a crystal at rest, by phonopy's finite displacements.

    Togo and Tanaka 2015, doi:10.1016/j.scriptamat.2015.07.021. Long-range forces between charges are not added: the
    optical frequencies of an ionic crystal are the transverse ones.

    Parameters
    ----------
    potential, crystal
        See :func:`course_lib.validation.prepare.with_calculator`; the crystal is at rest.
    edge : float
        Edges of the supercell are at least this long, in Å.
    displacement : float
        By how much an atom is moved, in Å.
    mesh : int
        The lowest frequency is searched on mesh x mesh x mesh wave vectors.
    """
    atoms, mesh = with_calculator(potential, crystal), whole("mesh", mesh)
    repeats = np.rint(supercell(atoms, edge).cell.lengths() / atoms.cell.lengths()).astype(int)
    sites = {"cell": atoms.cell.array, "positions": atoms.positions, "masses": atoms.get_masses()}
    cell = PhonopyAtoms(symbols=atoms.get_chemical_symbols(), **sites)
    work = Phonopy(cell, supercell_matrix=np.diag(repeats), primitive_matrix=np.eye(3), log_level=0)
    work.generate_displacements(distance=positive("displacement (Å)", displacement))
    forces = []
    for moved in work.supercells_with_displacements:
        shaken = atoms.repeat(repeats)  # its cell and pbc
        shaken.set_atomic_numbers(moved.numbers)
        shaken.set_positions(moved.positions)
        forces.append(with_calculator(potential, shaken).get_forces())
    work.forces = forces
    work.produce_force_constants()
    work.symmetrize_force_constants()
    work.run_qpoints([[0, 0, 0]])
    gamma = np.sort(work.qpoints.frequencies[0])
    work.run_mesh([mesh] * 3)
    lowest = work.mesh.frequencies.min()
    return Phonons(gamma, float(lowest), len(shaken))


def _scaled(crystal, ratio):
    """A copy with ``ratio`` times the volume."""
    atoms = crystal.copy()
    atoms.set_cell(atoms.cell.array * ratio ** (1 / 3), scale_atoms=True)
    return atoms
