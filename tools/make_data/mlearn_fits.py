"""Fit each family of benchmarks/accuracy.py, with its recipe there, to the public mlearn data of silicon and lithium.

    python tools/make_data/mlearn_fits.py [--data FOLDER] [--models ace gap]     # minutes of one core for each family

The rows "published" are the errors of Zuo et al. 2020, doi:10.1021/acs.jpca.9b08723, on the same test frames; those of
the neural network are of the weights that mlearn publishes, evaluated by us, its constant energy offset removed.
"""

import sys
import time
from itertools import product
from pathlib import Path

import torch
from shipping import made_with, parser, ship_table

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "benchmarks"))
from accuracy import MODELS, PUBLISHED, files_of, frames_of

from course_lib.data.public import public_folder
from course_lib.learning.validation import errors
from course_lib.potentials.linear import LinearPotential

CASES = ("Si", "Li")
COLUMNS = {"model": "", "case": "", "energy_meV": ".2f", "force_eV_A": ".4f", "parameters": ".0f", "fit_cpu_s": ".0f"}
COLUMNS |= {"us_per_atom": ".0f"}


def fit(model, case, learn, valid, test):
    """Fit with the recipe of the benchmark; returns a row of the table."""
    potential, settings = MODELS[model](sorted(set(learn[0].symbols)), learn)
    start = time.process_time()
    if isinstance(potential, LinearPotential):
        potential.fit(learn, **settings)
    else:
        potential.fit(learn, valid, progress=False, **settings)
    spent, found = time.process_time() - start, errors(potential, test)
    start = time.process_time()
    for atoms in test:
        potential.predict(atoms)
    cost = 1e6 * (time.process_time() - start) / sum(map(len, test))
    parameters = sum(weights.numel() for weights in potential.parameters())
    row = (model, case, found.energy_mae, found.force_mae / 1000, parameters, spent, cost)
    print(dict(zip(COLUMNS, row)), flush=True)
    return row


def main():
    options = parser(__doc__)
    options.add_argument("--data", type=Path, help="folder of public data")
    options.add_argument("--models", nargs="*", choices=MODELS, default=list(MODELS), help="only some of the families")
    options = options.parse_args()
    folder = public_folder(options.data)
    torch.set_num_threads(1)
    start, rows = time.process_time(), []
    for name, *files in files_of(folder)[0]:
        if name in CASES:
            rows += [fit(model, f"mlearn {name}", *frames_of(*files)) for model in options.models]
    for model, case in product(("bpnn", "gap", "mtp"), CASES):
        rows.append((f"{model} published", f"mlearn {case}", *PUBLISHED[model][case], *[float("nan")] * 3))
    ship_table(
        "mlearn_fits", COLUMNS, rows,
        "the recipes of benchmarks/accuracy.py; mean absolute errors on the test frames of github.com/"
        "materialsvirtuallab/mlearn; published: Zuo et al. 2020, doi:10.1021/acs.jpca.9b08723 (bpnn: its "
        "weights, evaluated by us)",
        made_with("torch", "numba"), f"{(time.process_time() - start) / 60:.0f} CPU minutes",
    )  # fmt: skip


if __name__ == "__main__":
    main()
