"""Let butane turn for a while: GFN2-xTB molecular dynamics at two temperatures, and keep the torsion angle.

    python tools/make_data/butane_torsion.py              # about 50 CPU minutes, on two cores; needs tblite
    python tools/make_data/butane_torsion.py --ps 5       # a short rehearsal, which writes nothing

Langevin dynamics (BAOAB) of one molecule, 1 fs; half of the runs start from trans, half from gauche, and the first
10 ps of each are left out.
"""

import json
import multiprocessing
import os
import time

import numpy as np
from ase.build import molecule
from shipping import made_with, parser, ship

from course_lib.analysis.torsion import dihedral
from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.labels.xtb import gfn2

LENGTH_PS = {300: 400, 600: 200}  # of each run; a cold molecule needs more time to turn
CARBONS = (0, 1, 2, 3)  # of ase.build.molecule("trans-butane"), in the order of the chain
STARTS = (180, 65)  # degrees
TIMESTEP_FS, EVERY, EQUILIBRATION_PS = 1.0, 20, 10


def butane(angle):
    """Butane with its carbon chain turned to a torsion angle in degrees (the geometry of the G2 set, not relaxed)."""
    atoms = molecule("trans-butane")
    ethyl = [atom for atom in range(len(atoms)) if atom in (2, 3, 5, 8, 9, 12, 13)]
    atoms.set_dihedral(*CARBONS, angle, indices=ethyl)
    return atoms


def one_run(task):
    """Torsion angles (F,) in degrees, mean temperature in K and CPU seconds of one run."""
    temperature, start, seed, length_ps = task
    cpu = time.process_time()
    atoms = butane(start)
    atoms.calc = gfn2()
    thermal_velocities(atoms, temperature, seed)
    bath = Langevin(temperature, relaxation_fs=500, seed=seed)
    steps = {"equilibration": EQUILIBRATION_PS * 1000, "production": round(length_ps * 1000 / TIMESTEP_FS)}
    simulate(atoms, steps["equilibration"], TIMESTEP_FS, bath, every=1000, progress=False)
    run = simulate(atoms, steps["production"], TIMESTEP_FS, bath, every=EVERY, progress=False)
    return dihedral(run.positions[1:], CARBONS), run.temperature[1:].mean(), time.process_time() - cpu


def main():
    options = parser(__doc__, processes=True)
    options.add_argument("--ps", type=float, help="length of each run: a rehearsal that writes nothing")
    arguments = options.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    tasks = [
        (T, start, seed, arguments.ps or length) for T, length in LENGTH_PS.items() for seed, start in enumerate(STARTS)
    ]
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        results = pool.map(one_run, tasks, chunksize=1)
    arrays, cpu = {}, sum(seconds for _, _, seconds in results)
    for T in LENGTH_PS:
        mine = [result for task, result in zip(tasks, results) if task[0] == T]
        angles = np.array([angle for angle, _, _ in mine])
        arrays[f"centidegrees_{T}K"] = (np.round(angles * 100) % 36000).astype(np.uint16)
        arrays[f"temperature_{T}K"] = np.array([mean for _, mean, _ in mine])
        gauche = np.mean(np.abs(angles - 180) > 60)
        print(f"{T} K: gauche {gauche:.3f}, kinetic temperature {arrays[f'temperature_{T}K']} K")
    if arguments.ps:
        return
    about = {"temperatures_K": list(LENGTH_PS), "frame_ps": TIMESTEP_FS * EVERY / 1000}
    ship(
        "butane_torsion",
        lambda path: np.savez_compressed(path, about=np.array(json.dumps(about)), **arrays),
        how=f"GFN2-xTB, Langevin dynamics, friction 2/ps, time step {TIMESTEP_FS} fs, half of the runs from trans, "
        f"half from gauche, {EQUILIBRATION_PS} ps left out",
        made_with=made_with("tblite", processes=arguments.processes),
        cost=f"{cpu / 60:.1f} CPU minutes",
    )


if __name__ == "__main__":
    main()
