"""Files that the course ships: their folder, and a check that they are unchanged since they were made."""

import hashlib
import json
from pathlib import Path

FOLDER = Path(__file__).parent
RECORD = "shipped.json"  # for each file: its checksum, and how, when, with which programs and at which cost it was made


def records(folder=FOLDER):
    """The record of each shipped file, by its name: ``sha256``, ``how``, ``made_on``, ``made_with``, ``cost``."""
    return json.loads((Path(folder) / RECORD).read_text(encoding="utf-8"))


def checked_path(file, command, folder=FOLDER):
    """Path of a shipped file, after its checksum was verified.

    Parameters
    ----------
    file : str
        Name of the file in ``course_lib/data``.
    command : str
        The command that makes the file again; part of every error message.
    folder : Path
        Another folder, for tests.

    Raises
    ------
    FileNotFoundError
        If the file is missing.
    ValueError
        If it is not the file that was shipped.
    """
    path = Path(folder) / file
    if not path.is_file():
        raise FileNotFoundError(f"The shipped file {file} is missing: get it back with git, or remake it: {command}")
    if sha256(path) != records(folder).get(file, {}).get("sha256"):
        raise ValueError(
            f"The shipped file {file} is damaged or was changed: restore it with git, or remake it: {command}"
        )
    return path


def sha256(path):
    """Checksum of a file, as a hexadecimal string."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()
