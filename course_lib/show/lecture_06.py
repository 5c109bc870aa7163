"""Pictures of neighbourhoods and their numbers for lecture 06; the caller computes everything, these only draw."""

import numpy as np
from ase.data import chemical_symbols, covalent_radii
from ase.data.colors import jmol_colors
from matplotlib.patches import Circle
from matplotlib.ticker import LogLocator, NullFormatter, ScalarFormatter

from course_lib.show.style import COLOURS

FAMILIES = {"bpnn": ("s", COLOURS[3]), "ace": ("o", COLOURS[0]), "mtp": ("^", COLOURS[2]), "gap": ("D", COLOURS[1])}


def draw_lobes(figure, directions, values):
    """Draw functions on the sphere as lobes: the distance from the centre is their size, the colour their sign.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Where to draw.
    directions : (a, b, 3) array
        Unit vectors on a grid that covers the sphere.
    values : (a, b, (l_max + 1)^2) array
        The functions in the order l = 0, 1, ...; m = -l, ..., l: a row for each l.
    """
    rows = int(np.sqrt(values.shape[2]))
    grid = figure.add_gridspec(rows, 2 * rows - 1, hspace=0, wspace=0)
    for l in range(rows):
        for m in range(-l, l + 1):
            axes = figure.add_subplot(grid[l, rows - 1 + m], projection="3d", box_aspect=(1, 1, 1))
            value = values[:, :, l * l + l + m]
            x, y, z = np.moveaxis(directions * np.abs(value)[:, :, None] / np.abs(value).max(), 2, 0)
            colours = np.where(value[:-1, :-1] > 0, COLOURS[0], COLOURS[4])
            axes.plot_surface(x, y, z, facecolors=colours, rstride=1, cstride=1, linewidth=0, antialiased=False)
            axes.set(xlim=(-0.7, 0.7), ylim=(-0.7, 0.7), zlim=(-0.7, 0.7))
            axes.set_axis_off()
            if m == -l:
                axes.set_title(f"l = {l}", fontsize=11, y=0.93)


def draw_atoms(axes, atoms, names=None, cutoff=None, bonds=1.25):
    """Draw atoms as discs, seen along z, with their names and the bonds between them.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    atoms : ase.Atoms
        A molecule, or an atom in the origin with its neighbours.
    names : dict, optional
        Text in the discs of some atoms, by their number; by default each has its symbol.
    cutoff : float, optional
        Radius in Å of a circle around the first atom.
    bonds : float
        Atoms are bonded up to this many times the sum of their covalent radii; 0 for none.
    """
    r, radii = atoms.positions, covalent_radii[atoms.numbers]
    near = atoms.get_all_distances() < bonds * (radii[:, None] + radii)
    for i, j in np.argwhere(np.triu(near, k=1)):
        axes.plot(*r[[i, j], :2].T, color="0.6", lw=4, zorder=1)
    for i in np.argsort(r[:, 2], kind="stable"):
        look = {"facecolor": jmol_colors[atoms.numbers[i]], "edgecolor": "0.3", "zorder": 3 + r[i, 2] / 100}
        axes.add_patch(Circle(r[i, :2], 0.3 + 0.1 * (atoms.numbers[i] > 1), **look))
        text = chemical_symbols[atoms.numbers[i]] if names is None else names.get(i, "")
        axes.text(*r[i, :2], text, ha="center", va="center", fontsize=11, color="black", zorder=4 + r[i, 2] / 100)
    if cutoff is not None:
        axes.add_patch(Circle(r[0, :2], cutoff, fill=False, ls="--", edgecolor="0.5"))
    axes.set(aspect="equal")
    axes.set_axis_off()


def draw_numbers(axes, groups, title, limits):
    """Draw numbers as bars, each group in its colour with its name below.

    ``groups`` is {name: array}; ``limits`` are the ends of the axis.
    """
    first, middles = 0, []
    for colour, values in zip(COLOURS, groups.values()):
        axes.bar(np.arange(first, first + len(values)), values, color=colour)
        middles.append(first + (len(values) - 1) / 2)
        first += len(values) + 1
    axes.axhline(0, color="0.4", lw=1)
    axes.set(ylim=limits)
    axes.set_xticks(middles, groups, fontsize=11)
    axes.set_title(title, loc="left", fontsize=12)


def draw_families(axes, table, x, y, xlabel, ylabel):
    """Draw one column of a table over another on logarithmic axes: a colour and a marker for each family.

    ``table`` is a dict of columns, one of them ``model``.
    """
    for name, (marker, colour) in FAMILIES.items():
        mine = np.flatnonzero(table["model"] == name)
        order = mine[np.argsort(table[x][mine])]
        axes.plot(table[x][order], table[y][order], marker + "-", color=colour, label=name)
    axes.set(xscale="log", yscale="log", xlabel=xlabel, ylabel=ylabel)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.set_major_formatter(ScalarFormatter())
        axis.set_minor_formatter(NullFormatter())
    axes.legend(fontsize=10)
