"""Small tables of numbers that the course ships: a CSV file whose comment lines say how it was made."""

import numpy as np

from course_lib.data.shipped import FOLDER, checked_path, data_path, write_checksum


def write_table(name, about, columns, rows):
    """Write a table into ``course_lib/data`` and record its checksum.

    Parameters
    ----------
    name : str
    about : list of str
        Comment lines: what, how, when, by which command, at which cost, under which licence.
    columns : dict
        Name of each column, with its unit, and the format of its numbers: ``{"r_A": ".2f"}``, or ``""`` for words.
    rows : list of sequences of float or str

    Returns
    -------
    Path
    """
    lines = [f"# {line}" for line in about] + [",".join(columns)]
    lines += [",".join(format(value, spec) for value, spec in zip(row, columns.values(), strict=True)) for row in rows]
    path = data_path(name)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", newline="\n")
    write_checksum(name)
    return path


def read_table(name, remake, folder=FOLDER):
    """Read a shipped table after its checksum.

    Parameters
    ----------
    name : str
    remake : str
        The command that makes it anew; part of the error where it is missing or damaged.
    folder : Path
        Another folder, for tests.

    Returns
    -------
    columns : dict
        Name of each column and its (n,) array, of numbers or of words.
    about : str
        The comment lines.
    """
    lines = checked_path(name, remake, folder).read_text(encoding="utf-8").splitlines()
    comments = [line for line in lines if line.startswith("#")]
    header, *rows = lines[len(comments) :]
    values = np.array([row.split(",") for row in rows]).T
    columns = {name: _numbers_or_words(column) for name, column in zip(header.split(","), values, strict=True)}
    return columns, "\n".join(line[2:] for line in comments)


def _numbers_or_words(column):
    try:
        return column.astype(float)
    except ValueError:
        return column
