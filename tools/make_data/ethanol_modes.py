"""Ethanol from normal modes: random displacements at 500 K about the two minima of PBE, labelled; and what they teach.

    python tools/make_data/ethanol_modes.py             # about 16 CPU minutes; needs PySCF
    python tools/make_data/ethanol_modes.py --fit       # then, about 6 CPU minutes: potentials trained on them
    python tools/make_data/ethanol_modes.py --frames 2  # a rehearsal, which writes nothing

The potentials are trained on equally many frames from the modes, from ab initio molecular dynamics and from relabelled
cheap molecular dynamics, with the same settings.
"""

import multiprocessing
import os
import time

import ase.io
import numpy as np
import torch
from ase import units
from ethanol import DIGITS, GAUCHE, TRANS, label
from ethanol_fits import SETTINGS as TRAINING
from shipping import made_with, parser, ship, ship_table

from course_lib.analysis.normal_modes import normal_modes
from course_lib.data.catalogue import load
from course_lib.labels.dft import DFT
from course_lib.labels.relaxation import relaxed
from course_lib.learning.dataset import labelled
from course_lib.learning.training import train
from course_lib.learning.validation import errors
from course_lib.potentials.behler_parrinello import BehlerParrinello
from course_lib.structures import ethanol

TEMPERATURE, FRAMES = 500, 140  # K; of each conformer
AIMD_TRAINING = 6  # runs; the others are a test
CONFORMERS = {"trans": TRANS, "gauche": GAUCHE}


def sample_normal_modes(atoms, w, modes, temperature, n, seed=0):
    """Random geometries (n, N, 3) in Å of a molecule whose modes are independent classical oscillators, and energies.

    r = r_0 + sum_k xi_k sqrt(kT) / w_k e_k / sqrt(m) with xi_k from the normal distribution: each mode has the mean
    potential energy kT / 2. Smith, Isayev and Roitberg 2017, doi:10.1039/C6SC05720A, train potentials on such
    geometries, but draw the energies of the modes in a different way.
    """
    kT = units.kB * temperature
    xi = np.random.default_rng(seed).normal(size=(n, len(w)))
    return atoms.positions + np.einsum("nk,kix->nix", xi * np.sqrt(kT) / w, modes), kT / 2 * np.sum(xi**2, axis=1)


def displaced(task):
    """Displaced geometries of one conformer, their harmonic energies, the minimum's energy, and the CPU seconds."""
    name, frames = task
    start, atoms = time.process_time(), relaxed(ethanol(CONFORMERS[name]), DFT(), fmax=0.002)
    seed = list(CONFORMERS).index(name)
    positions, energy = sample_normal_modes(atoms, *normal_modes(atoms), TEMPERATURE, frames, seed)
    info = [{"conformer": name, "minimum": atoms.get_potential_energy(), "harmonic_energy": E} for E in energy]
    return np.round(positions, DIGITS), info, time.process_time() - start


def make_frames(processes, frames):
    """Displace, label and write; a geometry whose density does not converge is left out, and counted."""
    with multiprocessing.get_context("spawn").Pool(processes) as pool:
        found = pool.map(displaced, [(name, frames or FRAMES) for name in CONFORMERS], chunksize=1)
        labels = pool.map(label, [r for positions, _, _ in found for r in positions], chunksize=1)
    infos = [info for _, some, _ in found for info in some]
    positions = [r for some, _, _ in found for r in some]
    kept = []
    for r, info, (energy, forces, _) in zip(positions, infos, labels):
        if energy is not None:
            atoms = ethanol()
            atoms.positions = r
            kept.append(labelled(atoms, round(energy, 6), np.round(forces, DIGITS)))
            kept[-1].info |= {key: value if key == "conformer" else round(value, 6) for key, value in info.items()}
    print(f"{len(kept)} frames, {len(labels) - len(kept)} without convergence")
    cpu = sum(seconds for *_, seconds in found), sum(seconds for *_, seconds in labels)
    if not frames:
        ship(
            "ethanol_modes",
            lambda path: ase.io.write(path, kept, format="extxyz"),
            how=f"random displacements along the normal modes of PBE's two minima at {TEMPERATURE} K, labelled with "
            "PBE/def2-SVP, density fitting, grid 1",
            made_with=made_with("pyscf", processes=processes),
            cost=f"{cpu[0]:.0f} CPU seconds of minima and modes and {cpu[1]:.0f} of labels",
        )


def aimd_frames(runs, n):
    """n frames spread over ab initio trajectories, their forces from Verlet's formula read backwards."""
    frames, m = [], ethanol().get_masses()[:, None]
    for run in runs:
        dt = (run.time_fs[1] - run.time_fs[0]) * units.fs
        F = m * (run.positions[2:] - 2 * run.positions[1:-1] + run.positions[:-2]) / dt**2
        frames += [labelled(run.atoms(i + 1), run.potential_energy[i + 1], F[i]) for i in range(len(F))]
    return [frames[i] for i in np.linspace(0, len(frames) - 1, n).round().astype(int)]


def fit():
    """Train on equally many frames of each source, three seeds, and write the errors."""
    torch.set_num_threads(1)
    start, modes, aimd = time.process_time(), load("ethanol_modes"), load("ethanol_aimd")
    n, relabelled = len(modes), load("ethanol", split="train")
    tests = [load("ethanol", split="test"), load("ethanol", split="test_hot"), aimd_frames(aimd[AIMD_TRAINING:], 60)]
    chosen = np.linspace(0, len(relabelled) - 1, n).round().astype(int)
    sources = {
        "relabelled": [relabelled[i] for i in chosen],
        "modes": modes,
        "AIMD": aimd_frames(aimd[:AIMD_TRAINING], n),
    }
    rows = []
    for source, frames in sources.items():
        for seed in (0, 1, 2):
            potential = BehlerParrinello(("H", "C", "O"), seed=seed)
            train(potential, frames, load("ethanol", split="valid"), seed=seed, progress=False, **TRAINING)
            found = [errors(potential, frames) for frames in tests]
            rows.append((source, n, seed, *(x for some in found for x in (some.energy_mae, some.force_mae))))
            print(*rows[-1], flush=True)
    columns = {"source": "", "frames": "d", "seed": "d"} | dict.fromkeys(
        ("energy", "force", "hot_energy", "hot_force", "aimd_energy", "aimd_force"), ".3f"
    )
    ship_table(
        "ethanol_sampling",
        columns,
        rows,
        how=f"{TRAINING}, loss 1/eV^2 on the energy and 1 (Å/eV)^2 on the forces, validated on relabelled runs; tests: "
        f"relabelled runs, and ab initio runs {AIMD_TRAINING} to 7 (the source AIMD is the others)",
        made_with=made_with("torch"),
        cost=f"{(time.process_time() - start) / 60:.1f} CPU minutes",
    )


def main():
    options = parser(__doc__, processes=True)
    options.add_argument("--frames", type=int, help="of each conformer: a rehearsal that writes nothing")
    options.add_argument("--fit", action="store_true", help="train on the frames that are there")
    arguments = options.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    if arguments.fit:
        fit()
    else:
        make_frames(arguments.processes, arguments.frames)


if __name__ == "__main__":
    main()
