"""The grading commands with the real nbgrader: a class with every kind of broken submission."""

import copy
import csv
import json
import os
import re
import shutil
import subprocess
import sys
import warnings
import zipfile
from contextlib import nullcontext
from dataclasses import replace

import nbformat
import psutil
import pytest
from filelock import FileLock, Timeout
from nbgrader_fixture import ENERGY, FORCE, MAXIMUM, NAME, Submission, solution

from course_command import cli
from course_command.grading import landlock
from course_command.grading.collect import collect
from course_command.grading.course import find_course
from course_command.grading.feedback import feedback
from course_command.grading.grade import Row, grade, table_path
from course_command.grading.notebooks import grade_ids, marks, read_notebook
from course_command.grading.platform_names import sender
from course_command.grading.release import release
from course_command.grading.repair import RECORD, restore_marks
from course_command.grading.tables import read_csv

BY_HAND, GRADED, PROBLEM = "needs manual grading", "graded", "problem"


def new_course(folder, root):
    """A course folder with the settings of this one."""
    folder.mkdir(exist_ok=True)
    shutil.copy(root / "nbgrader_config.py", folder)
    return find_course(folder)


def run(course, *arguments):
    """Run ``course ...`` on a course folder; returns the exit status."""
    return cli.main([*arguments, "--course", str(course.root)])


def submit(course, student, data, file=f"{NAME}.ipynb"):
    """Put a file where `course collect` would."""
    folder = course.folder("submitted") / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    if data is not None:
        (folder / file).write_bytes(data)


@pytest.fixture(scope="module")
def spring(tmp_path_factory, root):
    """A course with the small assignment, released."""
    course = new_course(tmp_path_factory.mktemp("course") / "Kurs [WS26] 100% {neu}", root)
    folder = course.folder("source") / NAME
    folder.mkdir(parents=True)
    nbformat.write(solution(), folder / f"{NAME}.ipynb")
    assert run(course, "release") == 0
    return course


@pytest.fixture(scope="module")
def released(spring):
    """The released notebook."""
    return nbformat.read(spring.folder("release") / NAME / f"{NAME}.ipynb", as_version=4)


def test_what_would_give_the_solution_away_is_not_released(tmp_path, root):
    course, notebook = new_course(tmp_path / "course", root), nbformat.v4.new_notebook()
    cells = "def twice(x):\n    return 2 * x", "assert twice(1) == 2"
    notebook.cells = [nbformat.v4.new_code_cell(source) for source in cells]
    folder = course.folder("source") / NAME
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{NAME}.ipynb")
    with pytest.raises(ValueError, match=f"{NAME} cannot be released: none of its cells is marked as an answer"):
        release(course, NAME)
    assert not course.folder("release").exists()


def test_release_takes_out_what_students_must_not_see_and_says_what_has_changed(spring, released):
    text = nbformat.writes(released)
    assert "-k * x" not in text and "secret_x" not in text and "It is a square" not in text
    assert 'NotImplementedError(\\"Your turn' in text
    assert grade_ids(released) == grade_ids(solution())
    assert release(spring, NAME) == "unchanged"
    edited = spring.folder("release") / NAME / f"{NAME}.ipynb"
    before = edited.read_bytes()
    edited.write_bytes(Submission(released).write(test_force="pass").bytes())
    assert release(spring, NAME) == f"{NAME}.ipynb has changed (test_force)"
    assert edited.read_bytes() == before


def test_a_failing_release_says_why_and_leaves_the_exercise_alone(tmp_path, root, capsys):
    course = new_course(tmp_path, root)
    source, target = (course.folder(step) / NAME / f"{NAME}.ipynb" for step in ("source", "release"))
    for path in (source, target):
        path.parent.mkdir(parents=True)
    broken = solution()
    broken.cells[3].metadata["nbgrader"]["grade_id"] = "force"
    nbformat.write(broken, source)
    target.write_text("what was there")
    assert run(course, "release") == 2
    assert "Duplicate grade id: force" in capsys.readouterr().err
    assert target.read_text() == "what was there"
    assert run(course, "release", "51_none") == 2
    assert f"no assignment '51_none': {source.parents[1]} holds {NAME}" in capsys.readouterr().err


def test_outside_a_course_folder_there_is_one_sentence(tmp_path, capsys):
    assert cli.main(["export", "--course", str(tmp_path)]) == 2
    assert "go to the folder with nbgrader_config.py" in capsys.readouterr().err


def solved(released):
    return Submission(released).solve()


STATE = "application/vnd.jupyter.widget-state+json"
COLAB = {"colab": {"provenance": []}, "widgets": {STATE: {"0a1b": {"model_name": "FloatSliderModel", "state": {}}}}}
SKIP = "test_energy", "skip-execution"  # nbclient does not run a cell with this tag
LEAVE = "\nimport subprocess\nprint('left', subprocess.Popen(['sleep', '300']).pid, flush=True)"
CHATTY = "import sys\n\ndef force(k, x):\n    print('a warning', file=sys.stderr)\n    return -k * x"

