"""A 3D view of atoms whose positions can be changed, used by the viewer and the live simulation."""

import io
from itertools import product

import ase.io
import ipywidgets as widgets
import numpy as np
from ase import Atoms
from ase.data import covalent_radii, vdw_radii
from ase.data.colors import jmol_colors
from ase.utils import rotate
from ase.visualize.plot import plot_atoms
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from scipy.spatial.transform import Rotation

from course_lib.show.nglview_version import import_nglview
from course_lib.show.widget_with_picture import png

HEIGHT = 340  # pixels; with a row of buttons it still fits a slide
TILT = "-75x,25y,8z"  # the third axis points up, all three faces of a cell can be seen
FIELD_OF_VIEW = np.radians(40)  # NGL's


class Scene:
    """A 3D view of atoms, or a still picture if the viewer is not installed.

    Parameters
    ----------
    atoms : ase.Atoms
        The structure to show.
    highlight : str, optional
        Symbol of the element that is drawn large; all others become small balls.
    cell : bool
        Draw the edges of the cell.
    width : str
        Width of the view in CSS units. Give pixels beside other widgets: the view does not adapt to the row's layout.

    Attributes
    ----------
    widget : ipywidgets.Widget
        The view, or the still picture.
    trouble : str
        Why there is no 3D view; empty if there is one.
    """

    def __init__(self, atoms, highlight=None, cell=True, width="100%"):
        self.atoms, self.cell = _bare(atoms), cell
        self.origin = atoms.positions.min(axis=0)  # the text given to the viewer has room for 0 to 9999 Å
        self.radii = ball_radii(atoms, highlight)
        self.trouble = ""
        try:
            self.widget = self._viewer(import_nglview(), width)
        except ImportError as error:
            self.trouble = f"{error} A still picture is shown instead."
            self.widget = widgets.Image(value=self.picture(), format="png")

    def picture(self):
        """The present positions as a PNG file: balls, the nearest in front, with the edges of the cell."""
        radii = covalent_radii[self.atoms.numbers] if _is_molecule(self.atoms) else self.radii  # no bonds drawn here
        figure = Figure(figsize=(5.0, 3.8), layout="constrained")
        axes = figure.subplots()
        plot_atoms(self.atoms, axes, rotation=TILT, radii=radii, show_unit_cell=2 if self._has_cell() else 0)
        axes.set_axis_off()
        return png(figure)

    def move(self, positions):
        """Show other positions (N, 3) in Å."""
        self.atoms.positions = positions
        if self.trouble:
            self.widget.value = self.picture()
        else:
            self.widget.set_coordinates({0: self.atoms.positions - self.origin})

    def _viewer(self, nglview, width):
        view = nglview.NGLWidget(width=width, height=f"{HEIGHT}px")
        view.add_structure(nglview.TextStructure(self.pdb()), default_representation=False)
        for symbol in sorted(set(self.atoms.symbols)):
            mine = np.flatnonzero(self.atoms.symbols == symbol)
            colour = to_hex(jmol_colors[self.atoms.numbers[mine[0]]])
            view.add_spacefill(mine, radius=float(self.radii[mine[0]]), color=colour)
        if _is_molecule(self.atoms):
            view.add_licorice(radius=0.12)
        if self._has_cell():
            view._add_shape(_cell_edges(self.atoms.cell, -self.origin), name="cell")
        view.control.rotate(_quaternion(TILT))
        view._remote_call("autoView", target="Stage", args=[0])  # to the middle
        view.stage.set_parameters(clip_dist=1)  # Å; NGL's default of 10 Å cuts away near atoms
        view.control._call("distance", self._distance())
        return view

    def pdb(self):
        """The present positions, relative to the corner of the first ones, as the PDB text that the viewer reads."""
        if np.ptp(self.atoms.positions, axis=0).max() > 9999:
            raise ValueError("The atoms spread over more than 9999 Å, too far for the 3D viewer: show a part of them.")
        text, without_cell = io.StringIO(), Atoms(self.atoms.numbers, self.atoms.positions - self.origin)
        ase.io.write(text, without_cell, format="proteindatabank")  # ASE would turn positions into the standard cell
        return text.getvalue()

    def _has_cell(self):
        return self.cell and self.atoms.cell.rank == 3

    def _distance(self):
        """Distance of the camera in Å at which everything is visible in every orientation."""
        points = self.atoms.positions
        if self._has_cell():
            points = np.concatenate([points, np.array(list(product((0, 1), repeat=3))) @ self.atoms.cell.array])
        middle = (points.min(axis=0) + points.max(axis=0)) / 2
        farthest = np.linalg.norm(points - middle, axis=1).max() + self.radii.max()
        return float(farthest / np.sin(FIELD_OF_VIEW / 2))


def ball_radii(atoms, highlight=None):
    """Radius of each ball in Å: touching spheres for a noble gas, small balls for ions and molecules.

    Radii from ASE's tables (covalent: Cordero et al. 2008, doi:10.1039/b801115j).
    """
    if highlight is not None:
        if highlight not in atoms.symbols:
            raise ValueError(
                f"There is no {highlight} to highlight: the structure has {', '.join(sorted(set(atoms.symbols)))}."
            )
        return np.where(atoms.symbols == highlight, 0.9, 0.35 * covalent_radii[atoms.numbers])
    if np.isin(atoms.numbers, (2, 10, 18, 36, 54)).all():
        return 0.9 * vdw_radii[atoms.numbers]
    return 0.45 * covalent_radii[atoms.numbers]


def _quaternion(tilt):
    # ASE's matrix acts on rows, a quaternion on columns
    return Rotation.from_matrix(rotate(tilt).T).as_quat().tolist()


def _is_molecule(atoms):
    return not atoms.pbc.any() and len(atoms) > 1 and not np.isin(atoms.numbers, (2, 10, 18, 36, 54)).any()


def _bare(atoms):
    """Elements, positions and cell only: other data of atoms (occupancies of a CIF file) would stop ASE's writers."""
    return Atoms(atoms.numbers, atoms.positions, cell=atoms.cell, pbc=atoms.pbc)


def _cell_edges(cell, corner):
    """The twelve edges of the cell as thin cylinders, in nglview's format."""
    edges = []
    for axis in range(3):
        others = [other for other in range(3) if other != axis]
        for steps in product((0, 1), repeat=2):
            start = corner + steps[0] * cell[others[0]] + steps[1] * cell[others[1]]
            edges.append(("cylinder", start.tolist(), (start + cell[axis]).tolist(), [0.5, 0.5, 0.5], 0.06))
    return edges
