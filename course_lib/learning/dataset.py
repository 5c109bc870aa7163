"""Labelled structures: read them, check them, split them without leaks."""

import re
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ase import Atoms, units
from ase.calculators.singlepoint import SinglePointCalculator
from ase.stress import full_3x3_to_voigt_6_stress

from course_lib.arguments import whole
from course_lib.xyz import read_xyz

DEEP = 3.0  # eV per atom: smaller energies can differ by 100 % even if all have the same unit
LIKE = 0.3  # energies of similar structures differ by less than this fraction; Hartree and eV differ by a factor of 27
STIFF = 2.0  # eV/Å^3 (320 GPa): a larger stress must be in another unit


class Labels(NamedTuple):
    """Energy (eV), forces (N, 3) in eV/Å, stress (xx, yy, zz, yz, xz, xy) in eV/Å^3 of a frame; None if not known.

    The stress has ASE's sign: positive where the frame is under tension. The forces are those of the calculator;
    constraints of the frame are ignored.
    """

    energy: float | None
    forces: np.ndarray | None
    stress: np.ndarray | None


def labels(atoms):
    """The :class:`Labels` that a frame carries."""
    results = {} if atoms.calc is None else atoms.calc.results
    if results and _is_of_others(atoms):
        raise ValueError(
            "The labels are of other positions, cell or elements: the structure was changed after they were computed, "
            "or it shares its calculator with others; keep them with labelled(atoms, energy, forces)."
        )
    energy, forces, stress = (results.get(name) for name in Labels._fields)
    energy = None if energy is None else float(energy)
    stress = None if stress is None else np.asarray(stress, float)
    if stress is not None and stress.shape == (3, 3):
        stress = full_3x3_to_voigt_6_stress(stress)
    return Labels(energy, None if forces is None else np.asarray(forces, float), stress)


def _is_of_others(atoms):
    """Whether the calculator's results belong to another structure than the present ``atoms``."""
    if hasattr(atoms.calc, "check_state"):
        return bool(atoms.calc.check_state(atoms))
    return atoms.calc.calculation_required(atoms, ["energy"])


def labelled(atoms, energy=None, forces=None, stress=None):
    """A copy of ``atoms`` with these labels (eV, eV/Å, eV/Å^3)."""
    known = {} if energy is None else {"energy": float(energy)}
    known |= {name: np.array(x, float) for name, x in (("forces", forces), ("stress", stress)) if x is not None}
    frame = atoms.copy()
    frame.calc = SinglePointCalculator(frame, **known)
    return frame


