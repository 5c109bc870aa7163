"""Make a copy of a submission that nbgrader can grade, and report what had to be repaired in it.

nbgrader finds its cells by the metadata of the released notebook. Some tools lose this metadata, and students delete
and paste cells; each of these costs points silently or stops nbgrader. The copy and its cells therefore always get the
released metadata; cells are recognised by their metadata, their id, their text or their position.
"""

import copy
import uuid
from collections import Counter
from difflib import SequenceMatcher

import nbformat
from nbformat.validator import normalize
from nbgrader.utils import is_grade, is_locked

from course_command.grading.notebooks import candidates, grade_ids, marks, read_notebook

EARLIER = "earlier"  # folder beside a submission with the versions that came before it
RECORD = ".collected"  # file there: checksums of what was sent, which show what a grader has edited since


def working_copy(submitted, released, name, into):
    """Copy a submission to the folder where nbgrader looks for it.

    Parameters
    ----------
    submitted, into : Path
        The student's folder for this assignment, and the folder to make.
    released : NotebookNode
        The released notebook.
    name : str
        The assignment.

    Returns
    -------
    list of str
        Remarks for the grader, in sentences.

    Raises
    ------
    ValueError
        If the submission cannot be graded; the message says why.
    """
    file, remarks = _choose(submitted, name, set(grade_ids(released)))
    try:
        notebook = read_notebook(file.read_bytes())
    except ValueError as error:
        raise ValueError(f"{file.name} cannot be read: {error}") from None
    remarks += restore_marks(notebook, released)
    into.mkdir(parents=True)
    for path in submitted.rglob("*"):
        inside = path.relative_to(submitted)
        if path.is_file() and path.suffix != ".ipynb" and inside.parts[0] != EARLIER and inside.parts[0][0] != ".":
            (into / inside).parent.mkdir(parents=True, exist_ok=True)
            (into / inside).write_bytes(path.read_bytes())
    nbformat.write(notebook, into / f"{name}.ipynb")
    return remarks


def _choose(submitted, name, known):
    files = {path: path.read_bytes() for path in sorted(submitted.glob("*.ipynb"))}
    if not files:
        others = [
            path.name for path in sorted(submitted.iterdir()) if path.name not in (EARLIER, RECORD, "timestamp.txt")
        ]
        raise ValueError(f"no notebook was submitted; the folder holds {', '.join(others) or 'nothing'}")
    found, exact = candidates(files, name, known), submitted / f"{name}.ipynb"
    if not found:
        raise ValueError(f"no notebook with cells of {name} was submitted; the folder holds {_names(files)}")
    if len(found) > 1 and exact not in found:
        raise ValueError(f"several notebooks can be {exact.name}: {_names(found)}; keep one")
    chosen = exact if exact in found else found[0]
    remarks = [] if chosen == exact else [f"{chosen.name} was graded as {exact.name}"]
    if left := [file for file in files if file != chosen]:
        remarks.append(f"not graded: {_names(left)}")
    return chosen, remarks


def _names(files):
    return ", ".join(file.name for file in files)


def restore_marks(notebook, released):
    """Give a submission and its cells the metadata of the release, put deleted tests back; returns remarks.

    All other metadata is removed: Colab's stops the feedback, and a tag can prevent a test from running.
    """
    wanted = {marks(cell)["grade_id"]: cell for cell in released.cells if marks(cell)}
    claims = [marks(cell).get("grade_id") for cell in notebook.cells]
    remarks = _odd_claims(claims, wanted)
    owner = {grade_id: index for index, grade_id in enumerate(claims) if grade_id in wanted}  # the last of several wins
    notebook.metadata = copy.deepcopy(released.metadata)
    for cell in notebook.cells:
        cell.metadata = nbformat.NotebookNode()
    if unmarked := _recognise(notebook, released, wanted, owner):
        remarks.append(f"the marks of {_list(unmarked)} were lost and have been put back")
    for grade_id, index in owner.items():
        notebook.cells[index] = _marked(notebook.cells[index], wanted[grade_id])
    edited = [i for i in wanted if i in owner and _was_edited(notebook.cells[owner[i]], wanted[i])]
    if edited:
        remarks.append(f"{_list(edited)} had been edited: the original was graded")
    remarks += _insert_missing(notebook, released, wanted, owner)
    # Cell ids must be unique for nbformat; pasted and restored cells may not be.
    notebook.cells[:] = normalize(notebook)[1].cells
    return remarks


