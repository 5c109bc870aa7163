"""The shipped ab initio molecular dynamics of ethanol: PBE/def2-SVP (``make_ethanol_aimd.py``)."""

from course_lib.data.runs import load_runs
from course_lib.data.shipped import FOLDER, checked_path

FILE = "ethanol_aimd.npz"
COMMAND = "python -m course_lib.data.make_ethanol_aimd"


def load_ethanol_aimd(folder=FOLDER):
    """Read the shipped trajectories after their checksum.

    Parameters
    ----------
    folder : Path
        Another folder, for tests.

    Returns
    -------
    runs : list of Trajectory
        At constant energy; every step, positions in Å and velocities in Å/fs.
    about : dict
        How they were made.

    Raises
    ------
    FileNotFoundError, ValueError
        Where the file is missing or damaged; both name the command that makes it anew.
    """
    return load_runs(checked_path(FILE, COMMAND, folder))
