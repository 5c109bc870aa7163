"""The commands ``course release / collect / grade / feedback / export``."""

import sys
from pathlib import Path

# nbgrader takes seconds to import: each command imports what it needs, so that the other commands stay quick.


def add_commands(subparsers):
    """Add the grading commands to the parser of ``course``.

    Each sets ``run``: a function of the parsed arguments that returns the exit status, 0 only if nothing is left for
    the grader to look after.
    """
    command = _adder(subparsers)

    release = command("release", _release, "make the students' notebooks in exercises/ from solutions/")
    release.add_argument("names", nargs="*", metavar="NAME", help="assignment, for example 01_newton (default: all)")

    collect = command("collect", _collect, "sort what a learning platform exports into submitted/")
    collect.add_argument("source", metavar="FOLDER_OR_ZIP", help="the export")
    collect.add_argument("--assignment", required=True, metavar="NAME", help="which assignment it is")
    collect.add_argument("--pattern", metavar="REGEX", help="finds the student's id: has a group (?P<student>...)")
    collect.add_argument("--dry-run", action="store_true", help="only show what would be done")

    grade = command("grade", _grade, "grade the submissions of an assignment")
    grade.add_argument("name", metavar="NAME", help="the assignment")
    grade.add_argument("--student", action="append", metavar="ID", help="only this one (can be repeated)")
    grade.add_argument("--resume", action="store_true", help="only what is new, has changed or had a problem")

    feedback = command("feedback", _feedback, "make a page with points and comments for every student")
    feedback.add_argument("name", metavar="NAME", help="the assignment")
    feedback.add_argument("--student", action="append", metavar="ID", help="only this one (can be repeated)")

    export = command("export", _export, "write a csv with every student and assignment")
    export.add_argument("--to", type=Path, metavar="FILE", help="default: grades/grades.csv")


def _adder(subparsers):
    def command(name, run, text):
        parser = subparsers.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        parser.add_argument("--course", default=".", metavar="FOLDER", help="the course folder (default: this one)")
        parser.set_defaults(run=lambda arguments: _said(run, arguments))
        return parser

    return command


def _said(run, arguments):
    """Run a command; an error is printed as one sentence, not as a traceback."""
    from course_command.grading.course import find_course

    try:
        return run(find_course(arguments.course), arguments)
    except (ValueError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("Stopped. What was done is kept; `course grade NAME --resume` continues.", file=sys.stderr)
        return 130


def _release(course, arguments):
    from course_command.grading.release import release

    for name in arguments.names or course.assignments:
        print(f"{name}: {release(course, name)}", flush=True)
    return 0


def _collect(course, arguments):
    from course_command.grading.collect import collect
    from course_command.grading.tables import text_table

    lines = collect(course, arguments.source, arguments.assignment, arguments.pattern, arguments.dry_run)
    rows = [[line.student or "?", line.file, ("LOOK: " if line.lost else "") + line.state] for line in lines]
    print("\n".join(text_table([["student", "file", "state"], *rows])))
    lost = sum(line.lost for line in lines)
    students = len({line.student for line in lines if line.student})
    print(f"{students} students; {lost or 'no'} lines to look after.{' Nothing was written.' * arguments.dry_run}")
    return 1 if lost else 0


def _grade(course, arguments):
    from course_command.grading import landlock
    from course_command.grading.grade import PROBLEM, grade, table_path
    from course_command.grading.tables import text_table

    if not landlock.abi():
        print("Submissions are NOT fenced in on this system: see the README on grading before you go on.", flush=True)
    done = []

    def say(row):
        done.append(row)
        print(f"{len(done):4d} {row.student}: {row.state}", flush=True)

    rows, warnings = grade(course, arguments.name, arguments.student, arguments.resume, say)
    cells = [[row.student, row.points or "-", row.maximum or "-", row.state, row.remarks] for row in rows]
    print("\n".join(["", *text_table([["student", "points", "max", "state", "remarks"], *cells]), ""]))
    problems = sum(row.state == PROBLEM for row in rows)
    print(f"{len(rows)} submissions, {problems or 'no'} problems; table in {table_path(course, arguments.name)}")
    for warning in warnings:
        print(f"LOOK: {warning}")
    return 1 if problems or warnings else 0


def _feedback(course, arguments):
    from course_command.grading.feedback import feedback

    missing = []
    course.solution(arguments.name)
    for student in arguments.student or course.students(arguments.name):
        try:
            print(f"{student}: {feedback(course, arguments.name, student)}", flush=True)
        except ValueError as error:
            missing.append(student)
            print(f"{student}: NO PAGE, {error}", flush=True)
    print(f"No page for {len(missing)} students." if missing else "Every submission has its page.")
    return 1 if missing else 0


def _export(course, arguments):
    from course_command.grading.grades_table import export

    path = arguments.to or course.grades / "grades.csv"
    rows = export(course, path)
    without = sum(not row.points for row in rows)
    print(f"{len(rows)} rows, {without} without points, in {path}")
    return 0
