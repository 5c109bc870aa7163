"""The compiled engine against the NumPy lesson, ASE, NIST and physics, in cells of every shape."""

import os
import pickle
import subprocess
import sys

import numpy as np
import pytest
from ase import Atoms, units
from ase.calculators.lj import LennardJones as AseLennardJones
from ase.constraints import FixAtoms
from ase.filters import FrechetCellFilter
from ase.geometry import get_distances
from ase.io.trajectory import Trajectory as AseTrajectory
from ase.md.verlet import VelocityVerlet
from ase.neighborlist import neighbor_list
from ase.optimize import BFGS
from scipy.spatial import cKDTree

from course_lib.analysis.error_bars import block_average, jackknife
from course_lib.dynamics.forces import CalculatorForces, forces_of
from course_lib.dynamics.integrators import leapfrog
from course_lib.dynamics.simulation import Simulation, simulate
from course_lib.dynamics.thermostats import Andersen, Berendsen, Langevin, NoseHooverChain, VelocityRescaling
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.potentials import pair_engine
from course_lib.potentials.fast_lennard_jones import FastLennardJones, PairCalculator, Walker
from course_lib.potentials.lennard_jones import ARGON_EPSILON, ARGON_SIGMA, LennardJones
from course_lib.structures import argon_crystal

SKEWED = [[9.0, 0.0, 0.0], [4.0, 8.0, 0.0], [-3.0, 2.5, 7.0]]
# cell, periodicity, atoms: cutoff 8.5 Å is larger than most of these cells
CELLS = {
    "cube": (30.0 * np.eye(3), True, 300),
    "cube smaller than the cutoff": (7.0 * np.eye(3), True, 6),
    "one atom, its own copies only": (3.9 * np.eye(3), True, 1),
    "skewed": (SKEWED, True, 12),
    "very skewed": ([[8.0, 0, 0], [21.0, 7.0, 0], [-9.0, 11.0, 6.5]], True, 8),
    "left-handed": ([[0, 9.0, 0], [8.0, 0, 0], [1.0, 2.0, 10.0]], True, 14),
    "slab": (SKEWED, (True, True, False), 12),
    "wire": (SKEWED, (False, False, True), 12),
    "cluster": (np.zeros((3, 3)), False, 30),
    "plane without a third vector": ([[9.0, 0, 0], [3.0, 8.0, 0], [0, 0, 0]], (True, True, False), 10),
}


def scattered(cell, pbc, n_atoms, seed=0, apart=2.9):
    """Atoms at random places no closer than ``apart``, some of them outside the cell."""
    random = np.random.default_rng(seed)
    box = np.where(np.any(cell, axis=1)[:, None], cell, 20.0 * np.eye(3))
    places = np.empty((0, 3))
    while len(places) < n_atoms:
        new = random.uniform(size=(1, 3)) @ box
        if len(places) == 0 or get_distances(new, places, cell, pbc)[1].min() > apart:
            places = np.concatenate([places, new])
    atoms = Atoms(f"Ar{n_atoms}", places, cell=cell, pbc=pbc)
    atoms.positions += random.integers(-2, 3, (n_atoms, 3)) * atoms.pbc @ atoms.cell.array
    return atoms


def ase_lennard_jones(cutoff=8.5):
    return AseLennardJones(epsilon=ARGON_EPSILON, sigma=ARGON_SIGMA, rc=cutoff)


def liquid(repeat=4, temperature=120.0, seed=1, **kwargs):
    """Argon, warm and loose."""
    atoms = argon_crystal(repeat, lattice_constant=5.7)
    thermal_velocities(atoms, temperature, seed)
    atoms.calc = FastLennardJones(**kwargs)
    return atoms


@pytest.mark.parametrize("name", CELLS)
def test_agrees_with_ase_in_every_cell(name):
    atoms = scattered(*CELLS[name])
    fast, ase = FastLennardJones(cutoff=8.5), ase_lennard_jones()
    np.testing.assert_allclose(
        fast.get_potential_energy(atoms), ase.get_potential_energy(atoms), rtol=1e-10, atol=1e-13
    )
    np.testing.assert_allclose(
        fast.get_potential_energies(atoms), ase.get_property("energies", atoms), rtol=1e-10, atol=1e-13
    )
    forces = ase.get_forces(atoms)
    np.testing.assert_allclose(fast.get_forces(atoms), forces, rtol=0, atol=1e-10 * max(np.abs(forces).max(), 1e-3))
    if atoms.pbc.all():
        stress = ase.get_stress(atoms)
        np.testing.assert_allclose(fast.get_stress(atoms), stress, rtol=0, atol=1e-10 * np.abs(stress).max())


