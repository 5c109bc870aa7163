"""Read notebooks that may be damaged, and recognise which assignment a notebook belongs to."""

import json
import warnings
from pathlib import PurePath

import nbformat
from nbformat.warnings import DuplicateCellId


def read_notebook(data):
    """A notebook from the bytes of its file.

    Raises
    ------
    ValueError
        If the bytes are not a notebook; the message says what they are instead.
    """
    if not data.strip():
        raise ValueError("the file is empty")
    try:
        text = data.decode("utf-8-sig")
        content = json.loads(text)
    except UnicodeDecodeError:
        raise ValueError("the file is not text (UTF-8)") from None
    except json.JSONDecodeError as error:
        raise ValueError(f"the file is not a notebook: no JSON from line {error.lineno} on") from None
    if not isinstance(content, dict) or not {"cells", "worksheets"} & content.keys():
        raise ValueError("the file is JSON but not a notebook: it has no cells")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DuplicateCellId)  # one for each pasted cell, and nbformat mends them
            return nbformat.reads(text, as_version=4)
    except Exception as error:  # nbformat can raise anything for a damaged file: KeyError, AttributeError, ...
        raise ValueError(f"the file is JSON but not a notebook: {type(error).__name__}: {error}") from None


def marks(cell):
    """nbgrader's metadata of a cell; empty if there is none or it is damaged."""
    found = cell.metadata.get("nbgrader", {})
    return found if isinstance(found, dict) and isinstance(found.get("grade_id"), str) else {}


def grade_ids(notebook):
    """The ids of all cells that nbgrader knows, in order, with repetitions."""
    return [marks(cell)["grade_id"] for cell in notebook.cells if marks(cell)]


def candidates(files, name, known):
    """Which of a student's files can be the notebook of assignment ``name``.

    Parameters
    ----------
    files : dict
        Bytes of each notebook; the attribute ``name`` of a key is the file name.
    name : str
        Name of the assignment.
    known : set
        The ``grade_id`` of all cells of the assignment.

    Returns
    -------
    list
        Keys of the best matches: notebooks with cells of the assignment, else the one with the assignment's name, else
        those whose name contains it, else the only one that is not of another assignment.
    """
    ranked = {}
    for file, data in files.items():
        ranked.setdefault(_rank(file.name, data, name.casefold(), known), []).append(file)
    ranked.pop(_FOREIGN, None)
    best = ranked.get(max(ranked, default=None), [])
    return best if len(best) < 2 or max(ranked) != _UNKNOWN else []


_FOREIGN, _UNKNOWN, _SIMILAR_NAME, _SAME_NAME, _SAME_CELLS = range(5)


def _rank(file, data, name, known):
    try:
        found = set(grade_ids(read_notebook(data)))
    except ValueError:
        found = set()
    if found:
        return _SAME_CELLS if found & known else _FOREIGN
    stem = PurePath(file).stem.casefold()
    return _SAME_NAME if stem == name else _SIMILAR_NAME if name in stem else _UNKNOWN
