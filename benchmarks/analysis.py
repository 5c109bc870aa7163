"""How fast are neighbour lists, g(r) and the mean squared displacement? Every program in turn, one thread.

    python benchmarks/analysis.py [--quick] [--json FILE]

Times are CPU times of the process, all threads counted. The other programs come with
``pip install "course-lib[bench]"``.
"""

from interleaved import compare, repeated, table  # first: it sets one thread for what comes after

# isort: split
import ase.build
import numpy as np

from course_lib.analysis.rdf import radial_distribution
from course_lib.potentials import pair_engine
from course_lib.transport.msd import msd_fft

PERIODIC = np.ones(3, bool)


def shaken_argon(repeat):
    atoms = ase.build.bulk("Ar", "fcc", a=5.7, cubic=True).repeat(repeat)
    atoms.rattle(0.4, seed=1)
    return atoms


def neighbour_rows(repeat, cutoff, rounds, budget):
    """Full neighbour lists with shifts and vectors, as potentials for machine learning ask for."""
    atoms = ase.build.bulk("Ar", "fcc", a=4.05, cubic=True).repeat(repeat)
    atoms.rattle(0.1, seed=1)
    r, cell = atoms.positions, atoms.cell.array

    def vesin():
        from vesin import NeighborList

        lists = NeighborList(cutoff=cutoff, full_list=True)
        return repeated(lambda: lists.compute(points=r, box=cell, periodic=True, quantities="ijSD"))

    def matscipy():
        from matscipy.neighbours import neighbour_list

        return repeated(lambda: neighbour_list("ijSD", positions=r, cell=cell, pbc=PERIODIC, cutoff=cutoff))

    contestants = {
        "ours": lambda: repeated(lambda: pair_engine.neighbour_list(r, cell, PERIODIC, cutoff)),
        "vesin": vesin,
        "matscipy": matscipy,
    }
    case = f"neighbour_list {cutoff:.0f} Å"
    return compare(case, len(atoms), contestants, "lists/s", lambda s: 1 / s, rounds, budget)


def rdf_rows(repeat, r_max, rounds, budget):
    """g(r) of one frame in 200 bins."""
    atoms = shaken_argon(repeat)

    def freud():
        import freud

        freud.parallel.set_num_threads(1)
        box, rdf = freud.box.Box.from_matrix(atoms.cell.array.T), freud.density.RDF(bins=200, r_max=r_max)
        points = box.wrap(atoms.positions)
        return repeated(lambda: rdf.compute((box, points)).rdf)

    contestants = {"ours": lambda: repeated(lambda: radial_distribution(atoms, r_max, 200)), "freud": freud}
    return compare(f"rdf to {r_max:.0f} Å", len(atoms), contestants, "frames/s", lambda s: 1 / s, rounds, budget)


def msd_rows(frames, ions, rounds, budget):
    """Mean over the ions of the MSD at all lags; the size is the number of frames."""
    r = np.cumsum(np.random.default_rng(0).normal(size=(frames, ions, 3)), axis=0)

    def tidynamics():
        import tidynamics

        paths = [np.ascontiguousarray(r[:, ion]) for ion in range(ions)]
        return repeated(lambda: np.mean([tidynamics.msd(path) for path in paths], axis=0))

    contestants = {"ours": lambda: repeated(lambda: msd_fft(r)), "tidynamics": tidynamics}
    return compare(f"msd of {ions} ions", frames, contestants, "trajectories/s", lambda s: 1 / s, rounds, budget)


def rows(quick):
    rounds, budget = (3, 0.02) if quick else (9, 0.25)
    for repeat, cutoff in ((2, 5.0),) if quick else ((2, 5.0), (4, 6.0), (5, 5.0), (5, 6.0)):
        yield from neighbour_rows(repeat, cutoff, rounds, budget)
    for repeat in (4,) if quick else (6, 14):
        yield from rdf_rows(repeat, 10.0, rounds, budget)
    yield from msd_rows(1000 if quick else 10_000, 20 if quick else 200, rounds, budget)


if __name__ == "__main__":
    table(__doc__, rows)
