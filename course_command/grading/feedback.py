"""A page for every student: the graded notebook with points and comments, without the hidden tests."""

import re

from nbgrader.converters import GenerateFeedback
from nbgrader.preprocessors import ClearHiddenTests

from course_command.grading.grade import result

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class HideHiddenTests(ClearHiddenTests):
    """Leave hidden tests out of the page: their source, and the lines of it in a traceback.

    Output of a student's own code is not changed, and code can print the cells of the session it runs in.
    """

    def preprocess_cell(self, cell, resources, cell_index):
        before = cell.source.split("\n")
        if self._remove_hidden_test_region(cell):
            cell.source += "\n# (here stood a hidden test)"
            shown = set(cell.source.split("\n"))
            hidden = [line.strip() for line in before if line.strip() and line not in shown]
            for output in cell.get("outputs", []):
                if output.output_type == "error":
                    output.traceback = [part for part in output.traceback if not _shows(part, hidden)]
        return cell, resources


def _shows(part, lines):
    text = COLOURS.sub("", part)
    return any(line in text for line in lines)


def feedback(course, name, student):
    """Make ``feedback/STUDENT/NAME/NAME.html``; returns its path.

    Raises
    ------
    ValueError
        If the present version of the submission has not been graded, or if nbgrader cannot make the page.
    """
    place = f"{student}/{name}"
    with course.alone(name), course.workshop() as workshop:  # while it is read, nobody may grade it anew
        row = result(course, name, student)
        if not row.points:
            raise ValueError(row.remarks)
        course.bring("autograded", place, workshop)
        course.run(GenerateFeedback, workshop, name, student)
        course.take("feedback", place, workshop)
    return course.folder("feedback") / place / f"{name}.html"
