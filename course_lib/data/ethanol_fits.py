"""The shipped Behler-Parrinello potential of ethanol and the errors of many like it (``make_ethanol_fits.py``)."""

from course_lib.data.shipped import FOLDER, checked_path
from course_lib.data.table import read_table
from course_lib.potentials.behler_parrinello import BehlerParrinello

TABLE, MODEL = "ethanol_fits.csv", "ethanol_potential.npz"
COMMAND = "python -m course_lib.data.make_ethanol_fits"


def load_ethanol_fits(folder=FOLDER):
    """Errors of fits to the ethanol data.

    Returns
    -------
    columns : dict
        ``frames`` for training, ``seed``, ``delta`` (1 where PBE minus GFN2-xTB was learned), errors on the test at
        500 K and on the hot test at 800 K (``energy``, ``force``, ``hot_energy``, ``hot_force``; mean absolute, meV
        per atom and meV/Å), and ``cpu_s``.
    about : str
        How they were made.
    """
    return read_table(TABLE, COMMAND, folder)


def load_ethanol_potential(folder=FOLDER):
    """The potential of seed 0, trained on all training frames."""
    return BehlerParrinello.load(checked_path(MODEL, COMMAND, folder))
