"""The command ``course env``: a complete environment, or one sentence and nothing half-made."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import environments
import pytest
from packaging.requirements import Requirement
from patience import HANGS

from course_command import cli, doctor, environment
from course_lib.labels.environments import ENVIRONMENTS, folder, packages, python_of, stamp_file, state

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """A course whose own environment lies in an empty folder."""
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_the_lists_are_exact_and_agree_with_the_constraints(name):
    own, shared = packages(name)
    rows = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {row.split(" ")[0] for row in rows if row and not row.startswith("#")}
    for row in own + shared:
        assert [one.operator for one in Requirement(row).specifier] == ["=="], row
        assert "://" not in row
    assert {row.split(" ")[0] for row in shared} <= pinned
    assert not any(row.startswith(("torch=", "nvidia", "triton", "cuda")) for row in own + shared)


@pytest.mark.parametrize("name", ENVIRONMENTS)
def test_every_package_has_what_it_asks_for(name):
    """In the environment itself, as pip's own check would: it has no pip."""
    environments.needed(name)
    own, _ = packages(name)
    code = """
import importlib.metadata as m, sys
from packaging.requirements import Requirement
for name in sys.argv[1:]:
    for text in m.distribution(name).requires or ():
        wanted = Requirement(text)
        if wanted.marker is None or wanted.marker.evaluate({"extra": ""}):
            found = [part.version for part in m.distributions(name=wanted.name)]
            if not any(wanted.specifier.contains(version, prereleases=True) for version in found):
                print(name, "asks for", wanted, "and finds", *found or ["nothing"])
"""
    command = [python_of(name), "-I", "-c", code, *(Requirement(row).name for row in own)]
    done = subprocess.run(command, capture_output=True, text=True)
    allowed = "huggingface-hub asks for hf-xet"  # a faster download, left out
    rest = [row for row in (done.stdout + done.stderr).splitlines() if not row.startswith(allowed)]
    assert rest == []


def test_the_second_time_it_is_there(capsys):
    environments.needed("mace")
    start = time.perf_counter()
    assert cli.main(["env", "mace"]) == 0
    assert "is there, complete" in capsys.readouterr().out and time.perf_counter() - start < 5
    assert sum(file.stat().st_size for file in folder("mace").rglob("*") if not file.is_symlink()) < 150e6
    assert "MACE" in doctor.own_environments()


def test_an_unknown_name_is_an_error(capsys):
    with pytest.raises(SystemExit):
        cli.main(["env", "oracle"])
    assert "invalid choice: 'oracle'" in capsys.readouterr().err


def sentence(capsys, name="mace"):
    """What the command says as it gives up; then nothing half-made may be there."""
    assert cli.main(["env", name]) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said and len(said) < 400
    assert not folder(name).exists() and not folder(name).with_name(f"{name}.new").exists()
    return said


def test_without_a_network_it_says_so(elsewhere, monkeypatch, capsys):
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_NO_CACHE_DIR", "1")
    assert "was not made: a package cannot be fetched: check the network" in sentence(capsys)


def test_without_room_it_says_so(elsewhere, monkeypatch, capsys):
    monkeypatch.setattr(shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(1, 1, 10))
    assert "the disk is full: make room" in sentence(capsys)


def test_where_nothing_may_be_written_it_says_so(elsewhere, capsys):
    (elsewhere / "course-envs").write_text("a file is in the way")
    assert cli.main(["env", "mace"]) == 2
    assert "The environment of MACE was not made: " in capsys.readouterr().err


def test_a_package_that_does_not_work_leaves_nothing(elsewhere, monkeypatch, capsys):
    monkeypatch.setattr(environment, "pip_options", lambda: ["--help"])  # installs nothing, and succeeds
    monkeypatch.setattr(environment, "TRY", {"mace": "json.nothing"})
    assert "was not made: ModuleNotFoundError: No module named 'json.nothing'" in sentence(capsys)


def test_an_environment_of_older_packages_is_out_of_date(elsewhere):
    assert state("mace") == "missing"
    folder("mace").mkdir(parents=True)
    assert state("mace") == "missing"  # half-made: the stamp is written last
    stamp_file("mace").write_text("mace-torch==0.3.15\n")
    assert state("mace") == "out of date"


def test_a_folder_of_somebody_else_is_left_alone(elsewhere, capsys):
    folder("mace").mkdir(parents=True)
    (folder("mace") / "thesis.txt").write_text("years of work")
    assert cli.main(["env", "mace"]) == 2
    assert "is there and was not made by this command: move it away" in capsys.readouterr().err
    assert (folder("mace") / "thesis.txt").read_text() == "years of work"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_ctrl_c_leaves_nothing_half_made(tmp_path):
    code = f"import sys; sys.prefix = {str(tmp_path)!r}; from course_command import cli\n"
    code += "sys.exit(cli.main(['env', 'mace']))"
    command = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    new, end = tmp_path / "course-envs" / "mace.new", time.time() + HANGS
    while not (new / "pyvenv.cfg").exists():
        assert command.poll() is None and time.time() < end
        time.sleep(0.05)
    time.sleep(0.5)
    command.send_signal(signal.SIGINT)
    _, said = command.communicate(timeout=HANGS)
    assert command.returncode == 2 and re.search("Stopped, and nothing half-made is left behind", said), said
    assert sorted(file.name for file in (tmp_path / "course-envs").iterdir()) in (["mace.lock"], [])
