"""The command ``course`` and the doctor."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import tomllib
import urllib.request
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from patience import HANGS

from course_command import cli, doctor

ROOT = Path(__file__).resolve().parents[2]
COURSE = [sys.executable, "-m", "course_command.cli"]


def constraints():
    rows = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [Requirement(row) for row in rows if row and not row.startswith("#")]


def test_constraints_are_exact_and_hold_no_address():
    text = (ROOT / "constraints.txt").read_text(encoding="utf-8")
    assert "://" not in text and " @ " not in text and "--" not in re.sub(r"^#.*$", "", text, flags=re.M)
    for row in constraints():
        assert [one.operator for one in row.specifier] == ["=="] and "*" not in str(row.specifier), row
    builds = [row.name for row in constraints() if row.name.startswith(("nvidia-cu", "nvidia-n", "triton", "cuda-"))]
    assert not builds, "these would fit one build of torch only"
    assert "torch==2.13.0" in text.splitlines()


def test_constraints_fit_every_requirement():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    pinned = {}
    for row in constraints():
        pinned.setdefault(row.name, []).append(next(iter(row.specifier)).version)
    for text in project["dependencies"] + extras["parts"] + extras["test"]:
        wanted = Requirement(text)
        assert pinned.get(wanted.name), f"{wanted} has no tested version: make constraints.txt anew"
        assert all(version in wanted.specifier for version in pinned[wanted.name]), wanted


def test_doctor_finds_this_set_up_sound():
    lines = doctor.doctor()
    assert [line.name for line in lines] == [name for name, _, _ in doctor.CHECKS]
    bad = {line.name: line.text for line in lines if not line.ok}
    # Load and memory are this computer's matter; what has no build everywhere may be missing, and only that.
    may = {"speed", "memory", "universal potential", "second universal", "quantum chemistry", "tight binding"}
    assert set(bad) <= may, bad
    for name in ("universal potential", "second universal", "quantum chemistry", "tight binding"):
        assert name not in bad or "is not installed" in bad[name], bad[name]
    words = {line.name: line.text for line in lines}
    assert re.search(r"\d+ time steps per second \(\d+ thousand atom-steps/s\)", words["speed"])


BREAK = {  # what is broken -> how, the line that must tell, and whether the course can do without
    "numpy": ("sys.modules['numpy'] = None", "packages", False),
    "torch": ("sys.modules['torch'] = None", "torch", False),
    "chgnet": ("hide('chgnet')", "universal potential", True),
    "sevenn": ("hide('sevenn')", "second universal", True),
    "pyscf": ("hide('pyscf')", "quantum chemistry", True),
    "tblite": ("hide('tblite')", "tight binding", True),
    "a package that exits": ("exits('pyscf')", "quantum chemistry", True),
    "nglview": ("sys.modules['nglview'] = None", "3D viewer", True),
    "jupyter_core": ("sys.modules['jupyter_core.paths'] = None", "sliders", True),
    "psutil": ("sys.modules['psutil'] = None", "memory", True),
    "a place for machine code": (
        "import course_command.engines as engines; engines.run_engines = lambda: None",
        "engines",
        True,
    ),
    "waiting threads": ("os.environ['OMP_WAIT_POLICY'] = 'ACTIVE'", "threads", True),
}
PREPARE = """
import importlib.util, os, sys, types
find = importlib.util.find_spec
def hide(name):
    importlib.util.find_spec = lambda asked, package=None: None if asked == name else find(asked, package)
class Exiting(types.ModuleType):
    def __getattr__(self, name):
        raise SystemExit('it left')
def exits(name):
    spec, sys.modules[name] = find(name), Exiting(name)
    sys.modules[name].__spec__ = spec or object()
