"""A crystal that moves: whether its energy stays, and where the neighbours are."""

import warnings
from typing import NamedTuple

import numpy as np
from scipy.signal import find_peaks

from course_lib.analysis.rdf import radial_distribution
from course_lib.arguments import positive, whole
from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.validation.prepare import supercell, with_calculator

BLOCKS = 10  # of a run, for the error of a slope
REACH, WIDTH = 6.0, 0.05  # Å: of g(r) and of one of its bins


class Drift(NamedTuple):
    """Change of the total energy per time at constant energy, and its standard error, in meV per atom and ps."""

    slope: float
    error: float


def drift_of(time_ps, energy):
    """The slope of an energy that should be constant, with a standard error.

    The means over ten blocks of the run are fitted by a line; the error is that of the line, from the scatter of the
    means about it. A slope below two errors is not seen: it may be zero.

    Parameters
    ----------
    time_ps, energy : (n,) arrays
        Times in ps and energies in meV per atom; 40 or more.

    Returns
    -------
    Drift
    """
    if len(time_ps) < 4 * BLOCKS or len(time_ps) != len(energy):
        raise ValueError(f"{len(time_ps)} times, {len(energy)} energies: give {4 * BLOCKS} or more of both.")
    t, E = ([part.mean() for part in np.array_split(np.asarray(x, float), BLOCKS)] for x in (time_ps, energy))
    (slope, _), covariance = np.polyfit(t, E, 1, cov=True)
    return Drift(float(slope), float(np.sqrt(covariance[0, 0])))


def energy_drift(potential, crystal, temperature=300.0, steps=200, timestep_fs=2.0, edge=8.0, seed=0):
    """Drift of the energy in a run at constant energy, which begins at rest with twice the temperature.

    Parameters
    ----------
    potential, crystal
        See :func:`course_lib.validation.prepare.with_calculator`; the crystal is at rest.
    temperature : float
        In K; half of the kinetic energy at the beginning becomes potential energy.
    steps : int
        Number of steps, 40 or more.
    timestep_fs : float
        Time step in fs.
    edge : float
        Edges of the supercell are at least this long, in Å.
    seed : int
        Seed of the velocities.

    Returns
    -------
    Drift
    """
    atoms = with_calculator(potential, supercell(crystal, edge))
    thermal_velocities(atoms, 2 * positive("The temperature (K)", temperature), seed)
    run = simulate(atoms, whole("steps", steps, least=4 * BLOCKS), timestep_fs, every=1, progress=False)
    total = 1000 * (run.potential_energy + run.kinetic_energy) / len(atoms)
    return drift_of(run.time_fs / 1000, total)


class Peak(NamedTuple):
    """First peak of g(r): its place in Å, half a bin as its error, and its height."""

    r: float
    error: float
    height: float


def first_peak(potential, crystal, temperature=300.0, steps=300, timestep_fs=2.0, edge=8.0, seed=0):
    """First peak of g(r) in the second half of a short run at constant temperature (Langevin, 100 fs).

    The arguments are those of :func:`energy_drift`.

    Returns
    -------
    Peak
    """
    atoms = with_calculator(potential, supercell(crystal, edge))
    thermal_velocities(atoms, positive("The temperature (K)", temperature), seed)
    thermostat = Langevin(temperature, seed=seed)
    run = simulate(atoms, whole("steps", steps, least=20), timestep_fs, thermostat, every=5, progress=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the error of the height is not used
        rdf = radial_distribution(run.to_ase()[len(run) // 2 :], REACH, bins=round(REACH / WIDTH))
    top = find_peaks(rdf.g, prominence=0.2 * rdf.g.max())[0][0]  # lower maxima are noise
    return Peak(float(rdf.r[top]), WIDTH / 2, float(rdf.g[top]))
