"""The command ``course``: open the course, check the set-up, run the tests, grade."""

import course_lib  # noqa: F401  sets OMP_WAIT_POLICY before anything imports torch
