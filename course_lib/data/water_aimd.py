"""The shipped ab initio molecular dynamics of one water molecule: PBE/def2-SVP (``make_water_aimd.py``)."""

from course_lib.data.runs import load_runs
from course_lib.data.shipped import FOLDER, checked_path

FILE = "water_aimd.npz"
COMMAND = "python -m course_lib.data.make_water_aimd"


def load_water_aimd(folder=FOLDER):
    """Read the shipped trajectories after their checksum.

    Parameters
    ----------
    folder : Path
        Another folder, for tests.

    Returns
    -------
    runs : list of Trajectory
        At constant energy, the molecule does not turn; a frame every 2 fs, positions in Å and velocities in Å/fs.
    about : dict
        How they were made; ``temperatures_K`` of the runs, and ``harmonic_cm``, the frequencies of small vibrations
        at rest in 1/cm.

    Raises
    ------
    FileNotFoundError, ValueError
        Where the file is missing or damaged; both name the command that makes it anew.
    """
    return load_runs(checked_path(FILE, COMMAND, folder))
