"""The pictures of lecture 09: the numbers in them are those that they were given."""

import numpy as np
import pytest
from ase.build import bulk
from matplotlib.figure import Figure

from course_lib.learning.dataset import labelled
from course_lib.show.lecture_09 import draw_answers, draw_card, draw_data, draw_dimers, draw_slope


def test_the_picture_counts_atoms_frames_and_forces():
    salt = bulk("LiF", "rocksalt", a=4.03)
    frames = [labelled(salt, energy=-9.0, forces=np.zeros((2, 3))), labelled(salt, -10.0, np.full((2, 3), 0.5))]
    figure = Figure()
    draw_data(figure, frames, "LiF")
    elements, energy, force = figure.axes
    assert [bar.get_height() for bar in elements.patches] == [2, 2]
    assert [text.get_text() for text in elements.get_xticklabels()] == ["Li", "F"]
    assert (
        sum(bar.get_height() for bar in energy.patches) == 2 and energy.get_xlim()[0] < -5 < -4.5 < energy.get_xlim()[1]
    )
    assert sum(bar.get_height() for bar in force.patches) == pytest.approx(4)  # zero forces too
    assert figure.get_suptitle() == "LiF: 2 frames"


def test_frames_without_labels_are_one_sentence():
    with pytest.raises(ValueError, match="Frame 0 has no energy and no forces"):
        draw_data(Figure(), [bulk("Si")])


def test_the_line_of_the_slope_is_that_of_the_least_squares():
    random, axes = np.random.default_rng(0), Figure().subplots()
    label = random.normal(size=300)
    draw_slope(axes, label, 0.7 * label + 0.1 * random.normal(size=300), "A", "B")
    points, perfect, line = axes.lines
    s = np.linalg.lstsq(label[:, None], points.get_ydata(), rcond=None)[0][0]
    assert line.get_ydata() == pytest.approx(s * line.get_xdata())
    assert perfect.get_ydata() == pytest.approx(perfect.get_xdata()) and f"slope {s:.2f}" == line.get_label()
    assert "A" in axes.get_ylabel() and "B" in axes.get_xlabel()


def test_an_answer_shows_each_potential_and_the_reference():
    axes = Figure(layout="constrained").subplots()
    draw_answers(axes, {"one": 0.8, "two": -1.0}, "eV", 3.67, "DFT", "a vacancy; you expect: too low")
    assert [bar.get_width() for bar in axes.patches] == [0.8, -1.0]
    assert axes.lines[0].get_xdata()[0] == 3.67 and axes.lines[0].get_label() == "3.67: DFT"
    left, right = axes.get_xlim()
    assert left < -1 and right > 3.67 and axes.get_xlabel() == "eV"


def test_an_answer_that_is_hidden_or_nothing_at_all_can_be_drawn():
    for value, shown in ((np.nan, "?"), (0.0, "0")):
        axes = Figure(layout="constrained").subplots()
        draw_answers(axes, {"one": value, "two": value}, "meV")
        assert axes.get_xlim()[0] < axes.get_xlim()[1] and not axes.lines
        assert [text.get_text() for text in axes.texts] == [shown] * 2


def test_a_card_is_written_whole_and_what_is_missing_is_a_dash():
    figure = Figure()
    draw_card(figure, "A on Si", [("vacancy", 0.868, "eV"), ("barrier", np.nan, "eV"), ("B0", 77.9, "GPa")])
    written = [text.get_text() for text in figure.axes[0].texts]
    assert {"vacancy", "0.868", "barrier", "–", "77.9", "GPa"} <= set(written)
    assert all(0 <= text.get_position()[1] <= 1 for text in figure.axes[0].texts)


def test_dimers_are_drawn_between_the_ends_that_were_asked_for():
    axes, r = Figure().subplots(), np.linspace(0.3, 6, 20)
    draw_dimers(axes, {"one": (r, 1e9 / r), "two": (r, -r)}, ("PBE", r, r), -3, 10)
    assert axes.get_ylim() == (-3, 10) and [line.get_label() for line in axes.lines] == ["PBE", "one", "two"]
