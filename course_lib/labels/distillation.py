"""Distillation: a fast potential for one system learns from a slow universal one, and asks where it does not know."""

from dataclasses import dataclass, field

import numpy as np
from tqdm.auto import tqdm

from course_lib.arguments import positive, whole
from course_lib.dynamics.simulation import Simulation
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.learning.dataset import labelled

TIMESTEP_FS = 2.0  # of the runs
STRETCH, CLOSELY = 20, 5  # the leverage is looked at after 20 x 5 steps; after an alarm, in each fifth frame of these


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
        One row for each run: ``round``, ``temperature`` (K), ``time_ps`` when it stopped, whether there was an
        ``alarm``, ``leverage`` there, and ``force_error``, the mean absolute error there before the next fit in meV/Å.
    """

    frames: list
    asked: list = field(default_factory=list)


def distil(
    potential,
    teacher,
    frames,
    temperatures=(300, 600, 1000),
    rounds=3,
    length_ps=5.0,
    limit=1.0,
    seed=0,
    progress=True,
    **options,
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
        Temperatures of the runs of each round in K. Each run starts from one of the frames, drawn at random, and ends
        with a question to the teacher: where the alarm sounds, where the run breaks, or after its full length.
    rounds : int
        How often it runs, asks and fits again; a round without an alarm is the last one.
    length_ps : float
        Length of a run in which no alarm sounds, a multiple of 0.2 ps or rounded up to one.
    limit : float
        The alarm sounds when the leverage of any atom is above it.
    seed : int
        Seed of the random numbers.
    progress : bool
        Show a progress bar.
    **options
        For ``potential.fit``: loss, ridge, wall.

    Returns
    -------
    Distillation
    """
    rounds, length_ps = whole("rounds", rounds), positive("length_ps", length_ps)
    positive("limit", limit)
    if not len(temperatures):
        raise ValueError("There are no temperatures: give at least one, in K.")
    if not hasattr(potential, "leverage"):
        raise ValueError(f"A {type(potential).__name__} has no leverage: give a linear potential such as ACE.")
    random = np.random.default_rng(whole("seed", seed, least=0))
    done = Distillation(list(frames))
    potential.fit(done.frames, **options)
    for number in range(1, rounds + 1):
        before = len(done.asked)
        for temperature in tqdm(temperatures, f"round {number}, {len(done.frames)} frames", disable=not progress):
            start = done.frames[random.integers(len(frames))].copy()
            found = _run(potential, start, temperature, 1000 * length_ps, limit, int(random.integers(2**31)))
            (frame,) = label([found.pop("atoms")], teacher)
            error = np.mean(np.abs(potential.predict(frame)["forces"] - frame.get_forces(apply_constraint=False)))
            row = {"round": number, "temperature": temperature, **found, "force_error": 1000 * float(error)}
            done.asked.append(row)
            done.frames.append(frame)
        potential.fit(done.frames, **options)
        if not any(row["alarm"] for row in done.asked[before:]):
            break
    return done


def _run(potential, atoms, temperature, length_fs, limit, seed):
    """Run until the alarm or the end: the atoms there, the time in ps, the alarm and the leverage.

    An alarm may come late, when the atoms are already where no atoms can be. So the frames since the look before it are
    kept, and the first of them that is no longer known is returned; if the run broke without one, the last frame.
    """
    atoms.calc = potential.calculator()
    thermal_velocities(atoms, temperature, seed=seed)
    simulation = Simulation(atoms, TIMESTEP_FS, Langevin(temperature, seed=seed))
    steps, broken, alarm = 0, False, False
    while not alarm and steps * TIMESTEP_FS < length_fs - 1e-6:
        stretch = []
        for _ in range(STRETCH):
            try:
                simulation.run(CLOSELY)
            except (FloatingPointError, ValueError):  # it blew up, or two atoms lie on one spot
                broken = True
            stretch.append(atoms.copy())  # where it broke: the last good step
            if broken:
                break
        steps += CLOSELY * len(stretch)
        alarm = broken or bool(potential.leverage(atoms).max() > limit)
    stretch = stretch if alarm else stretch[-1:]
    steps -= CLOSELY * len(stretch)
    for frame in stretch:
        steps, leverage = steps + CLOSELY, float(potential.leverage(frame).max())
        if leverage > limit:
            break
    return {"atoms": frame, "time_ps": steps * TIMESTEP_FS / 1000, "alarm": alarm, "leverage": leverage}
