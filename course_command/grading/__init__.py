"""Grading: the commands ``course release / collect / grade / feedback / export`` around nbgrader.

nbgrader does the work. The code here keeps a broken submission from affecting the others, and reports every problem to
the grader.
"""

from course_command.grading.commands import add_commands

__all__ = ["add_commands"]
