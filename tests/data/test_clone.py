"""A clone as Windows makes it holds the bytes that were shipped."""

import os
import subprocess
import sys

import pytest

LOAD_ALL = """
from course_lib.data.catalogue import CATALOGUE, load
for name, entry in CATALOGUE.items():
    load(name, **{key: values[-1] for key, values in entry.choices.items()})
print(load.__globals__["FOLDER"])
"""


def git(*arguments, cwd):
    return subprocess.run(["git", *arguments], cwd=cwd, check=True, capture_output=True, text=True).stdout


@pytest.mark.slow
def test_a_clone_with_windows_line_ends_has_every_file_as_it_was_shipped(root, tmp_path):
    """git's core.autocrlf=true writes CRLF into what it takes for text: three extxyz files were "damaged" so."""
    if not (root / ".git").exists():
        pytest.skip("this copy of the course is not a git repository")
    git("clone", "--quiet", "-c", "core.autocrlf=true", root, tmp_path / "clone", cwd=root)
    done = subprocess.run(
        [sys.executable, "-c", LOAD_ALL], cwd=tmp_path / "clone", capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(tmp_path / "clone")},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert str(tmp_path) in done.stdout  # it was the clone's own data that were read
    changed = [line for line in git("ls-files", "--eol", cwd=tmp_path / "clone").splitlines() if "w/crlf" in line]
    assert not changed
