"""Every data set that the course ships: what it is, how it is read, and the command that makes it again."""

import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from course_lib.data.argon_pair import ArgonPairs
from course_lib.data.lj_phases import Phases
from course_lib.data.readers import read_extxyz, read_json, read_runs, read_table
from course_lib.data.shipped import FOLDER, checked_path, records
from course_lib.data.torsion_series import TorsionSeries
from course_lib.dynamics.trajectory import Trajectory

SPLITS = ("train", "valid", "test", "test_hot")  # of ethanol: separate runs, so no split has frames next to another's


@dataclass(frozen=True)
class Entry:
    """One shipped data set.

    Attributes
    ----------
    file : str
        Name of the file in ``course_lib/data``; ``{temperature}`` stands for the value of the choice temperature.
    what : str
        Short description, which is printed.
    holds : str
        What :func:`load` returns, with units.
    script : str
        The script in ``tools/make_data`` that makes the file, with its arguments.
    read : callable
        ``read(path, **choice)`` reads the file; its result is what :func:`load` returns.
    choices : dict
        {name: allowed values} of each choice; if the choice may be left out, None is one of its values.
    """

    file: str
    what: str
    holds: str
    script: str
    read: Callable = read_table
    choices: dict = field(default_factory=dict)

    def command(self, **choice: Any) -> str:
        """The command that makes the file again, for a terminal in the folder of the course."""
        return f"python tools/make_data/{self.script.format(**choice)}"


def load(name: str, folder: Path = FOLDER, **choice: Any) -> Any:
    """Read a shipped data set after its checksum was verified.

    Parameters
    ----------
    name : str
        A name in ``CATALOGUE``. Its entry says what is returned: ``print(CATALOGUE["ethanol"].holds)``.
    folder : Path
        Another folder, for tests.
    **choice
        Choices of the entry, if it has any: ``load("ethanol", split="train")``, ``load("lgps", temperature=650)``.

    Raises
    ------
    ValueError
        For an unknown name or choice, and for a file that is damaged or was changed.
    FileNotFoundError
        If the file is missing. The message names the command that makes it again, as for a damaged file.
    """
    entry, choice = chosen(name, choice)
    return entry.read(checked_path(entry.file.format(**choice), entry.command(**choice), folder), **choice)


def provenance(name: str, **choice: Any) -> str:
    """A text that says what the data are, how, when and with which programs they were made, and by which command."""
    entry, choice = chosen(name, choice)
    file = entry.file.format(**choice)
    made = records()[file]
    lines = (
        f"shown: the shipped file {file}, not computed now: {entry.what.format(**choice)}",
        f"how:   {made['how']}",
        f"made:  {made['made_on']} with {made['made_with']}; {made['cost']}",
    )
    wrapped = [textwrap.fill(line, 110, subsequent_indent=" " * 7, break_on_hyphens=False) for line in lines]
    return "\n".join((*wrapped, f"again: {entry.command(**choice)}"))


def chosen(name: str, choice: dict[str, Any]) -> tuple[Entry, dict[str, Any]]:
    """The entry of a name, and the choices with the values of the entry (850 for 850.0)."""
    if not isinstance(name, str) or name not in CATALOGUE:
        raise ValueError(f"There is no shipped data {name!r}: choose one of {', '.join(CATALOGUE)}.")
    entry, found = CATALOGUE[name], {}
    if others := sorted(set(choice) - set(entry.choices)):
        has = f"choose {', '.join(entry.choices)}" if entry.choices else "leave it out"
        raise ValueError(f"There is no {others[0]} to choose for {name}: {has}.")
    for key, values in entry.choices.items():
        given: Any = choice.get(key)
        same = [value for value in values if np.ndim(given) == 0 and value == given]
        if not same:
            raise ValueError(f"There is no shipped {name} with {key}={given!r}: choose {', '.join(map(repr, values))}.")
        found[key] = same[0]
    return entry, found


def _read_potential(path: Path) -> Any:
    from course_lib.potentials.behler_parrinello import BehlerParrinello  # torch takes seconds to import

    return BehlerParrinello.load(path)


def _read_ace(path: Path, teacher: str) -> Any:
    from course_lib.potentials.ace import ACE

    return ACE.load(path)


_SILICON = "a dict of columns: {}, energy_eV per atom, pressure_GPa{}"
_ERRORS = "mean absolute errors on the test at 500 K (energy, force) and at 800 K (hot_energy, hot_force)"

