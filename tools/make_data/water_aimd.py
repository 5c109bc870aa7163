"""Ab initio molecular dynamics of one water molecule: 3 ps at constant energy at two temperatures, PBE/def2-SVP.

    python tools/make_data/water_aimd.py                # about 30 CPU minutes, two processes; needs PySCF
    python tools/make_data/water_aimd.py --ps 0.02      # a rehearsal, which writes nothing

Each normal mode starts with the same energy kT, all of it kinetic, and the molecule does not turn, so the spectrum has
one peak for each mode.
"""

import multiprocessing
import os
import time

import numpy as np
from ase import units
from ase.build import molecule
from shipping import made_with, parser, runs_writer, ship

from course_lib.analysis.normal_modes import normal_modes, wavenumbers
from course_lib.dynamics.simulation import simulate
from course_lib.labels.dft import DFT
from course_lib.labels.relaxation import relaxed

TEMPERATURES, PS, TIMESTEP_FS, EVERY = (300, 1500), 3.0, 0.5, 4  # K, ps, fs, steps


def one_run(task):
    """A trajectory, its harmonic wavenumbers (1/cm) and the CPU seconds it took."""
    temperature, steps = task
    start, atoms = time.process_time(), relaxed(molecule("H2O"), DFT(), fmax=1e-4)
    w, modes = normal_modes(atoms)
    atoms.calc = DFT(conv_tol=1e-7)  # the warm start forgives
    # kinetic energy kT in each mode: the modes are orthonormal with the masses as weights
    atoms.set_velocities(np.sqrt(2 * units.kB * temperature) * modes.sum(axis=0))
    run = simulate(atoms, steps, TIMESTEP_FS, every=EVERY, keep=("velocities",), progress=False)
    return run, wavenumbers(w), time.process_time() - start


def main():
    options = parser(__doc__, processes=True)
    options.add_argument("--ps", type=float, help="length of each run: a rehearsal that writes nothing")
    arguments = options.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    steps = round(1000 * (arguments.ps or PS) / TIMESTEP_FS)
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        results = pool.map(one_run, [(temperature, steps) for temperature in TEMPERATURES], chunksize=1)
    runs, harmonic, cpu = zip(*results)
    about = {
        "method": "PBE/def2-SVP, density fitting, grid 1, constant energy, kT in each normal mode, no rotation",
        "temperatures_K": TEMPERATURES,
        "timestep_fs": TIMESTEP_FS,
        "harmonic_cm": np.round(harmonic[0], 1),
        "cpu_minutes": round(sum(cpu) / 60, 1),
    }
    drift = [np.ptp(run.potential_energy + run.kinetic_energy) * 1000 for run in runs]
    print(about, f"total energy within meV {np.round(drift, 1)}", sep="\n")
    if not arguments.ps:
        ship(
            "water_aimd",
            runs_writer(runs, about),
            how=about["method"],
            made_with=made_with("pyscf", processes=arguments.processes),
            cost=f"{about['cpu_minutes']} CPU minutes",
        )


if __name__ == "__main__":
    main()
