"""Trajectories of other programs come in as they are, or are refused in one sentence."""

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.constraints import FixAtoms
from ase.io.trajectory import Trajectory as AseTrajectory

from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.trajectory import Trajectory
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.potentials.fast_lennard_jones import FastLennardJones
from course_lib.structures import argon_crystal, lgps
from course_lib.transport.read_trajectory import read_trajectory


@pytest.fixture(scope="module")
def run():
    """Hot argon, so that atoms leave the cell, with isotopes and velocities."""
    atoms = argon_crystal(2, lattice_constant=6.0)
    atoms.set_masses(np.where(np.arange(32) < 8, 36.0, 40.0))
    atoms.calc = FastLennardJones(cutoff=5.9)
    thermal_velocities(atoms, 600, seed=1)
    return simulate(atoms, 1500, 5.0, every=10, keep=("velocities",), progress=False)


def wrapped_frames(run):
    frames = run.to_ase()
    for atoms in frames:
        atoms.wrap()
        atoms.calc.atoms.positions = atoms.positions  # the same frame, and still its energy
    return frames


@pytest.mark.parametrize("name", ["run.traj", "run.extxyz"])
def test_what_ase_wrote_comes_back_whole(run, name, tmp_path):
    ase.io.write(tmp_path / name, wrapped_frames(run))
    again = read_trajectory(tmp_path / name, wrapped=True)
    assert np.abs(run.positions - run.positions[0]).max() > 6, "no atom left the cell: this tests nothing"
    np.testing.assert_allclose(again.positions - again.positions[0], run.positions - run.positions[0], atol=1e-5)
    np.testing.assert_allclose(again.time_fs, run.time_fs)
    np.testing.assert_allclose(again.potential_energy, run.potential_energy, atol=1e-6)
    np.testing.assert_allclose(again.masses, run.masses)
    np.testing.assert_allclose(again.velocities, run.velocities, atol=1e-6)
    np.testing.assert_allclose(again.temperature, run.temperature, rtol=1e-4)
    assert again.symbols == run.symbols and again.about == {"file": name, "wrapped": True}
    torn = read_trajectory(tmp_path / name, wrapped=False)
    assert np.abs(np.diff(torn.positions, axis=0)).max() > 5  # taken at the user's word


@pytest.mark.parametrize("name", ["run.traj", "run.extxyz"])
def test_constraints_come_along(run, name, tmp_path):
    frames = run.to_ase()[:4]
    for atoms in frames:
        atoms.set_constraint(FixAtoms(range(16)))
        atoms.set_momenta(atoms.get_momenta())
    ase.io.write(tmp_path / name, frames)
    again = read_trajectory(tmp_path / name, wrapped=False)
    assert again.atoms(-1).constraints[0].index.tolist() == list(range(16))
    assert again.atoms(-1).get_temperature() == pytest.approx(again.temperature[-1], rel=1e-6)
    frames[2].set_constraint(FixAtoms([1]))
    ase.io.write(tmp_path / name, frames)
    with pytest.raises(ValueError, match=f"Frame 2 of {name} has other constraints than the first"):
        read_trajectory(tmp_path / name, wrapped=False)


@pytest.mark.parametrize("name", ["run.traj", "run.extxyz"])
def test_charges_come_along_where_they_stay_the_same(run, name, tmp_path):
    frames = run.to_ase()[:4]
    for number, atoms in enumerate(frames):
        atoms.set_initial_charges(np.arange(32.0))
        atoms.set_tags(np.arange(32) + number)
    ase.io.write(tmp_path / name, frames)
    with pytest.warns(UserWarning, match=f"The tags of {name} change from frame to frame: they are not kept"):
        again = read_trajectory(tmp_path / name, wrapped=False).atoms(-1)
    assert again.get_initial_charges().tolist() == list(range(32)) and not again.has("tags")


