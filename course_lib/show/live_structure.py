"""The radial distribution function and the bond order of a live simulation, drawn below its atoms."""

from collections import deque

import numpy as np
from matplotlib.figure import Figure

from course_lib.analysis.bond_order import global_bond_order
from course_lib.analysis.rdf import radial_distribution
from course_lib.show.style import COLOURS
from course_lib.show.widget_with_picture import picture_widget, png

R_MAX, BINS = 10.0, 100  # Å
MEMORY = 0.9  # weight of the past in the running average of g(r), which covers about the last ten pictures
KEPT = 200  # points of the bond order


class LiveStructure:
    """g(r), averaged over the last pictures, beside the bond order Q6 over time.

    Q6 of all bonds together is 0.57 in a perfect fcc crystal and nearly zero in a liquid
    (:func:`course_lib.analysis.bond_order.global_bond_order`).

    Attributes
    ----------
    image : ipywidgets.Image
        The picture with both curves.
    """

    def __init__(self):
        self.image = picture_widget()

    def begin(self, atoms):
        """Forget the past and show ``atoms`` as they are."""
        self._g, self._order = None, deque(maxlen=KEPT)
        self.note(atoms, 0.0)

    def note(self, atoms, time_ps):
        """Take the present positions into account and draw."""
        found = radial_distribution(atoms, R_MAX, BINS)
        self._g = found.g if self._g is None else MEMORY * self._g + (1 - MEMORY) * found.g
        self._order.append((time_ps, global_bond_order(atoms)))
        self.image.value = self._drawn(found.r)

    def _drawn(self, r):
        figure = Figure(figsize=(8.2, 1.9), dpi=100, layout="constrained")
        left, right = figure.subplots(1, 2)
        left.plot(r, self._g, color=COLOURS[0], linewidth=1.5)
        left.axhline(1, color="grey", linewidth=1, linestyle="--")
        left.set_xlim(2, R_MAX)
        left.set_ylim(0, max(3.5, 1.1 * self._g.max()))
        left.set_xlabel("distance r (Å)", fontsize=10)
        left.set_ylabel("g(r)", fontsize=10)
        time_ps, order = np.transpose(self._order)
        right.plot(time_ps, order, color=COLOURS[1], linewidth=1.5)
        right.set_ylim(0, 0.62)
        right.set_xlim(time_ps[0], max(time_ps[-1], time_ps[0] + 0.2))
        right.set_xlabel("time (ps)", fontsize=10)
        right.set_ylabel("bond order Q6", fontsize=10)
        for axes in (left, right):
            axes.tick_params(labelsize=9)
        return png(figure)
