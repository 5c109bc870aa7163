"""Tables for people on the screen, and for machines as csv."""

import csv
import io
from dataclasses import asdict, fields

from course_lib.files import whole_file


def text_table(rows):
    """Lines of a table; ``rows`` are lists of strings, the first one the heading."""
    widths = [max(map(len, column)) for column in zip(*rows)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def write_csv(path, rows, kind):
    """Write dataclass instances, all or none; ``kind`` is their class, which gives the columns of an empty table."""
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, [field.name for field in fields(kind)])
    writer.writeheader()
    writer.writerows(map(asdict, rows))
    path.parent.mkdir(parents=True, exist_ok=True)
    with whole_file(path) as file:
        file.write(text.getvalue().encode("utf-8-sig"))  # spreadsheets need the mark to read names with umlauts


def read_csv(path, kind):
    """The rows that `write_csv` wrote, with numbers as text; empty if there is no file."""
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8-sig") as file:
        return [kind(**row) for row in csv.DictReader(file)]
