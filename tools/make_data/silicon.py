"""Make the tables of crystalline silicon that lecture 04 shows: energy against lattice constant, convergence, a phonon.

    python tools/make_data/silicon.py     # 3 CPU minutes on one core; needs ABINIT: Debian or Ubuntu, WSL

PBE with the PseudoDojo pseudopotential that Debian's package abinit-data installs; nothing of it is shipped here.
"""

import hashlib
import os
import platform
import subprocess

import numpy as np
from shipping import parser, ship_table

from course_lib.labels.plane_wave import abinit_program
from course_lib.labels.silicon import CUTOFF, KPOINTS, energy_and_pressure, silicon

LATTICE_CONSTANTS = np.round(np.arange(5.27, 5.68, 0.04), 2)  # Å, about 4 % to both sides of the minimum
CUTOFFS = (150, 200, 250, 300, 400, 500, 600, 800, 1000)  # eV
MESHES = (1, 2, 3, 4, 5, 6, 8, 10, 12)
MEASURED = 5.43  # Å; the settings are tested here, where the crystal is under some pressure
SHIFTS = np.round(np.arange(-0.12, 0.13, 0.03), 2)  # Å


def energy_and_force(crystal):
    """Energy of the cell in eV, and the force on its second atom along the bond in eV/Å."""
    return crystal.get_potential_energy(), crystal.get_forces()[1] @ np.ones(3) / np.sqrt(3)


def child_seconds():
    """Processor time of the programs that ended so far."""
    spent = os.times()
    return spent.children_user + spent.children_system


def make(name, settings, columns, points):
    """Compute one table point by point and ship it; ``points`` maps the first column to a function of no argument."""
    start, rows = child_seconds(), []
    for first, compute in points.items():
        before = child_seconds()
        row = [first, *compute(), child_seconds() - before]
        rows.append(row[: len(columns)])  # the last column, CPU seconds, only where the table has it
        print(name, *(f"{value:.6g}" for value in row), flush=True)
    program, potential = abinit_program(), silicon(MEASURED).calc.folder / "Si.psp8"
    ship_table(
        f"silicon_{name}",
        columns,
        rows,
        how=f"PBE, {settings}; no smearing; density converged until the energy moves by less than 1e-9 eV; PseudoDojo "
        "0.4 standard, scalar relativistic, norm-conserving, Si.psp8 of abinit-data, sha256 "
        f"{hashlib.sha256(potential.read_bytes()).hexdigest()[:16]}...",
        made_with=f"ABINIT {subprocess.check_output([program, '--version'], text=True).strip()}, one process on "
        f"{platform.machine()}",
        cost=f"{child_seconds() - start:.0f} CPU seconds",
    )


def main():
    parser(__doc__).parse_args()
    if os.name == "nt":
        raise SystemExit("This needs ABINIT: run it on Linux, or in WSL.")
    both = f"cutoff {CUTOFF} eV, {KPOINTS} x {KPOINTS} x {KPOINTS} k-points with Gamma"
    result = {"energy_eV": ".6f", "pressure_GPa": ".4f"}
    cost = {"cpu_s": ".1f"}
    make(
        "lattice",
        both,
        {"a_A": ".2f", **result},
        {a: lambda a=a: energy_and_pressure(silicon(a)) for a in LATTICE_CONSTANTS},
    )
    make(
        "cutoff",
        f"{KPOINTS} x {KPOINTS} x {KPOINTS} k-points with Gamma",
        {"cutoff_eV": "d", **result, **cost},
        {cutoff: lambda cutoff=cutoff: energy_and_pressure(silicon(MEASURED, cutoff=cutoff)) for cutoff in CUTOFFS},
    )
    make(
        "kpoints",
        f"cutoff {CUTOFF} eV",
        {"kpoints": "d", **result, **cost},
        {mesh: lambda mesh=mesh: energy_and_pressure(silicon(MEASURED, kpoints=mesh)) for mesh in MESHES},
    )
    make(
        "phonon",
        both,
        {"d_A": ".2f", "energy_eV": ".7f", "force_eV_A": ".5f"},
        {shift: lambda shift=shift: energy_and_force(silicon(MEASURED, shift)) for shift in SHIFTS},
    )


if __name__ == "__main__":
    main()
