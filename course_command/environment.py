"""Make an environment of its own for a package that excludes ours, on top of the course's environment.

It holds only what differs: a minute and under 100 MB, no second torch.
"""

import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

from filelock import FileLock

from course_lib.labels.environments import ENVIRONMENTS, folder, packages, python_of, stamp, stamp_file, state

NEEDED_GB = 0.5
FULL = "the disk is full: make room (half a gigabyte) and try again."
CAUSES = {
    r"no space left|errno 28\b|not enough space|disk quota": FULL,
    r"certificate.?verify.?failed|SSLError": "the certificate of the package index is not trusted: set PIP_CERT.",
    r"connection (refused|reset|broken|error|timed|abort)|connectionerror|timed out|name resolution|failed to resolve"
    r"|unreachable|proxyerror|no matching distribution": (
        "a package cannot be fetched: check the network (or the proxy, or pip's own settings), then try again."
    ),
    r"no module named pip": "pip is missing here: run `python -m ensurepip`, then try again.",
    r"permission denied|access is denied": "a file there cannot be written: see that the folder is yours.",
}
TRY = {"mace": "mace.calculators", "m3gnet": "matgl.ext.ase"}


def add_command(commands):
    """Add ``course env NAME`` to the command line."""
    command = commands.add_parser("env", help="make the environment of a potential whose packages exclude ours")
    command.add_argument("name", choices=ENVIRONMENTS, help="which one")
    command.set_defaults(run=lambda arguments: make(arguments.name))


def make(name):
    """Make one environment, unless it is there; returns the exit status 0.

    Raises
    ------
    ValueError
        If that is impossible; the message says why, and nothing half-made is left behind.
    """
    place = folder(name)
    try:
        place.parent.mkdir(exist_ok=True)
        if place.exists() and not stamp_file(name).exists():
            raise ValueError(f"{place} is there and was not made by this command: move it away, then try again.")
        with FileLock(place.parent / f"{name}.lock"):  # two terminals, or two tests: the second one waits
            if state(name) == "ready":
                print(f"The environment of {ENVIRONMENTS[name]} is there, complete: {place}")
                return 0
            print(f"Making the environment of {ENVIRONMENTS[name]} in {place} (a minute).", flush=True)
            fill(name, place)
    except OSError as error:
        raise ValueError(f"The environment of {ENVIRONMENTS[name]} was not made: {cause(str(error))}") from error
    except KeyboardInterrupt:
        raise ValueError("Stopped, and nothing half-made is left behind: start again whenever you like.") from None
    print(f'Done: universal("{name}", weights=...) runs in it.')
    return 0


def fill(name, place):
    """Install beside the final place, try it, and only then move it there."""
    if shutil.disk_usage(place.parent).free < NEEDED_GB * 1e9:
        raise OSError("no space left")
    new = place.with_name(f"{name}.new")
    remove(new)
    try:
        venv.create(new, symlinks=os.name != "nt")  # without pip: the course's own one fills it
        site = Path(sysconfig.get_path("purelib", "venv", {"base": str(new), "platbase": str(new)}))
        run([sys.executable, "-I", "-m", "pip", "install", *pip_options(), "--target", str(site), *wanted(name)])
        remove(site / "bin")  # their commands name the place where they were made
        ours = dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib"))
        (site / "course.pth").write_text("".join(f"{path}\n" for path in ours), encoding="locale")
        run([str(new / python_of(name).relative_to(place)), "-I", "-c", f"import {TRY[name]}"])
        (new / stamp_file(name).name).write_text(stamp(name), encoding="utf-8")
        remove(place)
        new.rename(place)
    finally:
        remove(new)


def pip_options():
    """No dependencies: the lists are complete, and pip would search for half an hour."""
    return ["--no-deps", "--disable-pip-version-check", "--no-input", "--retries=1", "--timeout=20", "--quiet"]


def wanted(name):
    """What is to be installed: the environment's own packages, and of the others those that the course lacks here."""
    own, shared = packages(name)
    here = {re.sub(r"[-_.]+", "-", one.metadata["Name"] or "").lower() for one in importlib.metadata.distributions()}
    return own + [row for row in shared if row.partition("==")[0] not in here]


def run(command):
    """Run a command quietly.

    Raises
    ------
    OSError
        If it fails, with what it said last.
    """
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    ) as one:
        try:
            said, _ = one.communicate()
        except BaseException:
            one.kill()
            raise
    if one.returncode:
        raise OSError(said)


def remove(path):
    shutil.rmtree(path, ignore_errors=True)
    if os.path.lexists(path):
        raise OSError(f"permission denied: {path}")


def cause(said):
    """The sentence for what a failed command has said."""
    for pattern, sentence in CAUSES.items():
        if re.search(pattern, said, re.I):
            return sentence
    lines = said.strip().splitlines() or ["no message"]
    return f"{lines[-1].strip()}."
