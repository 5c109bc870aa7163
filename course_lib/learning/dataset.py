"""Labelled structures: read them, check them, split them without leaks."""

from itertools import pairwise
from pathlib import Path

import ase.io
import numpy as np
from ase import Atoms
from ase.calculators.singlepoint import SinglePointCalculator

from course_lib.arguments import whole

DEEP = 3.0  # eV an atom: shallower energies may differ by their own size without being in other units


def labels(atoms):
    """Energy in eV and forces (N, 3) in eV/Å of a labelled frame."""
    if atoms.calc is None or not {"energy", "forces"} <= set(atoms.calc.results):
        raise ValueError("A frame has no energy or no forces: read it with read_frames, or label it first.")
    return float(atoms.calc.results["energy"]), np.asarray(atoms.calc.results["forces"])


def labelled(atoms, energy, forces):
    """A copy of ``atoms`` with these labels (eV, eV/Å)."""
    frame = atoms.copy()
    frame.calc = SinglePointCalculator(frame, energy=float(energy), forces=np.asarray(forces, float))
    return frame


def read_frames(path, elements=None):
    """Read an extended XYZ file with ``energy`` (eV) and ``forces`` (eV/Å) and check every frame.

    Parameters
    ----------
    path : str or Path
    elements : sequence of str, optional
        Others are refused.

    Returns
    -------
    list of ase.Atoms
        Each with a calculator that holds its labels.

    Raises
    ------
    FileNotFoundError
        Where there is no such file.
    ValueError
        For a file that cannot be read, and for what :func:`check_frames` refuses.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}: check its name.")
    try:
        frames = ase.io.read(path, ":", format="extxyz")
    except Exception as error:  # ASE raises whatever it stumbles over
        raise ValueError(f"{path.name} cannot be read as extended XYZ ({error}): get the file again.") from error
    check_frames(frames, elements)
    return frames


def check_frames(frames, elements=None, which="Frame"):
    """Refuse, in one sentence, frames that a potential cannot or should not be trained on.

    Frames without energy or forces, labels of another shape or that are no finite numbers, elements beyond
    ``elements``, and energies so far from those of the same atoms that they must be in other units. Where all frames of
    a formula are in other units, it cannot be seen. ``which`` begins the sentence: "Validation frame".
    """
    if isinstance(frames, Atoms | str):
        given = "a name" if isinstance(frames, str) else "one structure"
        raise ValueError(f"{which}s are a list of structures, and this is {given}: load them, or put it in [ ].")
    if len(frames) == 0:
        raise ValueError(f"There are no {which.lower()}s: the file or the split is empty.")
    for number, atoms in enumerate(frames):
        if elements is not None and (others := sorted(set(atoms.symbols) - set(elements))):
            raise ValueError(f"{which} {number} holds {', '.join(others)}: only {', '.join(elements)} are expected.")
        try:
            energy, forces = labels(atoms)
        except ValueError as error:
            raise ValueError(f"{which} {number} has no energy or no forces: a potential needs both.") from error
        if forces.shape != (len(atoms), 3):
            raise ValueError(
                f"{which} {number} has {len(atoms)} atoms and forces of shape {forces.shape}: it takes three for each "
                "atom."
            )
        if not (np.isfinite(energy) and np.isfinite(forces).all() and np.isfinite(atoms.positions).all()):
            raise ValueError(f"{which} {number} has a label or position that is no finite number: leave it out.")
    _check_units(frames, which)


def _check_units(frames, which):
    """Energies of like structures lie close together; a factor of 27 between them is Hartree among eV."""
    formulas = {}
    for number, atoms in enumerate(frames):
        formulas.setdefault(tuple(sorted(atoms.numbers)), []).append((labels(atoms)[0] / len(atoms), number))
    for energies in formulas.values():
        values = np.array([energy for energy, _ in energies])
        middle = np.median(values)
        far, deepest = np.abs(values - middle), np.abs(values).max()
        if deepest > DEEP and np.any(far > 0.5 * deepest):
            number = energies[int(np.argmax(far))][1]
            raise ValueError(
                f"{which} {number} has an energy of {values[np.argmax(far)]:.2f} eV per atom where frames of the same "
                f"atoms have {middle:.2f}: are some in Hartree (27.2114 eV)?"
            )


def split_in_blocks(frames, shares=(0.8, 0.1, 0.1), gap=0):
    """Cut a trajectory into blocks of time: training, validation, test.

    Frames that follow one another are alike. A random split puts the twin of every test frame into the training set,
    and the test then measures memory: see lecture 05.

    Parameters
    ----------
    frames : list of ase.Atoms
        In the order of time.
    shares : sequence of float
        Of each block; they add up to 1.
    gap : int
        Frames left out between two blocks: a correlation time or more.

    Returns
    -------
    list of lists of ase.Atoms
    """
    if len(shares) < 2 or not np.isclose(sum(shares), 1) or min(shares) <= 0:
        raise ValueError(f"The shares are {shares}: give two or more above zero that add up to 1.")
    gap = whole("gap", gap, least=0)
    n = len(frames) - gap * (len(shares) - 1)
    borders = np.round(np.cumsum((0, *shares)) * n).astype(int)
    blocks = [frames[a + k * gap : b + k * gap] for k, (a, b) in enumerate(pairwise(borders))]
    if n <= 0 or min(len(block) for block in blocks) == 0:
        raise ValueError(f"{len(frames)} frames with gaps of {gap} leave a block empty: take more frames.")
    return blocks


def fit_reference_energies(frames, elements):
    """E0 of each element: the least-squares energies of atoms that explain the composition alone.

    min over E0 of sum_n [E_n - sum_Z N_n(Z) E0(Z)]^2; where all frames hold the same atoms the shortest solution.

    Returns
    -------
    dict of float
        In eV.
    """
    counts = np.array([[np.sum(atoms.symbols == symbol) for symbol in elements] for atoms in frames], float)
    energies = np.array([labels(atoms)[0] for atoms in frames])
    E0 = np.linalg.lstsq(counts, energies, rcond=None)[0]
    return dict(zip(elements, map(float, E0)))
