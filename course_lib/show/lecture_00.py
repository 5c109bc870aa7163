"""A molecule drawn flat, as the graph that a graph network sees."""

import numpy as np
from ase.data import chemical_symbols
from ase.data.colors import jmol_colors
from scipy.optimize import minimize
from scipy.sparse.csgraph import shortest_path

from course_lib.show.style import COLOURS


def flat(adjacency, seed=0):
    """Positions in a plane where atoms k bonds apart have a distance of about k; the real geometry is not used.

    Kamada and Kawai 1989, doi:10.1016/0020-0190(89)90102-6.

    Parameters
    ----------
    adjacency : (N, N) array
        1 where two atoms are bonded, else 0; the graph must be connected.
    seed : int
        Seed of the random starts.

    Returns
    -------
    (N, 2) array
        Positions of the atoms, in units of one bond.
    """
    bonds = shortest_path(np.asarray(adjacency), unweighted=True)
    if not np.all(np.isfinite(bonds)):
        raise ValueError("The graph falls into pieces: draw one molecule at a time.")
    i, j = np.triu_indices(len(bonds), k=1)

    def strain(x):
        apart = x.reshape(-1, 2)[i] - x.reshape(-1, 2)[j]
        return np.sum((np.linalg.norm(apart, axis=1) / bonds[i, j] - 1) ** 2)

    starts = np.random.default_rng(seed).normal(size=(10, 2 * len(bonds)))
    best = min((minimize(strain, start) for start in starts), key=lambda found: found.fun)
    places = best.x.reshape(-1, 2)
    centred = places - places.mean(axis=0)
    return centred @ np.linalg.svd(centred)[2].T  # the long side lies flat


def draw_graph(axes, places, adjacency, numbers, names=None, marked=(), chosen=None):
    """Draw bonds as lines and atoms as discs in the colours of their elements.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    places : (N, 2) array
        Positions of the atoms, from :func:`flat`.
    adjacency : (N, N) array
        1 where two atoms are bonded, else 0.
    numbers : (N,) array
        Atomic numbers.
    names : sequence of str, optional
        Text in each disc; by default the symbols of the elements.
    marked : sequence of int
        Atoms that get a halo.
    chosen : int, optional
        One atom that gets a halo of another colour.
    """
    for i, j in np.argwhere(np.triu(adjacency)):
        axes.plot(*places[[i, j]].T, color="0.6", lw=3, zorder=1)
    for i, (place, number) in enumerate(zip(places, numbers)):
        if i in marked or i == chosen:
            axes.plot(*place, "o", markersize=42, color=COLOURS[0] if i == chosen else COLOURS[4], zorder=2)
        axes.plot(*place, "o", markersize=30, color=jmol_colors[number], markeredgecolor="0.3", zorder=3)
        name = chemical_symbols[number] if names is None else names[i]
        axes.text(*place, name, ha="center", va="center", zorder=4)
    axes.set(aspect="equal")
    axes.margins(0.15)
    axes.set_axis_off()
