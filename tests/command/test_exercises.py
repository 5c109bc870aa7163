"""The assignments: what nbgrader needs of them, what students get, and the whole way from release to export."""

import csv
import shutil
import zipfile

import nbformat
import pytest
from assignments import MISTAKES, NAMES, ROOT, marks, mistaken, points, read, solved
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbgrader.nbgraderformat import MetadataValidator
from nbgrader.utils import compute_checksum

from course_command import cli
from course_command.grading import landlock
from course_command.grading.course import find_course
from course_command.grading.grade import grade
from course_command.grading.release import difference

STUDENTS = {"Perfect Pat": solved, "Untouched Uma": lambda name, released: released, "Mistaken Max": mistaken}


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    """A grader's folder with this course's assignments, released."""
    folder = tmp_path_factory.mktemp("course")
    shutil.copy(ROOT / "nbgrader_config.py", folder)
    shutil.copytree(ROOT / "solutions", folder / "solutions", ignore=shutil.ignore_patterns(".*"))
    assert cli.main(["release", "--course", str(folder)]) == 0
    return find_course(folder)


def test_there_are_assignments():
    assert NAMES, "solutions/ is empty"
    assert set(MISTAKES) < set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_the_solution_has_all_that_nbgrader_needs(name):
    notebook = read("solutions", name)
    MetadataValidator().validate_nb(notebook)
    graded = [cell for cell in notebook.cells if marks(cell).get("grade")]
    tests = [cell for cell in graded if not marks(cell)["solution"]]
    assert tests, "no test cell"
    for cell in graded:
        assert marks(cell)["points"] > 0, marks(cell)
    for cell in tests:
        assert marks(cell)["locked"] and "### BEGIN HIDDEN TESTS" in cell.source, marks(cell)
        assert cell.source.split("### BEGIN HIDDEN TESTS")[0].strip(), f"{marks(cell)}: students see no test"
    for cell in notebook.cells:
        if "### BEGIN SOLUTION" in cell.source:
            assert marks(cell)["solution"] and not marks(cell)["grade"], marks(cell)
    for cell in notebook.cells:
        # A plain code cell would not be restored, and a student could lose a test's set-up by editing it.
        if cell.cell_type == "code" and not marks(cell):
            assert not any(word in cell.source for word in ("check_", "assert")), cell.source


@pytest.mark.parametrize("name", NAMES)
def test_the_exercise_in_the_repository_is_what_the_solution_releases(name, course):
    change = difference(course.folder("release") / name, ROOT / "exercises" / name)
    assert change == "unchanged", f"run `course release {name}`: {change}"


@pytest.mark.parametrize("name", NAMES)
def test_the_exercise_gives_nothing_away(name):
    exercise, source = read("exercises", name), read("solutions", name)
    text = "\n".join(cell.source for cell in exercise.cells)
    assert "BEGIN SOLUTION" not in text and "HIDDEN TEST" not in text
    assert all(not cell.get("outputs") for cell in exercise.cells)
    for cell in source.cells:
        for begin, end in (("### BEGIN SOLUTION", "### END SOLUTION"), ("### BEGIN HIDDEN", "### END HIDDEN")):
            for secret in cell.source.split(begin)[1:]:
                for line in secret.split(end)[0].splitlines()[1:]:
                    assert len(line.strip()) < 12 or line.strip() not in text, line
        if marks(cell).get("solution") and marks(cell)["grade"]:
            assert cell.source not in text


@pytest.mark.parametrize("name", NAMES)
def test_the_checksums_in_the_exercise_are_those_of_its_cells(name):
    cells = {marks(cell)["grade_id"]: cell for cell in read("exercises", name).cells if "checksum" in marks(cell)}
    stale = [grade_id for grade_id, cell in cells.items() if marks(cell)["checksum"] != compute_checksum(cell)]
    assert cells and not stale, f"edited without a release, run `course release {name}`: {stale}"


@pytest.mark.parametrize("name", NAMES)
def test_the_exercise_runs_to_the_first_unsolved_cell_and_says_whose_turn_it_is(name, tmp_path):
    exercise = read("exercises", name)
    client = NotebookClient(exercise, startup_timeout=600, resources={"metadata": {"path": tmp_path}})
    with pytest.raises(CellExecutionError) as failure:
        client.execute()
    assert failure.value.ename in ("NotImplementedError", "Hint")
    assert failure.value.evalue.startswith("Your turn: replace this line with your own code.")
    stopped = next(
        i for i, cell in enumerate(exercise.cells) if any(o.output_type == "error" for o in cell.get("outputs", []))
    )
    first = next(i for i, cell in enumerate(exercise.cells) if "NotImplementedError" in cell.source)
    between = exercise.cells[first + 1 : stopped]
    assert stopped >= first and not any(cell.cell_type == "code" for cell in between), "stopped too late"