# student: what is submitted, points, state, what the remarks must say
CLASS = {
    "right": (lambda r: solved(r), 3, BY_HAND, ""),
    "untouched": (lambda r: Submission(r), 0, GRADED, ""),
    "wrong": (lambda r: solved(r).write(force=FORCE.replace("-k", "k")), 2, BY_HAND, ""),
    "killed": (
        lambda r: solved(r).write(force=FORCE + LEAVE, energy=f"{ENERGY}\nimport os, time\ntime.sleep(1)\nos._exit(1)"),
        1,
        PROBLEM,
        "kernel died in this",
    ),
    "deleted": (
        lambda r: solved(r).delete("test_energy"),
        3,
        BY_HAND,
        "'test_energy' was missing and has been put back",
    ),
    "answerless": (lambda r: solved(r).delete("why"), 3, GRADED, "'why' is missing: check whether the answer"),
    "twice": (
        lambda r: solved(r).paste("force", "def force(k, x):\n    return 0"),
        3,
        BY_HAND,
        "'force' occurs 2 times",
    ),
    "stripped": (
        lambda r: solved(r).strip().tell(COLAB),
        3,
        BY_HAND,
        "the marks of 'setup', 'force', 'test_force', 'energy'",
    ),
    "stripped [more]": (lambda r: solved(r).strip(ids=True), 3, BY_HAND, "the marks of 'setup', 'force', 'test_force'"),
    "edited": (lambda r: Submission(r).write(test_force="pass", test_energy="pass"), 0, GRADED, "had been edited"),
    "chatty": (lambda r: solved(r).write(force=CHATTY), 3, BY_HAND, ""),
    "lucky": (lambda r: solved(r).write(energy="def energy(k, x):\n    return 9.0").tag(*SKIP), 1, BY_HAND, ""),
}


@pytest.fixture(scope="module")
def graded(spring, released):
    """The class, submitted and graded by the command; returns the rows of the csv by student."""
    for student, (make, *_) in CLASS.items():
        submit(spring, student, make(released).bytes())
    submit(spring, "empty", None)
    submit(spring, "cut", solved(released).bytes()[:900])
    submit(spring, "essay", b"%PDF-1.7", "essay.pdf")
    submit(spring, "renamed", solved(released).bytes(), "final (2).ipynb")
    submit(spring, "other", nbformat.writes(nbformat.v4.new_notebook(metadata={}, cells=[])).encode(), "a.ipynb")
    submit(spring, "other", b"{}", "b.ipynb")
    (spring.folder("submitted") / "lost.ipynb").write_bytes(b"{}")
    assert run(spring, "grade", NAME) == 1
    with (spring.grades / f"{NAME}.csv").open(encoding="utf-8-sig") as file:
        return {row["student"]: row for row in csv.DictReader(file)}


def test_every_submitted_folder_has_a_row(spring, graded):
    assert sorted(graded) == spring.students(NAME) == sorted([*CLASS, "empty", "cut", "essay", "renamed", "other"])


@pytest.mark.parametrize("student", CLASS)
def test_whatever_happened_to_a_submission_it_is_graded_and_the_grader_told(graded, student):
    _, points, state, remark = CLASS[student]
    row = graded[student]
    assert (float(row["points"]), float(row["maximum"]), row["state"]) == (points, MAXIMUM, state), row
    assert remark in row["remarks"] if remark else not row["remarks"], row


@pytest.mark.parametrize(
    ("student", "reason"),
    {
        "empty": "no notebook was submitted; the folder holds nothing",
        "cut": f"{NAME}.ipynb cannot be read: the file is not a notebook: no JSON from line",
        "essay": "no notebook was submitted; the folder holds essay.pdf",
        "other": f"no notebook with cells of {NAME} was submitted; the folder holds a.ipynb, b.ipynb",
    }.items(),
)
def test_what_cannot_be_graded_has_a_row_with_the_reason_and_no_points(graded, student, reason):
    assert graded[student]["state"] == PROBLEM and graded[student]["points"] == ""
    assert graded[student]["remarks"].startswith(reason)


def test_a_renamed_notebook_is_found_by_its_cells(graded):
    assert float(graded["renamed"]["points"]) == 3
    assert graded["renamed"]["remarks"] == f"final (2).ipynb was graded as {NAME}.ipynb"


def test_the_table_on_screen_has_everybody_and_notebooks_in_the_wrong_place(spring, graded, capsys):
    assert run(spring, "grade", NAME, "--resume") == 1
    screen = capsys.readouterr().out
    assert all(f"\n{student} " in screen for student in graded)
    assert "lost.ipynb is in no folder" in screen and f"{len(graded)} submissions, 5 problems" in screen


def test_resume_grades_only_what_has_changed(spring, graded, released, monkeypatch):
    done = []
    original = sys.modules[grade.__module__]._grade_one
    monkeypatch.setattr("course_command.grading.grade._grade_one", lambda *a: done.append(a[2]) or original(*a))
    submit(spring, "wrong", solved(released).bytes())
    rows, _ = grade(spring, NAME, students=["right", "wrong", "empty"], resume=True)
    assert done == ["wrong", "empty"] and [row.points for row in rows] == ["3", "3", ""]
    submit(spring, "wrong", CLASS["wrong"][0](released).bytes())
    assert [row.points for row in grade(spring, NAME, students=["wrong"])[0]] == ["2"]


def test_an_unexpected_failure_costs_only_that_student(spring, graded, monkeypatch):
    def fail(submitted, *_):
        if submitted.parent.name == "right":
            raise ZeroDivisionError("nobody thought of this")
        raise ValueError("nor of this")

    before = (spring.grades / f"{NAME}.csv").read_bytes()
    monkeypatch.setattr("course_command.grading.grade.working_copy", fail)
    rows, _ = grade(spring, NAME, students=["right", "wrong"])
    assert [row.state for row in rows] == [PROBLEM, PROBLEM]
    assert rows[0].remarks == "ZeroDivisionError: nobody thought of this (see grades/errors.log)"
    assert rows[1].remarks == "nor of this"
    (spring.grades / f"{NAME}.csv").write_bytes(before)


