"""Public data that the course uses but does not ship: where to find it on this computer."""

import os
from pathlib import Path

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"  # a folder beside the checkout
VARIABLE = "COURSE_PUBLIC_DATA"


def public_folder(folder=None):
    """The folder of public data: ``folder``, else ``COURSE_PUBLIC_DATA``, else ``shared/data`` beside the checkout."""
    return Path(folder or os.environ.get(VARIABLE) or BESIDE)
