"""Four universal potentials on public DFT data of silicon, which they were not trained on, beside 161 functions of ACE.

    python tools/make_data/silicon_zero_shot.py --m3gnet FOLDER [--data FOLDER]      # three CPU minutes

The data are mlearn's (Zuo et al. 2020, doi:10.1021/acs.jpca.9b08723): PBE by VASP, as most of what the universal
potentials learned from. "ace" learned from all 214 training frames, "ace without" from all groups but the one on which
it is tested. Public data are not shipped; M3GNet needs `course env m3gnet` and the folder of its weights, and without
--m3gnet it is left out.
"""

import time
from pathlib import Path

import numpy as np
from shipping import made_with, parser, ship_table

from course_lib.data.public import public_folder
from course_lib.labels.universal import universal
from course_lib.learning.dataset import read_frames
from course_lib.learning.loss import Loss
from course_lib.learning.validation import errors
from course_lib.potentials.ace import ACE

NAMES = ("chgnet", "sevennet-0", "sevennet-l3i5", "m3gnet")
ACE_SETTINGS = {"cutoff": 5.6, "degrees": (12, 10, 6), "l_max": 3}
LOSS, RIDGE = Loss(10.0, 1.0, per_atom=True), 1e-9
COLUMNS = {"potential": "", "group": "", "frames": "d", "force_meV_A": ".1f", "slope": ".3f", "mean_force_meV_A": ".1f"}
COLUMNS |= {"energy_meV": ".2f", "offset_meV": ".1f"}


def row(name, potential, group, frames):
    """Errors of one potential on one group; the energy's offset over all frames of the group is removed and given."""
    found = errors(potential, frames)
    slope = found.force @ found.force_label / (found.force_label @ found.force_label)
    offset = 1000 * np.mean(found.energy - found.energy_label)
    size, energy = 1000 * np.abs(found.force_label).mean(), found.without_offset().energy_mae
    print(name, group, f"{found.force_mae:.1f} meV/Å, slope {slope:.3f}", flush=True)
    return name, group, len(frames), found.force_mae, slope, size, energy, offset


def learned(frames):
    potential = ACE(("Si",), **ACE_SETTINGS)
    potential.fit(frames, loss=LOSS, ridge=RIDGE)
    return potential


def main():
    options = parser(__doc__)
    options.add_argument("--data", type=Path, help="folder of public data")
    options.add_argument("--m3gnet", help="folder of the weights of M3GNet")
    arguments = options.parse_args()
    folder, start = public_folder(arguments.data) / "mlearn", time.process_time()
    learn, test = (read_frames(folder / f"Si_{part}.xyz") for part in ("training", "test"))
    groups = {group: [a for a in test if a.info["group"] == group] for group in sorted({a.info["group"] for a in test})}
    potentials = {name: universal(name) for name in NAMES[:-1]}
    if arguments.m3gnet:
        potentials["m3gnet"] = universal("m3gnet", weights=arguments.m3gnet)
    potentials["ace"] = learned(learn)
    rows = [row(name, one, group, frames) for name, one in potentials.items() for group, frames in groups.items()]
    for group, frames in groups.items():
        others = learned([atoms for atoms in learn if atoms.info["group"] != group])
        rows.append(row("ace without", others, group, frames))
    ship_table(
        "silicon_zero_shot",
        COLUMNS,
        rows,
        f"test frames of github.com/materialsvirtuallab/mlearn by group; ACE {ACE_SETTINGS} with loss 10 on the energy "
        f"per atom and 1 on the forces and ridge {RIDGE}; mean absolute errors; slope of the forces through the "
        "origin; the energy after its mean error (offset) is removed",
        made_with("torch", "chgnet", "sevenn"),
        f"{time.process_time() - start:.0f} CPU seconds without those of M3GNet",
    )


if __name__ == "__main__":
    main()
