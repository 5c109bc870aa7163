"""The environments of packages that exclude ours: where they lie, what they hold, and whether they are complete.

Each lies on top of the course's own environment: its folder holds only what differs, the rest (torch, NumPy, ASE) is
read from the course's folder. `course env NAME` makes one.
"""

import os
import sys
from pathlib import Path

ENVIRONMENTS = {"mace": "MACE", "m3gnet": "M3GNet"}  # name of the environment -> how people call the potential
LISTS = Path(__file__).parent
TITLE = "# Taken from the course, where it has them:"


def folder(name):
    """Folder of an environment: inside the course's own one, so that both are removed together."""
    return Path(sys.prefix) / "course-envs" / name  # conda keeps environments of its own in "envs"


def python_of(name):
    """Path of the Python of an environment."""
    return folder(name) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def packages(name):
    """Exact versions of what an environment consists of.

    Returns
    -------
    own, shared : list of str
        What is installed into the environment, and what the course usually has already; each ``name==version``, some
        with a condition behind a semicolon.
    """
    own, shared = (LISTS / f"env_{name}.txt").read_text(encoding="utf-8").split(TITLE)
    return tuple([row for row in part.splitlines() if row and not row.startswith("#")] for part in (own, shared))


def stamp(name):
    """What the complete environment says of itself: its packages, the Python, and the folder that it builds upon."""
    own, _ = packages(name)
    return "\n".join([*own, "Python {}.{}".format(*sys.version_info), sys.prefix, ""])


def stamp_file(name):
    """Path of the file that holds the stamp; it is written last."""
    return folder(name) / "course-env-is-complete"


def state(name):
    """``"ready"``, ``"out of date"`` or ``"missing"``."""
    try:
        return "ready" if stamp_file(name).read_text(encoding="utf-8") == stamp(name) else "out of date"
    except OSError:
        return "missing"


def check_ready(name):
    """Refuse an environment that is not there or not complete.

    Raises
    ------
    ImportError
        The message says which command makes it.
    """
    if (found := state(name)) != "ready":
        raise ImportError(
            f"The environment of {ENVIRONMENTS[name]} is {found}: run `course env {name}` once, in a terminal of this "
            f"computer, or `!course env {name}` in a cell."
        )
