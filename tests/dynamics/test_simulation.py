"""The simulation loop: conserved energy, the canonical ensemble, trajectories on disk, and clear sentences."""

import re

import numpy as np
import pytest
from ase import Atoms, units
from ase.calculators.calculator import Calculator, all_changes

from course_lib.analysis.convergence import order_of_convergence
from course_lib.dynamics.integrators import euler
from course_lib.dynamics.simulation import Recorder, Simulation, simulate
from course_lib.dynamics.thermostats import Langevin, VelocityRescaling
from course_lib.dynamics.trajectory import Trajectory
from course_lib.dynamics.velocities import (
    degrees_of_freedom,
    kinetic_temperature,
    share_of_the_whole,
    thermal_velocities,
)
from course_lib.potentials.lennard_jones import LennardJones
from course_lib.structures import argon_crystal


def argon(temperature=40.0, seed=0, repeat=3):
    atoms = argon_crystal(repeat)
    atoms.calc = LennardJones(cutoff=7.6 * repeat / 3)
    thermal_velocities(atoms, temperature, seed)
    return atoms


class Springs(Calculator):
    """Each atom on a spring of its own: positions are independent and everything is known."""

    implemented_properties = ("energy", "forces")

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        self.results = {"energy": 0.25 * np.sum(atoms.positions**2), "forces": -0.5 * atoms.positions}


class Hills(Springs):
    """Each atom falls from the top of a hill, without end: energy is conserved, and no thermostat can hold it."""

    def calculate(self, *arguments):
        super().calculate(*arguments)
        self.results = {"energy": -self.results["energy"], "forces": -self.results["forces"]}


def energies(timestep_fs, length_fs=400.0, **options):
    trajectory = simulate(argon(), round(length_fs / timestep_fs), timestep_fs, every=1, progress=False, **options)
    return trajectory.potential_energy + trajectory.kinetic_energy


def test_energy_is_conserved_to_second_order():
    """The energy of a run of fixed length errs like dt^2; Euler's does not stay."""
    steps = np.array([5.0, 10.0, 20.0])
    wobble = [np.std(energies(dt)) for dt in steps]
    assert order_of_convergence(steps, wobble) == pytest.approx(2, abs=0.15)
    # 1 % of the kinetic energy of 108 atoms at 40 K
    assert np.ptp(energies(5.0)) < 0.01 * 1.5 * 108 * units.kB * 40
    assert energies(5.0, integrator=euler)[-1] - energies(5.0)[-1] > 10 * np.ptp(energies(5.0))


def test_a_run_far_hotter_than_its_thermostat_says_so(capsys):
    """Found with a potential that fell into a hole at 71 ps: 50 000 K at a thermostat of 850 K, and a D from it."""
    atoms = argon(100, repeat=2)
    atoms.calc = Hills()
    run = simulate(atoms, 100, 2.0, Langevin(100, 1000), every=5)
    said = re.search(r"At (\d+\.\d\d) ps the atoms got (\d+) K, though the thermostat holds 100 K", run.about["note"])
    assert said and said.group(0) in capsys.readouterr().out
    first = round(1000 * float(said.group(1)))
    assert float(said.group(2)) > 1000 and np.all(run.temperature[run.time_fs > first + 60] > 1000)
    cooled = argon(3000, repeat=2)  # a quench from above is no failure, and neither is a quiet run
    for start in (cooled, argon(100, repeat=2)):
        assert "note" not in simulate(start, 100, 1.0, VelocityRescaling(50, 20), every=5, progress=False).about


def test_total_momentum_stays_zero():
    atoms = argon()
    simulate(atoms, 100, 5.0, VelocityRescaling(60, seed=1), progress=False)
    np.testing.assert_allclose(atoms.get_momenta().sum(axis=0), 0, atol=1e-10)


