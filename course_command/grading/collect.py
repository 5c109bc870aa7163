"""Bring an export into ``submitted/STUDENT/ASSIGNMENT/``, and lose nothing on the way."""

import json
import os
import re
from collections import defaultdict
from contextlib import nullcontext, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path, PurePath

from course_command.grading.notebooks import candidates, grade_ids, read_notebook
from course_command.grading.platform_exports import read_export
from course_command.grading.platform_names import senders
from course_command.grading.repair import EARLIER, RECORD
from course_lib.files import whole_file

TIMESTAMP, STAMP = "timestamp.txt", "%Y-%m-%d %H:%M:%S UTC"  # what nbgrader reads
EDITED = "edited here since it was collected"


@dataclass(frozen=True)
class Collected:
    """A line of the table: what was done with a file."""

    student: str
    file: str
    state: str
    lost: bool = False  # somebody must look after it


def collect(course, source, name, pattern=None, dry_run=False):
    """Sort an export into ``submitted/``.

    A student's newest notebook of the assignment is taken; the version it replaces and older versions are kept in the
    folder ``earlier`` beside it. A student who sent nothing usable also gets a folder, with the files that were sent.

    Parameters
    ----------
    course : Course
        The course folder.
    source : path
        The export, a folder or a zip file.
    name : str
        Name of the assignment.
    pattern : str, optional
        See `course_command.grading.platform_names.sender`.
    dry_run : bool
        Only report what would be done.

    Returns
    -------
    list of Collected
        At least one line for every student, and one for every file that belongs to nobody or cannot be read.
    """
    known = set(grade_ids(read_notebook(course.solution(name).read_bytes())))
    with nullcontext() if dry_run else course.alone(name):
        students, lines = _by_student(read_export(Path(source)), name, pattern)
        for student, files in sorted(students.items()):
            readable, unread = _read(student, files)
            target = course.folder("submitted") / student / name
            lines += unread + _store(target, student, readable, name, known, dry_run)
    return lines


def _by_student(files, name, pattern):
    """Files by the name of their student's folder, and lines about files of nobody and about names that look alike."""
    named, sent, lines = {}, defaultdict(list), []
    for file, who in senders(sorted(files, key=_natural), name, pattern):
        if not who.student:
            lost = bool(who.doubt) or file.name.endswith((".ipynb", ".zip"))
            state = who.doubt or "no student: put it in a folder with the student's name"
            lines.append(Collected("", file.path, state, lost))
            continue
        person = who.student.casefold(), who.number or who.called  # some disks take Anna and anna for one folder
        named[person] = who
        time = who.time.astimezone(UTC) if who.time else file.time
        sent[person].append(replace(file, parts=who.rest, time=time))
    alike = defaultdict(list)
    for person, who in named.items():
        alike[person[0]].append((who, sent[person]))
    students = {}
    for people in sorted(alike.values(), key=len):
        for who, theirs in people:
            student = who.student
            if len(people) > 1:
                student += f"_{who.number or sha256(who.called.encode()).hexdigest()[:4]}"
            while student in students:
                student += "_"
            students[student] = theirs
            others = ", ".join(repr(other.called) for other, _ in people if other.called != who.called)
            if others and not who.number:
                state = f"sent as {who.called!r}, and others as {others}: kept apart"
                state += "; if it is one person, use one name in the export and collect again"
                lines.append(Collected(student, "", state, lost=True))
            # Two people's files of one name, saved in one folder, are called so as well.
            if not who.number and (copy := re.fullmatch(r"(.+?)\s?\(\d+\)", who.called)):
                state = f"{who.called!r} looks like a browser's copy of {copy[1]!r}: kept apart"
                state += "; if it is one person, use one name in the export and collect again"
                lines.append(Collected(student, "", state, lost=True))
    return students, lines


def _natural(file):
    """Sort key: a before a-1, and a-2 before a-10, because platforms number later files."""
    parts = re.split(r"(\d+)", PurePath(file.path).with_suffix("").as_posix())
    return [int(part) if part.isdigit() else part for part in parts]


def _read(student, files):
    readable, lines = {}, []
    for file in sorted(files, key=lambda file: file.time):
        try:
            readable[file] = file.read()
        except ValueError as error:
            lines.append(Collected(student, file.path, str(error), lost=True))
    return readable, lines


