"""One table of all grades: every student and every assignment, also without a grade."""

from dataclasses import dataclass

from nbgrader.api import MissingEntry

from course_command.grading.grade import Row, result
from course_command.grading.tables import write_csv

NOT_SUBMITTED = "not submitted"


@dataclass(frozen=True)
class Grade:
    """A student's grade for one assignment."""

    student: str
    last_name: str
    first_name: str
    assignment: str
    points: str
    maximum: str
    state: str
    remarks: str


def export(course, path):
    """Write the table; returns its rows.

    It contains the students in nbgrader's gradebook (``nbgrader db student import`` puts a class list there) and all
    who have a folder in ``submitted/``.
    """
    with course.gradebook() as gradebook:
        names = {student.id: (student.last_name or "", student.first_name or "") for student in gradebook.students}
    submitted = {name: course.students(name) for name in course.assignments}
    everybody = sorted(names.keys() | {student for students in submitted.values() for student in students})
    rows = []
    for name, theirs in submitted.items():
        maximum = _maximum(course, name)
        for student in everybody:
            row = result(course, name, student) if student in theirs else Row(student, state=NOT_SUBMITTED)
            last, first = names.get(student, ("", ""))
            rows.append(Grade(student, last, first, name, row.points, maximum, row.state, row.remarks))
    write_csv(path, rows, Grade)
    return rows


def _maximum(course, name):
    try:
        with course.gradebook() as gradebook:
            return f"{gradebook.find_assignment(name).max_score:g}"
    except MissingEntry:
        return ""