def test_thermal_velocities():
    """Exact temperature, no momentum, the same for the same seed, and Maxwell's distribution for each element."""
    atoms = Atoms("Ar3000Li3000", np.random.default_rng(0).uniform(0, 300, size=(6000, 3)))
    thermal_velocities(atoms, 250.0, seed=4)
    assert kinetic_temperature(atoms) == pytest.approx(250.0)
    np.testing.assert_allclose(atoms.get_momenta().sum(axis=0), 0, atol=1e-9)
    for part, mass in ((slice(0, 3000), 39.95), (slice(3000, 6000), 6.94)):
        v = atoms.get_velocities()[part]
        assert np.var(v) == pytest.approx(units.kB * 250 / mass, rel=0.05)
        assert np.mean(v**4) / np.mean(v**2) ** 2 == pytest.approx(3, abs=0.2)  # a normal distribution
    again, other = atoms.copy(), atoms.copy()
    thermal_velocities(again, 250.0, seed=4)
    thermal_velocities(other, 250.0, seed=5)
    np.testing.assert_array_equal(again.get_velocities(), atoms.get_velocities())
    assert not np.allclose(other.get_velocities(), atoms.get_velocities())
    thermal_velocities(atoms, 0.0)
    assert kinetic_temperature(atoms) == 0


@pytest.mark.parametrize("n_atoms", [2, 30])
def test_rescaling_alone_samples_the_canonical_kinetic_energy(n_atoms):
    """Mean n/2 kT and variance n/2 (kT)^2 for n degrees of freedom, from any start."""
    temperature, n = 120.0, 3 * n_atoms - 3
    thermostat, m = VelocityRescaling(temperature, relaxation_fs=4.0, seed=2), np.full((n_atoms, 1), 39.95)
    v = np.random.default_rng(1).normal(size=(n_atoms, 3))
    kinetic = []
    for _ in range(40_000):
        v = thermostat.after_step(v, m, 2.0 * units.fs, n)
        kinetic.append(0.5 * np.sum(m * v**2))
    kinetic = np.array(kinetic[100:]) / (units.kB * temperature)
    effective = len(kinetic) / (2 * 4.0 / 2.0)  # an exponential correlation of 4 fs, seen each 2 fs
    assert kinetic.mean() == pytest.approx(n / 2, abs=4 * np.sqrt(n / 2 / effective))
    assert kinetic.var() == pytest.approx(n / 2, rel=4 * np.sqrt((2 + 12 / n) / effective))


def test_rescaling_a_simulation_samples_the_canonical_ensemble():
    """Argon in a box: mean temperature within the error of its block averages, and the canonical variance."""
    atoms, temperature = argon(40.0, repeat=3), 60.0
    thermostat = VelocityRescaling(temperature, relaxation_fs=50.0, seed=3)
    simulate(atoms, 300, 10.0, thermostat, progress=False)
    trajectory = simulate(atoms, 2500, 10.0, thermostat, every=5, progress=False)
    blocks = trajectory.temperature[1:].reshape(20, -1).mean(axis=1)
    assert blocks.mean() == pytest.approx(temperature, abs=4 * blocks.std(ddof=1) / np.sqrt(20))
    variance = 2 * temperature**2 / degrees_of_freedom(atoms)
    assert trajectory.temperature.var() == pytest.approx(variance, rel=0.25)


def test_rescaling_relaxes_at_its_rate():
    """From 10 times too hot the excess decays as exp(-t/tau)."""
    m, start = np.full((2000, 1), 39.95), np.random.default_rng(0).normal(size=(2000, 3))
    thermostat = VelocityRescaling(100.0, relaxation_fs=50.0, seed=0)
    target = 0.5 * 5997 * units.kB * 100.0
    v = start * np.sqrt(10 * target / (0.5 * np.sum(m * start**2)))
    for _ in range(50):
        v = thermostat.after_step(v, m, 1.0 * units.fs, 5997)
    assert 0.5 * np.sum(m * v**2) / target - 1 == pytest.approx(9 * np.exp(-1), rel=0.05)


def test_a_spring_keeps_its_period():
    """Two masses on springs come back after T = 2 pi sqrt(m/k), in fs."""
    atoms = Atoms("Ar2", [[1.0, 0, 0], [0, -1.0, 0]])
    atoms.calc = Springs()
    period_fs = 2 * np.pi * np.sqrt(39.948 / 0.5) / units.fs
    simulation = Simulation(atoms, period_fs / 1000)
    simulation.run(1000)
    np.testing.assert_allclose(atoms.positions, [[1.0, 0, 0], [0, -1.0, 0]], atol=1e-4)
    assert simulation.time_fs == pytest.approx(period_fs)


