"""The notebooks as files: what is stored in them, and that pytest runs every one of their code cells.

The cells of the lectures are tests of their own (nbval, switched on in pyproject.toml): each runs in order, must not
fail, and must give the output that is stored. Those of the solutions are run by `tests/command/test_exercises.py`.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parents[2]
LECTURES = sorted(ROOT.glob("lectures/*.ipynb"))
SOLUTIONS = sorted(ROOT.glob("solutions/*/*.ipynb"))
WIDGET = "application/vnd.jupyter.widget-view+json"
TIMING = r"progress bar|\d ?(ms|s|min|MB|GB)\b|per second|it/s"


def name(path):
    return path.relative_to(ROOT).as_posix()


def code_cells(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def ignored(cell):
    return "nbval-ignore-output" in cell.metadata.get("tags", [])


@pytest.fixture
def notebook(request):
    return nbformat.read(request.param, as_version=4)


every_notebook = pytest.mark.parametrize("notebook", LECTURES + SOLUTIONS, ids=name, indirect=True)
every_lecture = pytest.mark.parametrize("notebook", LECTURES, ids=name, indirect=True)


def test_one_command_runs_every_code_cell_of_every_lecture():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["pytest"]["ini_options"]
    assert {"tests", "lectures"} <= set(settings["testpaths"])
    assert "--nbval" in settings["addopts"].split() and "--nbval-cell-timeout" in settings["addopts"]
    listed = subprocess.run(
        [sys.executable, "-m", "pytest", "--collect-only", "-q", "lectures"],
        cwd=ROOT,
        capture_output=True,
        text=True,
    ).stdout
    collected = re.findall(r"^(.+\.ipynb)::Cell \d+$", listed, re.M)
    expected = {name(path): len(code_cells(nbformat.read(path, as_version=4))) for path in LECTURES}
    assert expected, "there are no notebooks"
    assert {path: collected.count(path) for path in collected} == expected


def test_every_exercise_has_its_lecture():
    numbers = {path.name[:2] for path in LECTURES}
    assert all(path.stem == path.parent.name and path.name[:2] in numbers for path in SOLUTIONS)


@every_notebook
def test_file_is_sound(notebook):
    nbformat.validate(notebook)
    assert notebook.metadata.kernelspec.name == "python3", "any other kernel is missing on the student's computer"
    assert "widgets" not in notebook.metadata, "a saved widget is dead on opening: run tools/refresh_notebooks.py"
    assert "jupytext" not in notebook.metadata
    ids = [cell.id for cell in notebook.cells]
    assert len(ids) == len(set(ids))


@every_notebook
def test_cells_are_short(notebook):
    for cell in code_cells(notebook):
        assert len(cell.source.splitlines()) <= 30, f"a student reads this at once: {cell.source[:80]}"


@every_notebook
def test_stored_outputs_are_there_and_can_be_shown(notebook):
    assert any(cell.outputs for cell in code_cells(notebook)), "outputs are missing: run tools/refresh_notebooks.py"
    for cell in code_cells(notebook):
        for output in cell.outputs:
            assert output.output_type != "error", f"the cell failed when it was stored: {cell.source[:80]}"
            kinds = set(output.get("data", {}))
            assert WIDGET not in kinds, f"a stored widget hides its still picture: {cell.source[:80]}"
            text = str(output.get("text", "")) + str(output.get("data", {}).get("text/plain", ""))
            assert not re.search(r" at 0x[0-9a-f]{6}", text), f"differs at every run: {text}"
            assert not re.search(r"(/root/|/home/|/Users/|C:\\Users|/tmp/)\w", text), f"a path of somebody: {text}"


@every_notebook
def test_outputs_are_compared_wherever_they_can_be(notebook):
    cells = code_cells(notebook)
    assert not all(ignored(cell) for cell in cells)
    for cell in cells:
        others = set(cell.metadata.get("tags", [])) & {"nbval-skip", "nbval-raises-exception", "raises-exception"}
        assert not others and "NBVAL_" not in cell.source, (
            f"only the tag nbval-ignore-output is used: {cell.source[:80]}"
        )
        if ignored(cell):
            kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
            text = "".join(
                str(output.get("text", output.get("data", {}).get("text/plain", ""))) for output in cell.outputs
            )
            picture = bool(kinds & {"image/png", "image/svg+xml", WIDGET})
            assert picture or re.search(TIMING, text), f"this output could be compared: {cell.source[:80]}"


@every_lecture
def test_every_cell_has_its_place_on_the_slides(notebook):
    kinds = [cell.metadata.get("slideshow", {}).get("slide_type") for cell in notebook.cells]
    assert set(kinds) <= {"slide", "subslide", "fragment", "skip", "notes"}, set(kinds)
    assert kinds[0] == "slide" and "notes" in kinds


@every_lecture
def test_lecture_opens_with_its_card_and_ends_with_its_sources(notebook):
    card = notebook.cells[0].source
    for row in ("After this you can", "You need", "To run it all", "Precomputed", "Exercise"):
        assert f"**{row}**" in card
    cost = next(line for line in card.splitlines() if "To run it all" in line)
    assert re.search(r"\d+ (s|min)\b", cost) and re.search(r"[\d.]+ (MB|GB)", cost), "measured time and memory"
    titles = [cell.source.splitlines()[0] for cell in notebook.cells if cell.cell_type == "markdown"]
    assert any("References" in title for title in titles) and any("Pitfalls" in title for title in titles)
    assert "doi.org/10." in "".join(cell.source for cell in notebook.cells)
