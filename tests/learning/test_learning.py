"""Reading, splitting, the loss, training and validation: against what can be worked out by hand."""

import numpy as np
import pytest
import torch
from ase import Atoms, units
from ase.build import molecule
from ase.constraints import FixAtoms
from ase.io import write

from course_lib.data.catalogue import SPLITS, load
from course_lib.learning.batches import Batches, LabelTensors
from course_lib.learning.dataset import (
    check_frames,
    fit_reference_energies,
    labelled,
    labels,
    read_frames,
    split_in_blocks,
)
from course_lib.learning.loss import Loss
from course_lib.learning.training import train
from course_lib.learning.validation import errors, errors_by_group
from course_lib.potentials.behler_parrinello import BehlerParrinello
from course_lib.potentials.fast_lennard_jones import FastLennardJones
from course_lib.potentials.symmetry_functions import SymmetryFunctions
from course_lib.structures import argon_crystal, ethanol


def small_potential(seed=0):
    functions = SymmetryFunctions(("H", "C", "O"), r_c=4.0, radial=6, zetas=(1.0,))
    return BehlerParrinello(("H", "C", "O"), functions, hidden=(8, 8), seed=seed)


@pytest.fixture(scope="module")
def frames():
    return load("ethanol", split="train")[::12]


def argon_frames(n, repeat=2, seed=0):
    found = []
    for number in range(n):
        atoms = argon_crystal(repeat, lattice_constant=5.5)
        atoms.rattle(0.2, seed=seed + number)
        atoms.calc = FastLennardJones()
        found.append(labelled(atoms, atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()))
    return found


def test_frames_survive_a_file(frames, tmp_path):
    write(tmp_path / "some.xyz", frames, format="extxyz")
    again = read_frames(tmp_path / "some.xyz", ("H", "C", "O"))
    assert len(again) == len(frames)
    assert labels(again[3])[0] == pytest.approx(labels(frames[3])[0], abs=1e-6)
    assert np.allclose(labels(again[3])[1], labels(frames[3])[1], atol=1e-7)


def spoiled(frames, how):
    frames = [labelled(atoms, *labels(atoms)) for atoms in frames[:6]]
    energy, forces, _ = labels(frames[2])
    if how == "no forces":
        frames[2].calc.results.pop("forces")
    elif how == "NaN label":
        frames[2] = labelled(frames[2], energy, np.where(forces == forces.max(), np.nan, forces))
    elif how == "NaN energy":
        frames[2] = labelled(frames[2], np.nan, forces)
    elif how == "mixed units":
        frames[2] = labelled(frames[2], energy / 27.211386, forces)
    elif how == "unknown element":
        frames[2].symbols[0] = "Xe"
    elif how == "no label at all":
        frames[2].calc = None
    elif how == "mostly Hartree":
        frames = [labelled(a, labels(a)[0] / 27.211386, labels(a)[1]) for a in frames[:3]] + frames[3:5]
    elif how == "short forces":
        frames[2].calc.results["forces"] = forces[:5]
    elif how.startswith("stress"):
        frames[2] = labelled(frames[2], energy, forces, np.full(6, 12.0))
        if how == "stress in kbar":
            frames[2].cell, frames[2].pbc = np.eye(3) * 20, True
            frames[2].calc.atoms = frames[2].copy()
    elif how == "empty":
        frames = []
    return frames


@pytest.mark.parametrize(
    ("how", "sentence"),
    {
        "no forces": "rame 2 has no forces, but it has gfn2_energy, gfn2_forces: give their names",
        "no label at all": "rame 2 has no energy and no forces, but it has gfn2_energy",
        "NaN label": "rame 2 has a label or position that is not a finite number",
        "NaN energy": "rame 2 has a label or position that is not a finite number",
        "mixed units": "rame 2 .* are some in Hartree",
        "mostly Hartree": "are some in Hartree",
        "short forces": r"rame 2 has 9 atoms and forces of shape \(5, 3\): \(9, 3\) is right",
        "stress in kbar": "rame 2 has a stress of 12 eV.* is it in GPa or kbar",
        "stress of a molecule": "rame 2 has a stress and is not periodic",
        "unknown element": "rame 2 holds Xe: only H, C, O",
        "empty": "There are no .*frames: the file or the split is empty",
    }.items(),
)
def test_bad_frames_get_one_sentence(frames, how, sentence):
    bad = spoiled(frames, how)
    with pytest.raises(ValueError, match=sentence):
        check_frames(bad, ("H", "C", "O"))
    with pytest.raises(ValueError, match=sentence):
        train(small_potential(), bad, frames[:3], epochs=1, progress=False)


