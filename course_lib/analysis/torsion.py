"""The torsion angle of four atoms in a row: its time series, its conformers, its free energy."""

from dataclasses import dataclass

import numpy as np
from ase import units
from ase.geometry import get_dihedrals

from course_lib.analysis.error_bars import jackknife
from course_lib.arguments import chosen_atoms, finite, positive, whole


def dihedral(positions, four):
    """Torsion angle a-b-c-d of each frame: 180° is trans, 0° is cis.

    It is the angle between the planes abc and bcd, with the sign of IUPAC (positive where d is turned clockwise,
    seen along b-c).

    Parameters
    ----------
    positions : (F, N, 3) array
        Positions in Å, not wrapped into a cell.
    four : sequence of 4 int
        Indices of the atoms a, b, c, d.

    Returns
    -------
    (F,) array
        Torsion angles in degrees, from 0 to 360.
    """
    positions = np.asarray(positions, float)
    if positions.ndim != 3 or not np.isfinite(positions).all():
        raise ValueError(f"Positions of the shape {positions.shape}: give finite numbers, frames x atoms x 3.")
    four = chosen_atoms("The torsion", four, positions.shape[1])
    if len(four) != 4:
        raise ValueError(f"The torsion is that of {len(four)} atoms: it needs four, a, b, c and d.")
    a, b, c, d = (positions[:, atom] for atom in four)
    return get_dihedrals(b - a, c - b, d - c)


@dataclass
class TorsionProfile:
    """Free energy F(phi) along a torsion angle.

    Attributes
    ----------
    angle : (bins,) array
        Middle of each bin in degrees.
    F, error : (bins,) arrays
        F and its error in eV, zero at the lowest bin; NaN for bins that were never visited.
    """

    angle: np.ndarray
    F: np.ndarray
    error: np.ndarray


def population(angles, low, high, blocks=20):
    """Share of the time that a torsion angle lies between ``low`` and ``high``.

    The error is that of blocks: frames between two jumps are one measurement, not many.

    Parameters
    ----------
    angles : (F,) or (runs, F) array
        In degrees, 0 to 360, equally spaced in time.
    low, high : float
        In degrees; with low > high the range goes through 0°.
    blocks : int
        Each must be longer than the molecule rests between two jumps.

    Returns
    -------
    Mean
    """
    angles, low, high = _checked(angles), finite("low (degrees)", low), finite("high (degrees)", high)
    inside = (angles >= low) & (angles < high) if low < high else (angles >= low) | (angles < high)
    return jackknife(np.mean, inside.ravel(), blocks=blocks)


def free_energy_profile(angles, temperature, bins=36, mirror=True, blocks=20):
    """Free energy along a torsion angle, from how often the molecule is where.

    F(phi) = -kT ln p(phi)

    Chandler, Introduction to Modern Statistical Mechanics (1987), section 7.3.

    Parameters
    ----------
    angles : (F,) or (runs, F) array
        In degrees, 0 to 360, of a canonical simulation.
    temperature : float
        In K.
    bins : int
    mirror : bool
        Count phi and 360° - phi as one, as for a molecule that is its own mirror image.
    blocks : int
        How many the error is taken from, as in :func:`population`.

    Returns
    -------
    TorsionProfile
    """
    angles, bins = _checked(angles).ravel(), whole("bins", bins)
    kT = units.kB * positive("The temperature (K)", temperature)

    def share(angles):
        p = np.histogram(angles, bins, (0, 360))[0] / len(angles)
        # within each block: phi and its mirror image do not err independently
        return (p + p[::-1]) / 2 if mirror else p

    p, p_error = jackknife(share, angles, blocks=blocks)
    with np.errstate(divide="ignore", invalid="ignore"):
        F = np.where(p > 0, -kT * np.log(p), np.nan)
        error = np.where(p > 0, kT * p_error / p, np.nan)
    return TorsionProfile((np.arange(bins) + 0.5) * 360 / bins, F - np.nanmin(F), error)


def hops(angles, minima=(67, 180, 293), core=30):
    """How often a torsion angle went from one minimum to another.

    A hop counts when the angle comes within ``core`` of another minimum: swinging on top of a barrier is not a hop.

    Parameters
    ----------
    angles : (F,) or (runs, F) array
        Torsion angles in degrees.
    minima : sequence of float
        Angles of the minima in degrees.
    core : float
        Largest distance from a minimum, in degrees, that counts as being there.

    Returns
    -------
    int
        Number of hops, summed over all runs.
    """
    core = positive("core (degrees)", core)
    away = np.abs((_checked(angles)[..., None] - np.asarray(minima) + 180) % 360 - 180)
    total = 0
    for run in away:
        inside = run.min(axis=1) < core
        visited = run.argmin(axis=1)[inside]
        total += np.count_nonzero(np.diff(visited))
    return int(total)


def _checked(angles):
    """Angles as (runs, F), after a check that they are angles."""
    angles = np.atleast_2d(np.asarray(angles, float))
    if angles.size == 0 or not np.all((angles >= 0) & (angles <= 360)):
        raise ValueError(
            "Angles must be numbers from 0° to 360°, at least one: see course_lib.analysis.torsion.dihedral."
        )
    return angles