def test_a_blow_up_is_one_sentence_and_keeps_the_last_good_step():
    """Too long a step, atoms almost on one another, and a potential that returns NaN."""
    atoms = argon(300.0)
    simulation = Simulation(atoms, 150.0)
    with pytest.raises(FloatingPointError, match=r"blew up at .* fs.*time step of 150\.0 fs is too long"):
        simulation.run(500)
    assert np.all(np.isfinite(atoms.positions))
    steps = simulation.steps_done

    again = argon(300.0)
    Simulation(again, 150.0).run(steps)
    np.testing.assert_allclose(atoms.positions, again.positions)

    close = Atoms("Ar2", [[0, 0, 0], [1e-3, 0, 0]])
    close.calc = LennardJones()
    with pytest.raises(FloatingPointError, match="blew up"):
        Simulation(close, 1.0).run(3)
    np.testing.assert_array_equal(close.positions, [[0, 0, 0], [1e-3, 0, 0]])

    broken = argon()
    broken.calc = Springs()
    broken.calc.calculate = lambda *_: broken.calc.results.update(energy=0.0, forces=np.full((108, 3), np.nan))
    with pytest.raises(FloatingPointError, match="blew up at 0"):
        Simulation(broken, 1.0).run()


def test_what_cannot_be_simulated():
    """One clear sentence each, before anything moves."""
    with pytest.raises(ValueError, match="There are no atoms"):
        Simulation(Atoms(), 1.0)
    with pytest.raises(ValueError, match=r"no calculator: set atoms\.calc"):
        Simulation(argon_crystal(), 1.0)
    for bad in (np.nan, np.inf):
        atoms = argon()
        atoms.positions[0, 0] = bad
        with pytest.raises(ValueError, match="not finite numbers"):
            Simulation(atoms, 1.0)
    ghost = Atoms("Ar2", [[0, 0, 0], [4, 0, 0]], masses=[0, 40])
    ghost.calc = Springs()
    with pytest.raises(ValueError, match="no mass"):
        Simulation(ghost, 1.0)
    for bad in (0.0, -2.0, np.nan, np.inf):
        with pytest.raises(ValueError, match=r"time step \(fs\) is .*: give a number above zero"):
            Simulation(argon(), bad)
        if bad != 0:
            with pytest.raises(ValueError, match=r"temperature \(K\) is .*: give a number above zero, or zero"):
                thermal_velocities(argon(), bad)
        with pytest.raises(ValueError, match="target temperature"):
            VelocityRescaling(bad)
        with pytest.raises(ValueError, match="relaxation time"):
            VelocityRescaling(100.0, relaxation_fs=bad)
    for steps, every in ((10, 0), (5, 10), (0, 1), (-10, 1)):
        with pytest.raises(ValueError, match=r"(steps|every) is .*: give a whole number|no frame every 10 steps"):
            simulate(argon(), steps, 1.0, every=every)
    with pytest.raises(ValueError, match="There are no atoms"):
        thermal_velocities(Atoms(), 10)
    with pytest.raises(ValueError, match="give the atoms a temperature"):
        still = argon(0.0)
        still.calc = Springs()
        still.positions[:] = 0
        Simulation(still, 1.0, VelocityRescaling(10)).run()


def test_a_wrong_element_and_a_small_cell_are_reported_by_the_run():
    """The calculator's sentence reaches the caller of the simulation."""
    small = argon_crystal(1)
    small.calc = LennardJones()
    with pytest.raises(ValueError, match="Repeat the cell"):
        simulate(small, 10, 1.0, progress=False)
    wrong = Atoms("Si2", [[0, 0, 0], [4, 0, 0]])
    wrong.calc = LennardJones()
    with pytest.raises(ValueError, match="for Ar, and the structure holds Si"):
        simulate(wrong, 10, 1.0, progress=False)