@pytest.mark.parametrize("shift", [True, False])
@pytest.mark.parametrize("pbc", [True, False, (True, False, True)])
def test_agrees_with_the_numpy_lesson(shift, pbc):
    atoms = argon_crystal(4)
    atoms.rattle(0.3, seed=3)
    atoms.set_cell(atoms.cell @ [[1, 0, 0], [0.2, 1, 0], [-0.1, 0.15, 1]], scale_atoms=True)
    atoms.pbc = pbc
    fast, lesson = FastLennardJones(shift=shift), LennardJones(shift=shift)
    np.testing.assert_allclose(fast.get_potential_energy(atoms), lesson.get_potential_energy(atoms), rtol=1e-10)
    np.testing.assert_allclose(fast.get_potential_energies(atoms), lesson.get_property("energies", atoms), rtol=1e-10)
    scale = np.abs(lesson.get_forces(atoms)).max()
    np.testing.assert_allclose(fast.get_forces(atoms), lesson.get_forces(atoms), rtol=0, atol=1e-10 * scale)
    if np.all(pbc):
        np.testing.assert_allclose(fast.get_stress(atoms), lesson.get_stress(atoms), rtol=1e-10, atol=1e-14)


def test_forces_and_stress_are_derivatives_of_the_energy():
    atoms = scattered(*CELLS["skewed"])
    calc = FastLennardJones(cutoff=8.5)
    h = 1e-5
    for a, c in ((0, 0), (5, 1), (11, 2)):
        energies = []
        for sign in (1, -1):
            moved = atoms.copy()
            moved.positions[a, c] += sign * h
            energies.append(calc.get_potential_energy(moved))
        assert calc.get_forces(atoms)[a, c] == pytest.approx(-(energies[0] - energies[1]) / (2 * h), rel=1e-5, abs=1e-8)
    for voigt, (a, b) in enumerate(((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))):
        energies = []
        for sign in (1, -1):
            strain = np.eye(3)
            strain[a, b] += sign * h / 2
            strain[b, a] += sign * h / 2
            strained = atoms.copy()
            strained.set_cell(atoms.cell @ strain, scale_atoms=True)
            energies.append(calc.get_potential_energy(strained))
        slope = (energies[0] - energies[1]) / (2 * h * atoms.get_volume())
        assert calc.get_stress(atoms)[voigt] == pytest.approx(slope, rel=1e-5, abs=1e-9)


# NIST, Lennard-Jones fluid reference calculations (doi:10.18434/T4M88Q): U at cutoffs 3 and 4, virial W at 3.
NIST = {
    1: (-4351.54019454, -4467.5, -568.67),
    2: (-690.004045173, -704.60, -568.46),
    3: (-1146.66742083, -1175.4, -1164.9),
    4: (-16.7903213046, -17.060, -46.249),
}


@pytest.mark.parametrize("number", NIST)
def test_nist_energies_and_virials(number, public_data):
    edge, _, *rows = (public_data / "nist_lj" / f"c{number}.txt").read_text().strip().split("\n")
    positions = np.array([row.split()[1:] for row in rows], float)
    atoms = Atoms(f"Ar{len(rows)}", positions, cell=np.array(edge.split(), float), pbc=True)
    for cutoff, energy, rel in ((3.0, NIST[number][0], 1e-11), (4.0, NIST[number][1], 1e-4)):
        atoms.calc = FastLennardJones(1.0, 1.0, cutoff, shift=False, skin=0.3)
        assert atoms.get_potential_energy() == pytest.approx(energy, rel=rel)
        if cutoff == 3.0:
            virial = -atoms.get_stress()[:3].sum() * atoms.get_volume()
            assert virial == pytest.approx(NIST[number][2], rel=5e-5)  # five digits are published


@pytest.mark.parametrize("name", CELLS)
def test_neighbour_list_is_the_one_of_ase(name):
    atoms = scattered(*CELLS[name], seed=4)
    i, j, S, D = pair_engine.neighbour_list(atoms.positions, atoms.cell, atoms.pbc, 6.1)
    assert np.all(np.diff(i) >= 0)
    np.testing.assert_allclose(D, atoms.positions[j] + S @ atoms.cell.array - atoms.positions[i], atol=1e-12)
    theirs = np.column_stack(neighbor_list("ijS", atoms, 6.1))
    assert sorted(map(tuple, np.column_stack([i, j, S]))) == sorted(map(tuple, theirs))