def test_vasp_has_no_times_and_no_energies(run, tmp_path):
    ase.io.write(tmp_path / "XDATCAR", wrapped_frames(run)[::5], format="vasp-xdatcar")
    again = read_trajectory(tmp_path / "XDATCAR", wrapped=True, frame_fs=250.0)
    np.testing.assert_allclose(again.time_fs, run.time_fs[::5])
    np.testing.assert_allclose(np.diff(again.positions, axis=0), np.diff(run.positions[::5], axis=0), atol=1e-4)
    bare = read_trajectory(tmp_path / "XDATCAR", wrapped=True)
    for name in ("time_fs", "potential_energy", "temperature"):
        with pytest.raises(AttributeError, match="This trajectory has no"):
            getattr(bare, name)
    bare.save(tmp_path / "bare.npz")
    assert not Trajectory.load(tmp_path / "bare.npz").known("time_fs")


DUMP = """ITEM: TIMESTEP
{step}
ITEM: NUMBER OF ATOMS
3
ITEM: BOX BOUNDS pp pp pp
0.0 10.0
0.0 10.0
0.0 10.0
ITEM: ATOMS id type {column}x y z
1 1 {a}{x} 1.0 1.0
2 2 {b}2.0 5.0 5.0
3 3 {c}8.0 8.0 8.0
"""


def dump(named, steps=range(4)):
    a, b, c = ("Li ", "P ", "S ") if named else ("", "", "")
    column = "element " if named else ""
    return "".join(DUMP.format(step=step, x=0.5 * n, a=a, b=b, c=c, column=column) for n, step in enumerate(steps))


def test_lammps_types_are_never_guessed(tmp_path):
    (tmp_path / "a.lammpstrj").write_text(dump(named=False))
    with pytest.raises(ValueError, match="does not name their elements: give them in the order of the types"):
        read_trajectory(tmp_path / "a.lammpstrj", wrapped=False)
    run = read_trajectory(tmp_path / "a.lammpstrj", wrapped=False, elements=("Li", "P", "S"))
    assert run.symbols == ["Li", "P", "S"] and run.masses[0] == pytest.approx(6.94)
    (tmp_path / "b.lammpstrj").write_text(dump(named=True))
    assert read_trajectory(tmp_path / "b.lammpstrj", wrapped=False).symbols == ["Li", "P", "S"]


def test_a_cell_for_each_frame(tmp_path):
    frames = []
    for n in range(12):
        atoms = Atoms("Li", [[0.95, 0.5, 0.5]], cell=np.eye(3) * (1 + 0.001 * n), pbc=True)
        atoms.set_cell(atoms.cell * 10, scale_atoms=True)
        atoms.positions[0, 0] += 0.2 * n
        atoms.wrap()
        frames.append(atoms)
    ase.io.write(tmp_path / "npt.extxyz", frames)
    run = read_trajectory(tmp_path / "npt.extxyz", wrapped=True, frame_fs=10)
    assert run.cells.shape == (12, 3, 3) and run.cell[0, 0] == pytest.approx(10.11)
    steps = np.diff(run.positions[:, 0, 0])
    assert np.all(np.abs(steps - 0.2) < 0.03)  # the wall it crosses does not show


def test_joined_runs_are_noticed(run, tmp_path):
    joined = run.to_ase()[:20] + Trajectory.to_ase(run)[-20:]
    for atoms in joined[20:]:
        atoms.positions = np.roll(atoms.positions, 3, axis=0)
    for atoms in joined:
        del atoms.info["time_fs"]  # which would say it
    ase.io.write(tmp_path / "two.traj", joined)
    with pytest.warns(UserWarning, match="Between frames 19 and 20 of two.traj the atoms move .* several runs"):
        read_trajectory(tmp_path / "two.traj", wrapped=False, frame_fs=50)


def written_run(path, runs, hop, frames=150):
    """Lithium in a rattling crystal, 0.2 ps from frame to frame: one run, or several from the same start joined."""
    random, crystal = np.random.default_rng(5), lgps()
    lithium, parts = crystal.symbols == "Li", []
    for _ in range(runs):
        hops = random.random((frames, 50, 1)) < 0.01 if hop else 1
        steps = random.normal(size=(frames, 50, 3)) * (1.7 if hop else 0.15) * hops * lithium[:, None]
        parts.append(np.cumsum(steps, axis=0) + 0.2 * random.normal(size=steps.shape))
    ase.io.write(path, [Atoms(crystal, positions=crystal.positions + r) for r in np.concatenate(parts)])
    return path