def test_bad_files_get_one_sentence(tmp_path):
    with pytest.raises(FileNotFoundError, match="There is no file"):
        read_frames(tmp_path / "none.xyz")
    (tmp_path / "bad.xyz").write_text("9\nProperties=species:S:1:pos:R:3 energy=1\nH 0 0\n")
    with pytest.raises(ValueError, match="cannot be read as extended XYZ"):
        read_frames(tmp_path / "bad.xyz")
    (tmp_path / "empty.xyz").write_text("")
    with pytest.raises(ValueError, match="no frames"):
        read_frames(tmp_path / "empty.xyz")


def test_blocks_follow_one_another_and_leave_the_gap():
    frames = list(range(100))
    train_set, valid, test = split_in_blocks(frames, (0.8, 0.1, 0.1), gap=5)
    assert train_set == list(range(72)) and valid == list(range(77, 86)) and test == list(range(91, 100))
    for wrong in ((0.5, 0.6), (1.0,), (1.2, -0.2)):
        with pytest.raises(ValueError, match="add up to 1"):
            split_in_blocks(frames, wrong)
    with pytest.raises(ValueError, match="leave a block empty"):
        split_in_blocks(frames[:5], gap=2)
    for gap in (-5, 2.5):
        with pytest.raises(ValueError, match=f"gap is {gap}: give a whole number, 0 or more"):
            split_in_blocks(frames, gap=gap)


def test_the_shipped_splits_share_no_run():
    runs = {split: {atoms.info["run"] for atoms in load("ethanol", split=split)} for split in SPLITS}
    names = [run for some in runs.values() for run in some]
    assert len(names) == len(set(names)) and all(runs.values())
    assert {atoms.info["temperature"] for atoms in load("ethanol", split="test_hot")} == {800}
    assert {atoms.info["temperature"] for atoms in load("ethanol", split="train")} == {500}


def test_reference_energies_explain_the_composition():
    E0 = {"H": -1.0, "C": -5.0, "O": -7.0}
    molecules = [Atoms("H2O", np.eye(3)), Atoms("CH4", np.eye(5)[:, :3]), Atoms("CO", np.eye(3)[:2]), ethanol()]
    made = [labelled(a, sum(E0[s] for s in a.symbols), np.zeros((len(a), 3))) for a in molecules]
    assert fit_reference_energies(made, ("H", "C", "O")) == pytest.approx(E0)
    one = fit_reference_energies(made[3:], ("H", "C", "O"))  # one composition: the sum is right all the same
    assert sum(one[s] for s in ethanol().symbols) == pytest.approx(labels(made[3])[0])


@pytest.mark.parametrize("per_atom", [False, True])
def test_the_loss_is_the_lectures(per_atom):
    """Its three terms worked out by hand, averaged over two frames of 2 and 3 atoms."""
    random = np.random.default_rng(0)
    E, E_label, N = random.normal(size=2), random.normal(size=2), np.array([2, 3])
    F, F_label = random.normal(size=(5, 3)), random.normal(size=(5, 3))
    expected = 0.0
    for frame, mine in ((0, slice(0, 2)), (1, slice(2, 5))):
        share = (E[frame] - E_label[frame]) ** 2 / (N[frame] ** 2 if per_atom else 1)
        expected += (0.7 * share + 2.5 / (3 * N[frame]) * np.sum((F[mine] - F_label[mine]) ** 2)) / 2
    W, W_label = random.normal(size=(2, 3, 3)), random.normal(size=(2, 3, 3))
    W_label[0] = np.nan  # the first frame has no stress, and no part in its term
    expected += 0.3 / 9 * np.sum((W[1] - W_label[1]) ** 2) / (9 if per_atom else 1) / 2
    E, F, W, *known, frame = map(torch.tensor, (E, F, W, E_label, F_label, W_label, N.astype(float), [0, 0, 1, 1, 1]))
    found = Loss(0.7, 2.5, per_atom, lambda_W=0.3)(E, F, W, LabelTensors(*known, frame))
    assert found.item() == pytest.approx(expected)
    for wrong, sentence in (
        ((-1, 1), "lambda_E is -1: give a number"),
        ((0, 0), "are all 0: nothing would be learned"),
    ):
        with pytest.raises(ValueError, match=sentence):
            Loss(*wrong)