def test_neighbour_list_of_dense_and_of_empty_space():
    dense = np.random.default_rng(0).uniform(size=(50, 3)) * 3.0  # many more neighbours than room was made for
    i, *_ = pair_engine.neighbour_list(dense, np.eye(3) * 3.0, (True,) * 3, 5.0)
    assert len(i) == len(neighbor_list("i", Atoms("Ar50", dense, cell=[3.0] * 3, pbc=True), 5.0))
    far = np.array([[0.0, 0, 0], [1e7, 0, 0], [1e7, 1.0, 0], [-3e8, 2e8, 1e9]])
    i, j, S, _ = pair_engine.neighbour_list(far, np.zeros((3, 3)), (False,) * 3, 5.0)
    assert (i.tolist(), j.tolist(), S.tolist()) == ([1, 2], [2, 1], [[0, 0, 0]] * 2)


def test_skinned_list_never_misses_a_pair():
    atoms = liquid(repeat=3, temperature=300.0, skin=0.6)
    moving = VelocityVerlet(atoms, 4.0 * units.fs)  # step by step through the calculator, which keeps its list
    for _ in range(60):
        moving.run(1)
        exact = ase_lennard_jones(atoms.calc.cutoff).get_forces(atoms)
        np.testing.assert_allclose(atoms.get_forces(), exact, rtol=0, atol=1e-10 * np.abs(exact).max())
    assert 2 < atoms.calc.builds < 60


def test_one_atom_that_leaps_makes_a_new_list():
    atoms = liquid(repeat=3)
    atoms.get_forces()
    atoms.positions[7] = atoms.positions[50] + [3.6, 0.4, 0.0]
    fresh = FastLennardJones().get_forces(atoms)
    np.testing.assert_allclose(atoms.get_forces(), fresh, rtol=0, atol=1e-12 * np.abs(fresh).max())
    assert atoms.calc.builds == 2


def test_the_answer_is_remembered_and_is_a_copy():
    atoms = liquid()
    atoms.rattle(0.1, seed=5)
    forces = atoms.get_forces()
    kept = atoms.calc._seen
    forces[:] = 0
    assert np.abs(atoms.get_forces()).max() > 1e-3
    assert atoms.calc._seen is kept  # nothing was calculated a second time
    atoms.positions[0, 0] += 0.1
    assert atoms.calc.calculation_required(atoms, ["forces"])
    before = atoms.get_potential_energy()
    for change in (lambda: atoms.set_cell(atoms.cell * 1.1), lambda: atoms.set_pbc((True, True, False))):
        change()
        after = atoms.get_potential_energy()
        assert after != before
        assert after == pytest.approx(FastLennardJones().get_potential_energy(atoms), rel=1e-13)
        before = after


def test_own_loop_is_the_loop_of_the_lesson():
    fast, slow = liquid(), liquid()
    Simulation(fast, 2.0).run(50)
    Simulation(slow, 2.0).run(50)
    np.testing.assert_allclose(fast.positions, slow.positions, rtol=0, atol=1e-9)
    np.testing.assert_allclose(fast.get_velocities(), slow.get_velocities(), rtol=0, atol=1e-9)
    assert fast.get_potential_energy() == pytest.approx(FastLennardJones().get_potential_energy(slow), rel=1e-10)
    ase = liquid()
    VelocityVerlet(ase, 2.0 * units.fs).run(50)
    np.testing.assert_allclose(fast.positions, ase.positions, rtol=0, atol=1e-9)


def test_own_loop_in_a_cell_smaller_than_the_cutoff():
    atoms = argon_crystal(2, lattice_constant=5.6)
    atoms.set_cell(atoms.cell @ [[1, 0, 0], [0.3, 1, 0], [0, -0.2, 1]], scale_atoms=True)
    thermal_velocities(atoms, 60.0, seed=2)
    atoms.calc = FastLennardJones()
    twin = atoms.copy()
    twin.calc = ase_lennard_jones(atoms.calc.cutoff)
    Simulation(atoms, 2.0).run(40)
    VelocityVerlet(twin, 2.0 * units.fs).run(40)
    np.testing.assert_allclose(atoms.positions, twin.positions, rtol=0, atol=1e-9)


