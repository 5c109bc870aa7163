"""The shipped ethanol frames displaced along normal modes, with PBE labels (``make_ethanol_modes.py``)."""

import ase.io

from course_lib.data.shipped import FOLDER, checked_path
from course_lib.data.table import read_table

FILE, TABLE = "ethanol_modes.extxyz", "ethanol_sampling.csv"
COMMAND = "python -m course_lib.data.make_ethanol_modes"


def load_ethanol_modes(folder=FOLDER):
    """Read the shipped frames after their checksum.

    Parameters
    ----------
    folder : Path
        Another folder, for tests.

    Returns
    -------
    list of ase.Atoms
        ``get_potential_energy()`` and ``get_forces()`` give PBE/def2-SVP in eV and eV/Å, as in
        :func:`course_lib.data.ethanol.load_ethanol`. ``info`` holds ``conformer`` (trans or gauche), ``minimum``, its
        energy, and ``harmonic_energy``, what independent oscillators would have above it (both in eV).
    """
    return ase.io.read(checked_path(FILE, COMMAND, folder), index=":", format="extxyz")


def load_ethanol_sampling(folder=FOLDER):
    """Errors of potentials trained on equally many frames from three sources.

    Returns
    -------
    columns : dict
        ``source``, ``frames``, ``seed``, and ``energy``, ``force``, ``hot_energy``, ``hot_force`` as in
        :func:`course_lib.data.ethanol_fits.load_ethanol_fits`; ``aimd_energy``, ``aimd_force`` on two of the eight
        ab initio runs.
    about : str
        How they were made.
    """
    return read_table(TABLE, f"{COMMAND} --fit", folder)