def test_of_two_graders_at_once_one_waits_and_nobody_is_lost(spring, graded, released):
    submit(spring, "late", solved(released).bytes())
    command = [sys.executable, "-m", "course_command.cli", "grade", NAME, "--student", "late"]
    others, said = [], []

    def another_grader(row):
        if not others:
            others.append(subprocess.Popen([*command, "--course", str(spring.root)], stderr=subprocess.PIPE, text=True))
            said.append(others[0].stderr.readline())  # it waits, or it is done

    grade(spring, NAME, students=["empty", "cut"], say=another_grader)
    assert "Waiting: another command is at work on 50_spring" in said[0]
    others[0].communicate()
    with (spring.grades / f"{NAME}.csv").open(encoding="utf-8-sig") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows.keys() >= graded.keys() and rows["late"]["points"] == "3"
    shutil.rmtree(spring.folder("submitted") / "late")
    with spring.gradebook() as gradebook:
        gradebook.remove_student("late")  # the class is that of the other tests again


def test_who_came_late_and_was_graded_while_another_grader_waited_keeps_the_row(class_room, released, monkeypatch):
    submit(class_room, "empty", None)
    alone = type(class_room).alone

    def wait(course, name):  # until the other grader is done
        monkeypatch.setattr(type(class_room), "alone", alone)
        submit(course, "late", None)
        grade(course, name, students=["late"])
        return alone(course, name)

    monkeypatch.setattr(type(class_room), "alone", wait)
    grade(class_room, NAME, students=["empty"])
    assert [row.student for row in read_csv(table_path(class_room, NAME), Row)] == ["empty", "late"]


def limited(course, **limits):
    """The same course with other limits for submissions."""
    config = copy.deepcopy(course.config)
    config.FencedExecute.update(limits)
    return replace(course, config=config)


BURN = "while True:\n    pass"


def test_processor_time_is_limited_also_in_programs_that_a_cell_starts(spring, released):
    child = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])"
    cells = {"force": f"{FORCE}\n{child}", "energy": f"{ENERGY}\n{BURN}"}
    submit(spring, "endless", solved(released).write(**cells).bytes())
    (row,), _ = grade(limited(spring, timeout=3, total_seconds=5), NAME, students=["endless"])
    assert (row.points, row.state) == ("1", PROBLEM)
    assert row.remarks.startswith("all cells together used more than 5 s of processor time: 'test_energy'; ")
    assert row.remarks.endswith("'force' ran out of time; 'energy' ran out of time")
    assert errors(spring, "endless", "force")[-1] == "the cell used more than 3 s of processor time"


def test_waiting_costs_nothing_until_patience_ends_and_a_cell_that_cannot_be_stopped_ends_the_run(spring, released):
    deaf = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{BURN}"
    work = solved(released).write(force=f"{FORCE}\nimport time\ntime.sleep(10000)", energy=f"{ENERGY}\n{deaf}")
    work.notebook.cells.insert(1, nbformat.v4.new_code_cell("import time\ntime.sleep(4)"))  # longer than is allowed
    submit(spring, "idle", work.bytes())
    (row,), _ = grade(limited(spring, timeout=2, patience=15, iopub_timeout=8), NAME, students=["idle"])
    assert (row.points, row.state) == ("1", BY_HAND)
    assert row.remarks == "'force' ran out of time; 'energy' ran out of time; 'test_energy' ran out of time"
    assert errors(spring, "idle", "force")[-1].startswith("the cell took longer than 30 s, ")


@pytest.mark.skipif(sys.platform != "linux", reason="MEMORY LIMIT NOT TESTED: only Linux has one")
def test_a_cell_that_takes_all_memory_or_prints_without_end_costs_its_cell(spring, released):
    cells = {"force": f"{FORCE}\nwhile True:\n    print('x' * 10000)", "energy": f"{ENERGY}\nall = bytearray(10**10)"}
    submit(spring, "greedy", solved(released).write(**cells).bytes())
    (row,), _ = grade(limited(spring, memory_gb=2), NAME, students=["greedy"])
    assert (row.points, row.state) == ("3", BY_HAND)
    assert row.remarks == "'force' printed too much; 'energy' ran out of memory"


SPY = """import os, subprocess, urllib.request

for path in {paths}:
    try:
        print("OPENED", path, os.listdir(path) if os.path.isdir(path) else len(open(path, "rb").read()))
    except OSError:
        pass
try:
    open({write}, "w").write("1")
    print("WRITTEN")
except OSError:
    pass
print(subprocess.run(["cat", {paths}[0]], capture_output=True, text=True).stdout)
try:
    urllib.request.urlopen("http://127.0.0.1:9", timeout=1)
except OSError as error:
    print("network:", error.reason)
"""


LOOK = """
import sys, course_lib, helper
print(dict(os.environ), os.listdir("."), helper.x, course_lib.__version__)
"""


