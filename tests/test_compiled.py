"""Machine code is kept where that is possible, and nothing that happens to it stops a program."""

import importlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from course_command.grading import landlock
from course_lib.compiled import kept_in

ROOT = Path(__file__).resolve().parents[1]
MODULE = "from course_lib.compiled import njit\n\n@njit(error_model='numpy')\ndef half(x):\n    return x / 2\n"
FENCED = pytest.mark.skipif(not landlock.abi(), reason="READ-ONLY FOLDERS NOT TESTED: this system has no Landlock")


@pytest.fixture
def code(tmp_path, monkeypatch):
    """A folder with a compiled function, where Python looks for modules."""
    (tmp_path / "module.py").write_text(MODULE)
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("module", None)


def start():
    """Import the function anew and call it; returns it, and how often it found its machine code."""
    sys.modules.pop("module", None)
    module = importlib.import_module("module")
    assert module.half(3.0) == 1.5
    return module.half, sum(module.half.stats.cache_hits.values())


def test_the_second_start_finds_the_machine_code(code):
    assert start()[1] == 0
    half, found = start()
    assert found == 1 and kept_in(half) == code / "__pycache__"


@pytest.mark.parametrize(("kind", "length"), [("nbi", 0), ("nbi", 100), ("nbc", 0), ("nbc", -50)])
def test_a_damaged_file_is_made_anew(code, kind, length):
    start()
    (file,) = (code / "__pycache__").glob(f"*.{kind}")
    file.write_bytes(file.read_bytes()[:length])
    assert start()[1] == 0 and start()[1] == 1


def fenced(code, writable, program):
    """Run a program that can write to one folder, its home, or to none; returns what it prints."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("NUMBA_", "XDG_"))}
    environment |= {"PYTHONPATH": os.pathsep.join(map(str, (code, ROOT))), "HOME": str(writable or code / "no home")}
    fence = "from course_command.grading import landlock; "
    fence += f"landlock.restrict(['/'], ['/dev', {str(writable or '/dev')!r}])\n"
    done = subprocess.run([sys.executable, "-c", fence + program], capture_output=True, text=True, env=environment)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.strip()


CALL = "from module import half; assert half(3.0) == 1.5; print(sum(half.stats.cache_hits.values()))"


@pytest.mark.slow
@FENCED
def test_the_engine_works_where_nothing_can_be_written(code):
    program = "import course_lib.analysis.pairs, course_lib.potentials.symmetry_engine\n"
    program += f"{CALL}; from course_lib.compiled import kept_in; print(kept_in(half))"
    assert fenced(code, None, program) == "0\nNone"
    start()
    assert fenced(code, None, program) == f"1\n{code / '__pycache__'}"


@pytest.mark.slow
@FENCED
def test_code_that_can_only_be_read_keeps_its_machine_code_in_the_home_or_brings_it_along(code):
    homes = code / "one", code / "other"
    for home in homes:
        home.mkdir()
    assert [fenced(code, homes[0], CALL) for _ in range(2)] == ["0", "1"], "kept in the home"
    start()
    assert fenced(code, homes[1], CALL) == "1", "found beside the code"