def test_frames():
    """A frame each ``every`` steps and one at the start, unwrapped, with energies that belong to them."""
    atoms = argon()
    atoms.positions -= 3.0  # some atoms outside of the cell
    trajectory = simulate(atoms, 47, 4.0, every=10, progress=False)
    np.testing.assert_allclose(trajectory.time_fs, [0, 40, 80, 120, 160])
    assert (len(trajectory), trajectory.about["steps"], trajectory.about["cancelled"]) == (5, 40, False)
    last = trajectory.atoms(-1)
    np.testing.assert_array_equal(last.positions, atoms.positions)
    assert last.positions.min() < -2
    last.calc = LennardJones(cutoff=7.6)
    assert last.get_potential_energy() == pytest.approx(trajectory.potential_energy[-1])
    assert trajectory.kinetic_energy[-1] == pytest.approx(1.5 * 107 * units.kB * trajectory.temperature[-1])
    assert np.abs(np.diff(trajectory.positions, axis=0)).max() < 1.0


@pytest.mark.parametrize("stop_at", [1, 25])
def test_an_interrupt_returns_the_frames_so_far(stop_at):
    """Ctrl-C in the middle of a step: whole frames, whole atoms, and a note that it was cancelled."""
    atoms, calls = argon(), 0

    def interrupting(r, v, force, m, dt):
        nonlocal calls
        calls += 1
        if calls == stop_at:
            force(r + 1e-3)  # half a step done
            raise KeyboardInterrupt
        return r + v * dt, v

    trajectory = simulate(atoms, 100, 2.0, every=10, integrator=interrupting, progress=False)
    assert trajectory.about["cancelled"]
    assert trajectory.about["steps"] == stop_at - 1
    assert len(trajectory) == 1 + (stop_at - 1) // 10
    np.testing.assert_allclose(
        atoms.positions, trajectory.positions[0] + (stop_at - 1) * 2.0 * units.fs * atoms.get_velocities()
    )


def test_recorder_takes_the_first_frame_at_once():
    recorder = Recorder(Simulation(argon(), 2.0))
    recorder.simulation.run(3)
    recorder.record()
    np.testing.assert_allclose(recorder.trajectory(note="x").time_fs, [0, 6])
    assert recorder.trajectory(note="x").about["note"] == "x"


def test_save_and_load(tmp_path):
    """All that was seen comes back; positions to float32; a name without .npz is kept."""
    trajectory = simulate(argon(), 30, 4.0, every=10, progress=False)
    for name in ("run.npz", "run"):
        trajectory.save(tmp_path / name)
        back = Trajectory.load(tmp_path / name)
        for field in ("cell", "pbc", "time_fs", "potential_energy", "kinetic_energy", "temperature"):
            np.testing.assert_array_equal(getattr(back, field), getattr(trajectory, field))
        np.testing.assert_allclose(back.positions, trajectory.positions, rtol=1e-6, atol=1e-6)
        assert back.positions.dtype == float
        assert (back.symbols, back.about) == (trajectory.symbols, trajectory.about)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["run", "run.npz"]