def test_energy_error_shrinks_with_the_square_of_the_time_step():
    """Velocity Verlet is of second order: half the step, a quarter of the error."""
    error = []
    for timestep_fs in (8.0, 4.0, 2.0):
        atoms = liquid(repeat=4, temperature=100.0, cutoff=9.5)
        simulation, start, worst = Simulation(atoms, timestep_fs), atoms.get_total_energy(), []
        for _ in range(int(800 / timestep_fs / 4)):
            simulation.run(4)
            worst.append(atoms.get_total_energy() - start)
        error.append(np.std(worst))
    assert 3.0 < error[0] / error[1] < 5.0
    assert 3.0 < error[1] / error[2] < 5.0


def test_momentum_is_conserved_and_a_restart_repeats_every_bit():
    atoms = liquid()
    Simulation(atoms, 2.0).run(30)
    kept = atoms.copy()
    Simulation(atoms, 2.0).run(30)
    np.testing.assert_allclose(atoms.get_momenta().sum(axis=0), 0, atol=1e-9)
    again = Atoms(kept.symbols, kept.positions, cell=kept.cell, pbc=True, momenta=kept.get_momenta())
    again.calc = FastLennardJones()
    Simulation(again, 2.0).run(30)
    assert np.array_equal(again.positions, atoms.positions)
    assert np.array_equal(again.get_momenta(), atoms.get_momenta())


def test_works_wherever_ase_needs_a_calculator(tmp_path):
    atoms = scattered(*CELLS["skewed"])
    atoms.calc = FastLennardJones(cutoff=8.5)
    assert atoms.get_potential_energy(force_consistent=True) == atoms.get_potential_energy()
    assert atoms.get_stress(voigt=False).shape == (3, 3)
    before = np.abs(atoms.get_stress()).max()
    BFGS(FrechetCellFilter(atoms), logfile=None).run(fmax=0.001, steps=40)
    assert np.abs(atoms.get_stress()).max() < before / 10
    with AseTrajectory(tmp_path / "a.traj", "w") as file:
        file.write(atoms)
    with AseTrajectory(tmp_path / "a.traj") as file:
        assert file[0].get_potential_energy() == atoms.get_potential_energy()
    twin = pickle.loads(pickle.dumps(atoms))
    assert twin.get_potential_energy() == atoms.get_potential_energy()
    cluster = scattered(*CELLS["cluster"])
    cluster.calc = FastLennardJones()
    with pytest.raises(NotImplementedError, match="stress only where the cell is periodic"):
        cluster.get_stress()


def set_position(atoms, value):
    atoms.positions[3] = value


@pytest.mark.parametrize(
    "spoil, sentence",
    [
        (lambda atoms: set_position(atoms, np.nan), "not finite numbers"),
        (lambda atoms: set_position(atoms, atoms.positions[8]), "Atoms 3 and 8 lie on the same spot"),
        (lambda atoms: set_position(atoms, atoms.positions[8] + 1e-7), "Atoms 3 and 8 lie on the same spot"),
        (lambda atoms: set_position(atoms, atoms.positions[8] + atoms.cell[0]), "Atoms 3 and 8 lie on the same spot"),
        (lambda atoms: atoms.symbols.__setitem__(0, "Ne"), "made for Ar, and the structure holds Ne"),
        (lambda atoms: atoms.__delitem__(slice(None)), "no atoms"),
        (lambda atoms: atoms.set_cell(atoms.cell.array * [[1], [1], [0]]), "no cell vector"),
        (lambda atoms: atoms.set_cell([atoms.cell[0], atoms.cell[1], atoms.cell[0]]), "no volume"),
        (lambda atoms: atoms.set_cell(atoms.cell * 1e-3), "more than memory holds"),
    ],
)
def test_bad_structures_get_one_sentence(spoil, sentence):
    atoms = liquid()
    good = atoms.copy()
    for use_first in (False, True):
        atoms = good.copy()
        atoms.calc = FastLennardJones()
        if use_first:
            atoms.get_forces()
        spoil(atoms)
        with pytest.raises(ValueError, match=sentence):
            atoms.get_potential_energy()
    good.calc = atoms.calc
    assert good.get_potential_energy() == pytest.approx(FastLennardJones().get_potential_energy(good), rel=1e-13)


