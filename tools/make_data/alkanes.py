"""Relax the alkane chains of lecture 03 with GFN2-xTB, for computers without tblite.

python tools/make_data/alkanes.py      # about 20 CPU seconds; needs tblite
"""

import json
import time

import numpy as np
from shipping import made_with, parser, ship

from course_lib.labels.alkanes import name, relaxed_alkane, vibrations

STARTS = np.random.default_rng(0).uniform(0, 360, size=10)  # degrees; those of the lecture
PENTANES = ((180, 180), (180, 65), (65, 65), (65, 295))
SCAN = range(0, 181, 15)


def main():
    parser(__doc__).parse_args()
    start = time.process_time()
    jobs = [(4, (angle,), False) for angle in (*STARTS, 180, 65)]
    jobs += [(5, torsions, False) for torsions in PENTANES]
    jobs += [(4, (angle,), True) for angle in SCAN]
    content = {}
    for n, torsions, hold in jobs:
        atoms = relaxed_alkane(n, torsions, hold, compute=True)
        content[name(n, torsions, hold)] = [atoms.get_potential_energy(), np.round(atoms.positions, 5).tolist()]
    forms = [relaxed_alkane(4, (angle,), compute=True) for angle in (180, 65)]
    content["vibrations"] = [[vibrations(atoms, True).tolist(), atoms.get_potential_energy()] for atoms in forms]
    ship(
        "alkanes",
        lambda path: path.write_text(json.dumps(content) + "\n", encoding="utf-8", newline="\n"),
        how="GFN2-xTB, relaxed until no force is above 0.002 eV/Å",
        made_with=made_with("tblite"),
        cost=f"{time.process_time() - start:.0f} CPU seconds",
    )


if __name__ == "__main__":
    main()