@pytest.fixture(scope="module")
def explored(spring, released):
    """What a submission printed that looks around, and leaves a program running."""
    course = spring.root
    private = [f"solutions/{NAME}/{NAME}.ipynb", "gradebook.db", "submitted", "autograded", "grades", "."]
    spy = SPY.format(paths=[str(course / path) for path in private], write=repr(str(course / "hello.txt")))
    submit(spring, "spy", solved(released).write(force=FORCE + LEAVE, energy=f"{spy}\n{LOOK}\n{ENERGY}").bytes())
    submit(spring, "spy", b"raise SystemExit", "course_lib.py")
    submit(spring, "spy", b"x = 'its own module'", "helper.py")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRADER_TOKEN", "very secret")
        (row,), _ = grade(spring, NAME, students=["spy"])
    assert row.points == "3", (row, output(spring, "spy", "energy"))
    return output(spring, "spy", "energy")


@pytest.mark.skipif(not landlock.abi(), reason="FENCE NOT TESTED: this system has no Landlock")
def test_a_submission_cannot_open_solutions_grades_or_other_submissions(spring, explored):
    assert "OPENED" not in explored and "WRITTEN" not in explored and "BEGIN SOLUTION" not in explored
    assert not (spring.root / "hello.txt").exists()
    if landlock.abi() >= 4:
        assert "network: [Errno 13]" in explored


def test_a_submission_sees_a_clean_environment_and_nothing_it_submits_shadows_the_course(explored):
    assert "its own module" in explored
    assert "very secret" not in explored and ".ipynb'" not in explored and os.environ["HOME"] + "'" not in explored


@pytest.mark.skipif(sys.platform == "win32", reason="PROCESS GROUPS NOT TESTED: Windows has none")
def test_programs_left_running_are_ended(spring, explored, graded):
    for student in ("spy", "killed"):
        pid = int(output(spring, student, "force").split()[1])
        assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def outputs(course, student, grade_id):
    """The outputs of a cell when it was graded."""
    graded = nbformat.read(course.folder("autograded") / student / NAME / f"{NAME}.ipynb", as_version=4)
    (cell,) = [cell for cell in graded.cells if marks(cell).get("grade_id") == grade_id]
    return cell.outputs


def output(course, student, grade_id):
    """What a cell printed when it was graded."""
    return "".join(out.get("text", "") for out in outputs(course, student, grade_id))


def errors(course, student, grade_id):
    """The errors of a cell when it was graded."""
    return [out.evalue for out in outputs(course, student, grade_id) if out.output_type == "error"]


def test_feedback_shows_points_and_hints_but_no_hidden_test(spring, graded, capsys):
    assert run(spring, "feedback", NAME) == 1
    screen = capsys.readouterr().out
    assert "cut: NO PAGE, 50_spring.ipynb cannot be read" in screen and "right: " in screen
    page = {s: (spring.folder("feedback") / s / NAME / f"{NAME}.html") for s in graded}
    assert not page["cut"].exists()
    assert "A spring pulls back: mind the sign." in page["wrong"].read_text(encoding="utf-8")
    assert "the kernel died in this cell" in page["killed"].read_text(encoding="utf-8")
    assert page["stripped"].exists(), "Colab's metadata must not stop the page"
    lucky = page["lucky"].read_text(encoding="utf-8")
    assert "AssertionError" in lucky and "here stood a hidden test" in lucky
    for html in (path.read_text(encoding="utf-8") for path in page.values() if path.exists()):
        assert "secret_x" not in html and "73.5" not in html


def test_a_page_is_made_while_nobody_grades(spring, graded, monkeypatch):
    def look(course, *_):
        with pytest.raises(Timeout):
            FileLock(course.grades / f".{NAME}.lock").acquire(blocking=False)
        raise ValueError("the lock is held")

    monkeypatch.setattr(type(spring), "run", look)
    with pytest.raises(ValueError, match="the lock is held"):
        feedback(spring, NAME, "right")


def test_points_given_by_hand_are_exported_and_nobody_is_missing(spring, graded, released, tmp_path):
    with spring.gradebook() as gradebook:
        gradebook.find_grade("why", NAME, NAME, "right").manual_score = 2.5
        gradebook.find_grade("why", NAME, NAME, "right").needs_manual_grade = False
        gradebook.db.commit()
        gradebook.update_or_create_student("absent", first_name="Zoë", last_name="Ångström, the younger")
    submit(spring, "edited", solved(released).bytes())  # handed in again, not graded yet
    assert run(spring, "export", "--to", str(tmp_path / "all.csv")) == 0
    with (tmp_path / "all.csv").open(encoding="utf-8-sig") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    assert rows.keys() == {*spring.students(NAME), "absent"}
    assert (rows["right"]["points"], rows["right"]["maximum"], rows["right"]["state"]) == ("5.5", "6", GRADED)
    assert (rows["absent"]["points"], rows["absent"]["state"]) == ("", "not submitted")
    assert (rows["absent"]["first_name"], rows["absent"]["last_name"]) == ("Zoë", "Ångström, the younger")
    assert (rows["empty"]["points"], rows["empty"]["state"]) == ("", PROBLEM)
    assert (rows["edited"]["points"], rows["edited"]["state"]) == ("", PROBLEM)
    assert rows["edited"]["remarks"] == "the submission has changed since: grade it again"
    assert rows["killed"]["points"] == "1" and rows["killed"]["state"] == PROBLEM


def test_graded_cells_cannot_change_under_graded_students(spring, graded, capsys):
    path = spring.folder("source") / NAME / f"{NAME}.ipynb"
    before = path.read_bytes()
    changed = solution()
    del changed.cells[-1]
    nbformat.write(changed, path)
    assert run(spring, "release", NAME) == 2
    assert "students have been graded on the earlier ones" in capsys.readouterr().err
    path.write_bytes(before)
    assert release(spring, NAME) == "unchanged"


