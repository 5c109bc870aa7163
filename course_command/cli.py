"""The command ``course``: open the course, check the set-up, run the tests, grade."""

import argparse
import contextlib
import io
import os
import sys
from pathlib import Path

from course_command import environment
from course_command.grading import add_commands

WELCOME = "lectures/00_welcome.ipynb"
NOT_QUICK = ("tests/command", "tests/browser", "tests/lectures")  # they start kernels, browsers and graders
MOST_WORKERS = 8  # each may take 2 GB


def main(arguments=None):
    """Run the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="course", description="Machine learning for molecular simulation.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    command = commands.add_parser("lab", help="open JupyterLab on the welcome notebook")
    command.add_argument("--no-browser", action="store_true", help="print the address instead of opening it")
    command.set_defaults(run=lab)
    commands.add_parser("doctor", help="check the set-up, and say how to mend it").set_defaults(run=doctor)
    commands.add_parser("docs", help="write the library's functions as pages into api/").set_defaults(run=docs)
    environment.add_command(commands)
    command = commands.add_parser("test", help="run all tests; --quick runs a part in minutes", add_help=False)
    command.set_defaults(run=test, rest=[])
    add_commands(commands)
    known, rest = parser.parse_known_args(arguments)
    if rest and known.run is not test:
        parser.error(f"unknown argument {rest[0]}")
    known.rest = rest
    try:
        return known.run(known)
    except ValueError as error:
        print(f"course: {error}", file=sys.stderr)
        return 2


def course_folder():
    """The folder with the lectures: the present one or one above it, else the checkout that holds this package.

    Raises
    ------
    ValueError
        If there is no such folder; the message says what to do.
    """
    here = Path.cwd()
    for folder in (here, *here.parents, Path(__file__).resolve().parents[1]):
        if (folder / WELCOME).is_file():
            return folder
    raise ValueError(
        "The lectures are not here: go to the folder of the course (the one with start.py), then try again."
    )


def lab(arguments):
    """Open JupyterLab on the welcome notebook and stay until it is closed."""
    from jupyterlab.labapp import LabApp

    root = course_folder()
    # The course's settings (no pop-up that asks for news) come first; those of the computer stay valid.
    ours, others = Path(__file__).parent / "jupyter", os.environ.get("JUPYTER_CONFIG_PATH")
    os.environ["JUPYTER_CONFIG_PATH"] = os.pathsep.join([str(ours), *filter(None, [others])])
    # Terminals and `!course` in a notebook find the programs of this environment.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    options = [
        f"--ServerApp.root_dir={root}",
        f"--LabApp.default_url=/lab/tree/{WELCOME}",
        "--ServerApp.log_level=ERROR",  # print only the address, and errors
        "--LabApp.log_level=ERROR",
        "--NotebookApp.show_banner=False",  # slides: no line about another program on top
    ]
    if arguments.no_browser:
        options.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options.append("--allow-root")  # in a container the user is root, which JupyterLab refuses by default
    print("The course is open until you press Ctrl-C here:", flush=True)
    with contextlib.redirect_stdout(io.StringIO()):  # nbclassic prints a page about moving to another program
        server = LabApp.initialize_server(options)
    server.start()
    return 0


def doctor(arguments):
    """Print one line for each part of the set-up; 1 where something essential is broken."""
    from course_command import doctor

    broken = False
    for line in doctor.lines():
        print(line, flush=True)
        broken |= line.essential and not line.ok
    return int(broken)


def test(arguments):
    """Run all tests, lectures and solutions on all cores; ``--quick`` runs a part; other options go to pytest."""
    from importlib.util import find_spec

    if not all(map(find_spec, ("pytest", "nbval", "xdist"))):
        raise ValueError("The tests need packages that are not installed: run `python3 start.py test` instead.")
    import pytest

    os.chdir(course_folder())
    rest = list(arguments.rest)
    if "--quick" in rest:
        print(f"--quick leaves out tests marked slow, lectures and solutions, and {', '.join(NOT_QUICK)}.", flush=True)
        rest.remove("--quick")
        rest += ["-m", "not slow", "tests", *(f"--ignore={folder}" for folder in NOT_QUICK)]
    if not any(word.startswith(("-n", "--numprocesses", "--pdb", "--collect")) for word in rest):
        # The tests of one file stay together and in order, because each cell of a notebook needs those before it. The
        # files keep their order, too: the long ones first.
        rest = [
            "-n",
            str(min(os.cpu_count() or 1, MOST_WORKERS)),
            "--dist",
            "loadscope",
            "--no-loadscope-reorder",
            *rest,
        ]
    return int(pytest.main(rest))


def docs(arguments):
    """Write the pages of the library's functions and classes into the folder ``api``, readable without a network."""
    from importlib.util import find_spec

    if not find_spec("pdoc"):
        raise ValueError("The pages need pdoc, which comes with the tests: run `python3 start.py test` once.")
    import pdoc

    folder = course_folder() / "api"
    pdoc.render.configure(docformat="numpy", math=False)
    pdoc.pdoc("course_lib", "course_checks", output_directory=folder)
    print(f"The pages are in {folder}: open index.html there.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
