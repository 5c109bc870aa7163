"""DFT of a crystal with plane waves, by ABINIT if it is installed: optional, never the default."""

import shlex
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
from ase.calculators.abinit import Abinit, AbinitProfile
from ase.calculators.calculator import Calculator, all_changes

from course_lib.arguments import positive, whole
from course_lib.labels.structure import check_structure
from course_lib.settings import Settings

# Norm-conserving, scalar relativistic, "standard": PseudoDojo 0.4, van Setten et al. 2018,
# doi:10.1016/j.cpc.2018.01.012. Debian's package abinit-data contains them for a few elements, under ABINIT's GPL 3;
# the course ships none.
PSEUDOPOTENTIALS = {
    "PBE": "Pseudodojo_nc_sr_04_pbe_standard_psp8",
    "LDA": "Pseudodojo_nc_sr_04_pw_standard_psp8",
}


def abinit_program():
    """Path of the program ``abinit``; if it is not installed, the error says how to get it."""
    program = shutil.which("abinit")
    if program is None:
        raise FileNotFoundError(
            "ABINIT is not installed: on Debian or Ubuntu (also in WSL) run `sudo apt install abinit abinit-data`; "
            "until then the lecture shows its shipped results."
        )
    return Path(program)


class PlaneWave(Settings, Calculator):
    """Kohn-Sham DFT of a periodic crystal without spin: plane waves and pseudopotentials, computed by ABINIT.

    Gonze et al. 2020, doi:10.1016/j.cpc.2019.107042. ABINIT runs as one process in a temporary folder, which is deleted
    afterwards.

    Parameters
    ----------
    functional : {"PBE", "LDA"}
        Exchange and correlation.
    cutoff : float
        Kinetic energy of the fastest plane wave in eV; it sets the size of the basis.
    kpoints : int or (3,) of int
        Number of k-points along each reciprocal vector, of a mesh that contains the origin (Gamma).
    smearing : float
        Width of the Gaussian that smooths the occupations of a metal, in eV; 0 for an insulator. With smearing,
        ``energy`` is the free energy; the forces are its negative derivative.
    pseudopotentials : Path
        Folder with one file ``Si.psp8`` per element; by default the PseudoDojo files that Debian installs.
    tolerance : float
        The density is converged when the energy changes by less than this, in eV.
    max_steps : int
        Largest number of steps of self-consistency.

    Raises
    ------
    FileNotFoundError
        If ABINIT is not installed, or if there is no pseudopotential for an element.
    ValueError
        For invalid settings, and for atoms that are not periodic in three directions.
    RuntimeError
        If the density did not converge, or if ABINIT stopped with a message of its own.
    """

    implemented_properties = ("energy", "free_energy", "forces", "stress")  # eV, eV/Å, eV/Å^3

    def __init__(
        self, functional="PBE", cutoff=500, kpoints=8, smearing=0.0, pseudopotentials=None, tolerance=1e-9, max_steps=50
    ):
        super().__init__()
        self.program = abinit_program()
        if functional not in PSEUDOPOTENTIALS:
            raise ValueError(
                f"There is no functional {functional!r} here: choose one of {', '.join(PSEUDOPOTENTIALS)}."
            )
        if np.size(kpoints) not in (1, 3):
            raise ValueError(f"kpoints is {kpoints!r}: give one whole number, or three.")
        self.functional, self.kpoints = functional, [whole("kpoints", n) for n in np.broadcast_to(kpoints, 3)]
        self.cutoff, self.tolerance = positive("cutoff (eV)", cutoff), positive("tolerance (eV)", tolerance)
        self.smearing, self.max_steps = positive("smearing (eV)", smearing, zero=True), whole("max_steps", max_steps)
        installed = self.program.parents[1] / "share" / "abinit" / "psp" / PSEUDOPOTENTIALS[functional]
        self.pseudopotentials, self.folder = pseudopotentials, Path(pseudopotentials or installed)

    def abinit_settings(self):
        """The settings with ABINIT's names."""
        return {
            **{"xc": self.functional, "ecut": self.cutoff, "ngkpt": self.kpoints, "nshiftk": 1, "shiftk": [0, 0, 0]},
            **{"toldfe": self.tolerance, "nstep": self.max_steps},
            "smearing": ("gaussian", self.smearing) if self.smearing else None,
            "chksymtnons": 0,  # it would refuse crystals whose symmetry misses the grid: that matters to GW, not here
        }

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Fill ``results`` for ``atoms`` by one run of ABINIT."""
        super().calculate(atoms, properties, system_changes)
        check_structure(self.atoms)
        if not (self.atoms.pbc.all() and self.atoms.cell.rank == 3):
            raise ValueError(
                "Plane waves fill a periodic cell, and these atoms are not periodic in three directions: set "
                "atoms.cell and atoms.pbc = True (a molecule: atoms.center(vacuum=5)), or use a molecular code."
            )
        for element in sorted(set(self.atoms.symbols)):
            if not (self.folder / f"{element}.psp8").is_file():
                raise FileNotFoundError(
                    f"There is no pseudopotential {element}.psp8 in {self.folder}: `sudo apt install abinit-data` "
                    "brings some; for others get it from pseudo-dojo.org and pass its folder as pseudopotentials=."
                )
        with tempfile.TemporaryDirectory() as scratch:
            profile = AbinitProfile(shlex.quote(str(self.program)), pp_paths=[self.folder])
            abinit = Abinit(profile=profile, directory=scratch, pps="psp8", **self.abinit_settings())
            try:
                abinit.calculate(self.atoms, properties, system_changes)
            except (RuntimeError, OSError, subprocess.CalledProcessError) as error:
                raise RuntimeError(why_it_stopped(Path(scratch) / "abinit.log")) from error
            if "was not enough SCF cycles to converge" in (Path(scratch) / "abinit.log").read_text(errors="replace"):
                raise RuntimeError(
                    f"The density did not converge in {self.max_steps} steps: give more max_steps, or for a "
                    "metal some smearing."
                )
            self.results = {name: abinit.results[name] for name in self.implemented_properties}


def why_it_stopped(log):
    """One sentence from ABINIT's log: the first message of the block that is marked as an error."""
    lines = log.read_text(errors="replace").splitlines() if log.is_file() else []
    block = next((n for n, line in enumerate(lines) if line.strip() in ("--- !ERROR", "--- !BUG")), len(lines))
    message = next((n for n in range(block, len(lines)) if lines[n].startswith("message:")), len(lines))
    said = " ".join(line.strip() for line in lines[message + 1 : message + 3]) or "it left no message"
    return f"ABINIT stopped without a result: {said}"
