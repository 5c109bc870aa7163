"""The phase diagram of lecture 03: what is drawn where."""

import numpy as np
import pytest
from matplotlib.figure import Figure

from course_lib.analysis.rdf import RadialDistribution
from course_lib.data.catalogue import load
from course_lib.show.lecture_03 import draw_point
from course_lib.show.widget_with_picture import png


def test_the_point_stands_at_its_temperature_and_density():
    phases = load("lj_phases")
    edges = np.linspace(0, 12, 101)
    found = RadialDistribution(edges[1:] - 0.06, np.ones(100), np.zeros(100), edges, np.zeros(101))
    figure = Figure()
    draw_point(figure, phases, 120.0, 1.688, 94.4, 1.374, found)
    diagram, structure = figure.axes
    assert [line.get_xydata().tolist() for line in diagram.lines if line.get_marker() == "o"] == [[[1.374, 94.4]]]
    assert "K" in diagram.get_ylabel() and "g/cm³" in diagram.get_xlabel() and "Å" in structure.get_xlabel()
    liquid = next(line for line in diagram.lines if line.get_xydata()[0, 0] == pytest.approx(1.688 * phases.liquid[0]))
    assert liquid.get_xydata()[0, 1] == pytest.approx(120 * phases.T[0])
    assert png(figure).startswith(b"\x89PNG")
