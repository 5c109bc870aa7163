"""Distillation: a fast potential for one system learns from a slow universal one, and asks where it does not know."""

from dataclasses import dataclass, field

import numpy as np

from course_lib.arguments import positive, whole
from course_lib.dynamics.simulation import Simulation
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.learning.dataset import labelled

TIMESTEP_FS = 2.0  # of the runs
EVERY_FS, CLOSELY_FS = 200, 10  # between two looks at the leverage: until there is an alarm, and after it


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
    rounds, length_fs = whole("rounds", rounds), 1000 * positive("length_ps", length_ps)
    positive("limit", limit)
    if not len(temperatures):
        raise ValueError("There are no temperatures: give at least one, in K.")
    if not hasattr(potential, "leverage"):
        raise ValueError(f"A {type(potential).__name__} has no leverage: give a linear potential such as ACE.")
    random = np.random.default_rng(whole("seed", seed, least=0))
    done = Distillation(list(frames))
    potential.fit(done.frames, **options)
    for number in range(1, rounds + 1):
        for temperature in temperatures:
            start = done.frames[random.integers(len(frames))].copy()
            own = int(random.integers(2**31))
            atoms, time_ps, leverage = _run(potential, start, temperature, length_fs, limit, own)
            (frame,) = label([atoms], teacher)
            error = np.mean(np.abs(potential.predict(frame)["forces"] - frame.get_forces(apply_constraint=False)))
            row = {"round": number, "temperature": temperature, "time_ps": time_ps, "leverage": leverage}
            done.asked.append(row | {"force_error": 1000 * float(error)})
            done.frames.append(frame)
        potential.fit(done.frames, **options)
    return done


def _run(potential, atoms, temperature, length_fs, limit, seed):
    """Run until the alarm or the end: the atoms there, the time in ps, the leverage.

    An alarm may come late, when the atoms are already where no atoms can be. So the run goes back to the look before it
    and on from there with a close watch: the frame is one that has just left what is known.
    """
    atoms.calc = potential.calculator()
    thermal_velocities(atoms, temperature, seed=seed)
    begin, end = 0.0, length_fs
    for every in (EVERY_FS, CLOSELY_FS):
        simulation = Simulation(atoms, TIMESTEP_FS, Langevin(temperature, seed=seed))
        last, time_fs, leverage = atoms.copy(), begin, 0.0
        while time_fs < end and leverage <= limit:
            last, begin, step = atoms.copy(), time_fs, min(every, end - time_fs)
            try:
                simulation.run(max(1, round(step / TIMESTEP_FS)))
                leverage = float(potential.leverage(atoms).max())
            except (FloatingPointError, ValueError):  # it blew up, or two atoms lie on one spot
                leverage = np.inf
            time_fs += step
        if leverage <= limit or every == CLOSELY_FS:
            break
        atoms, end = last, begin + 2 * EVERY_FS
        atoms.calc = potential.calculator()
    if not np.isfinite(leverage):
        atoms, time_fs, leverage = last, begin, float(potential.leverage(last).max())
    return atoms, time_fs / 1000, leverage
