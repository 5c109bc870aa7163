"""Files that are never half written: if writing fails, the old file stays as it was."""

import json
import os
import stat
from contextlib import contextmanager
from pathlib import Path

import numpy as np


@contextmanager
def whole_file(path):
    """Open a new binary file that replaces ``path`` once it is complete and on the disk.

    Parameters
    ----------
    path : str or Path
        Path of the file.

    Yields
    ------
    file object
        The new file. If writing stops (a full disk, Ctrl-C), the old file stays as it was.

    Raises
    ------
    FileNotFoundError
        If the folder of the file does not exist.
    PermissionError
        If there is a file that is write-protected.
    """
    path = check_folder(path).resolve()  # a link stays a link
    old = path.stat().st_mode if path.exists() else None
    if old is not None and not old & stat.S_IWUSR:
        raise PermissionError(f"{path.name} is write-protected: take the protection off, or give another name.")
    part = path.with_name(f"{path.name}.{os.getpid()}.part")  # another process may be writing the same file
    try:
        with open(part, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if old is not None:
            part.chmod(stat.S_IMODE(old))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def check_folder(path):
    """``path`` as a Path, after a check that its folder exists and that it is not itself a folder."""
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"There is no folder {path.parent} for {path.name}: make it first.")
    if path.is_dir():
        raise IsADirectoryError(f"{path} is a folder: give the name of a file in it.")
    return path


def as_json(content):
    """Settings or notes as JSON text; NumPy's numbers and arrays become numbers and lists."""
    return json.dumps(content, default=_plain)


def _plain(value):
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{value!r} cannot be written to a file: use numbers, text, lists and dictionaries.")
