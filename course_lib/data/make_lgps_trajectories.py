"""Make the LGPS trajectories that lecture 10 ships: CHGNet molecular dynamics at three temperatures.

    python -m course_lib.data.make_lgps_trajectories            # all of them, about 1.5 h on one core
    python -m course_lib.data.make_lgps_trajectories --only 650 # one temperature

Ctrl-C keeps the frames made so far. The checksums are written anew at the end.
"""

import argparse
import platform
import time
from datetime import date
from importlib.metadata import version

from course_lib.data.lgps import COMMAND, LENGTH_PS, file_name
from course_lib.data.shipped import data_path, write_checksum
from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.thermostats import VelocityRescaling
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.labels.universal import universal
from course_lib.structures import lgps

EQUILIBRATION_PS = 3
TIMESTEP_FS = 2.0
FRAME_FS = 100


def run_lgps(temperature, length_ps, seed=1):
    """Equilibrate and run one temperature; returns the trajectory, which says how it was made."""
    atoms = lgps()
    atoms.calc = universal("chgnet")
    thermal_velocities(atoms, temperature, seed=seed)
    every = int(FRAME_FS / TIMESTEP_FS)
    # A fast thermostat to get there, a gentle one to stay: diffusion is hardly touched by a 1 ps rescaling.
    simulate(
        atoms,
        int(EQUILIBRATION_PS * 1000 / TIMESTEP_FS),
        TIMESTEP_FS,
        VelocityRescaling(temperature, relaxation_fs=50, seed=seed),
        every=every,
    )
    cpu = time.process_time()
    trajectory = simulate(
        atoms,
        int(length_ps * 1000 / TIMESTEP_FS),
        TIMESTEP_FS,
        VelocityRescaling(temperature, relaxation_fs=1000, seed=seed + 1),
        every=every,
    )
    trajectory.about |= {
        "system": "Li10GeP2S12, 50 atoms, P4_2mc, a = 8.787646, c = 12.657546 Å (course_lib.structures.lgps)",
        "potential": f"CHGNet 0.3.0, package chgnet {version('chgnet')}, float32",
        "ensemble": f"NVT, stochastic velocity rescaling, 1 ps, {temperature} K",
        "temperature_K": temperature,
        "equilibration_ps": EQUILIBRATION_PS,
        "seed": seed,
        "made_on": date.today().isoformat(),
        "made_with": f"one thread of {platform.machine()}, torch {version('torch')}, ase {version('ase')}",
        "cpu_minutes": round((time.process_time() - cpu) / 60, 1),
        "command": COMMAND.format(temperature=temperature),
        "licence": "CC BY 4.0",
    }
    return trajectory


def make(temperature, length_ps):
    """Run and save one temperature; returns the file's path."""
    path = data_path(file_name(temperature))
    run_lgps(temperature, length_ps).save(path)
    write_checksum(path.name)
    return path


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", type=int, choices=LENGTH_PS, help="temperature in K")
    parser.add_argument("--ps", type=float, help="length in ps instead of the planned one")
    arguments = parser.parse_args()
    for temperature, length_ps in LENGTH_PS.items():
        if arguments.only in (None, temperature):
            print("wrote", make(temperature, arguments.ps or length_ps))


if __name__ == "__main__":
    main()
