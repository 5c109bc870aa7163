"""Distillation: a fast potential for one system learns from a slow universal one, and asks where it does not know."""

from dataclasses import dataclass, field

import numpy as np

from course_lib.arguments import positive, whole
from course_lib.dynamics.simulation import Simulation
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.learning.dataset import labelled

TIMESTEP_FS, EVERY_FS = 2.0, 200  # of the runs, and between two looks at the leverage


def label(frames, teacher):
    """Copies of frames with energy, forces and stress of an ASE calculator."""
    done = []
    for atoms in frames:
        asked = atoms.copy()
        asked.calc = teacher
        stress = asked.get_stress(apply_constraint=False) if atoms.pbc.all() else None  # first: some give all at once
        done.append(labelled(atoms, asked.get_potential_energy(), asked.get_forces(apply_constraint=False), stress))
    return done


@dataclass
class Distillation:
    """What :func:`distil` did.

    Attributes
    ----------
    frames : list of ase.Atoms
        All labelled frames of the last fit.
    asked : list of dict
        One row for each question to the teacher: ``round``, ``temperature`` (K), ``time_ps`` of the run when it
        stopped, ``leverage`` there, and ``force_error``, the mean absolute error there before the next fit in meV/Å.
    """

    frames: list
    asked: list = field(default_factory=list)


def distil(
    potential, teacher, frames, temperatures=(300, 600, 1000), rounds=3, length_ps=5.0, limit=1.0, seed=0, **options
):
    """Fit, run until the potential does not know where it is, ask the teacher there, and fit again.

    Parameters
    ----------
    potential : LinearPotential
        It is fitted in place; its ``leverage`` is the alarm (a GAP has none).
    teacher : ase.calculators.calculator.Calculator
        Gives the labels of new frames: a universal potential, or DFT.
    frames : list of ase.Atoms
        Frames to begin with, labelled by the same teacher: see :func:`label`.
    temperatures : sequence of float
        Temperatures of the runs of each round in K. Each run starts from one of the frames, drawn at random.
    rounds : int
        How often it runs and asks.
    length_ps : float
        A run in which no alarm sounds ends after this time.
    limit : float
        The alarm sounds when the leverage of any atom is above it.
    seed : int
        Seed of the random numbers.
    **options
        For ``potential.fit``: loss, ridge.

    Returns
    -------
    Distillation
    """
    rounds, steps = whole("rounds", rounds), max(1, round(1000 * positive("length_ps", length_ps) / EVERY_FS))
    positive("limit", limit)
    if not len(temperatures):
        raise ValueError("There are no temperatures: give at least one, in K.")
    random = np.random.default_rng(whole("seed", seed, least=0))
    done = Distillation(list(frames))
    potential.fit(done.frames, **options)
    for number in range(1, rounds + 1):
        for temperature in temperatures:
            start = done.frames[random.integers(len(frames))].copy()
            atoms, time_ps, leverage = _run(potential, start, temperature, steps, limit, int(random.integers(2**31)))
            (frame,) = label([atoms], teacher)
            error = np.mean(np.abs(potential.predict(frame)["forces"] - frame.get_forces(apply_constraint=False)))
            row = {"round": number, "temperature": temperature, "time_ps": time_ps, "leverage": leverage}
            done.asked.append(row | {"force_error": 1000 * error})
            done.frames.append(frame)
        potential.fit(done.frames, **options)
    return done


def _run(potential, atoms, temperature, steps, limit, seed):
    """Run until the alarm, and at most ``steps`` times ``EVERY_FS``: the atoms there, the time in ps, the leverage."""
    atoms.calc = potential.calculator()
    thermal_velocities(atoms, temperature, seed=seed)
    simulation = Simulation(atoms, TIMESTEP_FS, Langevin(temperature, seed=seed))
    for _ in range(steps):
        last = atoms.copy()
        try:
            simulation.run(round(EVERY_FS / TIMESTEP_FS))
        except FloatingPointError:  # the last atoms before it are the more useful question
            return last, simulation.time_fs / 1000, float(potential.leverage(last).max())
        if (leverage := float(potential.leverage(atoms).max())) > limit:
            break
    return atoms, simulation.time_fs / 1000, leverage
