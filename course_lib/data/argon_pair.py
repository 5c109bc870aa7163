"""The shipped table of ab initio argon pair energies (made by ``make_argon_pair.py``)."""

from typing import NamedTuple

import numpy as np

from course_lib.data.shipped import FOLDER
from course_lib.data.table import read_table

TABLE = "argon_pair.csv"
COMMAND = "python -m course_lib.data.make_argon_pair"


class ArgonPairs(NamedTuple):
    """Pair energies of argon: distance ``r`` (Å), energies ``ccsdt`` and ``pbe`` (eV), and ``about``, how and when."""

    r: np.ndarray
    ccsdt: np.ndarray
    pbe: np.ndarray
    about: str


def load_argon_pairs(folder=FOLDER):
    """Read the table after its checksum; a missing or damaged one is an error that names the command to remake it.

    Returns
    -------
    ArgonPairs
        Distances in Å and energies in eV (the file holds meV).
    """
    columns, about = read_table(TABLE, COMMAND, folder)
    return ArgonPairs(columns["r_A"], columns["ccsdt_meV"] / 1000, columns["pbe_meV"] / 1000, about)
