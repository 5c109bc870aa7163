"""Small vibrations about a minimum: the Hessian, its frequencies, and the free energy of independent oscillators."""

import numpy as np
from ase import units

LIGHT = 2.99792458e10  # cm/s


def hessian(atoms, h=0.005):
    """Second derivatives of the energy, from both-sided differences of the forces.

    H_ij = -[F_j(x_i + h) - F_j(x_i - h)] / 2h, made symmetric

    Parameters
    ----------
    atoms : ase.Atoms
        With a calculator; left as it was.
    h : float
        In Å.

    Returns
    -------
    (3N, 3N) array
        In eV/Å^2.
    """
    if atoms.calc is None:
        raise ValueError("The atoms have no calculator: set atoms.calc before asking for vibrations.")
    moved, H = atoms.copy(), []
    moved.calc = atoms.calc
    for atom, axis in np.ndindex(len(atoms), 3):
        forces = []
        for step in (h, -2 * h):  # to the right, then to the left
            moved.positions[atom, axis] += step
            forces.append(moved.get_forces().ravel())
        moved.positions[atom, axis] += h  # and home
        H.append(-(forces[0] - forces[1]) / (2 * h))
    H = np.array(H)
    return (H + H.T) / 2


def angular_frequencies(atoms, h=0.005):
    """Angular frequencies of a molecule's normal modes, without its three translations and three rotations.

    Eigenvalues w^2 of the mass-weighted Hessian H_ij / sqrt(m_i m_j), after all motion as a rigid body has been
    projected out. Wilson, Decius and Cross, Molecular Vibrations (1955), chapter 2.

    Parameters
    ----------
    atoms : ase.Atoms
        A molecule that is not linear, at a minimum of the energy.
    h : float
        Step of the differences in Å.

    Returns
    -------
    (3N - 6,) array
        In 1/(ASE's unit of time), ascending.

    Raises
    ------
    ValueError
        Where a mode has no restoring force: the structure is no minimum.
    """
    root = np.sqrt(np.repeat(atoms.get_masses(), 3))
    rigid = _rigid_body_motions(atoms) * root[:, None]
    basis = np.linalg.svd(rigid)[0][:, 6:]  # whatever is orthogonal to the six
    w2 = np.linalg.eigvalsh(basis.T @ (hessian(atoms, h) / np.outer(root, root)) @ basis)
    if w2[0] <= 0:
        raise ValueError("A vibration has no restoring force: relax the molecule to a minimum of the energy first.")
    return np.sqrt(w2)


def wavenumbers(w):
    """Angular frequencies of :func:`angular_frequencies` as spectroscopists write them, in 1/cm."""
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
        Of :func:`angular_frequencies`.
    temperature : float
        In K.

    Returns
    -------
    float
        In eV, up to a constant.
    """
    kT = units.kB * temperature
    rotation = 0.5 * np.sum(np.log(atoms.get_moments_of_inertia()))
    return energy - kT * (rotation + np.sum(np.log(kT / np.asarray(w))))


def _rigid_body_motions(atoms):
    """Three translations and three rotations as columns (3N, 6) of displacements."""
    r = atoms.positions - atoms.get_center_of_mass()
    axes = np.eye(3)
    translations = [np.tile(axis, (len(atoms), 1)) for axis in axes]
    rotations = [np.cross(axis, r) for axis in axes]
    return np.array([motion.ravel() for motion in translations + rotations]).T
