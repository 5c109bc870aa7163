"""Find, check and describe the data that the course ships: the "load" half of run-or-load."""

import hashlib
import json
from pathlib import Path

FOLDER = Path(__file__).parent
CHECKSUMS = "checksums.json"


def data_path(name):
    """Where the shipped file ``name`` lies (or will lie, for the script that makes it)."""
    return FOLDER / name


def checked_path(name, remake, folder=FOLDER):
    """Path of a shipped file whose checksum is right.

    Parameters
    ----------
    name : str
        File name in ``course_lib/data``.
    remake : str
        The command that makes the file anew; part of every error.
    folder : Path
        Another folder, for tests.

    Raises
    ------
    FileNotFoundError
        Where the file is missing.
    ValueError
        Where it is not the file that was shipped.
    """
    path, checksums = Path(folder) / name, json.loads((Path(folder) / CHECKSUMS).read_text())
    if not path.is_file():
        raise FileNotFoundError(f"The shipped file {name} is missing: get it back with git, or remake it: {remake}")
    if sha256(path) != checksums.get(name):
        raise ValueError(
            f"The shipped file {name} is damaged or was changed: restore it with git, or remake it: {remake}"
        )
    return path


def sha256(path):
    """Checksum of a file, as a hexadecimal string."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def write_checksum(name, folder=FOLDER):
    """Record the checksum of a file just made."""
    file = Path(folder) / CHECKSUMS
    checksums = json.loads(file.read_text()) if file.is_file() else {}
    checksums[name] = sha256(Path(folder) / name)
    file.write_text(json.dumps(dict(sorted(checksums.items())), indent=1) + "\n")