def test_a_student_who_has_not_submitted_cannot_be_graded(spring, capsys):
    assert run(spring, "grade", NAME, "--student", "nobody") == 2
    assert "nobody: no folder 50_spring" in capsys.readouterr().err


def test_marks_come_back_to_the_cells_they_belong_to(released):
    mixed = solved(released)
    mixed.notebook.cells.insert(3, nbformat.v4.new_code_cell("print(force(1, 1))"))
    mixed.strip(ids=True).notebook.cells[-1].cell_type = "raw"
    remarks = restore_marks(mixed.notebook, released)
    found = {marks(cell)["grade_id"]: cell.source for cell in mixed.notebook.cells if marks(cell)}
    assert found["energy"] == ENERGY and found["test_force"].startswith("assert force")
    assert remarks[-1] == "'why' is missing: check whether the answer is elsewhere"

    turned = solved(released)
    turned.notebook.cells[turned.index("why")].cell_type = "code"
    turned.notebook.cells[turned.index("why")].update(outputs=[], execution_count=None)
    restore_marks(turned.notebook, released)
    assert turned.notebook.cells[turned.index("why")].cell_type == "markdown"

    foreign = solved(released)
    foreign.notebook.cells[4].metadata["nbgrader"] = {"grade_id": "mine", "grade": True, "points": 100}
    assert restore_marks(foreign.notebook, released) == [
        "'mine' is not a cell of this assignment and was graded as plain text or code"
    ]
    assert not marks(foreign.notebook.cells[4])


@pytest.mark.parametrize(
    ("path", "student", "rest"),
    [
        ("Ana Díaz_4711_assignsubmission_file_/final.ipynb", "Ana_Díaz", "final.ipynb"),
        ("Ana Díaz_4711_assignsubmission_file_50_spring.ipynb", "Ana_Díaz", "50_spring.ipynb"),
        ("out/O'Neil Zoë_12_assignsubmission_file/hw/a.ipynb", "O_Neil_Zoë", "hw/a.ipynb"),
        ("smithbob_340934_208490284_50_spring-1.ipynb", "smithbob_340934", "50_spring-1.ipynb"),
        ("smithbob_LATE_340934_208490284_50_spring.ipynb", "smithbob_340934", "50_spring.ipynb"),
        ("o_neil_340934_208490284_a.ipynb", "o_neil_340934", "a.ipynb"),
        ("smithbob_340934_208490284_Eve_7_assignsubmission_file_a.ipynb", "smithbob_340934", None),
        ("Ana_1_assignsubmission_file_Eve_7_assignsubmission_file_a.ipynb", "Ana", None),
        ("Ex 1_u123_attempt_2026-01-30-15-00-00_a.ipynb", "u123", "a.ipynb"),
        ("Ex_u1_attempt_2026-01-30-15-00-00_Ex_u2_attempt_2026-01-31-15-00-00_a.ipynb", "u1", None),
        ("alice/work/50_spring.ipynb", "alice", "work/50_spring.ipynb"),
        ("50_Spring_alice.ipynb", "alice", "50_Spring_alice.ipynb"),
        ("alice.ipynb", "alice", "alice.ipynb"),
        ("50_spring.ipynb", "", "50_spring.ipynb"),
        ("grades.csv", "", "grades.csv"),
        ("../x/a.ipynb", "", "x/a.ipynb"),
    ],
)
def test_who_sent_a_file(path, student, rest):
    who = sender(tuple(path.split("/")), NAME)
    assert (who.student, "/".join(who.rest)) == (student, rest or "/".join(who.rest))


def test_a_pattern_of_ones_own_says_who_sent_a_file():
    parts = ("group7", "hw-s042-50_spring.ipynb")
    assert sender(parts, NAME, r"hw-(?P<student>s\d+)-").student == "s042"
    assert sender(parts, NAME, r"nothing(?P<student>x)").student == ""


def write_zip(path, files):
    """A zip file; ``files`` are (name, time, content)."""
    with zipfile.ZipFile(path, "w") as archive:
        for name, time, content in files:
            archive.writestr(zipfile.ZipInfo(name, time), content)
    return path


MORNING, NOON, EVENING = (2026, 3, 2, 8, 0, 0), (2026, 3, 2, 12, 0, 0), (2026, 3, 2, 20, 0, 0)


@pytest.fixture
def class_room(tmp_path, root, spring):
    """A course in which nothing has been submitted yet."""
    course = new_course(tmp_path / "course", root)
    shutil.copytree(spring.folder("source"), course.folder("source"))
    return course


