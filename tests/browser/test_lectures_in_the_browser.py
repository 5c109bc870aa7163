"""The lectures in a real JupyterLab: they run, widgets move, the 3D viewer draws, slides are alive."""

import re
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_page import change, ink
from patience import HANGS

LECTURES = Path(__file__).resolve().parents[2] / "lectures"
LIVE, VIEW, EXPLORE = r"LiveSimulation\(", r"^view\(", r"^explore\("
CANCEL = """
from course_lib.dynamics.simulation import Simulation
from course_lib.potentials.lennard_jones import LennardJones
from course_lib.show.run import run_with_progress
from course_lib.structures import argon_crystal
atoms = argon_crystal(2)
atoms.calc = LennardJones(cutoff=5.2, skin=0.5)
trajectory = await run_with_progress(Simulation(atoms, 2.0), 10**7, every=10)
"""


def wait_for_change(jupyter, target, before, name):
    """Look until the picture differs from ``before``; returns it."""
    return look_until(jupyter, target, name, lambda now: now.shape == before.shape and change(before, now) > 0.002)


def look_until(jupyter, target, name, content):
    """Look at a target until ``content`` is true of its picture; returns the picture."""
    end = time.monotonic() + HANGS
    while not content(now := jupyter.shot(name, target)):
        assert time.monotonic() < end, f"This never came: see {name}.png"
        jupyter.page.wait_for_timeout(500)
    return now


def drag(page, slider, share):
    """Press the mouse on a slider and move to ``share`` of its length, without letting go."""
    box = slider.bounding_box()
    page.mouse.move(*_middle(slider.locator(".noUi-handle").bounding_box()))
    page.mouse.down()
    for part in (0.5, 1.0):
        page.mouse.move(box["x"] + part * share * box["width"], box["y"] + box["height"] / 2)


def _middle(box):
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def run_and_look(jupyter, name):
    """Run a lecture, see that nothing fails, and look at its viewers and sliders."""
    jupyter.open(f"lectures/{name}.ipynb")
    assert jupyter.run_all() == []
    source = "\n".join(cell.source for cell in nbformat.read(LECTURES / f"{name}.ipynb", as_version=4).cells)
    for kind, pattern in {"view": VIEW, "explore": EXPLORE}.items():
        if re.search(pattern, source, re.MULTILINE):
            drawn = jupyter.cell(pattern).locator("canvas, img.widget-image").first
            jupyter.shot(f"{name}_{kind}")
            assert ink(jupyter.shot(f"{name}_{kind}_drawn", drawn)) > 0.01


ALIVE = ("02", "03")  # have a test of their own


@pytest.mark.parametrize("name", sorted(path.stem for path in LECTURES.glob("*.ipynb") if path.stem[:2] not in ALIVE))
def test_a_lecture_runs_and_its_widgets_are_drawn(jupyter, name):
    run_and_look(jupyter, name)
    assert jupyter.widget_complaints() == []


def test_a_thermostat_is_chosen_while_argon_moves(jupyter):
    page = jupyter.page
    run_and_look(jupyter, "03_finite_temperature")
    live = jupyter.cell(LIVE)
    traces, structure = (live.locator("img.widget-image").nth(number) for number in (0, 1))
    canvas, clock = live.locator("canvas"), live.get_by_text(re.compile(r"^\d+\.\d\d ps$"))
    resting, first = jupyter.shot("03_live_resting", canvas), structure.get_attribute("src")
    assert ink(resting) > 0.05, "the 3D canvas is blank"
    live.get_by_role("button", name="Start").click()
    wait_for_change(jupyter, canvas, resting, "03_live_moving")
    page.wait_for_function("([img, src]) => img.src !== src", arg=[structure.element_handle(), first])
    for name in ("Langevin", "Berendsen", "Nosé-Hoover chain", "velocity rescaling"):
        before, seen = clock.inner_text(), traces.get_attribute("src")
        live.locator("select").select_option(label=name)
        page.wait_for_function("([img, src]) => img.src !== src", arg=[traces.element_handle(), seen])
        moved = "([clock, before]) => parseFloat(clock.innerText) > parseFloat(before)"
        page.wait_for_function(moved, arg=[clock.element_handle(), before])  # unless the thermostat stops the atoms
    drag(page, live.locator(".noUi-target").first, 0.6)
    page.mouse.up()
    page.wait_for_timeout(6000)  # ms; so that the picture shows the melting
    jupyter.wait_for_an_answer()
    jupyter.shot("03_live_running")
    assert ink(jupyter.shot("03_live_structure", structure)) > 0.01
    live.get_by_role("button", name="Pause").click()
    assert jupyter.widget_complaints() == []


