"""The environments of MACE and M3GNet for the tests: made once for all of them, by the command that a person uses."""

import os

import pytest

from course_command import environment


def needed(name):
    """Make the environment, unless it is there; without a network the test is skipped, and under CI it fails."""
    try:
        environment.make(name)
    except ValueError as error:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(f"NOT TESTED HERE: {error}")
    return name
