"""Turn ethanol's O-H group step by step, relax everything else with PBE/def2-SVP and with GFN2-xTB.

python tools/make_data/ethanol_torsion.py      # about 8 CPU minutes on one core; needs PySCF and tblite
"""

import time

import ase.io
import numpy as np
from ethanol import DIGITS
from shipping import made_with, parser, ship

from course_lib.labels.dft import DFT
from course_lib.labels.relaxation import relaxed
from course_lib.labels.xtb import gfn2
from course_lib.learning.dataset import labelled
from course_lib.structures import ETHANOL_TORSION, ethanol

ANGLES = range(0, 181, 15)  # degrees of C-C-O-H; 180 is trans


def main():
    parser(__doc__).parse_args()
    start, frames = time.process_time(), []
    for angle in ANGLES:
        atoms = relaxed(ethanol(angle), DFT(), held=[ETHANOL_TORSION])
        frame = labelled(atoms, round(atoms.get_potential_energy(), 6), np.round(atoms.get_forces(), DIGITS))
        cheap = relaxed(ethanol(angle), gfn2(), held=[ETHANOL_TORSION]).get_potential_energy()
        frame.info |= {"angle": angle, "gfn2_energy": round(cheap, 6)}
        frames.append(frame)
        print(angle, atoms.get_potential_energy(), cheap, flush=True)
    ship(
        "ethanol_torsion",
        lambda path: ase.io.write(path, frames, format="extxyz"),
        how="everything but the torsion relaxed with PBE/def2-SVP, density fitting, grid 1, until no force is above "
        "0.01 eV/Å",
        made_with=made_with("pyscf", "tblite"),
        cost=f"{(time.process_time() - start) / 60:.0f} CPU minutes",
    )


if __name__ == "__main__":
    main()
