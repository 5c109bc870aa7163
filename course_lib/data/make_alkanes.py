"""Relax the alkane chains of lecture 03 with GFN2-xTB, for computers without tblite.

python -m course_lib.data.make_alkanes      # about 20 CPU seconds
"""

import json

import numpy as np

from course_lib.data.alkanes import FILE, name, relaxed_alkane, vibrations
from course_lib.data.shipped import data_path, write_checksum

STARTS = np.random.default_rng(0).uniform(0, 360, size=10)  # degrees; those of the lecture
PENTANES = ((180, 180), (180, 65), (65, 65), (65, 295))
SCAN = range(0, 181, 15)


def main():
    jobs = [(4, (angle,), False) for angle in (*STARTS, 180, 65)]
    jobs += [(5, torsions, False) for torsions in PENTANES]
    jobs += [(4, (angle,), True) for angle in SCAN]
    content = {}
    for n, torsions, hold in jobs:
        atoms = relaxed_alkane(n, torsions, hold, compute=True)
        content[name(n, torsions, hold)] = [atoms.get_potential_energy(), np.round(atoms.positions, 5).tolist()]
    forms = [relaxed_alkane(4, (angle,), compute=True) for angle in (180, 65)]
    content["vibrations"] = [[vibrations(atoms, True).tolist(), atoms.get_potential_energy()] for atoms in forms]
    data_path(FILE).write_text(json.dumps(content) + "\n", encoding="utf-8", newline="\n")
    write_checksum(FILE)


if __name__ == "__main__":
    main()
