"""A course folder: its parts, and how nbgrader's converters are run on it."""

import logging
import os
import re
import shutil
import sys
import warnings
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from filelock import FileLock, Timeout
from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import rmtree
from traitlets.config import Config, PyFileConfigLoader

CONFIG_FILE = "nbgrader_config.py"


@dataclass(frozen=True)
class Course:
    """A folder with an ``nbgrader_config.py``, and the settings in that file."""

    root: Path
    config: Config

    def directory(self, **changes):
        """nbgrader's view of this folder; ``changes`` set its traits."""
        traits = {"root": str(self.root), "db_url": f"sqlite:///{self.root / 'gradebook.db'}"} | changes
        return CourseDirectory(config=self.config, **traits)

    def folder(self, step):
        """Folder of one step: ``source``, ``release``, ``submitted``, ``autograded`` or ``feedback``."""
        return self.root / getattr(self.directory(), f"{step}_directory")

    @property
    def grades(self):
        """Folder of the tables and logs that the commands write."""
        return self.root / "grades"

    @property
    def assignments(self):
        """Names of all assignments that have a solution, sorted."""
        return sorted({path.parent.name for path in self.folder("source").glob("[!.]*/*.ipynb")})

    def solution(self, name):
        """Path of the source notebook of an assignment.

        Raises
        ------
        ValueError
            If there is no such assignment, or if its folder does not hold exactly one notebook with its name.
        """
        folder = self.folder("source") / name
        found = sorted(path.name for path in folder.glob("*.ipynb"))
        if not found:
            raise ValueError(f"There is no assignment {name!r}: {folder.parent} holds {', '.join(self.assignments)}.")
        if found != [f"{name}.ipynb"]:
            raise ValueError(f"{folder} must hold one notebook, {name}.ipynb; it holds {', '.join(found)}.")
        return folder / found[0]

    def gradebook(self):
        """nbgrader's database, to be used in a ``with`` statement."""
        directory = self.directory()
        return Gradebook(directory.db_url, directory.course_id)

    def students(self, name):
        """Everybody who has a folder for this assignment in ``submitted/``, sorted."""
        return sorted(path.name for path in self.folder("submitted").glob("*") if (path / name).is_dir())

    @contextmanager
    def alone(self, name):
        """Let only one command at a time change the files of an assignment; others wait and print that they wait."""
        self.grades.mkdir(exist_ok=True)
        lock = FileLock(self.grades / f".{name}.lock")  # the system frees it even where a command is killed
        try:
            lock.acquire(blocking=False)
        except Timeout:
            print(f"Waiting: another command is at work on {name} in {self.root}.", file=sys.stderr, flush=True)
            lock.acquire()
        try:
            yield
        finally:
            lock.release()

    @contextmanager
    def workshop(self):
        """A temporary course folder with these settings, in which nbgrader works and which is then deleted.

        nbgrader would take the name of a folder such as ``Course [2026]`` for a pattern, so it must not see that name.
        """
        with TemporaryDirectory(prefix="course-workshop-", ignore_cleanup_errors=True) as folder:
            yield replace(self, root=Path(folder))

    def bring(self, step, place, workshop):
        """Copy ``place``, a folder of one step, to where it belongs in a workshop."""
        ignored = shutil.ignore_patterns(*self.directory().ignore)
        shutil.copytree(self.folder(step) / place, workshop.folder(step) / place, ignore=ignored)

    def take(self, step, place, workshop):
        """Replace ``place`` by the one from a workshop, once it is completely copied."""
        target = self.folder(step) / place
        part = target.with_name(f".{target.name}.{os.getpid()}")
        shutil.copytree(workshop.folder(step) / place, part)
        if target.exists():
            rmtree(target)
        part.rename(target)

    def run(self, converter, workshop, name, student="."):
        """Run one of nbgrader's converters on one assignment in a workshop, with this course's gradebook.

        Raises
        ------
        ValueError
            With the reason that nbgrader logged; the whole log goes to ``grades/nbgrader.log``.
        """
        self.grades.mkdir(exist_ok=True)
        log, first = _logger(self.grades / "nbgrader.log")
        directory = self.directory(root=str(workshop.root), assignment_id=name, student_id=student)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # SQLAlchemy's, about nbgrader's own tables
                _exact(converter)(coursedir=directory, config=self.config, log=log, force=True).start()
        except NbGraderException as error:
            raise ValueError(first.reason or str(error)) from error
        finally:
            for handler in log.handlers[:]:
                log.removeHandler(handler)
                handler.close()


def find_course(start="."):
    """The course folder that holds ``start``: the nearest one upwards with an ``nbgrader_config.py``."""
    start = Path(start).resolve()
    for root in (start, *start.parents):
        if (root / CONFIG_FILE).is_file():
            _find_programs()
            return Course(root, PyFileConfigLoader(CONFIG_FILE, path=str(root)).load_config())
    raise ValueError(
        f"{start} is not in a course folder: go to the folder with {CONFIG_FILE}, or name it with --course."
    )


def _exact(converter):
    """The converter restricted to the notebooks of one folder, also if its name contains special characters."""

    def init_notebooks(self):
        folder = self._format_source(self.coursedir.assignment_id, self.coursedir.student_id)
        names = sorted(name for name in os.listdir(folder) if name.endswith(".ipynb"))
        self.assignments = {folder: [os.path.join(folder, name) for name in names]}

    return type(converter.__name__, (converter,), {"init_notebooks": init_notebooks})


def _find_programs():
    """Add this environment to PATH: nbgrader runs the program ``alembic``, also if the environment is not activated."""
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = os.pathsep.join(filter(None, (programs, os.environ.get("PATH"))))


class _FirstError(logging.Handler):
    """Remembers the sentence that ends the first traceback: nbgrader's own exception only points to the log."""

    reason = ""

    def emit(self, record):
        lines = record.getMessage().strip().splitlines()
        if lines and lines[0].startswith("Traceback") and not self.reason:
            self.reason = re.sub(r"^(\w+\.)+", "", lines[-1])


def _logger(path):
    log, first = logging.getLogger("course.nbgrader"), _FirstError()
    log.propagate = False
    log.setLevel(logging.INFO)
    file = logging.FileHandler(path, encoding="utf-8")
    file.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.addHandler(file)
    log.addHandler(first)
    return log, first
