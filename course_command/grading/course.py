"""A course folder: where its parts lie, and how nbgrader's converters are run on it."""

import logging
import os
import re
import sys
import warnings
from dataclasses import dataclass
from pathlib import Path

from nbgrader.api import Gradebook
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Config, PyFileConfigLoader

CONFIG_FILE = "nbgrader_config.py"


@dataclass(frozen=True)
class Course:
    """A folder with an ``nbgrader_config.py``, and the settings in that file."""

    root: Path
    config: Config

    def directory(self, **changes):
        """nbgrader's view of this folder; ``changes`` set its traits, for example ``student_id``."""
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
            Where there is no such assignment, or its folder does not hold exactly the notebook of its name.
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
        return sorted(path.parent.name for path in self.folder("submitted").glob(f"*/{name}") if path.is_dir())

    def run(self, converter, **changes):
        """Run one of nbgrader's converters, overwriting what an earlier run has made.

        Raises
        ------
        ValueError
            With the reason that nbgrader logged; the whole log goes to ``grades/nbgrader.log``.
        """
        self.grades.mkdir(exist_ok=True)
        log, first = _logger(self.grades / "nbgrader.log")
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # SQLAlchemy's, about nbgrader's own tables
                converter(coursedir=self.directory(**changes), config=self.config, log=log, force=True).start()
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


def _find_programs():
    """nbgrader calls the program ``alembic`` by its name, also where this environment has not been activated."""
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
