"""Ab initio molecular dynamics of ethanol: eight short runs at constant energy, PBE/def2-SVP.

    python -m course_lib.data.make_ethanol_aimd --minutes 60   # on two cores; needs tblite and PySCF
    python -m course_lib.data.make_ethanol_aimd --processes 8 --minutes 8   # on a larger machine, as it was made
    python -m course_lib.data.make_ethanol_aimd --minutes 0.5 --rehearse    # writes nothing

Each run starts where GFN2-xTB at 500 K has led it, half of them from trans and half from gauche, and goes on for as
long as there is time.
"""

import argparse
import multiprocessing
import os
import platform
import time
from datetime import date
from importlib.metadata import version

import numpy as np

from course_lib.data.ethanol_aimd import FILE
from course_lib.data.ethanol_torsion import turned_ethanol
from course_lib.data.make_ethanol import GAUCHE, SETTINGS, TRANS
from course_lib.data.runs import save_runs
from course_lib.data.shipped import data_path, write_checksum
from course_lib.dynamics.simulation import Recorder, Simulation, simulate
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.labels.dft import DFT
from course_lib.labels.xtb import gfn2

RUNS, TEMPERATURE, TIMESTEP_FS, EQUILIBRATION_FS = 8, 500, 0.5, 2000


def one_run(task):
    """A trajectory of DFT molecular dynamics and the CPU seconds it took."""
    number, seconds = task
    atoms = turned_ethanol((TRANS, GAUCHE)[number % 2])
    atoms.calc = gfn2()
    seed = 100 + number  # none of the data set's
    thermal_velocities(atoms, TEMPERATURE, seed)
    bath = Langevin(TEMPERATURE, relaxation_fs=200, seed=seed)
    simulate(atoms, round(EQUILIBRATION_FS / TIMESTEP_FS), TIMESTEP_FS, bath, every=1000, progress=False)
    atoms.positions -= atoms.positions.mean(axis=0)
    atoms.calc = DFT(**SETTINGS | {"conv_tol": 1e-7})  # the warm start forgives
    cpu, start = time.process_time(), time.monotonic()
    simulation = Simulation(atoms, TIMESTEP_FS)
    recorder = Recorder(simulation, keep=("velocities",))
    while time.monotonic() - start < seconds:
        simulation.run(1)
        recorder.record()
    return recorder.trajectory(), time.process_time() - cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count()))
    parser.add_argument("--minutes", type=float, required=True, help="time for everything")
    parser.add_argument("--rehearse", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    seconds = 60 * arguments.minutes * min(arguments.processes, RUNS) / RUNS
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        results = pool.map(one_run, [(number, seconds) for number in range(RUNS)], chunksize=1)
    runs, cpu = [run for run, _ in results], sum(cpu for _, cpu in results)
    steps = sum(len(run) - 1 for run in runs)
    about = {
        "method": "PBE/def2-SVP, density fitting, grid 1, constant energy, started from GFN2-xTB at 500 K",
        "timestep_fs": TIMESTEP_FS,
        "made_on": date.today().isoformat(),
        "cpu_minutes": round(cpu / 60, 1),
        "cpu_seconds_per_step": round(cpu / max(steps, 1), 2),
        "made_with": f"{arguments.processes} processes of one thread, {platform.machine()}, PySCF {version('pyscf')}",
        "licence": "CC BY 4.0",
    }
    drift = [np.ptp(run.potential_energy + run.kinetic_energy) * 1000 for run in runs]
    print(about, f"steps {[len(run) - 1 for run in runs]}, total energy within meV {np.round(drift, 1)}", sep="\n")
    if not arguments.rehearse:
        save_runs(runs, about, data_path(FILE))
        write_checksum(FILE)


if __name__ == "__main__":
    main()
