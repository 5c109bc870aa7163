"""The shipped tables of what DFT costs and how much its settings matter (made by ``make_dft_tables.py``)."""

from typing import NamedTuple

from course_lib.data.shipped import FOLDER
from course_lib.data.table import read_table

COMMAND = "python -m course_lib.data.make_dft_tables"
TABLES = {"cost": "dft_cost.csv", "settings": "dft_settings.csv", "water": "dft_water.csv"}


class DftTables(NamedTuple):
    """Columns of each table by name, with their units, and ``about``, how and when each was made.

    ``cost``: ``family`` (water or alkane), ``molecules`` (of water, or carbon atoms), ``atoms``, ``functions`` of the
    basis, ``cycles``, ``cpu_s`` for energy and forces; ``settings``: ``setting`` and what it is held ``against``,
    ``energy_meV`` (standard deviation of the difference, per atom), ``force_meV_A`` (its root mean square),
    ``net_force_meV_A`` and ``cpu_s``; ``water``: the relaxed molecule by ``method``, ``OH_A`` and ``HOH_deg``.
    """

    cost: dict
    settings: dict
    water: dict
    about: dict


def load_dft_tables(folder=FOLDER):
    """Read the tables after their checksums; a missing or damaged one is an error with the command to remake it.

    Returns
    -------
    DftTables
    """
    read = {name: read_table(file, COMMAND, folder) for name, file in TABLES.items()}
    return DftTables(
        **{name: columns for name, (columns, _) in read.items()},
        about={name: about for name, (_, about) in read.items()},
    )