def test_a_batch_gives_the_energies_and_forces_of_the_potential(frames):
    potential = small_potential()
    potential.scale, potential.E0 = 1.3, fit_reference_energies(frames, potential.elements)
    data = Batches(potential, frames[:5])
    value, energy, force = data.evaluate(potential, Loss(2.0, 3.0))
    found = errors(potential, frames[:5])
    assert energy == pytest.approx(found.energy_rmse / 1000, rel=1e-4)
    assert force == pytest.approx(found.force_rmse / 1000, rel=1e-4)
    assert value == pytest.approx(2.0 * (9 * energy) ** 2 + 3.0 * force**2, rel=1e-4)


def test_training_learns_and_a_seed_repeats_it(frames):
    histories, potentials = [], []
    for _ in range(2):
        potential = small_potential(seed=1)
        histories.append(train(potential, frames, frames[::4], epochs=40, batch=8, seed=2, progress=False))
        potentials.append(potential)
    assert histories[0].loss == histories[1].loss and histories[0].valid_force == histories[1].valid_force
    assert histories[0].valid_force[-1] < 0.7 * histories[0].valid_force[0]
    assert potentials[0].energy_and_forces(frames[0])[0] == potentials[1].energy_and_forces(frames[0])[0]
    other = small_potential(seed=1)
    assert train(other, frames, frames[::4], epochs=40, batch=8, seed=3, progress=False).loss != histories[0].loss


def test_the_best_epoch_is_kept(frames):
    potential, seen = small_potential(), []
    history = potential.fit(frames, valid=frames[::4], epochs=12, learning_rate=0.05, progress=False)
    data = Batches(potential, frames[::4])
    assert data.evaluate(potential, Loss())[0] == pytest.approx(min(history.valid_loss), rel=1e-4)
    assert history.best == int(np.argmin(history.valid_loss))
    early = train(small_potential(), frames, frames[::4], epochs=200, learning_rate=0.1, patience=5, progress=False)
    assert early.stopped == "early" and len(early.loss) == early.best + 6

    def stop(epoch, history):
        seen.append(epoch)
        if epoch == 3:
            raise KeyboardInterrupt

    cancelled = train(small_potential(), frames, frames[::4], epochs=50, report=stop, progress=False)
    assert cancelled.stopped == "cancelled" and seen == [0, 1, 2, 3] and len(cancelled.loss) == 4


def test_a_run_that_was_stopped_goes_on_to_the_same_end(frames, tmp_path):
    settings = {"epochs": 30, "batch": 8, "seed": 4, "progress": False}
    whole = small_potential()
    expected = train(whole, frames, frames[::4], **settings)

    def stop(epoch, history):
        if epoch == 16:
            raise KeyboardInterrupt

    path = tmp_path / "run.pt"
    stopped = train(small_potential(), frames, frames[::4], checkpoint=path, report=stop, **settings)
    again = small_potential(seed=9)  # whatever it begins with, the file decides
    history = train(again, frames, frames[::4], checkpoint=path, **settings)
    assert history.loss == expected.loss and history.best == expected.best
    assert history.cpu_s > 0.5 * stopped.cpu_s  # what was used up to the checkpoint of epoch 10 counts
    assert again.energy_and_forces(frames[1])[0] == whole.energy_and_forces(frames[1])[0]
    with pytest.raises(ValueError, match="is of a run with other epochs: give the same"):
        train(small_potential(), frames, frames[::4], checkpoint=path, **settings | {"epochs": 40})
    for other, named in (
        ({"learning_rate": 1e-3}, "learning_rate"),
        ({"loss": Loss(0.0, 1.0)}, "loss"),
        ({"batch": 4}, "batch"),
    ):
        with pytest.raises(ValueError, match=f"a run with other {named}: give the same"):
            train(small_potential(), frames, frames[::4], checkpoint=path, **settings | other)
    with pytest.raises(ValueError, match="other frames, validation frames: give"):
        train(small_potential(), frames[1:], frames[::5], checkpoint=path, **settings)
    functions = SymmetryFunctions(("H", "C", "O"), r_c=3.9, radial=6, zetas=(1.0,))
    narrow = BehlerParrinello(("H", "C", "O"), functions, hidden=(8, 8), seed=5)
    weights = [tensor.clone() for tensor in narrow.state_dict().values()]
    with pytest.raises(ValueError, match="other functions: give"):
        train(narrow, frames, frames[::4], checkpoint=path, **settings)
    assert len(narrow.functions) == len(whole.functions)  # the same number of inputs, and not the same inputs
    for name, before in zip(narrow.state_dict(), weights):
        if "networks" in name:
            assert torch.equal(before, narrow.state_dict()[name])  # nothing of the file went into it
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*nowhere for run\.pt: make it"):
        train(small_potential(), frames, frames[::4], checkpoint=tmp_path / "nowhere" / "run.pt", **settings)
    path.write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="delete it to start anew"):
        train(small_potential(), frames, frames[::4], checkpoint=path, **settings)


