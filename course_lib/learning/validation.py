"""How good is a fit? Errors on frames that were not used for the fit, overall and for groups of frames."""

from dataclasses import dataclass, field, replace

import numpy as np
from ase import units

from course_lib.learning.dataset import check_frames, labels

SIZES = {"eV/Å^3": 1.0, "GPa": 1 / units.GPa, "kbar": 10 / units.GPa}  # one eV/Å^3 in each unit


@dataclass
class Errors:
    """Predictions, labels and the errors of the predictions.

    Attributes
    ----------
    energy, energy_label : (M,) arrays
        Predicted and labelled energies in eV per atom.
    force, force_label : (components,) arrays
        Predicted and labelled force components of all atoms in eV/Å; empty if the frames have no forces.
    stress, stress_label : (components,) arrays
        Predicted and labelled stress components in eV/Å^3, positive under tension: all six of every frame that has a
        labelled stress.
    """

    energy: np.ndarray
    energy_label: np.ndarray
    force: np.ndarray = field(default_factory=lambda: np.zeros(0))
    force_label: np.ndarray = field(default_factory=lambda: np.zeros(0))
    stress: np.ndarray = field(default_factory=lambda: np.zeros(0))
    stress_label: np.ndarray = field(default_factory=lambda: np.zeros(0))

    @property
    def energy_mae(self):
        """Mean absolute error of the energy in meV per atom."""
        return 1000 * _mae(self.energy, self.energy_label)

    @property
    def force_mae(self):
        """Mean absolute error of a force component in meV/Å; NaN without labels."""
        return 1000 * _mae(self.force, self.force_label)

    @property
    def stress_mae(self):
        """Mean absolute error of a stress component in GPa; NaN without labels."""
        return _mae(self.stress, self.stress_label) / units.GPa

    @property
    def energy_rmse(self):
        """Root mean square error of the energy in meV per atom."""
        return float(1000 * np.sqrt(np.mean((self.energy - self.energy_label) ** 2)))

    @property
    def force_rmse(self):
        """Root mean square error of a force component in meV/Å; NaN without labels."""
        return float(1000 * np.sqrt(np.mean((self.force - self.force_label) ** 2))) if len(self.force) else np.nan

    def without_offset(self):
        """The same errors after the mean error of the energy is subtracted: for energies known up to a constant."""
        return replace(self, energy=self.energy - np.mean(self.energy - self.energy_label))

    def __str__(self):
        parts = [f"energy {self.energy_mae:.2f} meV/atom"]
        parts += [f"forces {self.force_mae:.1f} meV/Å"] if len(self.force) else []
        parts += [f"stress {self.stress_mae:.3f} GPa"] if len(self.stress) else []
        return f"{', '.join(parts)} (mean absolute errors)"


def errors(potential, frames, check_units=True):
    """Errors of a potential (or of any ASE calculator) on labelled frames.

    The forces are those of the calculator; constraints of a frame are ignored.

    Parameters
    ----------
    potential : Potential or ase.calculators.calculator.Calculator
        The potential whose errors are computed.
    frames : list of ase.Atoms
        Frames labelled with energies; forces and stresses are compared where they are labelled.
    check_units : bool
        Refuse labels that seem to be in other units, and a stress that differs from the prediction by its sign or unit.

    Returns
    -------
    Errors
    """
    check_frames(frames, needs=("energy",), check_units=check_units)
    calculator = potential.calculator() if hasattr(potential, "calculator") else potential
    rows = {"energy": [], "force": [], "stress": []}
    for atoms in frames:
        known, copy = labels(atoms), atoms.copy()
        copy.calc = calculator
        rows["energy"].append((copy.get_potential_energy() / len(atoms), known.energy / len(atoms)))
        if known.forces is not None:
            found = copy.get_forces(apply_constraint=False)
            rows["force"] += zip(found.ravel(), known.forces.ravel())
        if known.stress is not None and "stress" in calculator.implemented_properties:
            rows["stress"] += zip(copy.get_stress(apply_constraint=False), known.stress)
    found = Errors(*(column for pairs in rows.values() for column in np.reshape(pairs, (-1, 2)).T))
    if check_units:
        _check_stress(found.stress, found.stress_label)
    return found


def errors_by_group(potential, frames, key, check_units=True):
    """Errors of each group of frames.

    Parameters
    ----------
    potential, frames
        The potential and the labelled frames; see :func:`errors`.
    key : callable
        ``key(atoms)`` returns the name of the group of a frame, for example ``lambda atoms: atoms.info["group"]``.
    check_units : bool
        See :func:`errors`.

    Returns
    -------
    dict
        {name: :class:`Errors`} of each group, in the order in which the groups first occur.
    """
    groups = {}
    for atoms in frames:
        groups.setdefault(key(atoms), []).append(atoms)
    return {name: errors(potential, group, check_units) for name, group in groups.items()}


def _mae(found, label):
    return float(np.mean(np.abs(found - label))) if len(found) else float("nan")


def _check_stress(found, label):
    """Refuse stress labels that differ from the prediction only by their sign or unit."""
    if len(found) < 18 or not (found.any() and label.any()):
        return
    alike = np.dot(found, label) / np.sqrt(np.dot(found, found) * np.dot(label, label))
    factor = np.dot(found, label) / np.dot(found, found)
    if abs(alike) < 0.9:
        return
    for unit, size in SIZES.items():
        if 0.7 < abs(factor) / size < 1.4 and (size > 1 or factor < 0):
            raise ValueError(
                f"The labelled stresses are {factor:.3g} times what the potential says: they seem to be in {unit}"
                f"{' and of the other sign' if factor < 0 else ''}; give eV/Å^3, positive under tension (VASP prints "
                "kbar and the other sign), or set check_units=False if they are right."
            )
