"""Fit ACE, MTP and GAP to the ethanol data: sizes, learning curves, and what each costs, beside Behler-Parrinello.

    python tools/make_data/descriptor_fits.py      # about 6 CPU minutes on one core

The ridge of each fit is the one of RIDGES with the smallest force error on the validation frames; cpu_s is the time of
one fit. The rows of Behler-Parrinello are those of ethanol_fits, with the cost of a step measured here.
"""

import time

import torch
from shipping import made_with, parser, ship_table

from course_lib.data.catalogue import SPLITS, load
from course_lib.learning.dataset import fit_reference_energies
from course_lib.learning.ridge import triangle
from course_lib.learning.validation import errors
from course_lib.potentials.ace import ACE
from course_lib.potentials.gap import GAP
from course_lib.potentials.moment_tensor import MomentTensor

ELEMENTS, CUTOFF = ("H", "C", "O"), 4.5
RIDGES = (1e-7, 1e-9, 1e-11, 1e-13)
EVERY = (16, 8, 4, 2, 1)  # each n-th training frame
SIZES = {
    "ace": (((5, 4), 2), ((8, 6), 3), ((8, 6, 3), 3), ((8, 8, 3), 4)),
    "mtp": (6, 8, 10, 12),
    "gap": (35, 70, 140, 280, 560),
}
CHOSEN = {"ace": ((8, 6, 3), 3), "mtp": 12, "gap": 280}  # for the learning curves
COLUMNS = {"model": "", "setting": "", "frames": ".0f", "curve": ".0f"}
COLUMNS |= dict.fromkeys(("energy", "force", "hot_energy", "hot_force"), ".3f") | {
    "parameters": ".0f",
    "ridge": ".0e",
    "cpu_s": ".1f",
    "us_per_atom": ".0f",
}


def make(model, size, frames):
    """A potential that is not fitted yet, and its setting in words without a comma."""
    if model == "ace":
        degrees, l_max = size
        return ACE(ELEMENTS, CUTOFF, degrees, l_max), f"degrees {' '.join(map(str, degrees))}; l_max {l_max}"
    if model == "mtp":
        return MomentTensor(ELEMENTS, CUTOFF, size), f"level {size}"
    sparse = min(size, len(frames))  # a frame has one oxygen
    return GAP(ELEMENTS, CUTOFF, number=6, l_max=4, sparse=sparse), f"sparse {sparse}; number 6; l_max 4"


def microseconds(potential, frames):
    """Processor time for energy and forces, in µs per atom: the fastest of five rounds."""
    rounds = []
    for _ in range(5):
        start = time.process_time()
        for atoms in frames:
            potential.predict(atoms)
        rounds.append(time.process_time() - start)
    return 1e6 * min(rounds) / sum(map(len, frames))


def fit(model, size, every, sets):
    """Fit to each ``every``-th training frame; returns a row of the table."""
    frames = sets["train"][::every]
    potential, setting = make(model, size, frames)
    best, kept, solve = None, [], potential.solve

    def first_solve(blocks, ridge):
        R = triangle(blocks)
        kept.append((R[:, :-1], R[:, -1]))
        return solve(kept, ridge)

    potential.solve = first_solve  # so that the rows are computed once for all ridges
    start = time.process_time()
    potential.fit(frames, ridge=RIDGES[0])
    spent = time.process_time() - start
    count, reference = len(potential.coefficients), fit_reference_energies(frames, ELEMENTS)
    for ridge in RIDGES:
        c = solve(kept, ridge)
        with torch.no_grad():
            potential.coefficients.copy_(torch.from_numpy(c[:count]))
        potential.E0 = {symbol: reference[symbol] + more for symbol, more in zip(potential.elements, c[count:])}
        valid = errors(potential, sets["valid"]).force_mae
        if best is None or valid < best[0]:
            found = [errors(potential, sets[name]) for name in ("test", "test_hot")]
            best = valid, ridge, *[error for each in found for error in (each.energy_mae, each.force_mae)]
    row = (model, setting, len(frames), size == CHOSEN[model], *best[2:], count, best[1], spent)
    row = (*row, microseconds(potential, sets["test"]))
    print(dict(zip(COLUMNS, row)), flush=True)
    return row


def main():
    parser(__doc__).parse_args()
    torch.set_num_threads(1)
    start, sets = time.process_time(), {split: load("ethanol", split=split) for split in SPLITS}
    for model, size in CHOSEN.items():
        make(model, size, sets["train"][:3])[0].fit(sets["train"][:3])  # compiled before the clock runs
    rows = [fit(model, size, 1, sets) for model, sizes in SIZES.items() for size in sizes]
    rows += [fit(model, size, every, sets) for model, size in CHOSEN.items() for every in EVERY[:-1]]
    network, table = load("ethanol_potential"), load("ethanol_fits")
    cost, weights = microseconds(network, sets["test"]), sum(w.numel() for w in network.parameters())
    for n in range(len(table["seed"])):
        if table["seed"][n] == table["delta"][n] == 0:
            accuracy = [table[name][n] for name in ("energy", "force", "hot_energy", "hot_force")]
            known = ("bpnn", "hidden 32 32", table["frames"][n], True, *accuracy, weights, float("nan"))
            rows.append((*known, table["cpu_s"][n], cost))
    how = f"cutoff {CUTOFF} Å, loss 1/eV^2 on the energy and 1 (Å/eV)^2 on the forces, ridge the best of {RIDGES} on "
    how += "the validation frames; Behler-Parrinello from ethanol_fits"
    ship_table(
        "descriptor_fits", COLUMNS, rows, how, made_with("torch", "numba"),
        f"{(time.process_time() - start) / 60:.1f} CPU minutes",
    )  # fmt: skip


if __name__ == "__main__":
    main()