COMPILED = """
import sys
modules = [module for name, module in sys.modules.items() if name.startswith("course_lib")]
compiled = {one for module in modules for one in vars(module).values() if hasattr(one, "py_func")}
print("compiled anew:", [one.__name__ for one in compiled if one.stats.cache_misses])
"""


@pytest.mark.parametrize("name", [name for name in NAMES if name not in MISTAKES])
def test_a_solved_exercise_gets_all_points_and_compiles_nothing_that_the_course_has_compiled(name, course):
    """Behind the grader's fence; and every cell gives the output that is stored, which no other test compares."""
    released = nbformat.read(course.folder("release") / name / f"{name}.ipynb", as_version=4)
    notebook, folder = solved(name, released), course.folder("submitted") / "Perfect_Pat" / name
    notebook.cells.append(nbformat.v4.new_code_cell(COMPILED))
    folder.mkdir(parents=True)
    nbformat.write(notebook, folder / f"{name}.ipynb")
    (row,), warnings = grade(course, name)
    assert (float(row.points), row.remarks, warnings) == (points(name, by_hand=False), "", [])
    graded = nbformat.read(course.folder("autograded") / "Perfect_Pat" / name / f"{name}.ipynb", as_version=4)
    printed = said(graded.cells.pop())
    assert printed == "compiled anew: []\n" or not landlock.abi(), printed  # no fence, nothing kept
    assert_stored(graded, read("solutions", name))


def said(cell):
    """What a cell printed and showed, as text."""
    return "".join(output.get("text", output.get("data", {}).get("text/plain", "")) for output in cell.outputs)


def assert_stored(graded, solution):
    """Every code cell gave what the solution stores, as nbval asks of the lectures."""
    for ours, stored in zip(graded.cells, solution.cells, strict=True):
        if stored.cell_type == "code" and "nbval-ignore-output" not in stored.metadata.get("tags", []):
            assert said(ours) == said(stored), stored.source


@pytest.mark.parametrize("name", MISTAKES)
def test_the_whole_way_from_release_to_export(name, course, tmp_path, capsys):
    released = nbformat.read(course.folder("release") / name / f"{name}.ipynb", as_version=4)
    export = tmp_path / "moodle.zip"
    with zipfile.ZipFile(export, "w") as archive:
        for number, (student, hand_in) in enumerate(STUDENTS.items(), start=4711):
            data = nbformat.writes(hand_in(name, released))
            archive.writestr(f"{student}_{number}_assignsubmission_file_/{name}.ipynb", data)
        archive.writestr("Nobody Nil_4000_assignsubmission_file_/photo.jpg", b"jpg")
    folder = ["--course", str(course.root)]
    assert cli.main(["collect", str(export), "--assignment", name, *folder]) == 1
    assert cli.main(["grade", name, *folder]) == 1
    with (course.grades / f"{name}.csv").open(encoding="utf-8-sig") as file:
        rows = {row["student"]: row for row in csv.DictReader(file)}
    automatic, by_hand = points(name, by_hand=False), points(name, by_hand=True)
    assert float(rows["Perfect_Pat"]["points"]) == automatic, rows
    assert float(rows["Perfect_Pat"]["maximum"]) == automatic + by_hand
    assert rows["Perfect_Pat"]["state"] == ("needs manual grading" if by_hand else "graded")
    assert (rows["Untouched_Uma"]["points"], rows["Untouched_Uma"]["state"]) == ("0", "graded")
    assert 0 < automatic - float(rows["Mistaken_Max"]["points"]) < automatic
    assert [rows[student]["remarks"] for student in sorted(rows) if student != "Nobody_Nil"] == ["", "", ""]
    assert rows["Nobody_Nil"]["remarks"] == "no notebook was submitted; the folder holds photo.jpg"

    perfect = course.folder("autograded") / "Perfect_Pat" / name / f"{name}.ipynb"
    assert_stored(nbformat.read(perfect, as_version=4), read("solutions", name))

    assert cli.main(["feedback", name, *folder]) == 1
    pages = {s: (course.folder("feedback") / s / name / f"{name}.html") for s in rows if s != "Nobody_Nil"}
    html = {student: path.read_text(encoding="utf-8") for student, path in pages.items()}
    assert MISTAKES[name][3] in html["Mistaken_Max"] and MISTAKES[name][3] not in html["Perfect_Pat"]
    assert "Your turn: replace this line" in html["Untouched_Uma"]
    assert not any("BEGIN HIDDEN" in page for page in html.values())

    assert cli.main(["export", *folder]) == 0
    with (course.grades / "grades.csv").open(encoding="utf-8-sig") as file:
        exported = [row for row in csv.DictReader(file) if row["assignment"] == name]
    assert [row["student"] for row in exported] == sorted(rows)
    assert {row["student"]: row["points"] for row in exported} == {s: row["points"] for s, row in rows.items()}
