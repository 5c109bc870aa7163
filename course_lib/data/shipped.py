"""Files that the course ships: where they lie, and that they are the very bytes that were made."""

import hashlib
import json
from pathlib import Path

FOLDER = Path(__file__).parent
RECORD = "shipped.json"  # of each file: its checksum, and how, when, with what and at which cost it was made


def records(folder=FOLDER):
    """What is recorded of each shipped file, by its name: ``sha256``, ``how``, ``made_on``, ``made_with``, ``cost``."""
    return json.loads((Path(folder) / RECORD).read_text(encoding="utf-8"))


def checked_path(file, command, folder=FOLDER):
    """Path of a shipped file whose checksum is right.

    Parameters
    ----------
    file : str
        Its name in ``course_lib/data``.
    command : str
        What makes it anew; part of every error.
    folder : Path
        Another folder, for tests.

    Raises
    ------
    FileNotFoundError
        Where the file is missing.
    ValueError
        Where it is not the file that was shipped.
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