def collected(course, student):
    """The content of a student's folder by path."""
    folder = course.folder("submitted") / student / NAME
    files = {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    assert json.loads(files.pop(RECORD)), "what was sent is remembered"
    return files


@pytest.mark.parametrize(
    "names",
    [
        ("NEWTON_anna_attempt_2025-01-{:02}-10-00-00_50_spring.ipynb",),
        ("anna_340934_2084902{:02}_50_spring.ipynb",),
        ("Anna_7_assignsubmission_file_/50_spring.ipynb",),
        ("anna/50_spring.ipynb",),
        ("anna/50_spring.ipynb", "anna/50_spring-{}.ipynb"),
    ],
)
@pytest.mark.parametrize("order", [1, -1])
def test_the_newest_counts_whatever_the_order(class_room, released, tmp_path, names, order):
    notes = {day: Submission(released).write(why=str(day)).bytes() for day in (1, 9, 10)}
    days = [names[day % len(names)].format(day) for day in notes]
    sent = [(name, (2025, 1, day, 10, 0, 0), data) for name, (day, data) in zip(days, notes.items())]
    # Canvas gives every file a number of its own.
    sent += [(f"{name}.py".replace("_2084", "_3084"), time, str(time).encode()) for name, time, _ in sent]
    with pytest.warns(UserWarning, match="Duplicate name") if len({name for name, *_ in sent}) < 6 else nullcontext():
        write_zip(tmp_path / "e.zip", sent[::order])
    collect(class_room, tmp_path / "e.zip", NAME)
    (student,) = class_room.students(NAME)
    files = collected(class_room, student)
    assert files[f"{NAME}.ipynb"] == notes[10] and files["50_spring.ipynb.py"] == b"(2025, 1, 10, 10, 0, 0)"
    assert {notes[1], notes[9]} < set(files.values()), "and the others are kept"


def test_of_the_same_time_the_last_number_counts(class_room, released, tmp_path):
    notes = [Submission(released).write(why=str(number)).bytes() for number in range(3)]
    names = ("50_spring-10.ipynb", "50_spring.ipynb", "50_spring-9.ipynb")
    collect(class_room, write_zip(tmp_path / "e.zip", [(f"a/{n}", NOON, d) for n, d in zip(names, notes)]), NAME)
    assert collected(class_room, "a")[f"{NAME}.ipynb"] == notes[0]


def test_names_that_make_one_folder_stay_apart_and_are_said(class_room, released, tmp_path):
    names = ("Jan de Boer", "Jan_de_Boer", "Jan  de Boer", "Zoë", "Zoe\u0308", "anna", "Anna")
    notes = {name: Submission(released).write(why=name).bytes() for name in names}
    export = write_zip(tmp_path / "e.zip", [(f"{name}/50_spring.ipynb", NOON, notes[name]) for name in names])
    lines = collect(class_room, export, NAME)
    found = {collected(class_room, student)[f"{NAME}.ipynb"]: student for student in class_room.students(NAME)}
    assert len(found) == 6 and found[notes["Zoë"]] == "Zoë", "two ways to write one name are one student"
    assert len({student.casefold() for student in found.values()}) == 6
    looks = {line.student: line.state for line in lines if line.lost}
    assert looks.keys() == set(found.values()) - {"Zoë"}
    assert looks[found[notes["Jan_de_Boer"]]].startswith("sent as 'Jan_de_Boer', and others as 'Jan")


def attempts(titled, data, receipts=()):
    """Files of a Blackboard export; ``titled`` are ``TITLE_USER``, and ``receipts`` the users with a receipt."""
    files = [(f"{both}_attempt_2026-03-02-12-00-{i:02}_a.ipynb", NOON, data) for i, both in enumerate(titled)]
    told = [(next(both for both in titled if both.endswith(user)), user) for user in receipts]
    return files + [(f"{both}_attempt_2026-03-02-12-00-00.txt", NOON, f"Name: A B ({user})\n") for both, user in told]


@pytest.mark.parametrize(
    ("titled", "receipts", "students"),
    [
        (["NEWTON_anna_b", "NEWTON_carl_b"], [], ["anna_b", "carl_b"]),
        (["NEWTON_anna", "NEWTON_anna_b"], [], ["anna", "anna_b"]),
        (["50_Spring_anna_b"], [], ["anna_b"]),
        (["Ex_1_anna_b", "Ex_1_anna_c"], ["anna_b"], ["anna_b", "anna_c"]),
        (["Ex_1_carl_b"], ["carl_b"], ["carl_b"]),
        (["NEWTON_anna_b", "NEWTON_anna_c"], [], []),
        (["Ex_1_carl_b"], [], []),
        (["Ex_anna", "Lab_1_anna"], [], ["anna"]),
    ],
)
def test_a_user_name_in_blackboard_may_have_an_underscore(class_room, released, tmp_path, titled, receipts, students):
    export = write_zip(tmp_path / "e.zip", attempts(titled, solved(released).bytes(), receipts))
    lines = collect(class_room, export, NAME)
    assert class_room.students(NAME) == students
    doubts = [line.state for line in lines if line.lost]
    assert len(doubts) == len(titled) - len(students), lines
    assert all("does not tell where the title ends and the user name begins" in doubt for doubt in doubts)


def test_the_pattern_that_a_doubt_asks_for_says_who_it_was_and_when(class_room, released, tmp_path):
    export = write_zip(tmp_path / "e.zip", attempts(["Ex_1_carl_b"], solved(released).bytes()))
    (line,) = collect(class_room, export, NAME)
    pattern = re.search("--pattern '(.+?)'", line.state)[1].replace("TITLE", "Ex_1")
    assert [line.student for line in collect(class_room, export, NAME, pattern)] == ["carl_b"]
    assert collected(class_room, "carl_b").keys() == {f"{NAME}.ipynb", "timestamp.txt"}


def test_what_only_looks_like_a_name_of_canvas_makes_nobody_one_student(class_room, released, tmp_path):
    data = solved(released).bytes()
    names = ("hw_2026_100_anna.ipynb", "hw_2026_100_bob.ipynb", "o_neil_340934_208490284_a.ipynb")
    lines = collect(class_room, write_zip(tmp_path / "e.zip", [(name, NOON, data) for name in names]), NAME)
    assert [(line.student, line.lost) for line in lines] == [("", True), ("", True), ("o_neil_340934", False)]
    assert "2 files have the number 100, which Canvas gives to only one" in lines[0].state


def test_a_copy_that_a_browser_named_is_said_or_known_by_the_platforms_name(class_room, released, tmp_path):
    one, two = (Submission(released).write(why=text).bytes() for text in "12")
    known = ("Bo_2_assignsubmission_file_50_spring.ipynb", "Bo_2_assignsubmission_file_50_spring (1).ipynb")
    names = ("50_spring-alice.ipynb", "50_spring-alice (1).ipynb", "50_spring-cy(2).ipynb", *known)
    files = [(name, NOON, data) for name, data in zip(names, (one, two, one, one, two))]
    lines = collect(class_room, write_zip(tmp_path / "e.zip", files), NAME)
    assert class_room.students(NAME) == ["Bo", "alice", "alice_1", "cy_2"]
    assert collected(class_room, "alice")[f"{NAME}.ipynb"] == one, "nobody's file counts for another person"
    said = {line.student: line.state for line in lines if line.lost}
    assert said.keys() == {"alice_1", "cy_2"}
    assert said["alice_1"].startswith("'alice (1)' looks like a browser's copy of 'alice': kept apart; if it is one")


def test_cells_with_one_id_are_read_without_a_warning(released):
    pasted = solved(released)
    for cell in pasted.notebook.cells:
        cell.id = "same"
    data = json.dumps(pasted.notebook).encode()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        notebook = read_notebook(data)
        restore_marks(notebook, released)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)