def test_a_missing_or_damaged_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no trajectory at .*gone\.npz"):
        Trajectory.load(tmp_path / "gone.npz")
    path = tmp_path / "run.npz"
    simulate(argon(), 10, 4.0, progress=False).save(path)
    whole = path.read_bytes()
    for damaged in (b"", b"no zip at all", whole[: len(whole) // 2], whole[:3000] + b"\0" * 200 + whole[3200:]):
        path.write_bytes(damaged)
        with pytest.raises(ValueError, match=r"run\.npz cannot be read .*make it anew"):
            Trajectory.load(path)
    np.savez(path, time_fs=np.zeros(3))  # a readable file that is no trajectory
    with pytest.raises(ValueError, match=r"run\.npz cannot be read"):
        Trajectory.load(path)


def test_a_trajectory_keeps_isotopes_and_velocities(tmp_path):
    atoms = argon()
    atoms.set_masses(np.where(np.arange(108) < 10, 36.0, 40.0))
    path = simulate(atoms, 20, 4.0, keep=("velocities",), progress=False)
    path.save(tmp_path / "run.npz")
    for kept in (path, Trajectory.load(tmp_path / "run.npz")):
        last = kept.atoms(-1)
        np.testing.assert_allclose(last.get_masses(), atoms.get_masses())
        assert last.get_temperature() == pytest.approx(atoms.get_temperature(), rel=1e-5)
        assert last.get_temperature() > 1


def test_a_trajectory_checks_what_it_is_made_of():
    good = {"symbols": ["H", "O"], "cell": np.eye(3), "pbc": True, "time_fs": [0, 1], "positions": np.zeros((2, 2, 3))}
    bare = Trajectory(**good)
    assert len(bare) == 2 and not bare.known("potential_energy")
    for missing in ("potential_energy", "kinetic_energy", "temperature"):
        with pytest.raises(AttributeError, match=r"This trajectory has no .*did not write"):
            getattr(bare, missing)
    with pytest.raises(AttributeError, match="no times: give frame_fs"):
        Trajectory(**good | {"time_fs": None}).time_fs  # noqa: B018
    for change, sentence in (
        ({"symbols": ["H", "Qq"]}, "no element 'Qq'"),
        ({"symbols": ["H"]}, r"positions have the shape \(2, 2, 3\): \(2, 1, 3\) fits"),
        ({"time_fs": [0, 1, 2]}, r"time_fs have the shape \(3,\)"),
        ({"time_fs": [0, 0]}, "time of frame 1 is 0 fs, not later"),
        ({"time_fs": [1, 0]}, "not later"),
        ({"positions": np.full((2, 2, 3), np.nan)}, "positions are not finite"),
        ({"masses": [1.0]}, r"masses have the shape \(1,\)"),
        ({"velocities": np.zeros((2, 3))}, "velocities have the shape"),
        ({"positions": np.zeros((0, 2, 3)), "time_fs": []}, "There are no frames"),
    ):
        with pytest.raises(ValueError, match=sentence):
            Trajectory(**good | change)


def test_indices_of_an_element():
    trajectory = simulate(argon(), 10, 4.0, progress=False)
    np.testing.assert_array_equal(trajectory.indices("Ar"), np.arange(108))
    with pytest.raises(ValueError, match="no Li here: there are Ar"):
        trajectory.indices("Li")


def test_a_thermostat_on_atoms_that_are_not_periodic_gets_one_sentence(capsys):
    """It is allowed, for a cluster or a molecule has a temperature too, and it is said."""
    for periodic, thermostat, said in ((False, Langevin(30), True), (False, None, False), (True, Langevin(30), False)):
        atoms = argon_crystal(2)
        atoms.pbc = periodic
        atoms.calc = LennardJones(cutoff=5.2, skin=0.1)
        thermal_velocities(atoms, 30, seed=1)
        run = simulate(atoms, 4, 2.0, thermostat, every=2)
        out = capsys.readouterr().out
        assert ("not periodic" in out and "evaporates" in out) == said
        assert ("not periodic" in run.about.get("note", "")) == said
        simulate(atoms, 4, 2.0, thermostat, every=2, progress=False)
        assert capsys.readouterr().out == ""


@pytest.mark.parametrize("thermostat", [None, Langevin(30), Langevin(30, conserves_momentum=False)])
def test_atoms_that_fly_as_a_whole_get_one_sentence(capsys, thermostat):
    """It is allowed, and said where the motion of the whole is none of the free components."""
    atoms = argon_crystal(2)
    atoms.calc = LennardJones(cutoff=5.2, skin=0.1)
    for drift, said in ((0.0, False), (1e-3, getattr(thermostat, "conserves_momentum", True))):  # Å/fs
        thermal_velocities(atoms, 30, seed=1)
        atoms.set_velocities(atoms.get_velocities() + np.array([0, drift / units.fs, 0]))
        whole = 0.5 * np.sum(atoms.get_masses()) * (drift / units.fs) ** 2
        assert share_of_the_whole(atoms) == pytest.approx(whole / atoms.get_kinetic_energy(), abs=1e-12)
        run = simulate(atoms, 2, 2.0, thermostat, every=2)
        assert ("fly as a whole" in capsys.readouterr().out) == ("fly as a whole" in run.about.get("note", "")) == said