@pytest.mark.parametrize("hop", [False, True])
def test_runs_joined_are_noticed_though_only_some_ions_jump_back(hop, tmp_path):
    with pytest.warns(UserWarning, match=r"Between frames (149 and 150|299 and 300) of j\.traj .* several runs"):
        read_trajectory(written_run(tmp_path / "j.traj", 3, hop), wrapped=True, frame_fs=200)


@pytest.mark.parametrize(("frames", "at"), [(8, 4), (100, 50)])
def test_runs_joined_are_noticed_in_few_frames_and_beside_fixed_atoms(frames, at, tmp_path):
    r = np.zeros((frames, 254, 3))
    r[:, :54] = 0.1 * np.random.default_rng(0).normal(size=(frames, 54, 3))
    r[at:, :54] += 5.0
    ase.io.write(tmp_path / "j.traj", [Atoms("Ar254", positions + 50 * np.arange(254)[:, None]) for positions in r])
    with pytest.warns(UserWarning, match=f"Between frames {at - 1} and {at} of j.traj"):
        read_trajectory(tmp_path / "j.traj", wrapped=False)


@pytest.mark.parametrize("hop", [False, True])
def test_one_run_raises_no_alarm(hop, tmp_path, recwarn):
    read_trajectory(written_run(tmp_path / "j.traj", 1, hop, frames=450), wrapped=True, frame_fs=200)
    four = [Atoms("Li4", np.random.default_rng(n).normal(size=(4, 3)) * 0.1 + 3 * (n // 9)) for n in range(90)]
    ase.io.write(tmp_path / "four.traj", four)  # all of them hop at once, each ninth frame
    read_trajectory(tmp_path / "four.traj", wrapped=False)
    assert not recwarn.list


def test_what_cannot_be_read_gets_one_sentence(run, tmp_path):
    frames = run.to_ase()[:4]
    ase.io.write(tmp_path / "one.xyz", frames[:1])
    (tmp_path / "bad.traj").write_bytes(b"nonsense")
    (tmp_path / "XDATCAR").write_text("Li\n")
    other = frames[2].copy()
    other.symbols[0] = "Ne"
    ase.io.write(tmp_path / "mixed.traj", [frames[0], frames[1], other])
    free = [Atoms("Ar2", [[0, 0, 0], [4, 0, 0]])] * 3
    ase.io.write(tmp_path / "free.traj", free)
    for name, options, sentence in (
        ("none.traj", {}, "There is no file"),
        ("one.xyz", {}, "holds 1 frame"),
        ("bad.traj", {}, "cannot be read by ASE"),
        ("XDATCAR", {}, "holds 0 frame"),
        ("mixed.traj", {}, "Frame 2 of mixed.traj has other atoms"),
        ("mixed.traj", {"elements": ("Ar",)}, "names its own elements"),
        ("free.traj", {}, "not periodic, so none is wrapped"),
        ("free.traj", {"wrapped": "yes"}, "wrapped is 'yes'"),
        ("mixed.traj", {"frame_fs": 0}, "has other atoms|frame_fs is 0"),
    ):
        with pytest.raises((ValueError, FileNotFoundError), match=sentence):
            read_trajectory(tmp_path / name, **{"wrapped": True} | options)
    with AseTrajectory(tmp_path / "a.traj", "w") as file:
        file.write(frames[0])
    with pytest.raises(ValueError, match=r"a\.traj cannot be read .*course_lib\.transport\.read_trajectory"):
        Trajectory.load(tmp_path / "a.traj")


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("blank.extxyz", "line 13 should be the number of atoms of frame 3 and is ''"),
        ("blank.xyz", "line 13 should be the number of atoms of frame 3 and is ''"),
        ("XDATCAR", "XDATCAR holds 10 lines 'Direct configuration=', and ASE reads 3 frames: .* after frame 2"),
    ],
)
def test_no_frame_behind_a_blank_line_is_lost(name, sentence, tmp_path):
    ase.io.write(tmp_path / name, [Atoms("Li2", [[n, 0, 0], [4, 4, 4]], cell=[8] * 3, pbc=True) for n in range(10)])
    lines = (tmp_path / name).read_text().splitlines()
    at = 30 if name == "XDATCAR" else 12
    (tmp_path / name).write_text("\n".join([*lines[:at], "", *lines[at:]]) + "\n")
    with pytest.raises(ValueError, match=sentence):
        read_trajectory(tmp_path / name, wrapped=False)
    (tmp_path / name).write_text("\n".join(lines) + "\n\n")
    assert len(read_trajectory(tmp_path / name, wrapped=False)) == 10


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ((0, 1, 2, 5, 10), "ITEM: TIMESTEP of a.lammpstrj has steps from 1 to 5 steps: the frames must be equally"),
        ((0, 100, 200, 200, 300), "ITEM: TIMESTEP of a.lammpstrj goes from 200 to 200 steps at frame 3"),
        ((0, 100, 200, 0, 100), "ITEM: TIMESTEP of a.lammpstrj goes from 200 to 0 steps at frame 3"),
    ],
)
def test_the_steps_of_lammps_must_be_even(steps, sentence, tmp_path):
    (tmp_path / "a.lammpstrj").write_text(dump(True, steps))
    with pytest.raises(ValueError, match=sentence):
        read_trajectory(tmp_path / "a.lammpstrj", wrapped=False, frame_fs=100)
    (tmp_path / "a.lammpstrj").write_text(dump(True, range(0, 400, 100)))
    assert list(read_trajectory(tmp_path / "a.lammpstrj", wrapped=False, frame_fs=50).time_fs) == [0, 50, 100, 150]