def test_forces_alone_lose_the_energy_and_energies_alone_the_forces(frames):
    found = {}
    for name, loss in {"E": Loss(1.0, 0.0), "F": Loss(0.0, 1.0), "both": Loss(1.0, 1.0)}.items():
        potential = small_potential()
        train(potential, frames, frames[::4], loss, epochs=40, batch=8, progress=False)
        found[name] = errors(potential, frames)
    assert found["F"].force_mae < 0.7 * found["E"].force_mae
    # seen through forces only, the constant of the energy is whatever the first weights made it
    assert found["F"].energy_mae > found["both"].energy_mae


def test_errors_of_a_calculator_and_of_groups():
    frames = argon_frames(4)
    perfect = errors(FastLennardJones(), frames)
    assert perfect.energy_mae < 1e-9 and perfect.force_mae < 1e-9 and "0.00 meV/atom" in str(perfect)
    shifted = [labelled(a, labels(a)[0] + 0.5 * len(a), labels(a)[1] + 0.01, labels(a)[2] + units.GPa) for a in frames]
    found = errors(FastLennardJones(), shifted)
    assert found.energy_mae == pytest.approx(500) and found.force_mae == pytest.approx(10)
    assert found.without_offset().energy_mae == pytest.approx(0, abs=1e-9) and found.stress_mae == pytest.approx(1)
    for number, atoms in enumerate(frames):
        atoms.info["group"] = "even" if number % 2 == 0 else "odd"
    assert list(errors_by_group(FastLennardJones(), frames, lambda a: a.info["group"])) == ["even", "odd"]


def test_errors_judge_the_calculators_own_forces_whatever_is_fixed():
    frames = argon_frames(2)
    for atoms in frames:
        atoms.set_constraint(FixAtoms(range(5)))
    found = errors(FastLennardJones(), frames)
    assert found.force_mae < 1e-9 and np.count_nonzero(found.force) == found.force.size


@pytest.mark.parametrize(
    ("factor", "sentence"),
    {
        -1.0: "eV/Å.3 and of the other sign",
        1 / units.GPa: "in GPa;",
        -10 / units.GPa: "in kbar and of the other sign",
    }.items(),
)
def test_a_stress_of_another_unit_or_sign_is_named(factor, sentence):
    frames = argon_frames(3)
    for atoms in frames:
        small = 1e-2 if abs(factor) > 1 else 1.0  # so that the size alone does not betray it
        atoms.calc.results["stress"] = small * factor * atoms.calc.results["stress"]
    if abs(factor) > 1:
        assert max(np.abs(labels(atoms).stress).max() for atoms in frames) < 2

        class Soft(FastLennardJones):
            def get_stress(self, atoms=None):
                return 1e-2 * super().get_stress(atoms)

        judge = Soft()
    else:
        judge = FastLennardJones()
    with pytest.raises(ValueError, match=sentence):
        errors(judge, frames)
    assert errors(judge, frames, check_units=False).stress_mae > 0


def dissociation(distances):
    """N2 on its way to two atoms, energies relative to free atoms (a Morse curve of its depth), no forces."""
    frames = []
    for r in distances:
        energy = 9.9 * ((1 - np.exp(-2.7 * (r - 1.1))) ** 2 - 1)
        frames.append(labelled(Atoms("N2", [[0, 0, 0], [r, 0, 0]]), energy))
    return frames


def test_honest_energies_of_any_size_are_believed():
    curve = dissociation(np.linspace(0.95, 6, 40))
    check_frames(curve, needs=("energy",))
    far_silicon = [labelled(Atoms("Si2"), -9.3 + 0.1 * n) for n in range(5)] + [labelled(Atoms("Si2"), -1.5)]
    check_frames(far_silicon, needs=("energy",))
    water = [labelled(molecule("H2O"), -2080.0 + d) for d in (0, 0.5, 9.0)]  # total energies, the last one torn
    check_frames(water, needs=("energy",))
    two = [labelled(Atoms("N2"), -9.9), labelled(Atoms("N2"), -9.9 / units.Hartree)]
    with pytest.raises(ValueError, match="are some in Hartree"):
        check_frames(two, needs=("energy",))
    check_frames(two, needs=("energy",), check_units=False)


