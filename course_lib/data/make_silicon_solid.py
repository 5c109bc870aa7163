"""Make the tables of crystalline silicon that lecture 04 shows: energy against lattice constant, convergence, a phonon.

    python -m course_lib.data.make_silicon_solid     # 3 CPU minutes on one core; needs ABINIT: Debian or Ubuntu, WSL

PBE with the PseudoDojo pseudopotential that Debian's package abinit-data installs; nothing of it is shipped here.
"""

import hashlib
import os
import platform
import subprocess
from datetime import date

import numpy as np
from ase import units
from ase.build import bulk

from course_lib.data.silicon import COMMAND, TABLES
from course_lib.data.table import write_table
from course_lib.labels.plane_wave import PlaneWave, abinit_program

CUTOFF, KPOINTS = 500, 8  # eV; points along each reciprocal vector
LATTICE_CONSTANTS = np.round(np.arange(5.27, 5.68, 0.04), 2)  # Å, about 4 % to both sides of the minimum
CUTOFFS = (150, 200, 250, 300, 400, 500, 600, 800, 1000)  # eV
MESHES = (1, 2, 3, 4, 5, 6, 8, 10, 12)
MEASURED = 5.43  # Å; the settings are tested here, where the crystal is under some pressure
SHIFTS = np.round(np.arange(-0.12, 0.13, 0.03), 2)  # Å


def silicon(a, shift=0.0, **settings):
    """The two-atom cell of diamond with PBE, the second atom moved by ``shift`` Å along the bond, away from the first.

    Parameters
    ----------
    a : float
        Lattice constant in Å.
    shift : float
    **settings
        Of :class:`PlaneWave`, by default the cutoff and mesh of the tables.

    Returns
    -------
    ase.Atoms
    """
    crystal = bulk("Si", "diamond", a=a)
    crystal.positions[1] += shift * np.ones(3) / np.sqrt(3)
    crystal.calc = PlaneWave(**{"functional": "PBE", "cutoff": CUTOFF, "kpoints": KPOINTS, **settings})
    return crystal


def energy_and_pressure(crystal):
    """Energy per atom in eV, pressure in GPa."""
    return crystal.get_potential_energy() / len(crystal), -crystal.get_stress()[:3].mean() / units.GPa


def energy_and_force(crystal):
    """Energy of the cell in eV, and the force on its second atom along the bond in eV/Å."""
    return crystal.get_potential_energy(), crystal.get_forces()[1] @ np.ones(3) / np.sqrt(3)


def child_seconds():
    """Processor time of the programs that ended so far."""
    spent = os.times()
    return spent.children_user + spent.children_system


def make(name, what, settings, columns, points):
    """Compute one table point by point and write it; ``points`` maps the first column to a function of no argument."""
    start, rows = child_seconds(), []
    for first, compute in points.items():
        before = child_seconds()
        row = [first, *compute(), child_seconds() - before]
        rows.append(row[: len(columns)])  # the last column, CPU seconds, only where the table has it
        print(name, *(f"{value:.6g}" for value in row), flush=True)
    abinit = abinit_program()
    potential = silicon(MEASURED).calc.folder / "Si.psp8"
    about = [
        what,
        f"PBE, {settings}; no smearing; density converged until the energy moves by less than 1e-9 eV",
        f"pseudopotential: PseudoDojo 0.4 standard, scalar relativistic, norm-conserving, Si.psp8 of abinit-data, "
        f"sha256 {hashlib.sha256(potential.read_bytes()).hexdigest()[:16]}...",
        f"cost: {child_seconds() - start:.0f} CPU seconds, one process on {platform.machine()}",
        f"made on {date.today().isoformat()} with ABINIT "
        f"{subprocess.check_output([abinit, '--version'], text=True).strip()} by: {COMMAND}",
        "licence: CC BY 4.0",
    ]
    write_table(TABLES[name], about, columns, rows)


def main():
    if os.name == "nt":
        raise SystemExit("This needs ABINIT: run it on Linux, or in WSL.")
    both = f"cutoff {CUTOFF} eV, {KPOINTS} x {KPOINTS} x {KPOINTS} k-points with Gamma"
    result = {"energy_eV": ".6f", "pressure_GPa": ".4f"}
    cost = {"cpu_s": ".1f"}
    make(
        "lattice",
        "Silicon (diamond) against its lattice constant a: energy per atom and pressure",
        both,
        {"a_A": ".2f", **result},
        {a: lambda a=a: energy_and_pressure(silicon(a)) for a in LATTICE_CONSTANTS},
    )
    make(
        "cutoff",
        f"Silicon (diamond, a = {MEASURED} Å) against the cutoff: energy per atom and pressure",
        f"{KPOINTS} x {KPOINTS} x {KPOINTS} k-points with Gamma",
        {"cutoff_eV": "d", **result, **cost},
        {cutoff: lambda cutoff=cutoff: energy_and_pressure(silicon(MEASURED, cutoff=cutoff)) for cutoff in CUTOFFS},
    )
    make(
        "kpoints",
        f"Silicon (diamond, a = {MEASURED} Å) against the mesh, n x n x n with Gamma: energy per atom and pressure",
        f"cutoff {CUTOFF} eV",
        {"kpoints": "d", **result, **cost},
        {mesh: lambda mesh=mesh: energy_and_pressure(silicon(MEASURED, kpoints=mesh)) for mesh in MESHES},
    )
    make(
        "phonon",
        f"Silicon (diamond, a = {MEASURED} Å): the second atom of the two moved by d along the bond, away from the "
        "first; energy of the cell and force on it along the bond",
        both,
        {"d_A": ".2f", "energy_eV": ".7f", "force_eV_A": ".5f"},
        {shift: lambda shift=shift: energy_and_force(silicon(MEASURED, shift)) for shift in SHIFTS},
    )


if __name__ == "__main__":
    main()
