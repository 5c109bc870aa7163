"""The radial distribution function: the density of neighbours at a distance, relative to an ideal gas."""

from dataclasses import dataclass

import numpy as np

from course_lib.analysis.error_bars import block_average
from course_lib.analysis.frames import as_frames, indices_of_pair
from course_lib.analysis.pairs import distance_histogram
from course_lib.arguments import positive, whole


@dataclass
class RadialDistribution:
    """g(r), its error and the running coordination number.

    Attributes
    ----------
    r : (bins,) array
        Middle of each bin in Å.
    g, error : (bins,) arrays
        g(r) and its standard error over the frames (NaN with fewer than 4 frames).
    edges : (bins + 1,) array
        Edges of the bins in Å.
    neighbours : (bins + 1,) array
        Mean number of neighbours closer than each edge: the running coordination number.
    """

    r: np.ndarray
    g: np.ndarray
    error: np.ndarray
    edges: np.ndarray
    neighbours: np.ndarray


def radial_distribution(frames, r_max, bins=200, pair=None):
    """Radial distribution function of one frame or of many.

    g(r) = n(r, r + dr) / (4/3 pi [(r + dr)^3 - r^3] N_b / V)

    with n the mean number of atoms b in that shell around an atom a. An ideal gas of N equal atoms gives 1 - 1/N,
    because an atom is not its own neighbour. ``r_max`` may be longer than half the cell: an atom's own copies then
    count. Allen and Tildesley, Computer Simulation of Liquids, 2nd ed., section 8.2.

    Parameters
    ----------
    frames : ase.Atoms, list of ase.Atoms, or Trajectory
        Periodic in all three directions.
    r_max : float
        Largest distance in Å.
    bins : int
        Number of bins.
    pair : tuple of str, optional
        Two elements (a, b), for a partial g(r): neighbours b of atoms a. All atoms if not given.

    Returns
    -------
    RadialDistribution
    """
    r_max, bins = positive("r_max (Å)", r_max), whole("bins", bins)
    edges = np.linspace(0, r_max, bins + 1)
    shell = 4 / 3 * np.pi * np.diff(edges**3)
    g, counts = [], []
    for atoms in as_frames(frames):
        if not np.all(atoms.pbc):
            raise ValueError("g(r) compares with a uniform density: the atoms must be periodic in all directions.")
        of, to = indices_of_pair(atoms, pair)
        counts.append(distance_histogram(atoms, r_max, bins, of, to) / len(of))
        g.append(counts[-1] / (shell * len(to) / atoms.get_volume()))
    error = block_average(g).error if len(g) >= 4 else np.full(bins, np.nan)
    neighbours = np.append(0, np.cumsum(np.mean(counts, axis=0)))
    return RadialDistribution((edges[1:] + edges[:-1]) / 2, np.mean(g, axis=0), error, edges, neighbours)
