"""Read the export of a learning platform, a folder or a zip file with zip files inside; nothing in it is trusted."""

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import PurePosixPath

LARGEST = 200 * 10**6  # bytes of one file; a larger one is reported, not read
DEEPEST = 3  # zip files in zip files
IGNORED = {"__MACOSX", ".DS_Store", ".ipynb_checkpoints", "__pycache__", "Thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Sent:
    """A file of the export: its place there, when it was last changed (UTC), its size and how to read it."""

    parts: tuple
    time: datetime
    size: int
    load: partial

    @property
    def path(self):
        """Path of the file in the export, as one string."""
        return "/".join(self.parts)

    @property
    def name(self):
        """Name of the file."""
        return self.parts[-1]

    def read(self):
        """Content of the file in bytes.

        Raises
        ------
        ValueError
            If the file is too large or cannot be read.
        """
        if self.size > LARGEST:
            raise ValueError(f"larger than {LARGEST // 10**6} MB")
        try:
            return self.load()
        except (OSError, RuntimeError, NotImplementedError, zipfile.BadZipFile, zlib.error) as error:
            raise ValueError(f"cannot be read: {error}") from None


def read_export(source):
    """All files of an export; a zip file counts as a folder with its name.

    Raises
    ------
    ValueError
        If there is no export at this path.
    """
    if not source.exists():
        raise ValueError(f"{source} does not exist.")
    if source.is_dir():
        files = [file for path in sorted(source.rglob("*")) if path.is_file() for file in _on_disk(path, source)]
    elif zipfile.is_zipfile(source):
        files = list(_in_zip(zipfile.ZipFile(source), (), DEEPEST))
    else:
        raise ValueError(f"{source} is neither a folder nor a zip file.")
    files = [file for file in files if not IGNORED.intersection(file.parts)]
    while len({file.parts[0] for file in files}) == 1 and all(len(file.parts) > 2 for file in files):
        files = [replace(file, parts=file.parts[1:]) for file in files]  # one folder around all students
    return files


def _on_disk(path, source):
    state = path.stat()
    time = datetime.fromtimestamp(state.st_mtime, UTC)
    yield from _opened(Sent(path.relative_to(source).parts, time, state.st_size, path.read_bytes), DEEPEST)


def _in_zip(archive, above, depth):
    for info in archive.infolist():
        parts = tuple(_harmless(part) for part in PurePosixPath(info.filename.replace("\\", "/")).parts if part != "/")
        if info.is_dir() or not parts:
            continue
        try:
            time = datetime(*info.date_time).astimezone(UTC)
        except ValueError:  # month 0 and the like: no time was stored
            time = datetime(1980, 1, 1, tzinfo=UTC)
        yield from _opened(Sent(above + parts, time, info.file_size, partial(archive.read, info)), depth)


def _opened(file, depth):
    """The file, or the files in it if it is a zip file that can be read."""
    if file.parts[-1].lower().endswith(".zip") and depth:
        try:
            archive = zipfile.ZipFile(io.BytesIO(file.read()))
        except (ValueError, zipfile.BadZipFile):
            yield file
        else:
            yield from _in_zip(archive, (*file.parts[:-1], file.parts[-1][:-4]), depth - 1)
    else:
        yield file


def _harmless(part):
    """A name from a zip file as a valid file name that does not lead out of the folder."""
    return re.sub(r'[<>:"|?*\x00-\x1f]', "_", part) if part.strip(". ") else "_"
