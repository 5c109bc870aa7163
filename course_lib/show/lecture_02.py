"""The picture of a periodic box for lecture 02; the caller computes everything, the function only draws."""

from itertools import product

import numpy as np
from matplotlib.patches import Circle, Rectangle

from course_lib.show.style import COLOURS

PALE = "0.82"


def draw_periodic_box(figure, positions, length, neighbours, cutoff):
    """Draw a square box with its copies and the neighbours of its first atom, also those through a wall.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Where to draw.
    positions : (N, 2) array
        Positions of the atoms in the box in Å.
    length : float
        Edge of the box in Å.
    neighbours : (K, 2) array
        Vectors from the first atom to its neighbours, in Å.
    cutoff : float
        Radius in Å of the circle around the first atom.
    """
    axes, first = figure.subplots(), positions[0]
    for corner in product((-length, 0, length), repeat=2):
        box = {"edgecolor": "black", "zorder": 2} if corner == (0, 0) else {"edgecolor": PALE, "zorder": 1}
        axes.add_patch(Rectangle(corner, length, length, fill=False, lw=1.5, **box))
        axes.plot(*(positions + corner).T, "o", color=COLOURS[5] if corner == (0, 0) else PALE, markersize=11)
    axes.plot(*first, "o", color=COLOURS[1], markersize=14, zorder=4)
    axes.add_patch(Circle(first, cutoff, fill=False, ls="--", color=COLOURS[1]))
    inside = np.all((first + neighbours > 0) & (first + neighbours < length), axis=1)
    for vector, direct in zip(neighbours, inside):
        axes.plot(*np.transpose([first, first + vector]), color=COLOURS[0] if direct else COLOURS[1], zorder=3)
    axes.set(
        aspect="equal",
        xlim=(-0.95 * length, 1.95 * length),
        ylim=(-0.35 * length, 1.35 * length),
        xlabel="x / Å",
        ylabel="y / Å",
    )
    axes.set_title(f"{len(neighbours)} neighbours, {np.sum(~inside)} of them through a wall", loc="left")
    axes.grid(False)
