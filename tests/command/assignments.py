"""The real assignments, and students who solve them, do not, or make a known mistake: for the tests of grading."""

import copy
import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[2]
NAMES = sorted(path.stem for path in ROOT.glob("solutions/[!.]*/*.ipynb"))

# Graded end to end. Assignment: cell, what is written, what a student writes instead, the hint that must come back
MISTAKES = {
    "02_lennard_jones": ("lj-sites", "0.5 * np.sum", "np.sum", "your energy is twice the total"),
    "04_ab_initio": ("qm-years", "1000 * ps / dt_fs", "ps / dt_fs", "A picosecond is 1000 femtoseconds"),
}


def read(folder, name):
    """A notebook of ``solutions`` or ``exercises``."""
    return nbformat.read(ROOT / folder / name / f"{name}.ipynb", as_version=4)


def marks(cell):
    """nbgrader's metadata of a cell."""
    return cell.metadata.get("nbgrader", {})


def solved(name, released):
    """The released notebook with the solutions of the source notebook filled in."""
    source = {marks(cell)["grade_id"]: cell.source for cell in read("solutions", name).cells if marks(cell)}
    notebook = copy.deepcopy(released)
    for cell in notebook.cells:
        if marks(cell).get("solution"):
            cell.source = re.sub(r"(?m)^\s*### (BEGIN|END) SOLUTION\n?", "", source[marks(cell)["grade_id"]])
    return notebook


def mistaken(name, released):
    """The solved notebook with the known mistake."""
    grade_id, right, wrong, _ = MISTAKES[name]
    notebook = solved(name, released)
    (cell,) = [cell for cell in notebook.cells if marks(cell).get("grade_id") == grade_id]
    assert right in cell.source
    cell.source = cell.source.replace(right, wrong)
    return notebook


def points(name, by_hand):
    """Points of the cells that are graded by hand, or by the tests."""
    graded = [cell for cell in read("solutions", name).cells if marks(cell).get("grade")]
    return sum(marks(cell)["points"] for cell in graded if marks(cell)["solution"] == by_hand)
