"""What the tests share: where public data lies."""

import importlib
import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root():
    """The checkout."""
    return ROOT


@pytest.fixture
def script(root, monkeypatch):
    """``script("ethanol")`` is ``tools/make_data/ethanol.py`` as a module."""
    monkeypatch.syspath_prepend(root / "tools" / "make_data")
    return importlib.import_module


@pytest.fixture(scope="session")
def public_data():
    """The folder with public reference data, which the project never ships (see the README, "Public data").

    ``COURSE_PUBLIC_DATA`` names it; a ``shared/data`` folder beside the checkout is found without it.
    """
    folder = Path(os.environ.get("COURSE_PUBLIC_DATA", ROOT.parent / "shared" / "data"))
    if not folder.is_dir():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(
            f"PUBLIC DATA MISSING: set COURSE_PUBLIC_DATA to a folder that holds nist_lj/ and mlearn/, not {folder}"
        )
    return folder
