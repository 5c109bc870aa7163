"""Make the course's own data set: ethanol, sampled with GFN2-xTB and labelled with PBE/def2-SVP.

    python tools/make_data/ethanol.py                 # about an hour of CPU time; needs tblite and PySCF
    python tools/make_data/ethanol.py --frames 2      # a short rehearsal, which writes nothing
    python tools/make_data/ethanol.py --processes 16  # on a larger machine

Molecular dynamics of a cheap method reaches new geometries a thousand times faster than that of DFT; only the frames
kept are worth an expensive label. Each run belongs to one split as a whole.
"""

import multiprocessing
import os
import time
from collections import Counter
from dataclasses import dataclass

import numpy as np
from shipping import made_with, parser, ship

from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.labels.dft import DFT
from course_lib.labels.xtb import gfn2
from course_lib.structures import ethanol

TRANS, GAUCHE = 180, 60  # degrees
TIMESTEP_FS, EVERY, EQUILIBRATION_FS = 0.5, 400, 2000
DIGITS = 5  # of positions and forces; positions are rounded before they are labelled
LABELS = 807  # of 1150 frames, in a random order: what the first labelling reached in eight minutes


@dataclass(frozen=True)
class Run:
    """One run of the cheap method: all its frames belong to one split."""

    split: str
    temperature: int  # K
    start: int  # degrees of the C-C-O-H torsion
    seed: int
    frames: int

    @property
    def name(self):
        return f"{self.split}-{self.seed}"


RUNS = [
    *(Run("train", 500, (TRANS, GAUCHE)[seed % 2], seed, 100) for seed in range(8)),
    *(Run("valid", 500, (TRANS, GAUCHE)[seed % 2], seed, 50) for seed in (20, 21)),
    *(Run("test", 500, (TRANS, GAUCHE)[seed % 2], seed, 50) for seed in (30, 31)),
    *(Run("test_hot", 800, (TRANS, GAUCHE)[seed % 2], seed, 75) for seed in (40, 41)),
]


def sample(run):
    """Frames of one run, with GFN2 labels, and the CPU seconds they took."""
    cpu, atoms = time.process_time(), ethanol(run.start)
    atoms.calc = gfn2()
    thermal_velocities(atoms, run.temperature, run.seed)
    bath = Langevin(run.temperature, relaxation_fs=200, seed=run.seed)
    simulate(atoms, round(EQUILIBRATION_FS / TIMESTEP_FS), TIMESTEP_FS, bath, every=1000, progress=False)
    path = simulate(atoms, run.frames * EVERY, TIMESTEP_FS, bath, every=EVERY, progress=False)
    frames = []
    for positions, time_fs in zip(path.positions[1:], path.time_fs[1:]):
        atoms.positions = np.round(positions - positions.mean(axis=0), DIGITS)
        info = {"split": run.split, "run": run.name, "temperature": run.temperature, "time_fs": time_fs}
        frames.append((atoms.positions.copy(), atoms.get_potential_energy(), atoms.get_forces(), info))
    return frames, time.process_time() - cpu


def label(positions):
    """DFT energy in eV, forces in eV/Å and CPU seconds; each frame from a fresh start, so that order counts not."""
    cpu, atoms = time.process_time(), ethanol()
    atoms.positions = positions
    atoms.calc = DFT()  # PBE/def2-SVP, density fitting, grid 1
    try:
        return atoms.get_potential_energy(), atoms.get_forces(), time.process_time() - cpu
    except RuntimeError:  # the density did not converge
        return None, None, time.process_time() - cpu


def as_extxyz(frame, energy, forces):
    """One frame as text, with just the digits that mean something."""
    positions, gfn2_energy, gfn2_forces, info = frame
    lines = [
        f"{len(positions)}",
        "Properties=species:S:1:pos:R:3:forces:R:3:gfn2_forces:R:3 "
        f"energy={energy:.6f} gfn2_energy={gfn2_energy:.6f} split={info['split']} run={info['run']} "
        f'temperature={info["temperature"]} time_fs={info["time_fs"]:.1f} pbc="F F F"',
    ]
    for symbol, *vectors in zip(ethanol().symbols, positions, forces, gfn2_forces):
        lines.append(" ".join([symbol, *(f"{x:.{DIGITS}f}" for vector in vectors for x in vector)]))
    return "\n".join(lines)


def main():
    options = parser(__doc__, processes=True)
    options.add_argument("--frames", type=int, help="of each run: a rehearsal that writes nothing")
    arguments = options.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    runs = [Run(run.split, run.temperature, run.start, run.seed, arguments.frames or run.frames) for run in RUNS]
    start = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        sampled = pool.map(sample, runs, chunksize=1)
        frames = [frame for some, _ in sampled for frame in some]
        print(f"{len(frames)} frames sampled after {time.monotonic() - start:.0f} s", flush=True)
        # In a random order, so that every split has its share of those labelled.
        order = np.random.default_rng(0).permutation(len(frames))[:LABELS]
        labels, cpu = {}, 0.0
        for i, answer in zip(order, pool.imap(label, (frames[i][0] for i in order))):
            *labels[i], seconds = answer
            cpu += seconds
            if len(labels) % 50 == 0:
                print(f"{len(labels)} labelled after {time.monotonic() - start:.0f} s", flush=True)
    good = sorted(i for i, (energy, _) in labels.items() if energy is not None)
    print(f"{len(good)} frames, {len(labels) - len(good)} without convergence, {len(frames) - len(labels)} left out")
    print(Counter(frames[i][3]["split"] for i in good))
    if arguments.frames:
        return
    text = "\n".join(as_extxyz(frames[i], *labels[i]) for i in good) + "\n"
    ship(
        "ethanol",
        lambda path: path.write_text(text, encoding="utf-8", newline="\n"),
        how="GFN2-xTB dynamics, relabelled with PBE/def2-SVP, density fitting, grid 1, forces with grid response",
        made_with=made_with("tblite", "pyscf", processes=arguments.processes),
        cost=f"{sum(s for _, s in sampled) / 60:.0f} CPU minutes of sampling and {cpu / 60:.0f} of labels",
    )


if __name__ == "__main__":
    main()
