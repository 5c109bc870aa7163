"""The shipped ethanol frames: cheap molecular dynamics (GFN2-xTB), labelled anew with DFT (``make_ethanol.py``)."""

import ase.io

from course_lib.data.shipped import FOLDER, checked_path

FILE = "ethanol.extxyz"
COMMAND = "python -m course_lib.data.make_ethanol"
SPLITS = ("train", "valid", "test", "test_hot")
TORSION = (0, 1, 2, 3)  # C-C-O-H of course_lib.structures.ethanol; the methyl's is H-C-C-O


def load_ethanol(split=None, folder=FOLDER):
    """Read the shipped ethanol frames after their checksum.

    Parameters
    ----------
    split : {None, "train", "valid", "test", "test_hot"}
        None gives all. Splits are separate runs, so no frame of one has a neighbour in time in another.
    folder : Path
        Another folder, for tests.

    Returns
    -------
    list of ase.Atoms
        ``get_potential_energy()`` and ``get_forces()`` give PBE/def2-SVP in eV and eV/Å. ``info`` holds
        ``gfn2_energy`` (eV), ``split``, ``run``, ``temperature`` (K) and ``time_fs``; ``arrays["gfn2_forces"]`` the
        forces of the cheap method.

    Raises
    ------
    ValueError
        For another split, or a damaged file.
    FileNotFoundError
        Where the file is missing; it names the command that makes it anew.
    """
    if split is not None and split not in SPLITS:
        raise ValueError(f"There is no split {split!r}: choose one of {', '.join(SPLITS)}, or None for all.")
    frames = ase.io.read(checked_path(FILE, COMMAND, folder), index=":", format="extxyz")
    return [atoms for atoms in frames if split in (None, atoms.info["split"])]
