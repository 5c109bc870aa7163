"""Reading, splitting, the loss, training and validation: against what can be worked out by hand."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.io import write

from course_lib.data.catalogue import SPLITS, load
from course_lib.learning.batches import Batches
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
        found.append(labelled(atoms, atoms.get_potential_energy(), atoms.get_forces()))
    return found


def test_frames_survive_a_file(frames, tmp_path):
    write(tmp_path / "some.xyz", frames, format="extxyz")
    again = read_frames(tmp_path / "some.xyz", ("H", "C", "O"))
    assert len(again) == len(frames)
    assert labels(again[3])[0] == pytest.approx(labels(frames[3])[0], abs=1e-6)
    assert np.allclose(labels(again[3])[1], labels(frames[3])[1], atol=1e-7)


def spoiled(frames, how):
    frames = [labelled(atoms, *labels(atoms)) for atoms in frames[:6]]
    energy, forces = labels(frames[2])
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
    elif how == "empty":
        frames = []
    return frames


@pytest.mark.parametrize(
    ("how", "sentence"),
    {
        "no forces": "rame 2 has no energy or no forces",
        "no label at all": "rame 2 has no energy or no forces",
        "NaN label": "rame 2 has a label or position that is no finite number",
        "NaN energy": "rame 2 has a label or position that is no finite number",
        "mixed units": "rame 2 .* are some in Hartree",
        "mostly Hartree": "are some in Hartree",
        "short forces": r"rame 2 has 9 atoms and forces of shape \(5, 3\)",
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
    """L = lambda_E |E* - E|^2 + lambda_F / (3N) sum |F* - F|^2, averaged over two frames of 2 and 3 atoms."""
    random = np.random.default_rng(0)
    E, E_label, N = random.normal(size=2), random.normal(size=2), np.array([2, 3])
    F, F_label = random.normal(size=(5, 3)), random.normal(size=(5, 3))
    expected = 0.0
    for frame, mine in ((0, slice(0, 2)), (1, slice(2, 5))):
        share = (E[frame] - E_label[frame]) ** 2 / (N[frame] ** 2 if per_atom else 1)
        expected += (0.7 * share + 2.5 / (3 * N[frame]) * np.sum((F[mine] - F_label[mine]) ** 2)) / 2
    tensors = [torch.tensor(x) for x in (E, F, E_label, F_label, N.astype(float), np.repeat([0, 1], N))]
    assert Loss(0.7, 2.5, per_atom)(*tensors).item() == pytest.approx(expected)
    for wrong, sentence in (((-1, 1), "lambda_E is -1: give a number"), ((0, 0), "none below zero, one above it")):
        with pytest.raises(ValueError, match=sentence):
            Loss(*wrong)


def test_a_batch_gives_the_energies_and_forces_of_the_potential(frames):
    potential = small_potential()
    potential.scale, potential.E0 = 1.3, fit_reference_energies(frames, potential.elements)
    potential.networks.float()
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
    potential.networks.float()
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
    train(small_potential(), frames, frames[::4], checkpoint=path, report=stop, **settings)
    again = small_potential(seed=9)  # whatever it begins with, the file decides
    history = train(again, frames, frames[::4], checkpoint=path, **settings)
    assert history.loss == expected.loss and history.best == expected.best
    assert history.cpu_s > 0.5 * expected.cpu_s  # what was used before the stop counts
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
    weights = [tensor.clone() for tensor in narrow.networks.state_dict().values()]
    with pytest.raises(ValueError, match="other functions: give"):
        train(narrow, frames, frames[::4], checkpoint=path, **settings)
    assert len(narrow.functions) == len(whole.functions)  # the same number of inputs, and not the same inputs
    for before, now in zip(weights, narrow.networks.state_dict().values()):
        assert np.allclose(before, now, atol=1e-6)  # nothing of the file went into it
    with pytest.raises(FileNotFoundError, match=r"There is no folder .*nowhere for the checkpoint"):
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
    shifted = [labelled(a, labels(a)[0] + 0.5 * len(a), labels(a)[1] + 0.01) for a in frames]
    found = errors(FastLennardJones(), shifted)
    assert found.energy_mae == pytest.approx(500) and found.force_mae == pytest.approx(10)
    assert found.without_offset().energy_mae == pytest.approx(0, abs=1e-9)
    for number, atoms in enumerate(frames):
        atoms.info["group"] = "even" if number % 2 == 0 else "odd"
    assert list(errors_by_group(FastLennardJones(), frames, lambda a: a.info["group"])) == ["even", "odd"]


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
        with pytest.raises(ValueError, match="name each one once"):
            SymmetryFunctions(elements)
    assert SymmetryFunctions(("H",), zetas=(1, 4)).zetas == (1.0, 4.0)
    with pytest.raises(ValueError, match="hidden layer is 0: give a whole number"):
        BehlerParrinello(("H",), hidden=(0,))
    assert BehlerParrinello(("H",), hidden=32).hidden == (32,)


def test_a_training_that_diverges_says_so(frames):
    potential = small_potential()
    with pytest.raises(RuntimeError, match=r"no finite number any more in epoch .*: take a learning_rate below 1e"):
        train(potential, frames, frames[::4], epochs=20, learning_rate=1e30, progress=False)
    assert np.isfinite(potential.energy_and_forces(frames[0])[0])


def test_a_run_that_stopped_early_stays_stopped(frames, tmp_path):
    settings = {"epochs": 200, "learning_rate": 0.1, "patience": 5, "progress": False}
    first = train(small_potential(), frames, frames[::4], checkpoint=tmp_path / "run.pt", **settings)
    again = train(small_potential(), frames, frames[::4], checkpoint=tmp_path / "run.pt", **settings)
    assert first.stopped == again.stopped == "early" and again.loss == first.loss and again.best == first.best