def test_lennard_jones_is_alive(jupyter):
    page = jupyter.page
    jupyter.open("lectures/02_lennard_jones.ipynb")
    stored = jupyter.cell(LIVE).locator(".jp-OutputArea-output img")
    assert ink(jupyter.shot("02_stored_picture", stored)) > 0.05, "a notebook that was not run shows no picture"
    assert jupyter.run_all() == []

    live = jupyter.cell(LIVE)
    canvas, traces = live.locator("canvas"), live.locator("img.widget-image")
    start, pause = (live.get_by_role("button", name=name) for name in ("Start", "Pause"))
    resting = jupyter.shot("02_live_resting_canvas", canvas)
    assert ink(resting) > 0.05, "the 3D canvas is blank"
    first_traces = traces.get_attribute("src")
    jupyter.shot("02_live_resting")

    start.click()
    moving = wait_for_change(jupyter, canvas, resting, "02_live_moving_canvas")
    wait_for_change(jupyter, canvas, moving, "02_live_moving_on_canvas")
    jupyter.wait_for_an_answer()

    temperature = live.locator(".widget-slider").first
    before = temperature.locator(".widget-readout").inner_text()
    drag(page, temperature.locator(".noUi-target"), 0.5)
    page.mouse.up()
    assert float(temperature.locator(".widget-readout").inner_text()) > float(before) + 20
    page.wait_for_function("([img, src]) => img.src !== src", arg=[traces.element_handle(), first_traces])
    page.wait_for_timeout(4000)  # ms; so that the picture shows the warming
    jupyter.shot("02_live_running")

    pause.click()
    start.wait_for()
    seen = [jupyter.shot("02_live_paused_canvas", canvas)]  # the last frames may be under way

    def rests(now):
        seen.append(now)
        return change(seen[-2], now) < 0.002

    page.wait_for_timeout(1000)
    look_until(jupyter, canvas, "02_live_paused_canvas", rests)

    time_step = live.locator(".widget-slider").nth(1)
    time_step.locator(".noUi-handle").press("End")
    start.click()
    live.get_by_text("blew up").wait_for()
    start.wait_for()
    jupyter.shot("02_live_blown_up")
    time_step.locator(".noUi-handle").press("Home")
    live.get_by_role("button", name="Reset").click()
    live.get_by_text("blew up").wait_for(state="detached")
    start.click()
    wait_for_change(jupyter, canvas, jupyter.shot("02_live_reset_canvas", canvas), "02_live_again_canvas")
    pause.click()
    start.wait_for()

    explored = jupyter.cell(EXPLORE)
    picture = explored.locator("img.widget-image")
    before = picture.get_attribute("src")
    drag(page, explored.locator(".noUi-target").first, 0.3)
    page.wait_for_function("([img, src]) => img.src !== src", arg=[picture.element_handle(), before])  # still dragging
    page.mouse.up()
    jupyter.shot("02_explored")
    assert ink(jupyter.shot("02_explored_picture", picture)) > 0.01

    film = jupyter.cell(r"^view\(frames")
    canvas = film.locator("canvas")
    before = jupyter.shot("02_film_first_canvas", canvas)
    assert ink(before) > 0.05
    film.locator(".widget-play").last.locator("button").first.click()  # the first one is a hidden part of nglview
    wait_for_change(jupyter, canvas, before, "02_film_canvas")
    jupyter.shot("02_film")
    assert jupyter.widget_complaints() == []


def test_a_run_can_be_cancelled_while_its_cell_is_busy(jupyter, course):
    cells = [CANCEL, "print(trajectory.about['cancelled'], len(trajectory) > 1)"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata.kernelspec = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    nbformat.write(notebook, course / "cancel.ipynb")
    jupyter.open("cancel.ipynb")
    jupyter.start_run_all()
    cancel = jupyter.page.get_by_role("button", name="Cancel")
    cancel.wait_for()
    jupyter.page.get_by_text("s to go").wait_for()  # a frame is there
    jupyter.shot("cancel_running")
    cancel.click()
    assert jupyter.wait_until_run() == []
    assert jupyter.page.get_by_text("True True").count() == 1
    jupyter.shot("cancelled")


def test_slides_show_and_their_widgets_live(jupyter):
    assert jupyter.open_slides("lectures/00_welcome.ipynb") == 0
    jupyter.shot("slides_first")
    slide = jupyter.go_to_slide(VIEW)
    assert ink(jupyter.shot("slides_3d_canvas", slide.locator("canvas").first)) > 0.01
    jupyter.shot("slides_3d")
    slide = jupyter.go_to_slide(EXPLORE)
    picture = slide.locator("img.widget-image")
    before = picture.get_attribute("src")
    slide.locator(".noUi-handle, .ui-slider-handle").first.press("ArrowUp")
    jupyter.page.wait_for_function("([img, src]) => img.src !== src", arg=[picture.element_handle(), before])
    jupyter.shot("slides_slider")