"""


def doctor_line(code, name):
    """Run one check of the doctor in a Python prepared by ``code``; its line and the exit status."""
    run = [PREPARE, code, "from course_command import cli, doctor"]
    run += [f"doctor.CHECKS = [check for check in doctor.CHECKS if check[0] == {name!r}]"]
    run += ["sys.exit(cli.main(['doctor']))"]
    done = subprocess.run([sys.executable, "-c", "\n".join(run)], cwd=ROOT, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    (line,) = done.stdout.strip().splitlines()
    return line, done.returncode


@pytest.mark.parametrize("what", BREAK)
def test_doctor_says_in_one_sentence_what_is_broken(what):
    code, name, can_do_without = BREAK[what]
    line, status = doctor_line(code, name)
    assert line.startswith(f"LOOK  {name}") and line.endswith(".") and len(line) < 400, line
    assert status == (0 if can_do_without else 1)


def test_doctor_compares_with_the_tested_versions(monkeypatch):
    monkeypatch.setattr(doctor.importlib.metadata, "version", lambda name: "0.1" if name == "numpy" else real(name))
    with pytest.raises(doctor.Mend, match=r"not the tested versions: numpy 0\.1 \(tested: 2\.4\.6\)"):
        doctor.versions()


real = doctor.importlib.metadata.version


def test_doctor_sees_a_viewer_that_would_stay_empty(tmp_path):
    folder = tmp_path / "labextensions" / "nglview-js-widgets"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"version": "9.9.9"}))
    code = "from course_lib.show.nglview_version import import_nglview; import_nglview()\n"
    code += (
        f"os.environ['JUPYTER_PATH'] = {str(tmp_path)!r}"  # the browser now gets this one, the kernel asks as before
    )
    line, _ = doctor_line(code, "3D viewer")
    assert re.match(r"LOOK  3D viewer .*stay empty: the kernel asks for .* 9\.9\.9", line), line


def test_doctor_sees_sliders_of_another_version(tmp_path):
    folder = tmp_path / "labextensions" / "@jupyter-widgets" / "jupyterlab-manager"
    folder.mkdir(parents=True)
    (folder / "package.json").write_text(json.dumps({"version": "5.0.0"}))
    line, _ = doctor_line(f"os.environ['JUPYTER_PATH'] = {str(tmp_path)!r}", "sliders")
    assert re.match(r"LOOK  sliders .*may be dead: .*delete that folder", line), line


def test_course_folder_is_found_from_inside_it(monkeypatch, tmp_path):
    monkeypatch.chdir(ROOT / "tests")
    assert cli.course_folder() == ROOT
    monkeypatch.chdir(tmp_path)
    assert cli.course_folder() == ROOT, "an editable install knows its checkout"
    monkeypatch.setattr(cli, "__file__", str(tmp_path / "course_command" / "cli.py"))
    with pytest.raises(ValueError, match="go to the folder of the course"):
        cli.course_folder()


@pytest.mark.parametrize("arguments", [[], ["party"], ["lab", "--no-brwser"]])
def test_wrong_command_is_an_error(arguments, capsys):
    with pytest.raises(SystemExit) as stopped:
        cli.main(arguments)
    assert stopped.value.code == 2 and "usage: course" in capsys.readouterr().err


def test_course_test_hands_its_arguments_and_result_on(tmp_path):
    file = tmp_path / "test_two.py"
    file.write_text("def test_a(): pass\ndef test_b(): assert False\n")
    run = [*COURSE, "test", "-q", "-p", "no:cacheprovider", str(file), "-k", "test_b"]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 1 and "1 failed in" in done.stdout, done.stdout  # of one: the other was not chosen


@pytest.mark.skipif(os.name == "nt", reason="the server is stopped with a signal that Windows lacks")
def test_course_lab_prints_an_address_that_opens_the_welcome_notebook(tmp_path):
    log = tmp_path / "log"
    with open(log, "w") as file:
        server = subprocess.Popen([*COURSE, "lab", "--no-browser"], cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)
    try:
        end = time.time() + HANGS
        while not (found := re.search(r"http://\S+/lab/tree/lectures/00_welcome\.ipynb\?token=(\w+)", log.read_text())):
            assert server.poll() is None and time.time() < end, log.read_text()
            time.sleep(0.2)
        address, token = found.group(), found.group(1)
        assert "migrate" not in log.read_text()
        base = address.partition("/lab/")[0]
        assert "<title>JupyterLab" in fetch(address)
        assert json.loads(fetch(f"{base}/api/contents/lectures/00_welcome.ipynb?token={token}"))["type"] == "notebook"
        path = "lab/api/settings/@jupyterlab/apputils-extension:notification"
        settings = json.loads(fetch(f"{base}/{path}?token={token}"))
        assert settings["schema"]["properties"]["fetchNews"]["default"] == "false", "the news pop-up is off"
    finally:
        server.send_signal(signal.SIGTERM)
        assert server.wait(HANGS) is not None


def fetch(address):
    with urllib.request.urlopen(address, timeout=HANGS) as answer:
        return answer.read().decode()
