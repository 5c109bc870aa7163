"""Density functional theory as an ASE calculator: PySCF with readable settings and a warm start."""

import importlib.util

from ase import units
from ase.calculators.calculator import Calculator, all_changes
from threadpoolctl import threadpool_limits

from course_lib.arguments import positive, whole
from course_lib.labels.structure import check_structure
from course_lib.settings import Settings

KRYPTON = 36  # heavier atoms have effective core potentials in the def2 bases, which PySCF does not set by itself


class DFT(Settings, Calculator):
    """Kohn-Sham energy and exact forces of a neutral closed-shell molecule of H to Kr (PySCF, doi:10.1063/5.0006074).

    E is minimised over the density matrix D; the forces are its derivative at the minimum,

        E(R) = min_D E[D; R]        F = -dE/dR

    Parameters
    ----------
    functional : str
        A name of libxc, for example "pbe" (doi:10.1103/PhysRevLett.77.3865), or "hf" for Hartree-Fock.
    basis : str
        Gaussian basis set. It matters more than any other setting here.
    grid : int
        Fineness of the integration grid, 0 to 9. Level 1 is enough for training data; take 3 for numbers to quote.
    density_fit : bool
        Coulomb integrals through an auxiliary basis: faster, and the energy shifts by a constant.
    conv_tol : float
        The minimisation over D stops when E changes by less than this, in Hartree.
    grid_response : bool
        Include in the forces that the grid moves with the atoms; without this term they do not sum to zero.
    warm_start : bool
        Begin with the D of the last geometry; useful if successive geometries are similar.
    threads : int
        Number of threads of PySCF and of NumPy's linear algebra. For a molecule of ten atoms, a second thread occupies
        a second core and saves hardly any time.

    Attributes
    ----------
    cycles : int
        Number of steps of the last minimisation.
    """

    implemented_properties = ["energy", "forces"]  # noqa: RUF012  ASE's own form

    def __init__(
        self,
        functional="pbe",
        basis="def2-svp",
        grid=1,
        density_fit=True,
        conv_tol=1e-8,
        grid_response=True,
        warm_start=True,
        threads=1,
    ):
        super().__init__()
        check_settings(functional, basis, grid, conv_tol)
        for name, value in {
            "density_fit": density_fit,
            "grid_response": grid_response,
            "warm_start": warm_start,
        }.items():
            if value not in (True, False):
                raise ValueError(f"{name} is {value!r}: give True or False.")
        self.functional, self.basis, self.grid, self.density_fit = functional, basis, int(grid), density_fit
        self.conv_tol, self.grid_response, self.warm_start = conv_tol, grid_response, warm_start
        self.threads = whole("threads", threads)
        self.cycles, self._last = 0, (None, None)  # elements and D of the last geometry

    def calculate(self, atoms=None, properties=("energy", "forces"), system_changes=all_changes):
        """Fill ``results`` with energy (eV) and forces (eV/Å), always both: moving atoms needs both."""
        from pyscf import lib

        super().calculate(atoms, properties, system_changes)
        # NumPy's linear algebra has threads of its own; both settings are restored afterwards
        with lib.with_omp_threads(self.threads), threadpool_limits(self.threads):
            self.minimise()

    def minimise(self):
        """E at its minimum over D, and the forces there, for the atoms that ``calculate`` was given."""
        from pyscf import dft, scf

        elements, D = self._last
        if not self.warm_start or elements != self.atoms.get_chemical_symbols():
            D = None  # PySCF begins with a superposition of atoms
        scf.hf.MUTE_CHKFILE = True  # PySCF would leave temporary files behind
        ks = dft.RKS(molecule_of(self.atoms, self.basis), xc=self.functional)
        ks = ks.density_fit() if self.density_fit else ks
        ks.grids.level, ks.conv_tol = self.grid, self.conv_tol
        E = ks.kernel(dm0=D)  # Hartree
        self.cycles, self._last = ks.cycles, (None, None)
        if not ks.converged:
            raise RuntimeError(not_converged(ks.cycles))
        gradient = ks.nuc_grad_method()
        gradient.grid_response = self.grid_response
        dE_dR = gradient.kernel()  # Hartree/Bohr
        self._last = (self.atoms.get_chemical_symbols(), ks.make_rdm1())
        self.results = {"energy": E * units.Hartree, "forces": -dE_dR * units.Hartree / units.Bohr}


def has_pyscf():
    """Whether PySCF is installed; it has no build for Windows, where the lectures show shipped results."""
    return importlib.util.find_spec("pyscf") is not None


def check_settings(functional, basis, grid, conv_tol):
    """Refuse settings with which DFT cannot run."""
    if not has_pyscf():
        raise ImportError(
            "PySCF is not installed: run `python -m pip install pyscf==2.14.0` (there is none for Windows, except "
            "inside WSL); until then the lectures show the shipped results it made."
        )
    from pyscf import dft

    try:
        known = bool(functional.strip()) and dft.libxc.parse_xc(functional) is not None
    except (KeyError, AttributeError):
        known = False
    if not known:
        raise ValueError(f"There is no functional {functional!r} in libxc: try pbe, b3lyp or r2scan.")
    if "," in functional and not all(part.strip() for part in functional.split(",")):
        raise ValueError(f"{functional!r} is exchange or correlation alone: name both, as in pbe or pbe,pbe.")
    if not (isinstance(basis, str) and basis.strip()):
        raise ValueError(f"The basis is {basis!r}: name one, such as def2-svp or def2-tzvp.")
    if whole("The grid level", grid, least=0) > 9:
        raise ValueError(f"The grid level is {grid}: choose one from 0 (coarse) to 9 (fine).")
    if positive("conv_tol (Hartree)", conv_tol) >= 1:
        raise ValueError(f"conv_tol is {conv_tol} Hartree: choose a small number such as 1e-8.")


def molecule_of(atoms, basis):
    """``atoms`` as a PySCF molecule; refuse what cannot be computed."""
    from pyscf import gto
    from pyscf.lib.exceptions import BasisNotFoundError

    check_structure(atoms)
    if atoms.pbc.any():
        raise ValueError("These atoms are periodic: this calculator knows molecules only, set pbc=False.")
    if max(atoms.numbers) > KRYPTON:
        raise ValueError(
            f"{atoms.symbols} holds an element beyond krypton, which needs an effective core potential: this "
            "calculator sets none."
        )
    if atoms.get_initial_charges().any():
        raise ValueError(f"{atoms.symbols} carries charges: this calculator knows neutral molecules only.")
    if atoms.numbers.sum() % 2 or atoms.get_initial_magnetic_moments().any():
        raise ValueError(
            f"{atoms.symbols} has unpaired electrons: this calculator fills orbitals in pairs, so it knows closed "
            "shells only."
        )
    try:
        return gto.M(atom=list(zip(atoms.get_chemical_symbols(), atoms.positions)), basis=basis, verbose=0)
    except BasisNotFoundError as error:
        raise ValueError(
            f"The basis {basis!r} is not known, or has no functions for an element of {atoms.symbols}: "
            "try def2-svp or def2-tzvp."
        ) from error


def not_converged(cycles):
    """The error message for a minimisation that did not converge."""
    return (
        f"The density did not converge in {cycles} cycles, so there is no energy: perhaps a bond is stretched to "
        "breaking, which closed-shell DFT does not describe."
    )
