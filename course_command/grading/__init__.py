"""Grading: the commands ``course release / collect / grade / feedback / export`` around nbgrader.

nbgrader does the work; what stands here keeps one broken submission from spoiling the others and makes sure that
whatever goes wrong is said to the grader.
"""

from course_command.grading.commands import add_commands

__all__ = ["add_commands"]
