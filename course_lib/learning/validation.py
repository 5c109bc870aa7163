"""How good is a fit? Errors on frames it has not seen, also by group, and what to hold them against."""

from dataclasses import dataclass

import numpy as np

from course_lib.learning.dataset import check_frames, labels


@dataclass
class Errors:
    """Predictions beside labels, and their errors.

    Attributes
    ----------
    energy, energy_label : (M,) arrays
        In eV per atom.
    force, force_label : (components,) arrays
        All components of all atoms, in eV/Å.
    """

    energy: np.ndarray
    energy_label: np.ndarray
    force: np.ndarray
    force_label: np.ndarray

    @property
    def energy_mae(self):
        """Mean absolute error of the energy in meV per atom."""
        return float(1000 * np.mean(np.abs(self.energy - self.energy_label)))

    @property
    def force_mae(self):
        """Mean absolute error of a force component in meV/Å."""
        return float(1000 * np.mean(np.abs(self.force - self.force_label)))

    @property
    def energy_rmse(self):
        """Root mean square error of the energy in meV per atom."""
        return float(1000 * np.sqrt(np.mean((self.energy - self.energy_label) ** 2)))

    @property
    def force_rmse(self):
        """Root mean square error of a force component in meV/Å."""
        return float(1000 * np.sqrt(np.mean((self.force - self.force_label) ** 2)))

    def without_offset(self):
        """The same with the mean error of the energy taken out: only differences of energies mean something."""
        shift = np.mean(self.energy - self.energy_label)
        return Errors(self.energy - shift, self.energy_label, self.force, self.force_label)

    def __str__(self):
        return f"energy {self.energy_mae:.2f} meV/atom, forces {self.force_mae:.1f} meV/Å (mean absolute errors)"


def errors(potential, frames):
    """Errors of a potential (or of any ASE calculator) on labelled frames.

    Parameters
    ----------
    potential : Potential or ase.calculators.calculator.Calculator
    frames : list of ase.Atoms

    Returns
    -------
    Errors
    """
    check_frames(frames)
    rows = []
    for atoms in frames:
        if hasattr(potential, "energy_and_forces"):
            energy, forces = potential.energy_and_forces(atoms)
        else:
            copy = atoms.copy()
            copy.calc = potential
            energy, forces = copy.get_potential_energy(), copy.get_forces()
        energy_label, force_label = labels(atoms)
        rows.append((energy / len(atoms), energy_label / len(atoms), forces.ravel(), force_label.ravel()))
    energy, energy_label, force, force_label = zip(*rows)
    return Errors(np.array(energy), np.array(energy_label), np.concatenate(force), np.concatenate(force_label))


def errors_by_group(potential, frames, key):
    """Errors of each group of frames.

    Parameters
    ----------
    potential, frames
        As in :func:`errors`.
    key : callable
        ``key(atoms)``, what the group is called: ``lambda atoms: atoms.info["group"]``.

    Returns
    -------
    dict
        Name and :class:`Errors`, in the order of the first frames.
    """
    groups = {}
    for atoms in frames:
        groups.setdefault(key(atoms), []).append(atoms)
    return {name: errors(potential, group) for name, group in groups.items()}
