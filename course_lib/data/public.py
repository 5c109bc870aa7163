"""Public data that the course uses but does not ship: where to find it on this computer."""

import os
from pathlib import Path

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"  # a folder beside the checkout
VARIABLE = "COURSE_PUBLIC_DATA"


def public_folder(folder=None):
    """The folder of public data: ``folder``, else ``COURSE_PUBLIC_DATA``, else ``shared/data`` beside the checkout."""
    return Path(folder or os.environ.get(VARIABLE) or BESIDE)


def public_file(name, source, folder=None):
    """Path of a public file.

    Parameters
    ----------
    name : str
        Path inside the folder of public data, such as ``"nist_lj/c1.txt"``.
    source : str
        Where to get the file; part of the error message.
    folder : str or Path, optional
        Folder of public data; see :func:`public_folder`.

    Raises
    ------
    FileNotFoundError
        If the file is missing.
    """
    path = public_folder(folder) / name
    if not path.is_file():
        raise FileNotFoundError(
            f"There is no {name} in {path.parents[name.count('/')]}: get it from {source}, and give its folder or set "
            f"{VARIABLE} to it."
        )
    return path
