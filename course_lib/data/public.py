"""Public data that the course uses and never ships: where it lies on this computer."""

import os
from pathlib import Path

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"  # a folder beside the checkout
VARIABLE = "COURSE_PUBLIC_DATA"


def public_file(name, source, folder=None):
    """Path of a public file.

    Parameters
    ----------
    name : str
        Path inside the folder of public data, such as ``"nist_lj/c1.txt"``.
    source : str
        Where a person gets it; part of the error.
    folder : str or Path, optional
        The folder; without it the environment variable ``COURSE_PUBLIC_DATA`` names it, and without that it is
        ``shared/data`` beside the checkout.

    Raises
    ------
    FileNotFoundError
        Where the file is not there.
    """
    folder = Path(folder or os.environ.get(VARIABLE) or BESIDE)
    if not (folder / name).is_file():
        raise FileNotFoundError(
            f"There is no {name} in {folder}: get it from {source}, and give its folder or set {VARIABLE} to it."
        )
    return folder / name
