"""The command ``course``: open the course, check the set-up, run the tests, grade."""

import course_lib  # noqa: F401  its settings for shared cores must stand before anything imports torch
