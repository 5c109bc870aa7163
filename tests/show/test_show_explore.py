"""Sliders beside a figure."""

import io

import ipywidgets as widgets
import numpy as np
import pytest
from PIL import Image

from course_lib.show.explore import explore


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("L"))


def bar(figure, height):
    """A dark bar whose share of the picture is its height."""
    if height > 3:
        raise ValueError("The bar is too high for the picture.")
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set(ylim=(0, 4), xlim=(0, 1))
    axes.axis("off")
    axes.bar(0.5, height, width=1, color="black")


def dark(shown):
    return np.mean(pixels(shown.image.value) < 128)


def test_the_picture_follows_the_slider():
    shown = explore(bar, height=(0.0, 4.0, 0.5, 1.0))
    assert dark(shown) == pytest.approx(0.25, abs=0.01)
    shown.controls["height"].value = 2.0
    assert dark(shown) == pytest.approx(0.5, abs=0.01)


def test_the_slider_redraws_while_it_moves():
    assert explore(bar, height=(0.0, 4.0, 0.5, 1.0)).controls["height"].continuous_update


def test_a_manual_figure_waits_for_its_button():
    shown = explore(bar, manual=True, height=(0.0, 4.0, 0.5, 1.0))
    shown.controls["height"].value = 2.0
    assert dark(shown) == pytest.approx(0.25, abs=0.01)
    shown.redraw()
    assert dark(shown) == pytest.approx(0.5, abs=0.01)


def test_an_error_is_one_sentence_and_the_last_picture_stays():
    shown = explore(bar, height=(0.0, 4.0, 0.5, 1.0))
    before = shown.image.value
    shown.controls["height"].value = 3.5
    assert "too high for the picture" in shown.trouble.value and "Traceback" not in shown.trouble.value
    assert shown.image.value == before
    shown.controls["height"].value = 2.0
    assert shown.trouble.value == ""


def test_an_error_in_the_first_picture_is_raised():
    with pytest.raises(ValueError, match="too high"):
        explore(bar, height=(0.0, 4.0, 0.5, 3.5))


def test_the_notebook_keeps_a_picture_beside_the_widget():
    shown = explore(bar, height=(0.0, 4.0, 0.5, 1.0))
    data = shown._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data
    assert data["image/png"].startswith("iVBOR")
    assert data["text/plain"] == "Interactive figure"  # the same in every run: no address, no model id


def test_whole_numbers_make_a_slider_of_whole_numbers():
    seen = []
    explore(lambda figure, n: seen.append(n), n=(1, 5, 1, 2))
    assert seen == [2] and isinstance(seen[0], int)


def test_a_list_makes_a_menu_and_a_widget_is_taken_as_it_is():
    seen = []
    box = widgets.Checkbox(True)
    shown = explore(lambda figure, **values: seen.append(values), kind=["a", "b"], on=box)
    shown.controls["kind"].value = "b"
    assert seen == [{"kind": "a", "on": True}, {"kind": "b", "on": True}]
    assert shown.controls["on"] is box and box.description == "on"


@pytest.mark.parametrize("spec", [3.0, (1, 2), [], "abc"])
def test_an_unknown_control_is_refused_in_one_sentence(spec):
    with pytest.raises(ValueError, match=r"height is .* give a tuple"):
        explore(bar, height=spec)


@pytest.mark.parametrize("spec", [(4.0, 0.0, 0.5, 1.0), (0.0, 4.0, 0.5, 9.0), (0.0, 4.0, 0.0, 1.0)])
def test_a_slider_that_goes_nowhere_is_refused_in_one_sentence(spec):
    with pytest.raises(ValueError, match=r"slider height goes from .*: give smallest, largest, step and start"):
        explore(bar, height=spec)