@pytest.mark.parametrize("what", ["epsilon", "sigma", "cutoff", "skin"])
@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_bad_parameters_get_one_sentence(what, value):
    with pytest.raises(ValueError, match=f"{what} is {value}"):
        FastLennardJones(**{what: value})
    with pytest.raises(ValueError, match="cutoff is"):
        pair_engine.neighbour_list(np.zeros((1, 3)), np.eye(3), (True,) * 3, -1.0)


def test_blow_ups_get_one_sentence_and_leave_the_atoms_alone():
    atoms = liquid()
    start = atoms.copy()
    with pytest.raises(FloatingPointError, match=r"blew up at .* time step of 500"):
        Simulation(atoms, 500.0).run(1000)
    assert np.array_equal(atoms.positions, start.positions)
    with pytest.raises(FloatingPointError, match=r"blew up at 0\.0 fs"):
        Simulation(atoms, 20_000.0).run(1)  # in the last step, too
    assert np.array_equal(atoms.positions, start.positions)
    Simulation(atoms, 2.0).run(5)  # and the same atoms and calculator go on
    close = liquid()
    close.positions[0] = close.positions[1] + [0.02, 0, 0]
    with pytest.raises(FloatingPointError, match="atoms came too close"):
        Simulation(close, 2.0).run(100)
    same = liquid()
    same.positions[0] = same.positions[1]
    with pytest.raises((FloatingPointError, ValueError), match=r"too close|same spot"):
        Simulation(same, 2.0).run(100)
    fast = liquid()
    fast.set_velocities(np.full((len(fast), 3), np.nan))
    with pytest.raises(FloatingPointError, match="blew up"):
        Simulation(fast, 2.0).run(1)


def test_edited_potential_runs_and_the_cache_notices(tmp_path):
    """Three lines make another potential: here soft spheres, phi = a (1 - r/b)^2 below b."""
    source = open(pair_engine.__file__, encoding="utf-8").read()
    script = (
        "import numpy as np, soft_engine as e\n"
        "place, forces, room = np.array([[0, 0, 0, 1], [0.5, 0, 0, 1]]), np.zeros((2, 4)), np.empty(1)\n"
        "start, near = np.array([0, 1, 1], np.uint64), np.array([1], np.uint32)\n"
        "e.visit_pairs(place, start, near, 1.0, 0.0, np.array([3.0, 1.0]), room, room.copy(), forces)\n"
        "print(float(forces[:, 3].sum()), float(forces[1, 0]))\n"
    )
    lines = [
        "    s6 = (parameters[1] * parameters[1] / r2) ** 3\n",
        "    phi = 4 * parameters[0] * (s6 * s6 - s6)\n",
        "    push = 24 * parameters[0] * (2 * s6 * s6 - s6) / r2\n",
    ]
    soft = [
        "    r, (a, b) = np.sqrt(r2), (parameters[0], parameters[1])\n",
        "    phi = a * (1 - r / b) ** 2\n",
        "    push = 2 * a * (1 - r / b) / (b * r)\n",
    ]
    changed = source
    for line, new in zip(lines, soft):
        assert source.count(line) == 1
        changed = changed.replace(line, new)
    answers = []
    for text in (source, changed):
        (tmp_path / "soft_engine.py").write_text(text, encoding="utf-8")
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        answers.append([float(number) for number in done.stdout.split()])
    assert answers[0] == pytest.approx([4 * 3 * (2**12 - 2**6), 24 * 3 * (2 * 2**12 - 2**6) / 0.5], rel=1e-12)
    assert answers[1] == pytest.approx([3 * 0.25, 2 * 3 * 0.5], rel=1e-12)


def test_parameters_of_any_type_do_not_compile_anew():
    atoms = liquid()
    atoms.get_forces()
    compiled = len(pair_engine.advance.signatures), len(pair_engine.find_neighbours.signatures)
    atoms.positions = np.asfortranarray(atoms.positions)
    PairCalculator((1, 3), 8, skin=1).get_forces(atoms)
    atoms.set_cell(np.asfortranarray(atoms.cell.array * 1.01))
    atoms.get_forces()
    assert compiled == (len(pair_engine.advance.signatures), len(pair_engine.find_neighbours.signatures))


