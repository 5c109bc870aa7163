"""The molecular dynamics of LGPS with CHGNet that lecture 10 analyses."""

import platform
import time
from datetime import date
from importlib.metadata import version

from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.thermostats import VelocityRescaling
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.labels.universal import universal
from course_lib.structures import lgps

LENGTH_PS = {850: 25, 650: 40, 500: 50}  # {temperature in K: length of the shipped production run}; slow ions need more
EQUILIBRATION_PS, TIMESTEP_FS, FRAME_FS = 3, 2.0, 100


def run_lgps(temperature, length_ps, seed=1, potential=None, progress=True):
    """Equilibrate and run one temperature.

    Parameters
    ----------
    temperature : float
        Temperature in K.
    length_ps : float
        Length of the production run in ps.
    seed : int
        Seed of the random numbers.
    potential : Potential, optional
        A potential that takes the place of CHGNet, such as a distilled one.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Trajectory
        The production run with a frame every 100 fs; ``about`` says how it was made.
    """
    atoms = lgps()
    atoms.calc = universal("chgnet") if potential is None else potential.calculator()
    thermal_velocities(atoms, temperature, seed=seed)

    def run(length_ps, relaxation_fs, seed):
        bath = VelocityRescaling(temperature, relaxation_fs=relaxation_fs, seed=seed)
        return simulate(
            atoms,
            round(length_ps * 1000 / TIMESTEP_FS),
            TIMESTEP_FS,
            bath,
            round(FRAME_FS / TIMESTEP_FS),
            progress=progress,
        )

    # First a fast thermostat for equilibration, then a gentle one: rescaling with 1 ps hardly changes diffusion.
    run(EQUILIBRATION_PS, relaxation_fs=50, seed=seed)
    cpu = time.process_time()
    trajectory = run(length_ps, relaxation_fs=1000, seed=seed + 1)
    trajectory.about |= {
        "system": "Li10GeP2S12, 50 atoms, P4_2mc, a = 8.787646, c = 12.657546 Å (course_lib.structures.lgps)",
        "potential": f"CHGNet 0.3.0, package chgnet {version('chgnet')}, float32"
        if potential is None
        else type(potential).__name__,
        "ensemble": f"NVT, stochastic velocity rescaling, 1 ps, {temperature} K",
        "temperature_K": temperature,
        "equilibration_ps": EQUILIBRATION_PS,
        "seed": seed,
        "made_on": date.today().isoformat(),
        "made_with": f"one thread of {platform.machine()}, torch {version('torch')}, ase {version('ase')}",
        "cpu_minutes": round((time.process_time() - cpu) / 60, 1),
        "licence": "CC BY 4.0",
    }
    return trajectory