def _odd_claims(claims, wanted):
    counts = Counter(filter(None, claims))
    remarks = [f"{_list([i])} occurs {n} times: the last one was graded" for i, n in counts.items() if n > 1]
    if unknown := [i for i in counts if i not in wanted]:
        remarks.append(f"{_list(unknown)} is not a cell of this assignment and was graded as plain text or code")
    return remarks


def _recognise(notebook, released, wanted, owner):
    """Find cells that have lost their marks: by cell id, by their text, or by standing between the same neighbours."""
    owned, found = set(owner.values()), []

    def take(grade_id, index):
        owner[grade_id] = index
        owned.add(index)
        found.append(grade_id)

    by_id = {cell.get("id"): index for index, cell in enumerate(notebook.cells) if index not in owned}
    for grade_id, cell in wanted.items():
        index = by_id.get(cell.get("id", ""))
        if grade_id not in owner and index is not None and notebook.cells[index].cell_type == cell.cell_type:
            take(grade_id, index)

    names = {index: grade_id for grade_id, index in owner.items()}
    theirs = [names.get(index) or (c.cell_type, c.source.strip()) for index, c in enumerate(notebook.cells)]
    ours = [i if (i := marks(c).get("grade_id")) in owner else (c.cell_type, c.source.strip()) for c in released.cells]
    for kind, a, a_end, b, b_end in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        if kind not in ("equal", "replace") or a_end - a != b_end - b:
            continue
        for cell, index in zip(released.cells[a:a_end], range(b, b_end)):
            grade_id = marks(cell).get("grade_id")
            same_type = notebook.cells[index].cell_type == cell.cell_type
            # A test is only known by its own text: by its place alone, it might be the student's work.
            if grade_id and grade_id not in owner and index not in owned and same_type:
                if kind == "equal" or not is_locked(cell):
                    take(grade_id, index)
    return found


def _marked(cell, original):
    """The cell with the metadata of the released one, and with its type if the student has changed the type."""
    metadata = copy.deepcopy(original.metadata)
    if cell.cell_type == original.cell_type:
        cell.metadata = metadata
        return cell
    make = nbformat.v4.new_code_cell if original.cell_type == "code" else nbformat.v4.new_markdown_cell
    return make(cell.source, metadata=metadata)


def _was_edited(cell, original):
    return is_locked(original) and cell.source.strip() != original.source.strip()


def _insert_missing(notebook, released, wanted, owner):
    missing = [grade_id for grade_id in wanted if grade_id not in owner]
    tests = [i for i in missing if is_locked(wanted[i])]
    answers = [i for i in missing if is_grade(wanted[i]) and i not in tests]
    where, places = len(notebook.cells), []
    for cell in reversed(released.cells):
        grade_id = marks(cell).get("grade_id")
        if grade_id in (*tests, *answers):
            places.append((where, cell))
        # Before the next known cell, else at the end: there, everything that a test needs is defined.
        where = owner.get(grade_id, where)
    for where, cell in sorted(places, key=lambda place: -place[0]):
        restored_cell = copy.deepcopy(cell)
        restored_cell.id = uuid.uuid4().hex[:8]
        notebook.cells.insert(where, restored_cell)
    remarks = []
    if tests:
        remarks.append(f"{_list(tests)} was missing and has been put back")
    if answers:
        remarks.append(f"{_list(answers)} is missing: check whether the answer is elsewhere")
    return remarks


def _list(grade_ids):
    return ", ".join(repr(grade_id) for grade_id in grade_ids)