def test_an_export_is_sorted_and_whatever_cannot_be_used_is_reported(class_room, released, tmp_path, capsys):
    data = solved(released).bytes()
    inner = write_zip(tmp_path / "inner.zip", [("hw/final.ipynb", NOON, data), ("hw/plot.png", NOON, b"png")])
    export = write_zip(
        tmp_path / "export.zip",
        [
            ("all/Ana Díaz_1_assignsubmission_file_/50_spring.ipynb", NOON, data),
            ("all/Bo_2_assignsubmission_file_/work.zip", NOON, inner.read_bytes()),
            ("all/Cy_3_assignsubmission_file_/essay.pdf", NOON, b"pdf"),
            ("all/Di_4_assignsubmission_file_/50_spring.ipynb", NOON, data[:500]),
            ("all/Ed_5_assignsubmission_file_/work.zip", NOON, b"PK no zip"),
            ("all/Fi_6_assignsubmission_file_/../../../evil.ipynb", NOON, data),
            ("all/Jo Lee_7_assignsubmission_file_/50_spring.ipynb", NOON, data),
            ("all/Jo Lee_8_assignsubmission_file_/50_spring.ipynb", NOON, Submission(released).bytes()),
            ("all/__MACOSX/Ana_1_assignsubmission_file_/._50_spring.ipynb", NOON, b"junk"),
        ],
    )
    assert run(class_room, "collect", str(export), "--assignment", NAME, "--dry-run") == 1
    assert not class_room.folder("submitted").exists() and "Nothing was written" in capsys.readouterr().out
    assert run(class_room, "collect", str(export), "--assignment", NAME) == 1
    screen = capsys.readouterr().out
    assert class_room.students(NAME) == ["Ana_Díaz", "Bo", "Cy", "Di", "Ed", "Fi", "Jo_Lee_7", "Jo_Lee_8"]
    assert collected(class_room, "Ana_Díaz")[f"{NAME}.ipynb"] == data
    assert collected(class_room, "Bo")[f"{NAME}.ipynb"] == data and "work/hw/plot.png" in collected(class_room, "Bo")
    assert collected(class_room, "Cy") == {"essay.pdf": b"pdf"} and "no notebook of 50_spring, but essay.pdf" in screen
    assert collected(class_room, "Di")[f"{NAME}.ipynb"] == data[:500]
    assert collected(class_room, "Ed") == {"work.zip": b"PK no zip"}
    assert "8 students; 2 lines to look after" in screen
    written = {path.name for path in tmp_path.rglob("evil.ipynb")}
    assert not written and collected(class_room, "Fi")[f"{NAME}.ipynb"] == data
    assert collected(class_room, "Jo_Lee_7") != collected(class_room, "Jo_Lee_8")


def test_the_newest_version_counts_and_no_version_is_lost(class_room, released, tmp_path):
    first, second, third = (Submission(released).write(why=text).bytes() for text in ("one", "two", "three"))

    def states(*files):
        named = [(f"alice/{name}", time, content) for name, time, content in files]
        return [line.state for line in collect(class_room, write_zip(tmp_path / "e.zip", named), NAME)]

    assert states(("50_spring.ipynb", NOON, second)) == ["collected"]
    assert states(("50_spring.ipynb", NOON, second)) == ["already collected"]
    (state,) = states(("Copy of 50_spring.ipynb", MORNING, first))
    assert state.startswith("older than the one collected: kept as earlier/202603")
    (state,) = states(("50_spring.ipynb", EVENING, third))
    assert state.startswith("collected; the one before is kept as earlier/202603")
    files = collected(class_room, "alice")
    earlier = sorted(content for path, content in files.items() if path.startswith("earlier/"))
    assert files["50_spring.ipynb"] == third and earlier == sorted([first, second])
    assert files["timestamp.txt"].endswith(b" UTC")

    both = states(("a.ipynb", EVENING, first), ("b.ipynb", EVENING, second))
    assert both[-1].endswith("several of the same time, the last by name was taken")
    assert collected(class_room, "alice")["50_spring.ipynb"] == second