def _store(target, student, files, name, known, dry_run):
    """Put one student's files into place; returns the lines about them."""
    notebooks = {file: data for file, data in files.items() if file.name.lower().endswith(".ipynb")}
    versions = candidates(notebooks, name, known)
    exact = target / f"{name}.ipynb"
    write = _Writer(exact, dry_run)
    lines = []
    for file, data in files.items():
        if file not in versions:
            try:
                write.beside(file, data, taken=exact if versions or exact.exists() else None)
            except OSError as error:  # a name that is too long, a file where another has a folder, ...
                lines.append(Collected(student, file.path, f"cannot be written: {error}", lost=True))
    states = [write.version(exact, files[file], file.time) for file in versions]
    write.record()
    if not versions:
        sent = ", ".join(file.path for file in files) or "nothing that can be read"
        state = f"no notebook of {name}, but {sent}" + ("; the one collected before stays" if exact.exists() else "")
        return [*lines, Collected(student, "", state, lost=True)]
    if len(versions) > 1 and versions[-1].time == versions[-2].time and not states[-1].startswith(EDITED):
        states[-1] += "; several of the same time, the last by name was taken"
    return lines + [Collected(student, file.path, state) for file, state in zip(versions, states)]


class _Writer:
    """Writes into a student's folder without overwriting anything; ``exact`` is where the notebook goes."""

    def __init__(self, exact, dry_run):
        self.exact, self.target, self.dry_run, self.current, self.sent = exact, exact.parent, dry_run, {}, {}
        with suppress(OSError, ValueError):
            self.sent = json.loads((self.target / RECORD).read_text(encoding="utf-8"))
        if not dry_run:
            self.target.mkdir(parents=True, exist_ok=True)

    def version(self, path, data, time):
        """Store one version of a file, the newest at ``path``, others in ``earlier``; returns what was done."""
        old, old_time = self.current.get(path) or self._collected(path)
        if data == old:
            return "already collected"
        edited = old is not None and self.sent.get(self._key(path), _checksum(old)) != _checksum(old)
        if edited and self._came_before(path, data):  # at whatever time: some platforms give the time of the export
            return f"{EDITED}: stays; what was sent is kept as {self._earlier(path.name, data, time)}"
        if old is not None and time < old_time:
            return f"older than the one collected: kept as {self._earlier(path.name, data, time)}"
        state = "collected"
        if old is not None:
            before = f"the one before, {EDITED}," if edited else "the one before"
            state += f"; {before} is kept as {self._earlier(path.name, old, old_time)}"
        self._write(path, data, time)
        self.sent[self._key(path)] = _checksum(data)
        if path == self.exact:
            self._write(path.with_name(TIMESTAMP), time.strftime(STAMP).encode(), time)
        self.current[path] = data, time
        return state

    def beside(self, file, data, taken):
        """Store any other file at its own path, unless this is ``taken`` by the notebook."""
        path = self.target.joinpath(*file.parts)
        if path == taken:
            self._earlier(path.name, data, file.time)
        elif path not in (self.target / TIMESTAMP, self.target / RECORD):
            self.version(path, data, file.time)

    def record(self):
        """Remember what was sent, so that the next collection sees what a grader has edited since."""
        if self.sent:
            self._write(self.target / RECORD, json.dumps(self.sent, indent=1).encode(), datetime.now(UTC))

    def _key(self, path):
        return path.relative_to(self.target).as_posix()

    def _came_before(self, path, data):
        earlier = (self.target / EARLIER).glob("*")
        return self.sent[self._key(path)] == _checksum(data) or any(old.read_bytes() == data for old in earlier)

    def _earlier(self, file, data, time):
        path = self.target / EARLIER / f"{time:%Y%m%d-%H%M%S}_{file}"
        count = 1
        while path.exists() and path.read_bytes() != data:
            count += 1
            path = path.with_name(f"{time:%Y%m%d-%H%M%S}-{count}_{file}")
        self._write(path, data, time)
        return f"{EARLIER}/{path.name}"

    def _write(self, path, data, time):
        if not self.dry_run:
            path.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(path) as file:
                file.write(data)
            os.utime(path, (time.timestamp(), time.timestamp()))  # so that a later export knows how old it is

    def _collected(self, path):
        """Content and time of the file at ``path``; (None, None) if there is none."""
        if not path.is_file():
            return None, None
        if path == self.exact:
            with suppress(OSError, ValueError):
                stamp = path.with_name(TIMESTAMP).read_text(encoding="utf-8").strip()
                return path.read_bytes(), datetime.strptime(stamp, STAMP).replace(tzinfo=UTC)
        return path.read_bytes(), datetime.fromtimestamp(path.stat().st_mtime, UTC)


def _checksum(data):
    return sha256(data).hexdigest()