def test_the_times_of_the_frames_and_of_the_user_must_agree(run, tmp_path):
    ase.io.write(tmp_path / "a.extxyz", run.to_ase()[1:9])
    with pytest.raises(ValueError, match=r"frame_fs is 1, and the frames of a\.extxyz say that they are 50 fs apart"):
        read_trajectory(tmp_path / "a.extxyz", wrapped=False, frame_fs=1)
    for frame_fs in (50, None):
        again = read_trajectory(tmp_path / "a.extxyz", wrapped=False, frame_fs=frame_fs)
        np.testing.assert_allclose(again.time_fs, run.time_fs[1:9])
    ase.io.write(tmp_path / "b.extxyz", [run.to_ase()[n] for n in (0, 1, 2, 9)])
    with pytest.raises(ValueError, match=r"time_fs of b\.extxyz has steps from 50 to 350 fs"):
        read_trajectory(tmp_path / "b.extxyz", wrapped=False, frame_fs=50)


def test_velocities_of_lammps_have_the_units_of_its_run(tmp_path):  # 1 Å/fs, or 1 Å/ps
    text = dump(True).replace("x y z", "x y z vx vy vz fx fy fz").splitlines()
    text = "\n".join(line + " 1 0 0 1 0 0" if len(line.split()) == 6 else line for line in text) + "\n"
    (tmp_path / "a.lammpstrj").write_text(text)
    with pytest.raises(ValueError, match="holds velocities and does not say in which units"):
        read_trajectory(tmp_path / "a.lammpstrj", wrapped=False)
    for name, v in (("metal", 1e-3), ("real", 1.0)):
        given = read_trajectory(tmp_path / "a.lammpstrj", wrapped=False, units=name)
        (tmp_path / "b.lammpstrj").write_text(f"ITEM: UNITS\n{name}\n{text}")
        for run in (given, read_trajectory(tmp_path / "b.lammpstrj", wrapped=False)):
            np.testing.assert_allclose(run.velocities[:, :, 0], v, rtol=1e-9)
            assert not run.known("potential_energy")  # ASE makes one of zero
    with pytest.raises(ValueError, match=r"units is 'metal', and b\.lammpstrj says that its units are real: leave"):
        read_trajectory(tmp_path / "b.lammpstrj", wrapped=False, units="metal")
    with pytest.raises(ValueError, match=r"The units of a\.lammpstrj are 'lj': only metal, real"):
        read_trajectory(tmp_path / "a.lammpstrj", wrapped=False, units="lj")


