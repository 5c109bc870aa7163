"""Turn ethanol's O-H group step by step, relax everything else with PBE/def2-SVP and with GFN2-xTB.

python -m course_lib.data.make_ethanol_torsion      # about 8 CPU minutes on one core; needs PySCF and tblite
"""

import time
from datetime import date
from importlib.metadata import version

import ase.io
import numpy as np

from course_lib.data.ethanol_torsion import ANGLES, COMMAND, FILE, relaxed_at
from course_lib.data.make_ethanol import DIGITS, SETTINGS
from course_lib.data.shipped import data_path, write_checksum
from course_lib.labels.dft import DFT
from course_lib.labels.xtb import gfn2
from course_lib.learning.dataset import labelled


def main():
    start, frames = time.process_time(), []
    for angle in ANGLES:
        atoms = relaxed_at(angle, DFT(**SETTINGS))
        energy, forces = atoms.get_potential_energy(), atoms.get_forces()
        frame = labelled(atoms, round(energy, 6), np.round(forces, DIGITS))
        cheap = relaxed_at(angle, gfn2()).get_potential_energy()
        frame.info |= {"angle": angle, "gfn2_energy": round(cheap, 6), "made_on": date.today().isoformat()}
        frames.append(frame)
        print(angle, energy, cheap, flush=True)
    print(f"{time.process_time() - start:.0f} CPU seconds, PySCF {version('pyscf')}: {COMMAND}")
    ase.io.write(data_path(FILE), frames, format="extxyz")
    write_checksum(FILE)


if __name__ == "__main__":
    main()
