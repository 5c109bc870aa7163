"""Make the two potentials of LGPS that lectures 09 and 10 ship: ACE, distilled from CHGNet and from SevenNet-l3i5.

    python tools/make_data/lgps_distilled.py --teacher chgnet         # or sevennet-l3i5
    python tools/make_data/lgps_distilled.py --run --ps 200           # then D of lithium with both

240 frames of the shipped CHGNet runs are strained and rattled at random, and labelled by the teacher; 30 of them test
the potential. It learns from the others, then runs at three temperatures, stops where it does not know, and asks. With
--keep FOLDER the labels of the first frames are written there, and read again where they are.
"""

import time
from pathlib import Path

import numpy as np
from ase.io import read, write
from shipping import made_with, parser, ship, ship_table

from course_lib.data.catalogue import load
from course_lib.labels.distillation import distil, label
from course_lib.labels.lgps import run_lgps
from course_lib.labels.universal import universal
from course_lib.learning.loss import Loss
from course_lib.learning.validation import errors
from course_lib.potentials.ace import ACE
from course_lib.structures import lgps
from course_lib.transport.diffusion import diffusion_gls
from course_lib.transport.drift import remove_framework_drift
from course_lib.transport.msd import msd_fft
from course_lib.transport.window import fit_window

TEACHERS = ("chgnet", "sevennet-l3i5")
SETTINGS = {"cutoff": 5.0, "degrees": (8, 6, 2), "l_max": 3}
LOSS, RIDGE = Loss(10.0, 1.0, per_atom=True, lambda_W=10.0), 1e-9
TEMPERATURES, ROUNDS, LENGTH_PS, LIMIT, TEST = (600, 1000, 1200), 4, 10.0, 0.5, 30
RATTLES = (0.0, 0.0, 0.08, 0.16, 0.24)  # Å; without the large ones, atoms came too close after 100 ps at 850 K


def first_frames():
    """240 frames of the three shipped runs, mixed: in cells of other size and shape, and most of them rattled."""
    random, frames = np.random.default_rng(0), []
    for temperature in (500, 650, 850):
        run = load("lgps", temperature=temperature)
        for k in random.choice(len(run.positions), 80, replace=False):
            atoms, size = run.atoms(int(k)), 1 + random.uniform(-0.03, 0.04)
            shape = random.normal(0, 0.01, (3, 3))
            atoms.set_cell(atoms.cell.array @ (size * np.eye(3) + (shape + shape.T) / 2), scale_atoms=True)
            atoms.positions += random.normal(0, random.choice(RATTLES), atoms.positions.shape)
            frames.append(atoms)
    return [frames[k] for k in random.permutation(len(frames))]


def labelled_frames(teacher, name, folder):
    """The first frames with labels, read from the folder where they are."""
    file = folder and Path(folder) / f"lgps_{name}.extxyz"
    if file and file.is_file():
        return read(file, ":")
    frames = label(first_frames(), teacher)
    if file:
        write(file, frames)
    return frames


def make(name, folder):
    start, teacher = time.process_time(), universal(name)
    frames = labelled_frames(teacher, name, folder)
    potential = ACE(lgps().symbols.species(), **SETTINGS)
    options = {"temperatures": TEMPERATURES, "rounds": ROUNDS, "length_ps": LENGTH_PS, "limit": LIMIT}
    done = distil(potential, teacher, frames[TEST:], **options, loss=LOSS, ridge=RIDGE)
    found, cpu = errors(potential, frames[:TEST]), (time.process_time() - start) / 60
    for row in done.asked:
        print(row)
    print(name, found)
    ship(
        "lgps_distilled",
        potential.save,
        how=f"ACE {SETTINGS}, ridge {RIDGE}, {len(done.frames)} frames labelled by {name}, {len(done.asked)} of them "
        f"asked for in {ROUNDS} rounds at {', '.join(map(str, TEMPERATURES))} K; test: {found}",
        made_with=made_with("torch", "ase"),
        cost=f"{cpu:.1f} CPU minutes" + (", without the labels of the first frames" if folder else ""),
        teacher=name,
    )


def run(names, length_ps):
    """D of lithium at three temperatures with each potential, under one protocol."""
    rows, start = [], time.process_time()
    for name in names:
        for temperature in (500, 650, 850):
            potential = load("lgps_distilled", teacher=name)
            trajectory = run_lgps(temperature, length_ps, potential=potential, progress=False)
            symbols = np.array(trajectory.symbols)
            r = remove_framework_drift(trajectory.positions, symbols != "Li")[:, symbols == "Li"]
            tau, msd, n = (np.arange(len(r)) * 0.1, msd_fft(r), r.shape[1])
            window = fit_window(tau, msd, n)
            fit = diffusion_gls(tau, msd, n, window)
            rows.append((name, temperature, trajectory.time_fs[-1] / 1000, fit.D, fit.error))
            print(rows[-1], flush=True)
    ship_table(
        "lgps_distilled_diffusion",
        {"teacher": "", "temperature_K": "d", "length_ps": ".0f", "D_A2_per_ps": ".4f", "error_A2_per_ps": ".4f"},
        rows,
        how="NVT, stochastic velocity rescaling, 1 ps, the shipped cell of 50 atoms, 3 ps of equilibration; D by GLS",
        made_with=made_with("torch", "ase"),
        cost=f"{(time.process_time() - start) / 60:.0f} CPU minutes",
    )


def main():
    options = parser(__doc__)
    options.add_argument("--teacher", choices=TEACHERS, help="one of them; otherwise both")
    options.add_argument("--keep", help="folder for the labels of the first frames")
    options.add_argument("--run", action="store_true", help="no new potential, but D with the shipped ones")
    options.add_argument("--ps", type=float, default=1000.0, help="length of each run")
    arguments = options.parse_args()
    names = [arguments.teacher] if arguments.teacher else TEACHERS
    if arguments.run:
        run(names, arguments.ps)
    else:
        for name in names:
            make(name, arguments.keep)


if __name__ == "__main__":
    main()
