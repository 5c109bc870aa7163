"""Small vibrations about a minimum: Hessian, normal modes, and the harmonic approximation."""

import numpy as np
from ase import units

from course_lib.arguments import check_atoms, positive

LIGHT = units._c * 1e2  # cm/s
PULLED = 0.05  # eV/Å: a molecule with a larger force is not at a minimum


def hessian(atoms, h=0.005):
    """Second derivatives of the energy, from central differences of the forces.

    H_ij = -[F_j(x_i + h) - F_j(x_i - h)] / 2h, made symmetric

    Parameters
    ----------
    atoms : ase.Atoms
        Structure with a calculator; it is not changed. Constraints are ignored.
    h : float
        Displacement in Å.

    Returns
    -------
    (3N, 3N) array
        The Hessian H in eV/Å^2.
    """
    _needs_calculator(atoms)
    h = positive("The step h (Å)", h)
    moved, H = atoms.copy(), []
    moved.calc = atoms.calc
    for atom, axis in np.ndindex(len(atoms), 3):
        forces = []
        for step in (h, -2 * h):  # to x + h, then to x - h
            moved.positions[atom, axis] += step
            forces.append(moved.get_forces(apply_constraint=False).ravel())
        moved.positions[atom, axis] += h  # back to x
        H.append(-(forces[0] - forces[1]) / (2 * h))
    H = np.array(H)
    return (H + H.T) / 2


def normal_modes(atoms, h=0.005):
    """Angular frequencies and displacements of a molecule's normal modes, without translations and rotations.

    w^2 and e are the eigenvalues and eigenvectors of the mass-weighted Hessian H_ij / sqrt(m_i m_j), after translations
    and rotations have been projected out; the displacements are e_i / sqrt(m_i). Wilson, Decius and Cross, Molecular
    Vibrations (1955), chapter 2.

    Parameters
    ----------
    atoms : ase.Atoms
        A molecule that is not linear, at a minimum of the energy; constraints are ignored.
    h : float
        Displacement of the finite differences in Å.

    Returns
    -------
    w : (3N - 6,) array
        Angular frequencies in 1/(ASE's unit of time), ascending.
    modes : (3N - 6, N, 3) array
        Displacements e_i / sqrt(m_i) in 1/sqrt(u); multiplied by an amplitude in Å sqrt(u) they are in Å.

    Raises
    ------
    ValueError
        For an atom or a linear molecule, and for a structure that is not at a minimum: with a force above 0.05 eV/Å,
        or a mode without a restoring force.
    """
    _needs_calculator(atoms)
    root = np.sqrt(np.repeat(atoms.get_masses(), 3))
    rigid = _rigid_body_motions(atoms) * root[:, None]
    if np.linalg.matrix_rank(rigid, tol=1e-4 * np.linalg.norm(rigid)) < 6:
        raise ValueError(f"{atoms.symbols} is linear or a single atom: its rotations are fewer than the three assumed.")
    largest = np.linalg.norm(atoms.get_forces(apply_constraint=False), axis=1).max()
    if largest > PULLED:
        raise ValueError(f"A force of {largest:.2f} eV/Å pulls: relax the molecule to a minimum of the energy first.")
    basis = np.linalg.svd(rigid)[0][:, 6:]  # whatever is orthogonal to the six
    w2, e = np.linalg.eigh(basis.T @ (hessian(atoms, h) / np.outer(root, root)) @ basis)
    if w2[0] <= 0:
        raise ValueError("A vibration has no restoring force: relax the molecule to a minimum of the energy first.")
    return np.sqrt(w2), ((basis @ e) / root[:, None]).T.reshape(len(w2), -1, 3)


def wavenumbers(w):
    """Angular frequencies of :func:`normal_modes` as wavenumbers in 1/cm."""
    return np.asarray(w) * units.fs * 1e15 / (2 * np.pi * LIGHT)


def harmonic_free_energy(atoms, energy, w, temperature):
    """Classical free energy of a molecule as a rigid rotor with independent oscillators.

    F = E - kT [ ln sqrt(I_a I_b I_c) + sum_k ln(kT / w_k) ] + terms that all conformers share

    Only differences between conformers of one molecule at one temperature mean something. McQuarrie, Statistical
    Mechanics, chapter 8, with the classical partition function kT / (hbar w) of each oscillator.

    Parameters
    ----------
    atoms : ase.Atoms
    energy : float
        At the minimum, in eV.
    w : (3N - 6,) array
        What :func:`normal_modes` found.
    temperature : float
        In K.

    Returns
    -------
    float
        In eV, up to a constant.

    Raises
    ------
    ValueError
        For an atom, a linear molecule or a temperature that is not above zero.
    """
    kT = units.kB * positive("The temperature (K)", temperature)
    if min(atoms.get_moments_of_inertia()) < 1e-6:
        raise ValueError(f"{atoms.symbols} is linear or a single atom: this rigid rotor has three axes.")
    rotation = 0.5 * np.sum(np.log(atoms.get_moments_of_inertia()))
    return energy - kT * (rotation + np.sum(np.log(kT / np.asarray(w))))


def _needs_calculator(atoms):
    check_atoms(atoms)
    if atoms.calc is None:
        raise ValueError("The atoms have no calculator: set atoms.calc before asking for vibrations.")


def _rigid_body_motions(atoms):
    """Three translations and three rotations as columns (3N, 6) of displacements."""
    r = atoms.positions - atoms.get_center_of_mass()
    axes = np.eye(3)
    translations = [np.tile(axis, (len(atoms), 1)) for axis in axes]
    rotations = [np.cross(axis, r) for axis in axes]
    return np.array([motion.ravel() for motion in translations + rotations]).T
