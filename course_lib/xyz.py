"""Extended XYZ files, read whole or refused: ASE stops at the first line that it does not expect and says nothing."""

import gzip
import io
import re
from pathlib import Path

import ase.io


def read_xyz(path):
    """All frames of an XYZ file, extended or plain.

    Parameters
    ----------
    path : str or Path
        May be packed with gzip (``.gz``).

    Returns
    -------
    list of ase.Atoms

    Raises
    ------
    ValueError
        For a file that cannot be read to its end.
    """
    path = Path(path)
    try:
        with open_text(path) as file:
            _check_whole(file)
        with open_text(path) as file:
            return ase.io.read(file, ":", format="extxyz")
    except Exception as error:  # ASE raises whatever it stumbles over
        raise ValueError(
            f"{path.name} cannot be read as extended XYZ ({error}): mend the file, or get it again."
        ) from error


def open_text(path):
    """Open a text file in UTF-8, with or without a byte order mark, to read it; unpacked where it ends in ``.gz``."""
    path = Path(path)
    packed = path.suffix == ".gz"  # unpacked at once: ASE goes back and forth, for which gzip begins anew each time
    file = io.BytesIO(gzip.decompress(path.read_bytes())) if packed else open(path, "rb")
    return io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace")


def _check_whole(file):
    """Refuse a file in which a frame begins where there is no number of atoms: ASE would stop reading there."""
    left = frames = 0  # lines that the frame still has, frames begun
    odd = None  # the first line between two frames; blank ones at the end of the file do no harm
    for number, line in enumerate(file, start=1):
        if left:
            left -= 1
        elif odd is None and re.fullmatch(r"\s*\d+\s*", line):
            left, frames = int(line) + 1, frames + 1
        elif not line.lstrip().startswith("VEC"):  # the cell, as ADF writes it
            odd = odd or (number, line.strip()[:40])
            if line.strip():
                raise ValueError(
                    f"line {odd[0]} should be the number of atoms of frame {frames} and is {odd[1]!r}, and the frames "
                    "after it would be lost"
                )
    if left:
        raise ValueError("its last frame is cut off")
