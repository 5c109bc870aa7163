"""The public data behind universal potentials: what is in them, and one chemical system from a local file."""

import gzip
import json
import zlib
from pathlib import Path
from typing import NamedTuple

import numpy as np
from ase import Atoms, units
from ase.stress import full_3x3_to_voigt_6_stress

from course_lib.arguments import check_elements
from course_lib.learning.dataset import labelled

KBAR = -0.1 * units.GPa  # VASP's kbar, positive where the cell pushes outwards, in eV/Å^3 with ASE's sign
LARGEST = 2e9  # bytes: a whole set as JSON fills the memory of a laptop


class DataSet(NamedTuple):
    """A public set of labelled structures; "unknown" where we are not sure.

    Attributes
    ----------
    name, structures, elements : str
        How many structures and elements it holds.
    functional, sampling : str
        What computed the labels, and where the structures come from.
    licence, source : str
        The source is a DOI.
    """

    name: str
    structures: str
    elements: str
    functional: str
    sampling: str
    licence: str
    source: str


BEHIND_UNIVERSAL = (
    DataSet(
        "MPtrj",
        "1 580 395",
        "89",
        "PBE and PBE+U, energies corrected (MP2020)",
        "relaxations and single points of the Materials Project (2022.9): mostly near rest",
        "unknown",
        "10.1038/s42256-023-00716-3",
    ),
    DataSet(
        "MatPES PBE 2025.1",
        "434 712",
        "89",
        "PBE, no +U",
        "chosen by DIRECT from molecular dynamics at 300 K with M3GNet, then single points",
        "unknown",
        "10.48550/arXiv.2503.04070",
    ),
    DataSet(
        "MatPES r2SCAN 2025.1",
        "about 400 000",
        "89",
        "r2SCAN",
        "as MatPES PBE",
        "unknown",
        "10.48550/arXiv.2503.04070",
    ),
    DataSet(
        "Alexandria",
        "millions, growing",
        "unknown",
        "PBE; parts with PBEsol and SCAN",
        "relaxations of crystals made by replacing elements, and found with machine learning",
        "CC BY 4.0",
        "10.1002/adma.202210788",
    ),
)


def read_universal_data(path, system, energy="corrected"):
    """Labelled frames of one chemical system, from a local slice of MPtrj or MatPES.

    Both hold stress as VASP prints it: in kbar, positive where the cell pushes outwards. Here it is in eV/Å^3, positive
    under tension: it is multiplied by -0.1 GPa. A frame without stress has no stress label.

    Parameters
    ----------
    path : str or Path
        A ``.json`` or ``.json.gz`` file in the format of MPtrj, {material: {frame: {...}}}, or of MatPES, [{...}, ...].
    system : str
        The elements of the frames, all of them and no others: ``"Li-P-S"``.
    energy : {"corrected", "raw"}
        For MPtrj: with the corrections MP2020, which make PBE and PBE+U one (potentials learn these), or as from VASP.

    Returns
    -------
    list of ase.Atoms
        Frames with energy (eV), forces (eV/Å) and stress (eV/Å^3); ``info["id"]`` is their name in the set;
        ``calc.results`` also has magmoms (mu_B) where the set has them.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        For a file that cannot be read or is no slice of these sets, and for a system that is not in it.
    """
    path, wanted = Path(path), set(check_elements(str(system).split("-")))
    if energy not in ("corrected", "raw"):
        raise ValueError(f"energy is {energy!r}: choose corrected or raw.")
    rows, found, frames = _rows(path), set(), []
    for name, row in rows:
        try:
            atoms = _structure(row["structure"])
            found.add("-".join(sorted(set(atoms.symbols))))
            if set(atoms.symbols) == wanted:
                frames.append(_frame(name, atoms, row, energy))
        except (KeyError, TypeError, IndexError, ValueError) as error:
            raise ValueError(f"{path.name}: {name} cannot be read ({error!r}): is it MPtrj's or MatPES's?") from error
    if not frames:
        listed = ", ".join(sorted(found)[:8]) + (", ..." if len(found) > 8 else "")
        raise ValueError(f"There is no {system} in {path.name}: it holds {listed or 'nothing'}.")
    return frames


def _rows(path):
    """(name, row) of every frame of a file."""
    if not path.is_file():
        raise FileNotFoundError(f"There is no file {path}: download a slice of MPtrj or MatPES first.")
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path.name} has {path.stat().st_size / 1e9:.0f} GB: cut out the system you need first.")
    try:
        with (gzip.open if path.suffix == ".gz" else open)(path, "rb") as file:
            data = file.read(int(LARGEST) + 1)
        if len(data) > LARGEST:
            raise ValueError(f"it has more than {LARGEST / 1e9:.0f} GB, cut out the system you need first")
        content = json.loads(data)
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise ValueError(f"{path.name} cannot be read as JSON ({error}): download it again.") from error
    if isinstance(content, list):  # MatPES
        return [
            (str(row.get("matpes_id", n)) if isinstance(row, dict) else str(n), row) for n, row in enumerate(content)
        ]
    if isinstance(content, dict) and all(isinstance(frames, dict) for frames in content.values()):  # MPtrj
        return [(name, row) for frames in content.values() for name, row in frames.items()]
    raise ValueError(f"{path.name} is neither a list (MatPES) nor materials with frames (MPtrj): is it another file?")


def _structure(structure):
    """A pymatgen structure, as a dictionary, as ``ase.Atoms``."""
    sites = structure["sites"]
    if any(len(site["species"]) != 1 or site["species"][0].get("occu", 1) != 1 for site in sites):
        raise ValueError("a site is shared by several elements")
    symbols = [site["species"][0]["element"] for site in sites]
    cell = np.array(structure["lattice"]["matrix"], float)
    return Atoms(symbols, scaled_positions=[site["abc"] for site in sites], cell=cell, pbc=True)


def _frame(name, atoms, row, energy):
    """The labelled frame of a row of MPtrj (``force``) or MatPES (``forces``)."""
    mptrj = "force" in row
    if mptrj:
        E = row["energy_per_atom"] * len(atoms) if energy == "corrected" else row["uncorrected_total_energy"]
    else:
        E = row["energy"]
    stress = None
    if row.get("stress"):  # MPtrj leaves out some: None or []; MatPES gives six numbers in Voigt's order
        stress = KBAR * np.array(row["stress"], float)
        stress = full_3x3_to_voigt_6_stress(stress) if stress.shape == (3, 3) else stress
    frame = labelled(atoms, E, row["force" if mptrj else "forces"], stress)
    frame.info["id"] = name
    if row.get("magmom"):
        frame.calc.results["magmoms"] = np.array(row["magmom"], float)
    return frame