@pytest.mark.parametrize("again", [NOON, EVENING])  # some platforms give all files the time of the export
def test_what_a_grader_has_edited_stays_when_it_is_collected_again(class_room, released, tmp_path, again):
    first, second, mended, third = (Submission(released).write(why=text).bytes() for text in "1 2 mended 3".split())

    def states(*files):
        named = [(f"alice/{name}", time, content) for name, time, content in files]
        return [line.state for line in collect(class_room, write_zip(tmp_path / "e.zip", named), NAME)]

    states(("a.ipynb", NOON, first), ("b.ipynb", NOON, second), ("data.csv", NOON, b"1;2"))
    folder = class_room.folder("submitted") / "alice" / NAME
    (folder / f"{NAME}.ipynb").write_bytes(mended)
    (folder / "data.csv").write_bytes(b"1,2")
    kept = states(("a.ipynb", again, first), ("b.ipynb", again, second), ("data.csv", again, b"1;2"))
    assert len(kept) == 2 and all(
        re.fullmatch(r"edited here .*: stays; .* as earlier/[\w.-]*", state) for state in kept
    )
    files = collected(class_room, "alice")
    assert (files[f"{NAME}.ipynb"], files["data.csv"]) == (mended, b"1,2")
    assert {first, second, b"1;2"} <= set(files.values())
    (state,) = states(("a.ipynb", EVENING, third))
    assert state.startswith("collected; the one before, edited here since it was collected, is kept as earlier/")
    files = collected(class_room, "alice")
    assert files[f"{NAME}.ipynb"] == third and mended in files.values()


def test_a_version_sent_again_is_the_newest_where_nobody_has_edited_it(class_room, released, tmp_path):
    first, second = (Submission(released).write(why=text).bytes() for text in "12")
    for time, data in ((MORNING, first), (NOON, second), (EVENING, first)):
        collect(class_room, write_zip(tmp_path / "e.zip", [("alice/50_spring.ipynb", time, data)]), NAME)
    assert collected(class_room, "alice")[f"{NAME}.ipynb"] == first


def test_a_damaged_file_does_not_take_the_place_of_a_good_one(class_room, released, tmp_path):
    good, damaged = solved(released).bytes(), solved(released).bytes()[:700]
    files = [("alice/50_spring-1.ipynb", MORNING, good), ("alice/50_spring.ipynb", NOON, damaged)]
    files += [("alice/data", NOON, b"file"), ("alice/data/x.csv", NOON, b"1,2"), ("bob/x" + 300 * "x", NOON, b"")]
    lines = collect(class_room, write_zip(tmp_path / "e.zip", files), NAME)
    assert collected(class_room, "alice")[f"{NAME}.ipynb"] == good
    assert damaged in collected(class_room, "alice").values()
    assert [(line.student, line.lost) for line in lines] == [
        ("alice", True),
        ("alice", False),
        ("bob", True),
        ("bob", True),
    ]
    assert "cannot be written" in lines[0].state and class_room.students(NAME) == ["alice", "bob"]


@pytest.mark.skipif(sys.platform == "win32", reason="the fence is for Linux, and links need rights on Windows")
def test_what_is_open_to_a_submission_leaves_out_what_is_closed(tmp_path):
    for name in ("course/solutions/x", "course/lib", "other"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "loop").symlink_to(tmp_path)
    closed = [tmp_path / "course" / "solutions", tmp_path / "course" / "not made yet"]
    assert sorted(landlock.without(tmp_path, closed)) == [tmp_path / "course" / "lib", tmp_path / "other"]
    assert landlock.without(tmp_path / "course" / "solutions" / "x", closed) == []
    assert landlock.without(tmp_path / "other", closed) == [tmp_path / "other"]


def test_a_folder_is_an_export_too_and_files_of_nobody_are_named(class_room, released, tmp_path):
    export = tmp_path / "export"
    (export / "alice").mkdir(parents=True)
    (export / "alice" / "x.ipynb").write_bytes(solved(released).bytes())
    (export / f"{NAME}.ipynb").write_bytes(solved(released).bytes())
    (export / "Canvas.csv").write_bytes(b"")
    lines = collect(class_room, export, NAME)
    assert [(line.student, line.file, line.lost) for line in lines] == [
        ("", f"{NAME}.ipynb", True),
        ("", "Canvas.csv", False),
        ("alice", "x.ipynb", False),
    ]


def test_what_is_no_export_gets_one_sentence(class_room, tmp_path, capsys):
    (tmp_path / "broken.zip").write_bytes(b"no zip")
    for source, sentence in (("none", "does not exist"), ("broken.zip", "neither a folder nor a zip file")):
        assert run(class_room, "collect", str(tmp_path / source), "--assignment", NAME) == 2
        assert sentence in capsys.readouterr().err


def test_a_file_that_cannot_be_read_is_reported(class_room, released, tmp_path):
    path = write_zip(tmp_path / "e.zip", [("alice/50_spring.ipynb", NOON, solved(released).bytes())])
    content = bytearray(path.read_bytes())
    at = content.index(b"A spring")
    content[at : at + 8] = b"A damage"  # the checksum in the zip file does not fit any more
    path.write_bytes(content)
    lines = collect(class_room, path, NAME)
    assert "cannot be read: Bad CRC-32" in lines[0].state and all(line.lost for line in lines)
    assert class_room.students(NAME) == ["alice"]