def test_labels_of_other_names_are_named_and_can_be_read(frames, tmp_path):
    other = []
    for atoms in frames[:3]:
        energy, forces, _ = labels(atoms)
        bare = Atoms(atoms.symbols, atoms.positions)
        bare.info["REF_energy"], bare.arrays["REF_forces"] = energy, forces
        other.append(bare)
    write(tmp_path / "other.xyz", other, format="extxyz")
    with pytest.raises(
        ValueError, match="no energy and no forces, but it has REF_energy, REF_forces: give their names"
    ):
        read_frames(tmp_path / "other.xyz")
    again = read_frames(tmp_path / "other.xyz", names={"energy": "REF_energy", "forces": "REF_forces"})
    assert np.allclose(labels(again[2]).forces, labels(frames[2]).forces, atol=1e-7)
    with pytest.raises(ValueError, match=r"Frame 0 of other\.xyz has no 'E': it has .*REF_energy"):
        read_frames(tmp_path / "other.xyz", names={"energy": "E"})
    with pytest.raises(ValueError, match="names holds 'charge'"):
        read_frames(tmp_path / "other.xyz", names={"charge": "q"})


def test_no_frame_is_lost_on_reading(frames, tmp_path):
    write(tmp_path / "ten.xyz", frames[:10], format="extxyz")
    lines = (tmp_path / "ten.xyz").read_text().splitlines()
    for number, text, sentence in (
        (33, "", "line 34 should be the number of atoms of frame 3 and is ''"),
        (33, "# note", "line 34 should be the number of atoms of frame 3 and is '# note'"),
    ):
        (tmp_path / "broken.xyz").write_text("\n".join([*lines[:number], text, *lines[number:]]) + "\n")
        with pytest.raises(ValueError, match=sentence):
            read_frames(tmp_path / "broken.xyz")
    (tmp_path / "cut.xyz").write_text("\n".join(lines[:-3]) + "\n")
    with pytest.raises(ValueError, match="its last frame is cut off"):
        read_frames(tmp_path / "cut.xyz")
    (tmp_path / "blank_end.xyz").write_text("\n".join(lines) + "\n\n\n")
    assert len(read_frames(tmp_path / "blank_end.xyz")) == len(read_frames(tmp_path / "ten.xyz")) == 10


def test_energies_alone_can_be_learned_and_judged():
    curve = dissociation(np.linspace(0.95, 3, 25))
    with pytest.raises(ValueError, match="Training frame 0 has no forces"):
        train(BehlerParrinello(("N",)), curve, curve[::5], epochs=1, progress=False)
    potential = BehlerParrinello(("N",), SymmetryFunctions(("N",), r_c=4.0), hidden=(8,))
    history = train(
        potential, curve, curve[::5], Loss(1.0, 0.0), epochs=300, batch=5, learning_rate=0.03, progress=False
    )
    found = errors(potential, curve)
    assert found.energy_mae < 100 and np.isnan(found.force_mae) and "forces" not in str(found)
    assert np.isnan(history.valid_force).all() and history.valid_loss[-1] < history.valid_loss[0]


def test_lambda_W_needs_a_stress(frames):
    with pytest.raises(ValueError, match="no training frame has a stress"):
        train(small_potential(), frames, frames[::4], Loss(lambda_W=1.0), epochs=1, progress=False)


