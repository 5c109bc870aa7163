"""Make the tables of lecture 04: what DFT costs, how much its settings matter, and what becomes of water.

    python tools/make_data/dft.py      # about 12 CPU minutes on one core; needs PySCF

Costs are CPU times of one thread, each from a fresh start of the density.
"""

import time

import numpy as np
from ase.build import molecule
from shipping import made_with, parser, ship_table

from course_lib.data.catalogue import load
from course_lib.labels.dft import DFT, molecule_of
from course_lib.labels.relaxation import relaxed
from course_lib.structures import alkane, water_drop

WATERS, CARBONS = (1, 2, 4, 8, 12), (1, 2, 4, 8, 12)
FRAMES = slice(0, None, 12)  # of the test split
QUOTED = {"grid": 3}
REFERENCES = {"grid 5": {"grid": 5}, "grid 3": QUOTED, "r2SCAN grid 3": QUOTED | {"functional": "r2scan"}}
SETTINGS = [  # a name, the settings, and those it is held against
    ("grid 0", {"grid": 0}, "grid 5"),
    ("grid 1", {}, "grid 5"),
    ("grid 2", {"grid": 2}, "grid 5"),
    ("grid 3", QUOTED, "grid 5"),
    ("grid 1 without grid response", {"grid_response": False}, "grid 5"),
    ("grid 1 without density fit", {"density_fit": False}, "grid 5"),
    ("grid 1 conv_tol 1e-3", {"conv_tol": 1e-3}, "grid 5"),
    ("grid 1 conv_tol 1e-5", {"conv_tol": 1e-5}, "grid 5"),
    ("def2-TZVP grid 3", QUOTED | {"basis": "def2-tzvp"}, "grid 3"),
    ("6-31G* grid 3", QUOTED | {"basis": "6-31g*"}, "grid 3"),
    ("B3LYP grid 3", QUOTED | {"functional": "b3lyp"}, "grid 3"),
    ("r2SCAN grid 3", QUOTED | {"functional": "r2scan"}, "grid 3"),
    ("r2SCAN grid 1", {"functional": "r2scan"}, "r2SCAN grid 3"),
    ("B3LYP/def2-TZVP grid 3", QUOTED | {"functional": "b3lyp", "basis": "def2-tzvp"}, "grid 3"),
]
METHODS = [(f, b) for b in ("def2-svp", "def2-tzvp") for f in ("hf", "pbe", "r2scan", "b3lyp")]


def labelled_anew(atoms, **settings):
    """Energy (eV), forces (eV/Å), CPU seconds and cycles, from a fresh start."""
    atoms, start = atoms.copy(), time.process_time()
    atoms.calc = DFT(**settings)
    return atoms.get_potential_energy(), atoms.get_forces(), time.process_time() - start, atoms.calc.cycles


def make(name, how, columns, rows):
    """Print the rows as they come and ship the table."""
    start, done = time.process_time(), []
    for row in rows:
        print(name, *row, flush=True)
        done.append(row)
    seconds = f"{time.process_time() - start:.0f} CPU seconds"
    ship_table(f"dft_{name}", columns, done, how, made_with("pyscf"), seconds)


def cost():
    labelled_anew(molecule("H2O"))  # the first call loads libraries
    drops = [("water", n, water_drop(n)) for n in WATERS]
    drops += [("alkane", n, molecule("CH4") if n == 1 else molecule("C2H6") if n == 2 else alkane(n)) for n in CARBONS]
    for family, n, atoms in drops:
        *_, seconds, cycles = labelled_anew(atoms)
        yield family, n, len(atoms), molecule_of(atoms, "def2-svp").nao, cycles, seconds


def settings():
    frames, known = load("ethanol", split="test")[FRAMES], {}

    def labels(choice):
        key = repr(sorted(choice.items()))
        if key not in known:
            E, F, seconds, _ = zip(*(labelled_anew(atoms, **choice) for atoms in frames))
            known[key] = np.array(E), np.array(F), np.mean(seconds)
        return known[key]

    for name, choice, against in SETTINGS:
        (E, F, seconds), (E0, F0, _) = labels(choice), labels(REFERENCES[against])
        net = np.sqrt(np.mean(np.sum(F.sum(axis=1) ** 2, axis=1)))  # length of the sum over all atoms
        dE, dF = np.std(E - E0, ddof=1) / len(frames[0]), np.sqrt(np.mean((F - F0) ** 2))
        yield name, against, 1e3 * dE, 1e3 * dF, 1e3 * net, seconds


def water():
    for functional, basis in METHODS:
        atoms = relaxed(molecule("H2O"), DFT(functional, basis, grid=3), fmax=0.002)
        yield f"{functional}/{basis}", atoms.get_distance(0, 1), atoms.get_angle(1, 0, 2)


def main():
    parser(__doc__).parse_args()
    make(
        "cost",
        "PBE/def2-SVP, density fitting, grid 1, from a fresh start of the density",
        {"family": "", "molecules": "d", "atoms": "d", "functions": "d", "cycles": "d", "cpu_s": ".2f"},
        cost(),
    )
    make(
        "water",
        "relaxed until no force is above 0.002 eV/Å, density fitting, grid 3",
        {"method": "", "OH_A": ".4f", "HOH_deg": ".2f"},
        water(),
    )
    make(
        "settings",
        "PBE/def2-SVP with density fitting and grid 1 unless said",
        {
            "setting": "",
            "against": "",
            "energy_meV": ".3f",
            "force_meV_A": ".2f",
            "net_force_meV_A": ".2f",
            "cpu_s": ".2f",
        },
        settings(),
    )


if __name__ == "__main__":
    main()