@pytest.mark.parametrize(("units", "u"), [("metal", 1.0), ("real", 1.0), ("si", 1 / 1.66053907e-27)])
@pytest.mark.parametrize("elements", [None, ("Li", "P", "S")])
def test_the_masses_of_lammps_are_kept(elements, units, u, tmp_path):
    """Of deuterium or of lithium-6, in the order of the ids, and the energy of the motion with them."""
    text = dump(named=elements is None).replace("ITEM: ATOMS id", "ITEM: ATOMS mass vx vy vz id").splitlines()
    masses = {"1": 6.015, "2": 31.5, "3": 34.0}
    rows = {n for n, line in enumerate(text) if len(line.split()) in (5, 6) and line[0] in masses}
    text = [f"{masses[line[0]] / u} 1 0 0 {line}" if n in rows else line for n, line in enumerate(text)]
    at = min(rows)
    text[at], text[at + 2] = text[at + 2], text[at]
    (tmp_path / "a.lammpstrj").write_text("\n".join(text) + "\n")
    run = read_trajectory(tmp_path / "a.lammpstrj", wrapped=False, elements=elements, units=units)
    np.testing.assert_allclose(run.masses, [6.015, 31.5, 34.0], rtol=1e-6)
    assert run.symbols == ["Li", "P", "S"] and np.ptp(run.velocities[:, :, 0]) < 1e-12
    kinetic = 0.5 * run.masses.sum() * (run.velocities[0, 0, 0] / ase.units.fs) ** 2
    assert run.kinetic_energy == pytest.approx(np.full(4, kinetic))


def test_two_types_of_lammps_may_be_one_element(tmp_path):
    text = dump(named=False).replace("x y z", "vx vy vz x y z").splitlines()
    text = [" ".join([*line.split()[:2], "1 0 0", *line.split()[2:]]) if line[1:2] == " " else line for line in text]
    (tmp_path / "a.lammpstrj").write_text("\n".join(text) + "\n")
    run = read_trajectory(tmp_path / "a.lammpstrj", wrapped=False, elements=("Li", "Li", "S"), units="real")
    assert run.symbols == ["Li", "Li", "S"] and run.masses[1] == pytest.approx(6.94)
    np.testing.assert_allclose(run.velocities[:, :, 0], 1.0, rtol=1e-9)
    with pytest.raises(ValueError, match=r"a\.lammpstrj has atoms of type 3, and elements names 2: name them all"):
        read_trajectory(tmp_path / "a.lammpstrj", wrapped=False, elements=("Li", "S"), units="real")
    with pytest.raises(ValueError, match="There is no element 3: name elements by their symbols"):
        read_trajectory(tmp_path / "a.lammpstrj", wrapped=False, elements=3, units="real")
    with pytest.raises(ValueError, match="There is no element 'LiPS'"):
        read_trajectory(tmp_path / "a.lammpstrj", wrapped=False, elements="LiPS", units="real")


def test_an_xdatcar_that_begins_to_count_again_is_said(run, tmp_path):
    """Few ions hop from run to run, and no step looks odd: the numbers of the configurations tell it."""
    frames = run.to_ase()[:4]
    ase.io.write(tmp_path / "XDATCAR", frames, format="vasp-xdatcar")
    text = (tmp_path / "XDATCAR").read_text()
    assert "configuration=     3" in text
    for old, new in (("     3", "     1"), ("     4", "     2")):
        text = text.replace(f"configuration={old}", f"configuration={new}")
    (tmp_path / "XDATCAR").write_text(text)
    with pytest.warns(UserWarning, match="Frame 2 of XDATCAR is its configuration 1, and the one before is 2: another"):
        assert len(read_trajectory(tmp_path / "XDATCAR", wrapped=False)) == 4


def test_an_xdatcar_scaled_to_a_volume_is_refused(run, tmp_path):
    ase.io.write(tmp_path / "XDATCAR", run.to_ase()[:4], format="vasp-xdatcar")
    name, scale, rest = (tmp_path / "XDATCAR").read_text().split("\n", 2)
    assert float(scale) == 1
    (tmp_path / "XDATCAR").write_text(f"{name}\n -512.0\n{rest}")
    with pytest.raises(ValueError, match=r"XDATCAR has a scale of -512, which means a volume of 512 Å\^3"):
        read_trajectory(tmp_path / "XDATCAR", wrapped=False)