@pytest.mark.parametrize("kind", [Andersen, Berendsen, Langevin, NoseHooverChain, VelocityRescaling])
def test_a_thermostat_walks_the_same_path_in_the_fast_loop(kind):
    """The same thermostat, seed and start: inside and outside the engine differ by the rounding of sums only."""
    paths = []
    for outside in (False, True):
        atoms = liquid()
        if outside:
            atoms.calc = ase_lennard_jones(atoms.calc.cutoff)
        thermal_velocities(atoms, 100, seed=3)
        Simulation(atoms, 4.0, kind(100, 50)).run(40)
        paths.append((atoms.positions, atoms.get_velocities()))
    assert np.allclose(paths[0][0], paths[1][0], rtol=0, atol=1e-9)
    assert np.allclose(paths[0][1], paths[1][1], rtol=0, atol=1e-9)


@pytest.mark.slow
def test_the_fast_loop_with_a_thermostat_samples_the_canonical_kinetic_energy():
    """Mean (3N-3) kT/2 and relative variance 2/(3N-3) of the kinetic energy."""
    atoms, free = liquid(), 3 * len(liquid()) - 3
    thermal_velocities(atoms, 110, seed=4)
    run = simulate(atoms, 24_000, 5.0, VelocityRescaling(110, 60, seed=5), every=4, progress=False)
    mean, variance = block_average(run.temperature[500:]), jackknife(np.var, run.temperature[500:])
    assert mean.error < 1 and abs(mean.value - 110) < 4 * mean.error
    exact = 110**2 * 2 / free
    assert variance.error < 0.1 * exact and abs(variance.value - exact) < 4 * variance.error


def test_the_loop_takes_its_forces_from_the_engine_where_it_can():
    atoms = liquid()
    assert isinstance(forces_of(atoms), Walker)
    asked = []
    atoms.calc.run = lambda *arguments: asked.append(arguments) or arguments[1]
    Simulation(atoms, 2.0).run(7)
    assert [arguments[1] for arguments in asked] == [7]  # all steps at once
    for other in ({"integrator": leapfrog}, {"thermostat": Langevin(90)}):
        Simulation(atoms, 2.0, **other).run(2)
    atoms.set_constraint(FixAtoms([0]))
    Simulation(atoms, 2.0).run(2)
    assert len(asked) == 1
    atoms.calc = LennardJones()
    assert isinstance(forces_of(atoms), CalculatorForces)


def test_a_blow_up_under_a_thermostat_gets_one_sentence_too():
    atoms = liquid()
    start = atoms.positions.copy()
    with pytest.raises(FloatingPointError, match=r"blew up at .* time step of 500"):
        Simulation(atoms, 500.0, Langevin(90)).run(1000)
    assert np.abs(atoms.positions - start).max() < 5  # whatever steps were good
    again = liquid()
    again.calc = atoms.calc
    Simulation(again, 2.0, Langevin(90)).run(5)


@pytest.mark.parametrize("thermostat", [lambda: None, lambda: Langevin(100, seed=2), lambda: NoseHooverChain(100)])
def test_a_run_of_the_fast_loop_that_goes_on_from_a_checkpoint_repeats_every_bit(thermostat, tmp_path):
    def go(name, steps):
        where = {"checkpoint": tmp_path / name, "checkpoint_every": 20}
        return simulate(liquid(temperature=200), steps, 8.0, thermostat(), every=5, progress=False, **where)

    go("a", 60)
    restarted, whole = go("a", 120), go("b", 120)
    assert len(restarted) == len(whole) == 25
    assert np.array_equal(restarted.positions, whole.positions)
    assert np.array_equal(restarted.kinetic_energy, whole.kinetic_energy)


def test_large_lists_are_those_of_a_tree():
    """Thousands of atoms in hundreds of boxes, also outside a skewed cell, against scipy's KD-tree of all copies."""
    cell, pbc = np.array([[60.0, 0, 0], [31, 45, 0], [-17, 22, 38]]), (True, False, True)
    r = np.random.default_rng(0).uniform(-1, 2, (3000, 3)) @ cell
    i, j, S, D = pair_engine.neighbour_list(r, cell, pbc, 5.3)
    np.testing.assert_allclose(D, r[j] + S @ cell - r[i], rtol=0, atol=1e-12)
    assert len(np.unique(np.column_stack([i, j, S]), axis=0)) == len(i)
    home = r - np.where(pbc, np.floor(r @ np.linalg.inv(cell)), 0) @ cell
    copies = np.vstack([home + [a, 0, c] @ cell for a in range(-2, 3) for c in range(-2, 3)])
    assert len(i) == cKDTree(home).count_neighbors(cKDTree(copies), 5.3) - len(r)
