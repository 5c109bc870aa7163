"""Ruff, as at each commit: code and notebooks."""

import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=" ".join)
def test_ruff_is_content(command):
    ruff = shutil.which("ruff", path=sysconfig.get_path("scripts"))
    assert ruff, "ruff is missing: run `python3 start.py test`"
    done = subprocess.run([ruff, *command, "--no-cache", "."], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_ruff_is_one_version_everywhere():
    tested = re.search(r"^ruff==(\S+)", (ROOT / "constraints.txt").read_text(), re.M).group(1)
    hooks = re.findall(r"ruff==([\d.]+)", (ROOT / ".pre-commit-config.yaml").read_text())
    assert hooks == [tested, tested]


def test_the_interfaces_are_typed_as_they_are_used():
    """Graph, Potential, Thermostat, Simulation and catalogue, as pyproject.toml lists them."""
    done = subprocess.run([sys.executable, "-m", "mypy"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
