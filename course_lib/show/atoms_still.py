"""A still picture of atoms, for paper, slides and places without a 3D viewer."""

import numpy as np
from ase.visualize.plot import plot_atoms
from matplotlib.figure import Figure

from course_lib.show.widget_with_picture import png

TILT = "-75x,25y,8z"  # the third axis points up, all three faces of a cell can be seen


def still(atoms, radii, colours, cell=True, figsize=(5.0, 3.8)):
    """Draw atoms as balls, nearest in front, with the edges of the cell.

    Parameters
    ----------
    atoms : ase.Atoms
    radii : (N,) array
        In Å.
    colours : (N, 3) array
        Red, green, blue between 0 and 1.
    cell : bool
        Draw the edges of the cell, where there is one.

    Returns
    -------
    bytes
        A PNG file.
    """
    figure = Figure(figsize=figsize, layout="constrained")
    axes = figure.subplots()
    show_cell = 2 if cell and atoms.cell.rank == 3 else 0
    plot_atoms(atoms, axes, rotation=TILT, radii=np.asarray(radii), colors=colours, show_unit_cell=show_cell)
    axes.set_axis_off()
    return png(figure)
