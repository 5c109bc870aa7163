"""Grade the submissions of an assignment one by one, so that none can affect another, and report on each."""

import hashlib
import traceback
from dataclasses import dataclass, replace

import nbformat
from nbgrader.api import MissingEntry
from nbgrader.converters import Autograde

from course_command.engines import run_engines
from course_command.grading.execute import KERNEL_DIED, NO_TIME_LEFT, TIME_OUT
from course_command.grading.notebooks import marks, read_notebook
from course_command.grading.release import difference, fresh_release
from course_command.grading.repair import EARLIER, RECORD, working_copy
from course_command.grading.tables import read_csv, write_csv

GRADED, BY_HAND, PROBLEM = "graded", "needs manual grading", "problem"
ACCIDENTS = {TIME_OUT: "ran out of time", "MemoryError": "ran out of memory", "OutputLimit": "printed too much"}
DISASTERS = (KERNEL_DIED, NO_TIME_LEFT)


@dataclass(frozen=True)
class Row:
    """The result for one submission; ``version`` identifies the graded files and the solution."""

    student: str
    points: str = ""
    maximum: str = ""
    state: str = GRADED
    remarks: str = ""
    version: str = ""


def table_path(course, name):
    """The csv with one row for every submission of an assignment."""
    return course.grades / f"{name}.csv"


def grade(course, name, students=None, resume=False, say=lambda row: None):
    """Grade an assignment; every submitted folder gets a row in ``grades/NAME.csv``, which is kept up to date.

    Parameters
    ----------
    course : Course
        The course folder.
    name : str
        Name of the assignment.
    students : list of str, optional
        Students to grade; by default all.
    resume : bool
        Leave out submissions that were graded before, have not changed since and had no problem.
    say : callable
        Called with each `Row` when it is known.

    Returns
    -------
    rows : list of Row
        Results of these students.
    warnings : list of str
        Sentences about other problems: notebooks that lie outside of a submission's folder, and exercises that differ
        from what the solutions release, so that students worked on another version.

    Raises
    ------
    ValueError
        If the assignment or one of the students does not exist.
    """
    present = course.students(name)
    if unknown := [student for student in students or [] if student not in present]:
        raise ValueError(f"{', '.join(unknown)}: no folder {name} in {course.folder('submitted')} of that student.")
    run_engines()  # a submission finds their machine code and cannot keep any
    path = table_path(course, name)
    with course.alone(name), fresh_release(course, name) as fresh:
        present = course.students(name)  # while this one waited, somebody may have come late and been graded
        rows = {row.student: row for row in read_csv(path, Row) if row.student in present}
        write_csv(path, rows.values(), Row)  # now, not after the first student, if the file cannot be written
        change = difference(fresh.folder("release") / name, course.folder("release") / name)
        warnings = [] if change == "unchanged" else [f"exercises/{name} is not what solutions/ releases: {change}"]
        for student in students or present:
            version = _version(course, name, student)
            before = rows.get(student)
            if not (resume and before and before.version == version and before.state != PROBLEM):
                rows[student] = replace(_grade_one(course, name, student, fresh), version=version)
            write_csv(path, sorted(rows.values(), key=lambda row: row.student), Row)
            say(rows[student])
    warnings += [f"{path} is in no folder STUDENT/{name} and was not graded" for path in _strays(course)]
    return [rows[student] for student in students or present], warnings


def _grade_one(course, name, student, fresh):
    try:
        return _autograde(course, name, student, fresh)
    except ValueError as error:
        return Row(student, state=PROBLEM, remarks=str(error))
    except Exception as error:  # the other students must be graded in any case
        with (course.grades / "errors.log").open("a", encoding="utf-8") as log:
            log.write(f"{name}, {student}:\n{traceback.format_exc()}\n")
        return Row(student, state=PROBLEM, remarks=f"{type(error).__name__}: {error} (see grades/errors.log)")


def _autograde(course, name, student, fresh):
    place, file = f"{student}/{name}", f"{name}.ipynb"
    released = read_notebook((fresh.folder("release") / name / file).read_bytes())
    with course.workshop() as workshop:
        fresh.bring("source", name, workshop)
        remarks = working_copy(course.folder("submitted") / place, released, name, workshop.folder("submitted") / place)
        course.run(Autograde, workshop, name, student)
        course.take("autograded", place, workshop)
    graded = nbformat.read(course.folder("autograded") / place / file, as_version=4)
    accidents, disaster = _accidents(graded)
    points, maximum, by_hand = _from_gradebook(course, name, student)
    state = PROBLEM if disaster else BY_HAND if by_hand else GRADED
    return Row(student, points, maximum, state, "; ".join(disaster + remarks + accidents))


def _accidents(notebook):
    """Sentences about cells that were stopped, and about what stopped the whole notebook."""
    accidents, disaster = [], []
    for number, cell in enumerate(notebook.cells, start=1):
        for output in cell.get("outputs", []):
            if output.output_type != "error":
                continue
            where = repr(marks(cell)["grade_id"]) if marks(cell) else f"cell {number}"
            if output.ename in ACCIDENTS:
                accidents.append(f"{where} {ACCIDENTS[output.ename]}")
            if output.ename in DISASTERS and not disaster:
                disaster = [f"{output.evalue}: {where}"]
    return accidents, disaster


def _strays(course):
    submitted = course.folder("submitted")
    return [path for pattern in ("*.ipynb", "*/*.ipynb") for path in sorted(submitted.glob(pattern))]


def _version(course, name, student):
    """Checksum of the submission, a dash, checksum of the solution."""
    folder = course.folder("submitted") / student / name
    ours = {EARLIER, RECORD}
    sent = [path for path in folder.rglob("*") if path.is_file() and ours.isdisjoint(path.relative_to(folder).parts)]
    return f"{_digest(sorted(sent))}-{_digest([course.solution(name)])}"


def _digest(paths):
    total = hashlib.sha256()
    for path in paths:
        try:
            content = path.read_bytes()
        except OSError:  # grading it will say what is wrong with it
            content = b""
        total.update(path.name.encode() + hashlib.sha256(content).digest())
    return total.hexdigest()[:8]


def result(course, name, student):
    """The result of the last grading of a submission, with the present points of the gradebook.

    The points may have been changed by hand. A submission that was never graded, or has changed since, is a problem.
    """
    rows = {row.student: row for row in read_csv(table_path(course, name), Row)}
    row = rows.get(student, Row(student, state=PROBLEM, remarks="not graded yet"))
    if row.state == PROBLEM and not row.points:
        return row
    if row.version.split("-")[0] != _version(course, name, student).split("-")[0]:
        return replace(row, points="", state=PROBLEM, remarks="the submission has changed since: grade it again")
    try:
        points, maximum, by_hand = _from_gradebook(course, name, student)
    except MissingEntry:
        return replace(row, points="", state=PROBLEM, remarks="not in the gradebook any more: grade it again")
    state = row.state if row.state == PROBLEM else BY_HAND if by_hand else GRADED
    return replace(row, points=points, maximum=maximum, state=state)


def _from_gradebook(course, name, student):
    with course.gradebook() as gradebook:
        found = gradebook.find_submission(name, student)
        return f"{found.score:g}", f"{found.max_score:g}", found.needs_manual_grade