def test_impossible_settings_get_one_sentence(frames):
    for setting in ("epochs", "batch", "learning_rate"):
        with pytest.raises(ValueError, match=f"{setting} is 0"):
            train(small_potential(), frames, frames[::4], progress=False, **{setting: 0})
    for setting, value in {
        "epochs": "10",
        "batch": 2.5,
        "learning_rate": "0.1",
        "weight_decay": -1,
        "seed": -1,
        "patience": 0,
        "loss": "mse",
    }.items():
        with pytest.raises(ValueError, match=rf"{setting} is .*{value}.*: give"):
            train(small_potential(), frames, frames[::4], progress=False, **{setting: value})
    assert len(train(small_potential(), frames, frames[::4], epochs=2.0, progress=False).loss) == 2
    for wrong, sentence in ((frames[0], "this is one structure: load"), ("train", "this is a name: load")):
        with pytest.raises(ValueError, match=sentence):
            train(small_potential(), wrong, frames[::4], progress=False)
    with pytest.raises(ValueError, match="lambda_E is nan: give a number"):
        Loss(np.nan, 1.0)
    with pytest.raises(ValueError, match="There is no N in the training data"):
        train(BehlerParrinello(("H", "C", "N", "O")), frames, frames[::4], epochs=1, progress=False)
    with pytest.raises(ValueError, match="no element 'Qq'"):
        SymmetryFunctions(("Qq",))
    for settings, sentence in (
        ({"radial": 1}, "radial is 1: give a whole number, 2 or more"),
        ({"r_c": 0.5}, "take a longer cutoff"),
        ({"r_c": "5"}, "cutoff r_c .* is '5'"),
        ({"zetas": (0.5,)}, "take 1 or more each"),
        ({"eta_angular": -1.0}, "eta_angular .* is -1.0"),
    ):
        with pytest.raises(ValueError, match=sentence):
            SymmetryFunctions(("H",), **settings)
    for elements in ((), ("H", "H")):
        with pytest.raises(ValueError, match="name at least one element, and none of them twice"):
            SymmetryFunctions(elements)
    assert SymmetryFunctions(("H",), zetas=(1, 4)).zetas == (1.0, 4.0)
    with pytest.raises(ValueError, match="hidden layer is 0: give a whole number"):
        BehlerParrinello(("H",), hidden=(0,))
    assert BehlerParrinello(("H",), hidden=32).hidden == (32,)


def test_a_training_that_diverges_says_so(frames):
    potential = small_potential()
    with pytest.raises(RuntimeError, match=r"not a finite number any more in epoch .*: take a learning_rate below 1e"):
        train(potential, frames, frames[::4], epochs=20, learning_rate=1e30, progress=False)
    assert np.isfinite(potential.energy_and_forces(frames[0])[0])


def test_a_training_that_learns_nothing_says_so(frames):
    with pytest.warns(UserWarning, match="nothing was learned. Take a learning_rate below 10"):
        train(small_potential(), frames, frames[::4], epochs=3, learning_rate=10, progress=False)
    loss, valid = Loss(2.0, 3.0), Batches(small_potential(), frames[::4])  # its E0 are 0
    by_hand = [2 * labels(a).energy ** 2 + 3 * np.mean(labels(a).forces ** 2) for a in frames[::4]]
    assert valid.untaught(loss) == pytest.approx(np.mean(by_hand), rel=1e-5)


def test_a_run_that_stopped_early_stays_stopped(frames, tmp_path):
    settings = {"epochs": 200, "learning_rate": 0.1, "patience": 5, "progress": False}
    first = train(small_potential(), frames, frames[::4], checkpoint=tmp_path / "run.pt", **settings)
    again = train(small_potential(), frames, frames[::4], checkpoint=tmp_path / "run.pt", **settings)
    assert first.stopped == again.stopped == "early" and again.loss == first.loss and again.best == first.best


def test_labels_of_other_positions_are_refused():
    shared, frames = FastLennardJones(), []
    for seed in range(3):
        atoms = argon_crystal(2, lattice_constant=5.5)
        atoms.rattle(0.1, seed=seed)
        atoms.calc = shared
        atoms.get_forces()
        frames.append(atoms)
    with pytest.raises(ValueError, match="Frame 0: The labels are of other positions, cell or elements"):
        check_frames(frames)
    moved = argon_frames(1)
    moved[0].rattle(0.1, seed=3)
    with pytest.raises(ValueError, match="keep them with labelled"):
        errors(FastLennardJones(), moved)
    with pytest.raises(ValueError, match="Frame 0 has no atoms"):
        check_frames([Atoms()])


def test_a_refused_checkpoint_leaves_the_potential_as_it_is(frames, tmp_path):
    potential = small_potential()
    train(potential, frames, frames[::4], epochs=12, checkpoint=tmp_path / "run.pt", progress=False)
    before = potential.energy_and_forces(frames[0])[0]
    with pytest.raises(ValueError, match="other frames"):
        train(potential, frames[::2], frames[::4], epochs=12, checkpoint=tmp_path / "run.pt", progress=False)
    assert potential.energy_and_forces(frames[0])[0] == before
