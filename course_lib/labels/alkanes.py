"""Alkane chains relaxed with GFN2-xTB: computed if tblite is installed, else the shipped result of the same call."""

import numpy as np
from ase.calculators.singlepoint import SinglePointCalculator

from course_lib.analysis.normal_modes import normal_modes
from course_lib.data.catalogue import CATALOGUE, load
from course_lib.data.shipped import FOLDER
from course_lib.labels.relaxation import relaxed
from course_lib.labels.xtb import gfn2, has_tblite
from course_lib.structures import alkane


def relaxed_alkane(n, torsions=(), hold=False, compute=None, folder=FOLDER):
    """A chain of n carbon atoms at the minimum of the energy next to a start, or at torsions that are held.

    Parameters
    ----------
    n : int
    torsions : sequence of float
        Of the start, in degrees, as in :func:`course_lib.structures.alkane`.
    hold : bool
        Keep the torsions and relax everything else.
    compute : bool, optional
        Compute (True) or load (False); where it is not given, compute if tblite is installed.
    folder : Path
        Another folder for the shipped file, for tests.

    Returns
    -------
    ase.Atoms
        ``get_potential_energy()`` gives its GFN2-xTB energy in eV, ``info["loaded"]`` whether it was loaded.

    Raises
    ------
    ValueError
        Where it has to be loaded and was not shipped.
    """
    atoms = alkane(n, torsions)
    if has_tblite() if compute is None else compute:
        held = [(k, k + 1, k + 2, k + 3) for k in range(len(torsions))] if hold else ()
        atoms = relaxed(atoms, gfn2(), held, fmax=0.002)
        energy, loaded = atoms.get_potential_energy(), False
    else:
        energy, positions = _shipped(name(n, torsions, hold), folder)
        atoms.positions, loaded = positions, True
    atoms.calc = SinglePointCalculator(atoms, energy=energy)
    atoms.info["loaded"] = loaded
    return atoms


def vibrations(atoms, compute=None, folder=FOLDER):
    """Angular frequencies of a relaxed chain; see :func:`course_lib.analysis.normal_modes.normal_modes`."""
    if has_tblite() if compute is None else compute:
        moving = atoms.copy()
        moving.calc = gfn2()
        return normal_modes(moving)[0]
    for frequencies, energy in _shipped("vibrations", folder):
        if abs(energy - atoms.get_potential_energy()) < 1e-3:
            return np.array(frequencies)
    raise ValueError(
        "The vibrations of this chain were not shipped: install tblite, or, on a computer that has it, add the chain "
        f"to the script that makes them: {CATALOGUE['alkanes'].command()}"
    )


def name(n, torsions, hold):
    """Name of a relaxation in the shipped file."""
    return f"{n}:{','.join(f'{angle:.2f}' for angle in torsions)}{':held' if hold else ''}"


def _shipped(key, folder):
    content = load("alkanes", folder)
    if key not in content:
        raise ValueError(
            f"tblite is not installed here, and the relaxation {key} was not shipped: take a start of the lecture, or "
            "a computer that has tblite."
        )
    return content[key]
