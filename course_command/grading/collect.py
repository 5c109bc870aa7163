"""Bring an export into ``submitted/STUDENT/ASSIGNMENT/``, and lose nothing on the way."""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from course_command.grading.notebooks import candidates, grade_ids, read_notebook
from course_command.grading.platform_exports import read_export
from course_command.grading.platform_names import sender
from course_command.grading.repair import EARLIER

TIMESTAMP, STAMP = "timestamp.txt", "%Y-%m-%d %H:%M:%S UTC"  # what nbgrader reads


@dataclass(frozen=True)
class Collected:
    """A line of the table: what came of a file."""

    student: str
    file: str
    state: str
    lost: bool = False  # somebody must look after it


def collect(course, source, name, pattern=None, dry_run=False):
    """Sort an export into ``submitted/``.

    A student's newest notebook of the assignment is taken; what it replaces, and what is older, is kept in the folder
    ``earlier`` beside it. A student who sent nothing usable gets a folder all the same, with what was sent.

    Parameters
    ----------
    course : Course
    source : path
        A folder or a zip file.
    name : str
        The assignment.
    pattern : str, optional
        See `course_command.grading.platform_names.sender`.
    dry_run : bool
        Only say what would be done.

    Returns
    -------
    list of Collected
        At least one line for every student, and one for every file that belongs to nobody or cannot be read.
    """
    known = set(grade_ids(read_notebook(course.solution(name).read_bytes())))
    students, lines = _by_student(read_export(Path(source)), name, pattern)
    for student, files in sorted(students.items()):
        readable, unread = _read(student, files)
        target = course.folder("submitted") / student / name
        lines += unread + _store(target, student, readable, name, known, dry_run)
    return lines


def _by_student(files, name, pattern):
    students, numbers, lines = defaultdict(list), defaultdict(set), []
    for file in files:
        who = sender(file.parts, name, pattern)
        numbers[who.student].add(who.number)
        students[who.student, who.number].append(
            replace(file, parts=who.rest, time=who.time.astimezone(UTC) if who.time else file.time)
        )
    for file in sorted(students.pop(("", ""), []), key=lambda file: file.path):
        lost = file.path.endswith((".ipynb", ".zip"))
        lines.append(Collected("", file.path, "no student: put it in a folder with the student's name", lost))
    named = {}
    for (student, number), theirs in students.items():
        if len(numbers[student]) > 1:  # two people of one name
            student = f"{student}_{number}"
        named[student] = theirs
    return named, lines


def _read(student, files):
    readable, lines = {}, []
    for file in files:
        try:
            readable[file] = file.read()
        except ValueError as error:
            lines.append(Collected(student, file.path, str(error), lost=True))
    return readable, lines


def _store(target, student, files, name, known, dry_run):
    """Put one student's files into place; returns the lines about them."""
    notebooks = {file.path: file for file in files if file.path.endswith(".ipynb")}
    found = candidates({path: files[file] for path, file in notebooks.items()}, name, known)
    versions = sorted((notebooks[path] for path in found), key=lambda file: (file.time, file.path))
    exact = target / f"{name}.ipynb"
    write = _Writer(target, dry_run)
    lines = []
    for file, data in files.items():
        if file not in versions:
            try:
                write.beside(file, data, taken=exact if versions or exact.exists() else None)
            except OSError as error:  # a name that is too long, a file where another has a folder, ...
                lines.append(Collected(student, file.path, f"cannot be written: {error}", lost=True))
    if not versions:
        sent = ", ".join(file.path for file in files) or "nothing that can be read"
        state = f"no notebook of {name}, but {sent}" + ("; the one collected before stays" if exact.exists() else "")
        return [*lines, Collected(student, "", state, lost=True)]
    for file in versions:
        state = write.version(exact, files[file], file.time)
        lines.append(Collected(student, file.path, state))
    if len(versions) > 1 and versions[-1].time == versions[-2].time:
        lines[-1] = replace(lines[-1], state=f"{lines[-1].state}; several of the same time, the last by name was taken")
    return lines


class _Writer:
    """Writes into a student's folder without overwriting anything."""

    def __init__(self, target, dry_run):
        self.target, self.dry_run, self.current = target, dry_run, None
        if not dry_run:
            target.mkdir(parents=True, exist_ok=True)

    def version(self, exact, data, time):
        """One version of the notebook: the newest becomes ``exact``, the others go to ``earlier``."""
        old, old_time = self.current or _collected(exact)
        if data == old:
            return "already collected"
        if old is not None and time < old_time:
            kept = self._earlier(exact.name, data, time)
            return f"older than the one collected: kept as {kept}"
        self._write(exact, data)
        self._write(exact.with_name(TIMESTAMP), time.strftime(STAMP).encode())
        self.current = data, time
        if old is None:
            return "collected"
        return f"collected; the one before is kept as {self._earlier(exact.name, old, old_time)}"

    def beside(self, file, data, taken):
        """Any other file, in its own place unless that is ``taken`` by the notebook."""
        path = self.target.joinpath(*file.parts)
        if path == self.target / TIMESTAMP:
            return
        if path == taken:
            self._earlier(path.name, data, file.time)
            return
        if path.is_file() and path.read_bytes() != data:
            self._earlier(path.name, path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC))
        self._write(path, data)

    def _earlier(self, file, data, time):
        path = self.target / EARLIER / f"{time:%Y%m%d-%H%M%S}_{file}"
        count = 1
        while path.exists() and path.read_bytes() != data:
            count += 1
            path = path.with_name(f"{time:%Y%m%d-%H%M%S}-{count}_{file}")
        self._write(path, data)
        return f"{EARLIER}/{path.name}"

    def _write(self, path, data):
        if not self.dry_run:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)


def _collected(exact):
    """Content and time of the notebook that stands there; (None, None) where none does."""
    if not exact.is_file():
        return None, None
    try:
        stamp = exact.with_name(TIMESTAMP).read_text(encoding="utf-8").strip()
        return exact.read_bytes(), datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
    except (OSError, ValueError):
        return exact.read_bytes(), datetime.fromtimestamp(exact.stat().st_mtime, UTC)
