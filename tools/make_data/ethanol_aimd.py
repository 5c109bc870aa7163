"""Ab initio molecular dynamics of ethanol: eight short runs at constant energy, PBE/def2-SVP.

    python tools/make_data/ethanol_aimd.py --minutes 60   # on two cores; needs tblite and PySCF
    python tools/make_data/ethanol_aimd.py --processes 8 --minutes 8   # on a larger machine, as it was made
    python tools/make_data/ethanol_aimd.py --minutes 0.5 --rehearse    # writes nothing

Each run starts where GFN2-xTB at 500 K has led it, half of them from trans and half from gauche, and goes on for as
long as there is time.
"""

import multiprocessing
import os
import time

import numpy as np
from ethanol import GAUCHE, TRANS
from shipping import made_with, parser, runs_writer, ship

from course_lib.dynamics.simulation import Recorder, Simulation, simulate
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.labels.dft import DFT
from course_lib.labels.xtb import gfn2
from course_lib.structures import ethanol

RUNS, TEMPERATURE, TIMESTEP_FS, EQUILIBRATION_FS = 8, 500, 0.5, 2000


def one_run(task):
    """A trajectory of DFT molecular dynamics and the CPU seconds it took."""
    number, seconds = task
    atoms = ethanol((TRANS, GAUCHE)[number % 2])
    atoms.calc = gfn2()
    seed = 100 + number  # none of the data set's
    thermal_velocities(atoms, TEMPERATURE, seed)
    bath = Langevin(TEMPERATURE, relaxation_fs=200, seed=seed)
    simulate(atoms, round(EQUILIBRATION_FS / TIMESTEP_FS), TIMESTEP_FS, bath, every=1000, progress=False)
    atoms.positions -= atoms.positions.mean(axis=0)
    atoms.calc = DFT(conv_tol=1e-7)  # the warm start forgives
    cpu, start = time.process_time(), time.monotonic()
    simulation = Simulation(atoms, TIMESTEP_FS)
    recorder = Recorder(simulation, keep=("velocities",))
    while time.monotonic() - start < seconds:
        simulation.run(1)
        recorder.record()
    return recorder.trajectory(), time.process_time() - cpu


def main():
    options = parser(__doc__, processes=True)
    options.add_argument("--minutes", type=float, required=True, help="time for everything")
    options.add_argument("--rehearse", action="store_true", help="write nothing")
    arguments = options.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    seconds = 60 * arguments.minutes * min(arguments.processes, RUNS) / RUNS
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        results = pool.map(one_run, [(number, seconds) for number in range(RUNS)], chunksize=1)
    runs, cpu = [run for run, _ in results], sum(cpu for _, cpu in results)
    steps = sum(len(run) - 1 for run in runs)
    about = {
        "method": "PBE/def2-SVP, density fitting, grid 1, constant energy, started from GFN2-xTB at 500 K",
        "timestep_fs": TIMESTEP_FS,
        "cpu_minutes": round(cpu / 60, 1),
        "cpu_seconds_per_step": round(cpu / max(steps, 1), 2),
    }
    drift = [np.ptp(run.potential_energy + run.kinetic_energy) * 1000 for run in runs]
    print(about, f"steps {[len(run) - 1 for run in runs]}, total energy within meV {np.round(drift, 1)}", sep="\n")
    if not arguments.rehearse:
        ship(
            "ethanol_aimd",
            runs_writer(runs, about),
            how=about["method"],
            made_with=made_with("pyscf", "tblite", processes=arguments.processes),
            cost=f"{about['cpu_minutes']} CPU minutes",
        )


if __name__ == "__main__":
    main()