CATALOGUE = {
    "alkanes": Entry(
        "alkanes.json",
        "alkane chains relaxed with GFN2-xTB",
        "a dict: energy (eV) and positions (Å) of each chain by its name, and frequencies of two of them: see "
        "course_lib.labels.alkanes",
        "alkanes.py",
        read_json,
    ),
    "argon_pair": Entry(
        "argon_pair.csv",
        "interaction energy of two argon atoms",
        "ArgonPairs: r (Å), ccsdt and pbe (eV)",
        "argon_pair.py",
        ArgonPairs.load,
    ),
    "butane_torsion": Entry(
        "butane_torsion.npz",
        "torsion angles of butane: 2 x 400 ps at 300 K, 2 x 200 ps at 600 K",
        "a TorsionSeries",
        "butane_torsion.py",
        TorsionSeries.load,
    ),
    "descriptor_fits": Entry(
        "descriptor_fits.csv",
        "errors and costs of ACE, MTP, GAP and Behler-Parrinello potentials on the ethanol data",
        f"a dict of columns: model, setting, frames for training, curve (1: of the learning curve), {_ERRORS}, in "
        "meV per atom and meV/Å, parameters, ridge (1/eV^2), cpu_s of the fit, us_per_atom for energy and forces",
        "descriptor_fits.py",
    ),
    "dft_cost": Entry(
        "dft_cost.csv",
        "CPU seconds for energy and forces by DFT against the number of atoms",
        "a dict of columns: family (water or alkane), molecules (of water; or carbon atoms), atoms, functions of the "
        "basis, cycles, cpu_s",
        "dft.py",
    ),
    "dft_settings": Entry(
        "dft_settings.csv",
        "what a setting of DFT changes: six frames of the ethanol test runs (every twelfth)",
        "a dict of columns: setting, against (what it is compared with), energy_meV (standard deviation of the "
        "difference, per atom), force_meV_A (root mean square), net_force_meV_A, cpu_s",
        "dft.py",
    ),
    "dft_water": Entry(
        "dft_water.csv",
        "water relaxed with eight methods",
        "a dict of columns: method, OH_A, HOH_deg",
        "dft.py",
    ),
    "ethanol": Entry(
        "ethanol.extxyz",
        "807 frames of one ethanol molecule, labelled with PBE/def2-SVP",
        "a list of ase.Atoms with energies (eV) and forces (eV/Å); info: gfn2_energy (eV), split, run, temperature "
        "(K), time_fs; arrays: gfn2_forces (eV/Å)",
        "ethanol.py",
        read_extxyz,
        {"split": (None, *SPLITS)},
    ),
    "ethanol_aimd": Entry(
        "ethanol_aimd.npz",
        "ab initio molecular dynamics of ethanol, eight runs of 0.1 ps",
        "a list of Trajectory with positions (Å) and velocities (Å/fs) of every step, at constant energy",
        "ethanol_aimd.py --minutes 60",
        read_runs,
    ),
    "ethanol_fits": Entry(
        "ethanol_fits.csv",
        "errors of ten Behler-Parrinello potentials on the ethanol data",
        f"a dict of columns: frames for training, seed, delta (1: PBE minus GFN2-xTB was learned), {_ERRORS}, in meV "
        "per atom and meV/Å, cpu_s",
        "ethanol_fits.py",
    ),
    "ethanol_modes": Entry(
        "ethanol_modes.extxyz",
        "280 ethanol frames displaced along normal modes at 500 K, labelled with PBE/def2-SVP",
        "a list of ase.Atoms with energies (eV) and forces (eV/Å); info: conformer (trans or gauche), minimum (its "
        "energy, eV), harmonic_energy (what independent oscillators would have above it, eV)",
        "ethanol_modes.py",
        read_extxyz,
    ),
    "ethanol_potential": Entry(
        "ethanol_potential.npz",
        "the Behler-Parrinello potential of seed 0, trained on all ethanol training frames",
        "a BehlerParrinello",
        "ethanol_fits.py",
        _read_potential,
    ),
    "ethanol_sampling": Entry(
        "ethanol_sampling.csv",
        "errors of potentials trained on equally many ethanol frames from three sources",
        f"a dict of columns: source, frames, seed, {_ERRORS} and on two ab initio runs (aimd_energy, aimd_force), in "
        "meV per atom and meV/Å",
        "ethanol_modes.py --fit",
    ),
    "ethanol_torsion": Entry(
        "ethanol_torsion.extxyz",
        "ethanol relaxed at thirteen held C-C-O-H torsions",
        "a list of ase.Atoms with PBE/def2-SVP energies (eV) and forces (eV/Å); info: angle (degrees, 180 is trans), "
        "gfn2_energy (of GFN2-xTB, relaxed by itself, eV)",
        "ethanol_torsion.py",
        read_extxyz,
    ),
    "lgps": Entry(
        "lgps_{temperature}K.npz",
        "molecular dynamics of Li10GeP2S12 at {temperature} K",
        "a Trajectory of all 50 atoms",
        "lgps.py --only {temperature}",
        lambda path, temperature: Trajectory.load(path),
        {"temperature": (500, 650, 850)},
    ),
    "lgps_distilled": Entry(
        "lgps_{teacher}.npz",
        "an ACE for Li10GeP2S12, distilled from {teacher} at 600 to 1200 K",
        "an ACE",
        "lgps_distilled.py --teacher {teacher}",
        _read_ace,
        {"teacher": ("chgnet", "sevennet-l3i5")},
    ),
    "lgps_distilled_diffusion": Entry(
        "lgps_distilled_diffusion.csv",
        "diffusion coefficient of lithium in Li10GeP2S12 with each of the two distilled potentials",
        "a dict of columns: teacher, temperature_K, length_ps, mean_temperature_K, D_A2_per_ps, error_A2_per_ps, and "
        "framework_msd_A2, the mean squared displacement of Ge, P and S after half the run",
        "lgps_distilled.py --run",
    ),
    "lgps_frames": Entry(
        "lgps_frames_{teacher}.extxyz",
        "60 frames of Li10GeP2S12, labelled by {teacher}",
        "a list of ase.Atoms with energies (eV), forces (eV/Å) and stress (eV/Å^3); info: part (test: the first 30, "
        "which no shipped potential has learned from; learn: the next 30)",
        "lgps_frames.py --teacher {teacher}",
        lambda path, teacher: read_extxyz(path),
        {"teacher": ("chgnet", "sevennet-l3i5")},
    ),
    "lj_phases": Entry(
        "lj_phases.csv",
        "coexisting densities of Lennard-Jones matter in units of epsilon and sigma",
        "Phases, which knows what is stable where",
        "lj_phases.py",
        Phases.load,
    ),
    "mlearn_fits": Entry(
        "mlearn_fits.csv",
        "errors and costs of our potentials, and published errors, on the public mlearn data of silicon and lithium",
        "a dict of columns: model, case, energy_meV (mean absolute error per atom), force_eV_A, parameters, fit_cpu_s, "
        "us_per_atom for energy and forces; NaN where it was not published",
        "mlearn_fits.py",
    ),
    "nist_lj_check": Entry(
        "nist_lj_check.csv",
        "our energy U, virial W and long-range correction U_LRC of NIST's four Lennard-Jones configurations",
        "a dict of columns in reduced units: configuration, atoms, U_rc3, W_rc3, U_LRC_rc3, U_rc4",
        "nist_lj_check.py",
    ),
    "silicon_cutoff": Entry(
        "silicon_cutoff.csv",
        "silicon (diamond, a = 5.43 Å) against the cutoff",
        _SILICON.format("cutoff_eV", ", cpu_s"),
        "silicon.py",
    ),
    "silicon_kpoints": Entry(
        "silicon_kpoints.csv",
        "silicon (diamond, a = 5.43 Å) against the mesh, n x n x n k-points with Gamma",
        _SILICON.format("kpoints", ", cpu_s"),
        "silicon.py",
    ),
    "silicon_lattice": Entry(
        "silicon_lattice.csv",
        "silicon (diamond) against its lattice constant",
        _SILICON.format("a_A", ""),
        "silicon.py",
    ),
    "silicon_phonon": Entry(
        "silicon_phonon.csv",
        "silicon (diamond, a = 5.43 Å), the second atom of the two moved along the bond, away from the first",
        "a dict of columns: d_A (by how much), energy_eV (of the cell), force_eV_A (on it, along the bond)",
        "silicon.py",
    ),
    "silicon_zero_shot": Entry(
        "silicon_zero_shot.csv",
        "errors of universal potentials and of a small ACE on public DFT data of silicon",
        "a dict of columns: potential, group, frames, force_meV_A and energy_meV (mean absolute errors, the energy per "
        "atom and after its mean error, offset_meV, is removed), slope of the forces, mean_force_meV_A of the labels",
        "silicon_zero_shot.py",
    ),
    "universal_cards": Entry(
        "universal_cards.csv",
        "cards of universal potentials for Si, Cu, MgO and LiF, and the spin of NiO",
        "a dict of columns: potential, crystal, quantity, value, error (NaN where there is none), unit, how; value is "
        "NaN where it could not be computed",
        "universal_failures.py",
    ),
    "universal_dimers": Entry(
        "universal_dimers.csv",
        "energy of Li2 and Ar2 against the distance, by universal potentials",
        "a dict of columns: potential (PBE: the reference of Li2), pair, r_A, energy_eV",
        "universal_failures.py",
    ),
    "water_aimd": Entry(
        "water_aimd.npz",
        "ab initio molecular dynamics of one water molecule, 3 ps at 300 K and at 1500 K",
        "a list of Trajectory, a frame every 2 fs, with velocities (Å/fs); about: temperatures_K, timestep_fs, and "
        "harmonic_cm, the frequencies of small vibrations at rest in 1/cm",
        "water_aimd.py",
        read_runs,
    ),
}
