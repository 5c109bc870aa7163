"""A simulation killed in the middle ends as if nothing had happened, to the last bit."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from patience import HANGS

from course_lib.dynamics.barostat import CellRescaling
from course_lib.dynamics.checkpoint import Checkpoint
from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.thermostats import Andersen, Langevin, NoseHooverChain, VelocityRescaling
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.potentials.lennard_jones import LennardJones
from course_lib.structures import argon_crystal

SCRIPT = """
import sys
from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.potentials.lennard_jones import LennardJones
from course_lib.structures import argon_crystal

atoms = argon_crystal(3, lattice_constant=5.8)
atoms.calc = LennardJones(cutoff=7.5, skin=0.4)
thermal_velocities(atoms, 300, seed=1)
simulate(atoms, 1500, 5.0, every=5, checkpoint=sys.argv[1], checkpoint_every=50, progress=False).save(sys.argv[2])
"""


@pytest.mark.slow
def test_kill_9_in_the_middle_changes_no_bit(tmp_path):
    """NVE of hot liquid argon, with many rebuilds of the neighbour list between two checkpoints."""
    checkpoint = tmp_path / "killed.npz"

    def start(checkpoint, result):
        return subprocess.Popen([sys.executable, "-c", SCRIPT, str(checkpoint), str(result)])

    process = start(checkpoint, tmp_path / "never.npz")
    written, patience = set(), time.monotonic() + HANGS
    while len(written) < 4 and process.poll() is None and time.monotonic() < patience:
        if checkpoint.exists():
            written.add(checkpoint.stat().st_mtime_ns)
        time.sleep(0.002)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not (tmp_path / "never.npz").exists()
    with np.load(checkpoint) as file:
        assert 50 <= file["steps"] < 1500

    assert start(checkpoint, tmp_path / "restarted.npz").wait() == 0
    assert start(tmp_path / "whole_checkpoint.npz", tmp_path / "whole.npz").wait() == 0
    with np.load(checkpoint) as ours, np.load(tmp_path / "whole_checkpoint.npz") as theirs:
        assert ours["steps"] == 1500
        for name in ("positions", "momenta", "forces", "frames_positions", "frames_potential_energy", "frames_time_fs"):
            assert np.array_equal(ours[name], theirs[name]), name


class Stopped(Exception):
    """The power cut of the tests below."""


class Fragile:
    """A calculator that raises after a number of forces."""

    def __init__(self, calculator, forces_left):
        self.calculator, self.forces_left = calculator, forces_left

    def get_forces(self, atoms):
        self.forces_left -= 1
        if self.forces_left < 0:
            raise Stopped
        return self.calculator.get_forces(atoms)

    def __getattr__(self, name):
        return getattr(self.calculator, name)


def argon():
    atoms = argon_crystal(2, lattice_constant=5.8)
    atoms.calc = LennardJones(cutoff=5.3, skin=0.3)
    thermal_velocities(atoms, 200, seed=1)
    return atoms


def copper():
    atoms = bulk("Cu", cubic=True).repeat(2)
    atoms.calc = EMT()  # keeps a neighbour list with a skin, as ours does
    thermal_velocities(atoms, 1500, seed=1)
    return atoms


@pytest.mark.parametrize(
    ("make", "thermostat", "barostat"),
    [
        (argon, lambda: None, lambda: None),
        (argon, lambda: VelocityRescaling(200, seed=4), lambda: CellRescaling(0.2, seed=5)),
        (argon, lambda: Langevin(200, seed=4), lambda: None),
        (argon, lambda: Andersen(200, seed=4), lambda: None),
        (argon, lambda: NoseHooverChain(200), lambda: None),
        (copper, lambda: None, lambda: None),
    ],
    ids=["NVE", "rescaling and barostat", "Langevin", "Andersen", "Nosé-Hoover chain", "copper with EMT"],
)
def test_restart_is_exact_for_every_thermostat_and_other_calculators(tmp_path, make, thermostat, barostat):
    def run(path, stop_after=10**9):
        atoms = make()
        atoms.calc = Fragile(atoms.calc, stop_after)
        return simulate(
            atoms, 90, 4.0, thermostat(), every=5, barostat=barostat(), checkpoint=path, checkpoint_every=20,
            keep=("velocities",), progress=False,
        )  # fmt: skip

    with pytest.raises(Stopped):
        run(tmp_path / "a", stop_after=60)
    restarted, whole = run(tmp_path / "a"), run(tmp_path / "b")
    assert len(restarted) == len(whole) == 19
    for name in ("time_fs", "positions", "velocities", "potential_energy", "temperature"):
        assert np.array_equal(getattr(restarted, name), getattr(whole, name)), name
    if whole.cells is not None:
        assert np.array_equal(restarted.cells, whole.cells)


def run(path, steps=40, atoms=None, dt=4.0, thermostat=None, every=10, calc=None):
    atoms = argon() if atoms is None else atoms
    atoms.calc = calc or atoms.calc
    return simulate(atoms, steps, dt, thermostat, every=every, checkpoint=path, checkpoint_every=20, progress=False)


def test_a_cell_run_once_more_and_a_longer_run_go_on(tmp_path):
    atoms = argon()
    first = run(tmp_path / "c", steps=50, atoms=atoms)
    again = run(tmp_path / "c", steps=50, atoms=atoms)
    assert np.array_equal(first.positions, again.positions)
    assert np.array_equal(run(tmp_path / "c", steps=100).positions, run(tmp_path / "d", steps=100).positions)


def test_cancelled_and_run_again_is_the_same_run(tmp_path, monkeypatch):
    atoms = argon()
    plain, calls = atoms.calc.get_forces, []

    def interrupted(*arguments):
        calls.append(1)
        if len(calls) == 30:
            raise KeyboardInterrupt
        return plain(*arguments)

    monkeypatch.setattr(atoms.calc, "get_forces", interrupted)
    assert run(tmp_path / "c", atoms=atoms).about["cancelled"]
    again = run(tmp_path / "c", atoms=atoms)
    assert not again.about["cancelled"]
    assert np.array_equal(again.positions, run(tmp_path / "d").positions)


def moved():
    atoms = argon()
    atoms.positions[0] += 0.1
    return atoms


def test_a_blow_up_leaves_whole_steps_and_a_checkpoint_that_is_still_known(tmp_path):
    atoms = argon()
    atoms.calc = Fragile(atoms.calc, 33)
    with pytest.raises(Stopped):
        run(tmp_path / "c", atoms=atoms)
    atoms.calc = argon().calc
    assert np.array_equal(run(tmp_path / "c", atoms=atoms).positions, run(tmp_path / "d").positions)


@pytest.mark.parametrize(
    ("other", "sentence"),
    [
        ({"dt": 5.0}, r"its time step is 4.0 fs, not 5.0 fs"),
        ({"atoms": copper}, r"its list of atoms is 32 atoms, Ar32, not 32 atoms, Cu32"),
        ({"thermostat": VelocityRescaling(90)}, r"its thermostat is None, not VelocityRescaling"),
        ({"every": 5}, r"number of steps per frame is 10, not 5"),
        ({"atoms": moved}, r"started from other positions"),
        ({"steps": 10}, r"has done 40 steps already, and 10 are asked for"),
        ({"calc": LennardJones(epsilon=0.02, cutoff=5.3, skin=0.3)}, r"its potential gives other forces"),
    ],
    ids=["time step", "atoms", "thermostat", "frames", "start", "length", "potential"],
)
def test_the_checkpoint_of_another_run_is_refused_in_one_sentence(tmp_path, other, sentence):
    run(tmp_path / "c")
    if "atoms" in other:
        other = {"atoms": other["atoms"]()}
    with pytest.raises(ValueError, match=rf"belongs to another run: .*{sentence}.*Delete it or name another file\."):
        run(tmp_path / "c", **other)


def test_forces_that_differ_in_the_last_digits_are_said(tmp_path):
    run(tmp_path / "c")
    with pytest.warns(UserWarning, match="digits will not be those of the uninterrupted run"):
        run(tmp_path / "c", calc=LennardJones(epsilon=0.010340800 * (1 + 1e-6), cutoff=5.3, skin=0.3))


def test_broken_files_and_numbers_get_one_sentence(tmp_path):
    (tmp_path / "broken").write_bytes(b"PK nothing")
    with pytest.raises(ValueError, match=r"cannot be read .* delete it to start anew"):
        run(tmp_path / "broken")
    np.savez(tmp_path / "other.npz", x=1)
    with pytest.raises(ValueError, match="is not a checkpoint"):
        run(tmp_path / "other.npz")
    with pytest.raises(ValueError, match="take a multiple of every"):
        run(tmp_path / "c", every=15)
    with pytest.raises(ValueError, match="no state"):
        run(tmp_path / "c", thermostat=lambda v, m, dt, free: v)


def test_keep_names_what_it_does_not_know():
    with pytest.raises(ValueError, match="'forces'"):
        simulate(argon(), 10, 1.0, keep=("forces",), progress=False)


def test_what_is_kept_belongs_to_the_run(tmp_path):
    run(tmp_path / "c")
    with pytest.raises(ValueError, match=r"its list of what is kept is \[\], not \['velocities'\]"):
        simulate(argon(), 40, 4.0, every=10, checkpoint=tmp_path / "c", checkpoint_every=20, keep="velocities")


def test_a_checkpoint_without_its_folder_is_refused_before_the_first_step(tmp_path):
    atoms = argon()
    before = atoms.positions.copy()
    with pytest.raises(FileNotFoundError, match="There is no folder"):
        simulate(atoms, 40, 4.0, checkpoint=tmp_path / "nowhere" / "c.npz", checkpoint_every=20, progress=False)
    assert np.array_equal(atoms.positions, before)


OWNER = """
import sys
sys.path.append("tests")
from tests.dynamics.test_restart import argon, run
bath = lambda v, m, dt, free: v
bath.state = lambda: print("saved", flush=True) or sys.stdin.read()
run(sys.argv[1], thermostat=bath)
"""


def test_two_processes_cannot_share_a_checkpoint(tmp_path):
    other = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(tmp_path / "c")], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert other.stdout.readline() == "saved\n"  # it waits in the middle of its first checkpoint
        with pytest.raises(ValueError, match="Another run is writing to the checkpoint c: wait for it, or name"):
            run(tmp_path / "c")
    finally:
        other.kill()
        other.communicate()
    run(tmp_path / "c")  # a killed owner holds nothing
    for _ in range(2):  # nor does a run that was refused
        with pytest.raises(ValueError, match=r"its time step is 4\.0 fs") as refused:
            run(tmp_path / "c", dt=5.0)
    assert refused.value.__traceback__ is not None  # the notebook keeps it, too
    run(tmp_path / "c")


def test_numpy_numbers_are_numbers(tmp_path):
    where = {"checkpoint": tmp_path / "c", "checkpoint_every": np.int64(20), "progress": False}
    bath = VelocityRescaling(np.float64(60), seed=np.int64(1))
    path = simulate(argon(), 4e1, np.float32(4.0), bath, every=np.int64(10), **where)
    assert len(path) == 5
    path.save(tmp_path / "path.npz")


class Fails(LennardJones):
    """A calculator that stops working after so many calls."""

    calls = 0

    def calculate(self, *arguments, **options):
        self.calls += 1
        if self.calls > 35:
            raise RuntimeError("the licence server is gone")
        super().calculate(*arguments, **options)


def test_a_failing_calculator_does_not_take_the_frames_with_it():
    atoms = argon()
    atoms.calc = Fails(cutoff=5.3, skin=0.3)
    with pytest.raises(RuntimeError, match="licence server") as caught:
        simulate(atoms, 200, 4.0, every=10, progress=False)
    assert len(caught.value.trajectory) == 4 and caught.value.trajectory.about["cancelled"]
    assert "The 4 frames up to then are kept" in caught.value.__notes__[0]


@pytest.mark.parametrize("stopped", [False, True])
def test_a_full_disk_loses_no_frame(tmp_path, monkeypatch, stopped):
    """Also not where the last look at the checkpoint, on the way out, fails as well."""
    run(tmp_path / "c", steps=20)
    with monkeypatch.context() as patch:
        patch.setattr(np, "savez", full_disk)
        with pytest.warns(UserWarning, match="could not be written at the end .*: it is the one before"):
            if stopped:
                patch.setattr(Checkpoint, "save", interrupted)
                trajectory = run(tmp_path / "c")
            else:
                with pytest.raises(OSError, match="No space") as failed:
                    run(tmp_path / "c")
                trajectory = failed.value.trajectory
    assert len(trajectory) == 5 and trajectory.about["cancelled"]
    assert len(run(tmp_path / "c")) == 5  # what was written before is whole, and the lock is free


def full_disk(*_, **__):
    raise OSError("No space left on device")


def interrupted(*_):
    raise KeyboardInterrupt


class WithParts(Langevin):
    """A thermostat of a student's own, with something else in it."""

    def __init__(self, part):
        super().__init__(60)
        self.parts = part

    def __repr__(self):
        return "WithParts()"


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        (print, "print.* cannot be written"),
        ({1, 2}, "cannot be written"),
        ({1: 2.0}, "name the keys"),
        ((1, 2), "lists in place of tuples"),
        ([np.zeros(2)], "keep each array in an attribute of its own"),
    ],
)
def test_a_state_that_cannot_be_saved_is_refused_before_the_first_step(tmp_path, part, sentence):
    atoms = argon()
    before = atoms.positions.copy()
    with pytest.raises(ValueError, match=rf"A checkpoint cannot save the state of WithParts\(\): .*{sentence}"):
        run(tmp_path / "c", atoms=atoms, thermostat=WithParts(part))
    assert np.array_equal(atoms.positions, before)


def test_a_thermostat_of_ones_own_may_change_its_parameters(tmp_path):
    """NaN, too, is a state, and a parameter may be where something that changes begins."""

    class Friction(Langevin):
        def __init__(self, temperature, xi=0.0):
            super().__init__(temperature)
            self.xi, self.worst = xi, float("nan")

        def step(self, *state):
            self.xi += 1.0
            return super().step(*state)

    run(tmp_path / "c", steps=20, thermostat=Friction(60))
    other = Friction(60, xi=20.0)
    run(tmp_path / "d", thermostat=other)
    assert other.xi == 60.0


def test_a_numpy_number_is_the_same_run(tmp_path):
    thermostat = Langevin(40, conserves_momentum=np.bool_(True))
    thermostat.temperature = np.float64(60)
    assert type(thermostat.temperature) is float
    run(tmp_path / "c", steps=20, thermostat=thermostat)
    assert len(run(tmp_path / "c", thermostat=Langevin(60))) == 5
