"""Make the course's own data set: ethanol, sampled with GFN2-xTB and labelled with PBE/def2-SVP.

    python -m course_lib.data.make_ethanol                 # about 50 CPU minutes; needs tblite and PySCF
    python -m course_lib.data.make_ethanol --frames 2      # a short rehearsal, which writes nothing
    python -m course_lib.data.make_ethanol --processes 16  # on a larger machine

Molecular dynamics of a cheap method reaches new geometries a thousand times faster than that of DFT; only the frames
kept are worth an expensive label. Each run belongs to one split as a whole.
"""

import argparse
import multiprocessing
import os
import platform
import time
from collections import Counter
from dataclasses import dataclass
from datetime import date
from importlib.metadata import version

import numpy as np

from course_lib.data.ethanol import COMMAND, FILE
from course_lib.data.ethanol_torsion import turned_ethanol
from course_lib.data.shipped import data_path, write_checksum
from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.labels.dft import DFT
from course_lib.labels.xtb import gfn2
from course_lib.structures import ethanol

TRANS, GAUCHE = 180, 60  # degrees
TIMESTEP_FS, EVERY, EQUILIBRATION_FS = 0.5, 400, 2000
DIGITS = 5  # of positions and forces; positions are rounded before they are labelled
SETTINGS = {"functional": "pbe", "basis": "def2-svp", "grid": 1, "density_fit": True, "conv_tol": 1e-8}


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
    cpu, atoms = time.process_time(), turned_ethanol(run.start)
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
    atoms.calc = DFT(**SETTINGS)
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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count()))
    parser.add_argument("--frames", type=int, help="of each run: a rehearsal that writes nothing")
    parser.add_argument(
        "--minutes", type=float, default=np.inf, help="label no longer than this, and keep what is there"
    )
    arguments = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    runs = [Run(run.split, run.temperature, run.start, run.seed, arguments.frames or run.frames) for run in RUNS]
    start = time.monotonic()
    with multiprocessing.get_context("spawn").Pool(arguments.processes) as pool:
        sampled = pool.map(sample, runs, chunksize=1)
        frames = [frame for some, _ in sampled for frame in some]
        print(f"{len(frames)} frames sampled after {time.monotonic() - start:.0f} s", flush=True)
        # In a random order, so that every split has its share where the time does not reach for all of them.
        order = np.random.default_rng(0).permutation(len(frames))
        labels, cpu = {}, 0.0
        for i, answer in zip(order, pool.imap(label, (frames[i][0] for i in order))):
            *labels[i], seconds = answer
            cpu += seconds
            if len(labels) % 50 == 0:
                print(f"{len(labels)} labelled after {time.monotonic() - start:.0f} s", flush=True)
            if time.monotonic() - start > 60 * arguments.minutes:
                pool.terminate()
                break
    good = sorted(i for i, (energy, _) in labels.items() if energy is not None)
    print(f"{len(good)} frames, {len(labels) - len(good)} without convergence, {len(frames) - len(labels)} left out")
    sampling = sum(seconds for _, seconds in sampled)
    print(f"{Counter(frames[i][3]['split'] for i in good)}; sampling {sampling:.0f} s, labels {cpu:.0f} s of CPU time")
    print(
        f"made on {date.today().isoformat()} with PySCF {version('pyscf')}, tblite {version('tblite')}, "
        f"{arguments.processes} processes, {platform.machine()}: {COMMAND}"
    )
    if arguments.frames:
        return
    text = "\n".join(as_extxyz(frames[i], *labels[i]) for i in good) + "\n"
    data_path(FILE).write_text(text, encoding="utf-8", newline="\n")
    write_checksum(FILE)


if __name__ == "__main__":
    main()