def read_frames(path, elements=None, names=None, needs=("energy", "forces"), check_units=True):
    """Read an extended XYZ file and check every frame.

    Parameters
    ----------
    path : str or Path
        A file with ``energy`` (eV), ``forces`` (eV/Å) and optionally ``stress`` (eV/Å^3, positive under tension).
    elements : sequence of str, optional
        Symbols of the expected elements; other elements are refused.
    names : dict, optional
        Names of the labels in this file, if they differ: ``{"energy": "REF_energy", "forces": "REF_forces"}``.
    needs : sequence of str
        The labels that every frame must have; ``("energy",)`` for a scan without forces.
    check_units : bool
        Refuse energies that seem to be partly in Hartree; see :func:`check_frames`.

    Returns
    -------
    list of ase.Atoms
        The frames; each has a calculator that holds its labels.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        For a file that cannot be read completely, and for frames that :func:`check_frames` refuses.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}: check its name.")
    frames = read_xyz(path)
    if names:
        frames = [_renamed(atoms, names, f"Frame {number} of {path.name}") for number, atoms in enumerate(frames)]
    check_frames(frames, elements, needs=needs, check_units=check_units)
    return frames


def _renamed(atoms, names, which):
    """The frame with labels taken from ``info`` and ``arrays`` under the names that the user gave."""
    if unknown := set(names) - set(Labels._fields):
        raise ValueError(f"names holds {sorted(unknown)[0]!r}: name energy, forces or stress.")
    known = labels(atoms)._asdict()
    for label, name in names.items():
        store = atoms.arrays if label == "forces" else atoms.info
        if name not in store:
            raise ValueError(f"{which} has no {name!r}: it has {', '.join(sorted({*atoms.info, *atoms.arrays}))}.")
        known[label] = store[name]
    return labelled(atoms, **known)


def check_frames(frames, elements=None, which="Frame", needs=("energy", "forces"), check_units=True):
    """Refuse, in one sentence, frames that a potential cannot or should not be trained on.

    A frame is refused if a needed label is missing, if a label has the wrong shape or is not a finite number, if it
    holds an element that is not in ``elements``, or if a label must be in another unit. Another unit is recognised if
    the energies of frames of the same atoms form two groups, one 27.2 times the other, or if a stress is larger than
    any material can bear. It is not recognised if all frames of a formula are in the same wrong unit.

    Parameters
    ----------
    frames : list of ase.Atoms
        Labelled frames.
    elements : sequence of str, optional
        Symbols of all expected elements.
    which : str
        First words of the error message, for example "Validation frame".
    needs : sequence of str
        The labels that every frame must have.
    check_units : bool
        False skips the check that energies are in eV and stresses in eV/Å^3.
    """
    if isinstance(frames, Atoms | str):
        given = "a name" if isinstance(frames, str) else "one structure"
        raise ValueError(f"{which}s are a list of structures, and this is {given}: load them, or put it in [ ].")
    if len(frames) == 0:
        raise ValueError(f"There are no {which.lower()}s: the file or the split is empty.")
    for number, atoms in enumerate(frames):
        if elements is not None and (others := sorted(set(atoms.symbols) - set(elements))):
            raise ValueError(f"{which} {number} holds {', '.join(others)}: only {', '.join(elements)} are expected.")
        _check_labels(atoms, f"{which} {number}", needs)
    if check_units:
        _check_units(frames, which)


def check_some_stress(frames):
    """Refuse frames without any stress label when stress is to be learned."""
    if all(labels(atoms).stress is None for atoms in frames):
        raise ValueError("lambda_W is above 0 and no training frame has a stress: label some, or leave lambda_W at 0.")


def _check_labels(atoms, which, needs):
    if len(atoms) == 0:
        raise ValueError(f"{which} has no atoms: leave it out.")
    try:
        known, n = labels(atoms), len(atoms)
    except ValueError as error:
        raise ValueError(f"{which}: {error}") from error
    if missing := [name for name in needs if getattr(known, name) is None]:
        others = [*atoms.info, *atoms.arrays, *([] if atoms.calc is None else atoms.calc.results)]
        alike = sorted({name for name in others if re.search("energy|force", name, re.I) and name not in needs})
        found = f", but it has {', '.join(alike)}: give their names to read_frames(names=...)" if alike else ""
        raise ValueError(f"{which} has no {' and no '.join(missing)}{found or ': label it first'}.")
    for name, array, shape in (("forces", known.forces, (n, 3)), ("stress", known.stress, (6,))):
        if array is not None and array.shape != shape:
            raise ValueError(f"{which} has {n} atoms and {name} of shape {array.shape}: {shape} is right.")
    if known.stress is not None and not atoms.pbc.all():
        raise ValueError(f"{which} has a stress and is not periodic in all directions: set pbc, or drop the stress.")
    numbers = [x for x in (*known, atoms.positions, atoms.cell.array) if x is not None]
    if not all(np.isfinite(x).all() for x in numbers):
        raise ValueError(f"{which} has a label or position that is not a finite number: leave it out.")


def _check_units(frames, which):
    formulas = {}
    for number, atoms in enumerate(frames):
        energy, _, stress = labels(atoms)
        if energy is not None:
            formulas.setdefault(tuple(sorted(atoms.numbers)), []).append((energy / len(atoms), number))
        if stress is not None and np.abs(stress).max() > STIFF:
            raise ValueError(
                f"{which} {number} has a stress of {np.abs(stress).max():.3g} eV/Å^3: is it in GPa or kbar (1 eV/Å^3 "
                "is 160.22 GPa)? If it is right, set check_units=False."
            )
    for energies in formulas.values():
        values = np.array([energy for energy, _ in energies])
        for middle in (np.median(values), values[np.abs(values).argmax()]):
            same = np.abs(values - middle) < LIKE * abs(middle)
            hartree = np.abs(values * units.Hartree - middle) < LIKE * abs(middle)
            if abs(middle) > DEEP and hartree.any() and (same | hartree).all():
                value, number = energies[int(np.argmax(hartree))]
                raise ValueError(
                    f"{which} {number} has an energy of {value:.2f} eV per atom where frames of the same atoms have "
                    f"{middle:.2f}: are some in Hartree (27.2114 eV)? If they are right, set check_units=False."
                )


def split_in_blocks(frames, shares=(0.8, 0.1, 0.1), gap=0):
    """Cut a trajectory into blocks of time: training, validation, test.

    Successive frames are similar. With a random split, nearly every test frame has a similar frame in the training set,
    and the test then measures memory: see lecture 05.

    Parameters
    ----------
    frames : list of ase.Atoms
        The frames in the order of time.
    shares : sequence of float
        Fraction of the frames in each block; the fractions add up to 1.
    gap : int
        Number of frames left out between two blocks: a correlation time or more.

    Returns
    -------
    list of lists of ase.Atoms
        The frames of each block.
    """
    if len(shares) < 2 or not np.isclose(sum(shares), 1) or min(shares) <= 0:
        raise ValueError(f"The shares are {shares}: give two or more numbers above zero that add up to 1.")
    gap = whole("gap", gap, least=0)
    n = len(frames) - gap * (len(shares) - 1)
    borders = np.round(np.cumsum((0, *shares)) * n).astype(int)
    blocks = [frames[a + k * gap : b + k * gap] for k, (a, b) in enumerate(pairwise(borders))]
    if n <= 0 or min(len(block) for block in blocks) == 0:
        raise ValueError(f"{len(frames)} frames with gaps of {gap} leave a block empty: take more frames.")
    return blocks


def fit_reference_energies(frames, elements):
    """E0 of each element: least-squares fit of the total energies by the composition alone.

    min over E0 of sum_n [E_n - sum_Z N_n(Z) E0(Z)]^2. If the minimum is not unique, because all frames hold the same
    atoms, the solution of smallest norm is taken.

    Returns
    -------
    dict of float
        E0 of each element in eV.
    """
    counts = np.array([[np.sum(atoms.symbols == symbol) for symbol in elements] for atoms in frames], float)
    energies = np.array([labels(atoms).energy for atoms in frames])
    if missing := [symbol for symbol, n in zip(elements, counts.sum(axis=0)) if n == 0]:
        raise ValueError(f"There is no {missing[0]} in the training data: leave it out of the potential's elements.")
    E0 = np.linalg.lstsq(counts, energies, rcond=None)[0]
    return dict(zip(elements, map(float, E0)))
