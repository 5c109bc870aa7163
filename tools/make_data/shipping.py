"""Put what a script made into ``course_lib/data``, and record how, when, with what and at which cost it was made."""

import argparse
import json
import os
import platform
import tempfile
from datetime import date
from importlib.metadata import version
from pathlib import Path

import numpy as np

from course_lib.data.catalogue import chosen
from course_lib.data.readers import RUN_COLUMNS
from course_lib.data.shipped import FOLDER, RECORD, records, sha256
from course_lib.files import as_json, whole_file


def parser(description, processes=False):
    """An argument parser with the first line of the script's docstring."""
    arguments = argparse.ArgumentParser(description=description.splitlines()[0])
    if processes:
        arguments.add_argument("--processes", type=int, default=min(2, os.cpu_count()))
    return arguments


def made_with(*packages, processes=1):
    """The programs with their versions, and the machine."""
    programs = ", ".join(f"{package} {version(package).partition('+')[0]}" for package in packages)
    threads = "one thread" if processes == 1 else f"{processes} processes of one thread"
    return f"{programs} on {threads} of {platform.machine()}"


def ship(name, write, how, made_with, cost, folder=FOLDER, made_on=None, **choice):
    """Write one file of the catalogue and record it.

    Parameters
    ----------
    name : str
        In ``course_lib.data.catalogue.CATALOGUE``.
    write : callable
        ``write(path)`` makes the file.
    how, made_with, cost : str
        The method with its settings; programs and machine; the time it took.
    folder : Path
        Another folder, for tests.
    made_on : str, optional
        Another day than today.
    **choice
        As in :func:`course_lib.data.catalogue.load`.
    """
    entry, choice = chosen(name, choice)
    path, everything = folder / entry.file.format(**choice), records(folder)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:  # so that the old file is replaced by a whole one
        part = Path(scratch) / path.name
        write(part)
        part.replace(path)
    everything[path.name] = {
        "sha256": sha256(path),
        "how": how,
        "made_on": made_on or date.today().isoformat(),
        "made_with": made_with,
        "cost": cost,
    }
    with whole_file(folder / RECORD) as file:
        file.write((json.dumps(dict(sorted(everything.items())), indent=1, ensure_ascii=False) + "\n").encode())
    print("wrote", path)


def ship_table(name, columns, rows, how, made_with, cost, made_on=None, **where):
    """Write a CSV file whose comment lines say what :func:`ship` records.

    Parameters
    ----------
    columns : dict
        Name of each column, with its unit, and the format of its numbers: ``{"r_A": ".2f"}``, or ``""`` for words.
    rows : list of sequences of float or str
    """
    entry, made_on = chosen(name, {})[0], made_on or date.today().isoformat()
    about = (entry.what, how, f"cost: {cost}", f"made on {made_on} with {made_with} by: {entry.command()}")
    lines = [f"# {line}" for line in (*about, "licence: CC BY 4.0")] + [",".join(columns)]
    lines += [",".join(format(value, spec) for value, spec in zip(row, columns.values(), strict=True)) for row in rows]
    text = "\n".join(lines) + "\n"
    ship(name, lambda path: path.write_bytes(text.encode()), how, made_with, cost, made_on=made_on, **where)


def runs_writer(runs, about):
    """What writes trajectories of one molecule, positions and velocities to float32, and ``about``."""
    arrays = {"symbols": np.array(runs[0].symbols), "about": np.array(as_json(about | {"runs": len(runs)}))}
    for i, run in enumerate(runs):
        for name in RUN_COLUMNS:
            array = getattr(run, name)
            arrays[f"{name}_{i}"] = array.astype(np.float32) if name in ("positions", "velocities") else array
    return lambda path: np.savez_compressed(path, **arrays)
