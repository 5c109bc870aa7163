"""Make the table of ab initio argon pair energies that lecture 02 fits: CCSD(T), and PBE beside it.

    python tools/make_data/argon_pair.py     # about 10 minutes on one core; needs PySCF, so not on Windows

The interaction energy is counterpoise corrected, E(Ar2) - 2 E(Ar beside a ghost), so that the pair does not gain
from borrowing the other atom's basis functions (Boys and Bernardi 1970, doi:10.1080/00268977000101561).
"""

import tempfile
import time

from pyscf import cc, dft, gto, lib, scf
from shipping import made_with, parser, ship_table

MEV_PER_HARTREE = 27211.386245988  # CODATA 2018
DISTANCES = [
    *(3.0, 3.1, 3.2, 3.3, 3.4, 3.5, 3.6, 3.7, 3.8, 3.9, 4.0, 4.1, 4.2, 4.4, 4.6, 4.8),
    *(5.0, 5.25, 5.5, 5.75, 6.0, 6.5, 7.0, 7.5, 8.0),
]  # Å
# Dispersion lives between the atoms, where atom-centred functions are poor: a 3s3p2d2f set at the middle of the
# bond deepens the well from 8.9 meV (aug-cc-pVTZ without it) to 12.0 meV, at a smaller cost.
MID_BOND = [
    *([0, [exponent, 1.0]] for exponent in (0.9, 0.3, 0.1)),
    *([1, [exponent, 1.0]] for exponent in (0.9, 0.3, 0.1)),
    *([2, [exponent, 1.0]] for exponent in (0.6, 0.2)),
    *([3, [exponent, 1.0]] for exponent in (0.6, 0.2)),
]


def argon_and(partner, r, basis, mid_bond=None):
    """An argon atom at the origin and a ``partner`` ("Ar" or "ghost-Ar") at ``r`` Å, as a PySCF molecule."""
    atom, functions = [("Ar", (0, 0, 0)), (partner, (0, 0, r))], {"Ar": basis, "ghost-Ar": gto.basis.load(basis, "Ar")}
    if mid_bond:
        atom, functions["ghost-He"] = [*atom, ("ghost-He", (0, 0, r / 2))], mid_bond
    return gto.M(atom=atom, basis=functions, verbose=0)


def converged(calculation):
    """The calculation itself; an error where its iterations did not converge."""
    if not calculation.converged:
        raise RuntimeError(f"{type(calculation).__name__} did not converge: its energy means nothing.")
    return calculation


def ccsdt_energy(molecule):
    """CCSD(T) with the neon cores frozen, in Hartree."""
    mean_field = scf.RHF(molecule)
    mean_field.conv_tol, mean_field.chkfile = 1e-10, None
    argon_atoms = sum(molecule.atom_charge(atom) == 18 for atom in range(molecule.natm))  # a ghost has charge 0
    correlated = cc.CCSD(converged(mean_field.run()), frozen=5 * argon_atoms)
    correlated.conv_tol = 1e-8
    return converged(correlated.run()).e_tot + correlated.ccsd_t()


def pbe_energy(molecule):
    """PBE on a fine grid, in Hartree: a well of a few meV drowns in the noise of a coarse one."""
    mean_field = dft.RKS(molecule, xc="pbe")
    mean_field.grids.level, mean_field.conv_tol, mean_field.chkfile = 5, 1e-10, None
    return converged(mean_field.run()).e_tot


METHODS = {
    "ccsdt_meV": (ccsdt_energy, "aug-cc-pVDZ", MID_BOND),
    "pbe_meV": (pbe_energy, "aug-cc-pVTZ", None),
}


def pair_energy(r, column):
    """Counterpoise-corrected interaction energy of two argon atoms ``r`` Å apart, in meV.

    Parameters
    ----------
    r : float
    column : {"ccsdt_meV", "pbe_meV"}
    """
    energy, basis, mid_bond = METHODS[column]
    # By symmetry the second atom beside a ghost of the first has the same energy.
    both, alone = (energy(argon_and(partner, r, basis, mid_bond)) for partner in ("Ar", "ghost-Ar"))
    return (both - 2 * alone) * MEV_PER_HARTREE


def main():
    parser(__doc__).parse_args()
    lib.num_threads(1)  # so that CPU time means something, and nobody's laptop freezes
    cpu, seconds, rows = time.process_time(), dict.fromkeys(METHODS, 0.0), []
    with tempfile.TemporaryDirectory() as scratch:
        lib.param.TMPDIR = scratch  # PySCF leaves its temporary files behind where it lets them fall
        for r in DISTANCES:
            row = [r]
            for column in METHODS:
                start = time.process_time()
                row.append(pair_energy(r, column))
                seconds[column] += time.process_time() - start
            rows.append(row)
            print("r = {:.2f} Å: CCSD(T) {:9.4f} meV, PBE {:9.4f} meV".format(*row), flush=True)
    ship_table(
        "argon_pair",
        {"r_A": ".2f", "ccsdt_meV": ".4f", "pbe_meV": ".4f"},
        rows,
        how="counterpoise corrected; CCSD(T), frozen core, aug-cc-pVDZ on both atoms, mid-bond functions 3s3p2d2f (s "
        "and p 0.9 0.3 0.1, d and f 0.6 0.2); PBE, aug-cc-pVTZ, grid level 5",
        made_with=made_with("pyscf"),
        cost=f"{(time.process_time() - cpu) / 60:.1f} CPU minutes, a point "
        + " and ".join(f"{s / len(DISTANCES):.1f} s ({name.split('_')[0]})" for name, s in seconds.items()),
    )


if __name__ == "__main__":
    main()
