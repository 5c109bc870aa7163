"""The interaction energy of two argon atoms by quantum chemistry, which lecture 02 fits."""

from typing import NamedTuple

import numpy as np

from course_lib.data.readers import read_table


class ArgonPairs(NamedTuple):
    """Pair energies of argon: distance ``r`` (Å), energies ``ccsdt`` and ``pbe`` (eV)."""

    r: np.ndarray
    ccsdt: np.ndarray
    pbe: np.ndarray

    @classmethod
    def load(cls, path):
        """Read the table that ``tools/make_data/argon_pair.py`` makes, which holds meV."""
        columns = read_table(path)
        return cls(columns["r_A"], columns["ccsdt_meV"] / 1000, columns["pbe_meV"] / 1000)
