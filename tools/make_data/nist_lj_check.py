"""Make the table that lecture 02 shows: our Lennard-Jones energies of NIST's four reference configurations.

    python tools/make_data/nist_lj_check.py --data FOLDER     # about a second

FOLDER holds nist_lj/c1.txt to c4.txt, NIST's files, which the course does not ship.
"""

import time

import numpy as np
from ase import Atoms
from shipping import made_with, parser, ship_table

from course_lib.data.nist_lj import PUBLISHED
from course_lib.data.public import VARIABLE, public_folder
from course_lib.potentials.lennard_jones import LennardJones, long_range_correction

SOURCE = "NIST's page 'Lennard-Jones Fluid Reference Calculations: Cuboid Cell' (doi:10.18434/T4M88Q)"
COLUMNS = {"configuration": ".0f", "atoms": ".0f", "U_rc3": ".8f", "W_rc3": ".8f", "U_LRC_rc3": ".8f", "U_rc4": ".8f"}


def read_configuration(number, folder=None):
    """One of NIST's configurations, 1 to 4, in reduced units: argon atoms, one "Å" stands for one sigma."""
    path = public_folder(folder) / "nist_lj" / f"c{number}.txt"
    if not path.is_file():
        raise FileNotFoundError(f"There is no {path}: get it from {SOURCE}, and give --data or set {VARIABLE}.")
    try:
        edges, n_atoms, *rows = path.read_text().split("\n")
        positions = np.array([row.split()[1:] for row in rows[: int(n_atoms)]], float).reshape(int(n_atoms), 3)
        return Atoms(f"Ar{int(n_atoms)}", positions, cell=np.array(edges.split(), float).reshape(3), pbc=True)
    except ValueError as error:
        raise ValueError(f"{path} is not the file that NIST gives ({error}): get it again from {SOURCE}.") from error


def our_row(number, folder=None):
    """What our potential says about a configuration, in the order of ``COLUMNS``."""
    atoms = read_configuration(number, folder)
    row = {}
    for cutoff in (3.0, 4.0):
        atoms.calc = LennardJones(epsilon=1.0, sigma=1.0, cutoff=cutoff, shift=False)
        row[f"U_rc{cutoff:.0f}"] = atoms.get_potential_energy()
        # The virial sum_pairs r . f, where stress is -f r / V
        row[f"W_rc{cutoff:.0f}"] = -np.sum(atoms.get_stress()[:3]) * atoms.get_volume()
    row["U_LRC_rc3"] = long_range_correction(len(atoms), atoms.get_volume(), 1.0, 1.0, 3.0)
    row |= {"configuration": number, "atoms": len(atoms)}
    return [row[name] for name in COLUMNS]


def main():
    options = parser(__doc__)
    options.add_argument("--data", help="folder that holds nist_lj/; else COURSE_PUBLIC_DATA or ../shared/data")
    arguments = options.parse_args()
    start = time.process_time()
    rows = [our_row(number, arguments.data) for number in PUBLISHED]
    ship_table(
        "nist_lj_check",
        COLUMNS,
        rows,
        how="reduced units; cutoff 3 or 4, no shift; LennardJones of course_lib.potentials.lennard_jones, float64",
        made_with=made_with("numpy"),
        cost=f"{time.process_time() - start:.1f} CPU seconds",
    )


if __name__ == "__main__":
    main()
