"""Four runs of an argon pair for the reading question of exercise 01. The answer is in this file, so play fair."""

import numpy as np
from ase import units

from course_lib.dynamics.integrators import euler, integrate, symplectic_euler, velocity_verlet
from course_lib.dynamics.model_systems import argon_dimer

SUSPECTS = {  # letter: step, time step in fs, and by how much the force is too strong
    "A": (symplectic_euler, 20.0, 1.0),
    "B": (velocity_verlet, 20.0, 1.02),
    "C": (euler, 1.0, 1.0),
    "D": (velocity_verlet, 20.0, 1.0),
}


def energy_riddle(finer=1, t_end_ps=10.0):
    """Energy error of each run, with every time step divided by ``finer``.

    Returns
    -------
    dict
        {letter: (time in ps, V(r) + m v^2 / 2 minus its value at the start in meV)}.
    """
    dimer, runs = argon_dimer(), {}
    for letter, (step, dt_fs, strength) in SUSPECTS.items():
        dt = dt_fs * units.fs / finer

        def force(r, strength=strength):
            return strength * dimer.force(r)

        steps = round(t_end_ps * 1000 * units.fs / dt)
        t, r, v = integrate(step, dimer.r, dimer.v, force, dimer.m, dt, steps)
        energy = dimer.energy(r, v)
        runs[letter] = t / (1000 * units.fs), 1000 * (energy - energy[0])
    return runs


def largest_errors(runs):
    """Largest absolute energy error of each run in meV."""
    return {letter: float(np.max(np.abs(error))) for letter, (_, error) in runs.items()}
