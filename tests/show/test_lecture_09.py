"""The picture of a data set: the numbers in it are those of the frames."""

import numpy as np
import pytest
from ase.build import bulk
from matplotlib.figure import Figure

from course_lib.learning.dataset import labelled
from course_lib.show.lecture_09 import draw_data


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
