"""Fine-tuning of CHGNet, on small cells of salt whose labels come from another CHGNet."""

import contextlib
import importlib.util
import io
import warnings

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk
from crystals import CRYSTALS, shaken

from course_lib.labels._chgnet_learner import CHGNetLearner
from course_lib.labels.distillation import label
from course_lib.labels.finetuning import fine_tune
from course_lib.labels.universal import universal
from course_lib.learning.batches import Batches, loss_of
from course_lib.learning.dataset import labelled, labels
from course_lib.learning.loss import Loss
from course_lib.learning.validation import errors

needs_chgnet = pytest.mark.skipif(
    importlib.util.find_spec("chgnet") is None,
    reason="CHGNet IS NOT INSTALLED HERE: its fine-tuning is not tested (course doctor says how to get it)",
)


def salt(seed):
    return shaken(bulk("NaCl", "rocksalt", a=5.6, cubic=True), seed, 0.15)


def numbers(atoms, calculator):
    atoms = atoms.copy()
    atoms.calc = calculator
    return atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()


def stock(path):
    """The network of a file, read by the package chgnet itself."""
    from chgnet.model import CHGNet

    with contextlib.redirect_stdout(io.StringIO()):
        return CHGNet.from_file(str(path))


def stock_calculator(path):
    from chgnet.model.dynamics import CHGNetCalculator

    with contextlib.redirect_stdout(io.StringIO()):
        return CHGNetCalculator(stock(path), use_device="cpu", on_isolated_atoms="ignore")


@pytest.fixture(scope="module")
def frames():
    """Twelve frames of salt with the labels of a CHGNet of another functional, and its stress."""
    return label([salt(seed) for seed in range(12)], universal("chgnet-r2scan"))


@pytest.fixture(scope="module")
def tuned(frames):
    return fine_tune(frames[:6], frames[6:8], epochs=3, progress=False)


@needs_chgnet
@pytest.mark.parametrize("part", ["all", "last"])
def test_forces_of_unseen_frames_become_better(frames, tuned, part):
    done = tuned if part == "all" else fine_tune(frames[:6], frames[6:8], part="last", epochs=3, progress=False)
    original = universal("chgnet")
    before, after = (errors(calculator, frames[8:]).force_mae for calculator in (original, done.calculator))
    assert after < 0.7 * before
    changed = {k for k, w in done.calculator.network.w.items() if not torch.equal(w, original.network.w[k])}
    assert "composition_model.fc.weight" in changed and "mlp.layers.0.weight" in changed
    assert ("atom_embedding.embedding.weight" in changed) == (part == "all")


@needs_chgnet
def test_the_best_epoch_is_kept_and_measured_like_the_original(frames, tuned):
    history = tuned.history
    assert history.best == int(np.argmin(history.valid_loss))
    found = errors(tuned.calculator, frames[6:8])
    assert found.force_rmse == pytest.approx(1000 * history.valid_force[history.best], rel=1e-3)
    assert found.energy_rmse == pytest.approx(1000 * history.valid_energy[history.best], rel=0.02, abs=0.02)
    original = errors(universal("chgnet"), frames[6:8])
    assert original.force_rmse == pytest.approx(1000 * tuned.before["force"], rel=1e-3)


@needs_chgnet
def test_labels_that_differ_by_a_constant_of_each_element_are_found_exactly():
    shift, original = {"Na": 3.0, "Cl": -40.0}, universal("chgnet")
    structures = [*map(salt, range(5)), *(shaken(bulk("Na", cubic=True), seed) for seed in range(5))]
    right = [
        labelled(atoms, labels(atoms).energy + sum(map(shift.get, atoms.symbols)), labels(atoms).forces)
        for atoms in label(structures, original)
    ]
    with pytest.warns(UserWarning, match="No epoch is better on the validation frames than the original weights"):
        done = fine_tune(right[::2], right[1::2], epochs=1, progress=False)
    assert done.offset == pytest.approx(shift, abs=1e-4)
    assert done.before["energy"] < 1e-4 and done.before["force"] < 1e-4
    energy, forces, _ = numbers(salt(9), original)
    moved, same, _ = numbers(salt(9), done.calculator)
    assert moved == pytest.approx(energy + 4 * sum(shift.values()), abs=1e-3)
    np.testing.assert_array_equal(same, forces)


@needs_chgnet
@pytest.mark.parametrize("name", ["chgnet", "chgnet-0.2.0"])
def test_the_file_is_read_here_and_by_the_package_itself(frames, tuned, name, tmp_path):
    done = tuned if name == "chgnet" else fine_tune(frames[:5], name=name, learning_rate=1e-4, epochs=1, progress=False)
    done.save(tmp_path / "mine.pth.tar")
    expected = numbers(salt(9), done.calculator)
    for number, again in zip(expected, numbers(salt(9), universal(name, tmp_path / "mine.pth.tar"))):
        np.testing.assert_array_equal(again, number)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        energy, forces, stress = numbers(salt(9), stock_calculator(tmp_path / "mine.pth.tar"))
    assert energy == pytest.approx(expected[0], abs=1e-4)
    np.testing.assert_allclose(forces, expected[1], atol=1e-4)
    np.testing.assert_allclose(stress, expected[2], atol=2e-5)


@needs_chgnet
def test_training_goes_on_from_a_file(frames, tuned, tmp_path):
    tuned.save(tmp_path / "mine.pth.tar")
    more = fine_tune(
        frames[:6], frames[6:8], weights=tmp_path / "mine.pth.tar", learning_rate=1e-4, epochs=1, progress=False
    )
    assert more.before["force"] == pytest.approx(tuned.history.valid_force[tuned.history.best], rel=1e-4)


@needs_chgnet
def test_the_original_is_as_it_was_and_the_same_seed_gives_the_same(frames):
    original = universal("chgnet")
    before = {name: w.clone() for name, w in original.network.w.items()}
    one, two, other = (
        fine_tune(frames[:5], epochs=1, seed=seed, part="last", progress=False).calculator for seed in (1, 1, 2)
    )
    for network in (original.network, universal("chgnet").network):
        assert all(torch.equal(w, before[name]) for name, w in network.w.items())
    name = "mlp.layers.0.weight"
    assert torch.equal(one.network.w[name], two.network.w[name])
    assert not torch.equal(one.network.w[name], other.network.w[name])


@needs_chgnet
def test_frames_for_validation_are_not_trained_on(frames):
    """Every fifth frame, where none are given: other labels of it change nothing but the choice of the epoch."""
    wrong = [*frames[:4], labelled(frames[4], labels(frames[4]).energy, 1.1 * labels(frames[4]).forces)]
    weights = [fine_tune(some, epochs=1, progress=False).calculator.network.w for some in (frames[:5], wrong)]
    assert all(torch.equal(w, weights[1][name]) for name, w in weights[0].items())


def learner_of(atoms):
    network = universal("chgnet").network
    learner = CHGNetLearner(network, sorted(set(atoms.symbols)), "all")
    return learner, *Batches(learner, [atoms]).part([0])


@needs_chgnet
@pytest.mark.parametrize(
    "name",
    [
        "angle_embedding.weight",
        "bond_basis_expansion.rbf_expansion_ag.frequencies",
        "bond_conv_layers.1.twoBody_bond.mlp_gate.layers.0.weight",
        "mlp.layers.7.weight",
    ],
)
@pytest.mark.parametrize("loss", [Loss(0, 1), Loss(0, 0, True, 1)], ids=["forces", "virial"])
def test_the_slope_of_the_loss_is_that_of_finite_differences(name, loss):
    (atoms,) = label([CRYSTALS["perovskite"]()], universal("chgnet-r2scan"))
    learner, graph, known = learner_of(atoms)
    weight = learner.chosen[learner.names.index(name)]
    loss_of(learner, graph, known, loss)[0].backward()
    slope = weight.grad / weight.grad.norm()
    h, values = 0.01, []
    for step in (h, -2 * h):
        weight.data += step * slope
        values.append(loss_of(learner, graph, known, loss)[0].item())
    assert (values[0] - values[1]) / (2 * h) == pytest.approx(weight.grad.norm().item(), rel=0.01)


@needs_chgnet
def test_the_slopes_of_the_loss_by_all_weights_are_those_of_the_package(tmp_path):
    from pymatgen.io.ase import AseAtomsAdaptor

    (atoms,) = label([CRYSTALS["perovskite"]()], universal("chgnet-r2scan"))
    learner, graph, known = learner_of(atoms)
    loss_of(learner, graph, known, Loss(0.1, 1))[0].backward()
    torch.save({"model": {"state_dict": learner.network.w, "model_args": learner.network.settings}}, tmp_path / "w")
    package = stock(tmp_path / "w")
    crystal = package.graph_converter(AseAtomsAdaptor.get_structure(atoms))
    crystal.atom_frac_coord.requires_grad_()
    found = package([crystal], task="ef")
    E, F = found["e"][0] * len(atoms), found["f"][0]
    (0.1 * (E - labels(atoms).energy) ** 2 + (F - torch.tensor(labels(atoms).forces)).square().mean()).backward()
    theirs = {name: w.grad for name, w in package.named_parameters()}
    compared = 0
    for name, weight in zip(learner.names, learner.chosen):
        if weight.grad is not None:
            np.testing.assert_allclose(weight.grad, theirs[name], atol=2e-3 * float(theirs[name].abs().max()) + 1e-6)
            compared += 1
    assert compared > 100 and {name for name, g in theirs.items() if g is None} >= {"site_wise.weight"}


@needs_chgnet
def test_virials_are_learned_where_they_are_labelled(frames):
    """A crystal at rest has no forces; only its stress can teach it its volume."""
    mixed = [labelled(atoms, *labels(atoms)[: 3 if n % 2 else 2]) for n, atoms in enumerate(frames)]
    before = errors(universal("chgnet"), frames[8:]).stress_mae
    found = [
        fine_tune(mixed[:6], frames[6:8], loss=Loss(0, 0.1, True, lambda_W), epochs=3, progress=False).calculator
        for lambda_W in (0, 100)
    ]
    without, after = (errors(calculator, frames[8:]).stress_mae for calculator in found)
    assert after < 0.7 * min(without, before)


@needs_chgnet
def test_a_crystal_without_neighbours_does_no_harm(frames):
    (far,) = label([CRYSTALS["no neighbours"]()], universal("chgnet-r2scan"))
    done = fine_tune([*frames[:5], far], frames[5:7], epochs=1, progress=False)
    assert np.isfinite(done.history.loss).all() and "Xe" in done.offset


@needs_chgnet
def test_training_that_runs_away_is_said_and_changes_nothing(frames):
    with pytest.warns(UserWarning, match=r"No epoch is better .* take a learning_rate below 0\.5"):
        done = fine_tune(frames[:5], learning_rate=0.5, epochs=1, progress=False)
    np.testing.assert_array_equal(numbers(salt(9), done.calculator)[1], numbers(salt(9), universal("chgnet"))[1])
    with pytest.raises(RuntimeError, match=r"There are no new weights: .* take a learning_rate below 1e\+20\.$"):
        fine_tune(frames[:5], learning_rate=1e20, epochs=2, progress=False)


def alone(symbol, **cell):
    return labelled(Atoms(symbol, **({"cell": [5, 5, 5], "pbc": True} | cell)), -1.0, np.zeros((1, 3)))


@needs_chgnet
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "oracle"}, "There is no universal potential 'oracle' here"),
        ({"part": "head"}, "part is 'head': choose all or last"),
        ({"loss": 1.0}, r"The loss is 1\.0: give a Loss"),
        ({"epochs": 0}, "epochs is 0"),
        ({"batch": 0}, "batch is 0"),
        ({"learning_rate": -1}, "learning_rate is -1"),
        ({"seed": -1}, "seed is -1"),
        ({"weights": "no/such/file"}, "there is no such file"),
        ({"loss": Loss(1, 1, True, 1)}, "no training frame has a stress"),
        ({"frames": lambda frames: frames[:4]}, "4 frames are too few for fine-tuning: give 5 or more"),
        ({"frames": lambda frames: frames[0]}, "Frames are a list of structures, and this is one structure"),
        ({"frames": lambda frames: [*frames, salt(0)]}, "Frame 8 has no energy: label it first"),
        ({"frames": lambda frames: [*frames[:3], labelled(salt(20), -27.0), *frames[3:]]}, "frame 3 has no forces"),
        ({"frames": lambda frames: [alone("Cm"), *frames]}, "CHGNet was not trained on Cm"),
        ({"frames": lambda frames: [alone("Na", pbc=False), *frames]}, "CHGNet knows periodic crystals only"),
        ({"frames": lambda frames: [*frames, frames[0], frames[0]]}, "1 frames are for training and for validation"),
        ({"valid": lambda frames: frames[:2]}, "2 frames are for training and for validation"),
        ({"valid": lambda frames: []}, "There are no validation frames"),
        ({"valid": lambda frames: [salt(20)]}, "Validation frame 0 has no energy"),
        ({"valid": lambda frames: [alone("K")]}, "Validation frame 0 holds K: only Cl, Na are expected"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_what_cannot_be_used_is_one_sentence(frames, change, sentence):
    some = [labelled(atoms, *labels(atoms)[:2]) for atoms in frames[:8]]
    change = {
        key: value(some) if callable(value) and key in ("frames", "valid") else value for key, value in change.items()
    }
    with pytest.raises(ValueError, match=sentence):
        fine_tune(**({"frames": some, "epochs": 1, "progress": False} | change))


@pytest.mark.parametrize(
    ("name", "tool"),
    [("sevennet-l3i5", "sevenn train"), ("mace", "mace_run_train --foundation_model"), ("m3gnet", "matgl")],
)
def test_another_potential_is_fine_tuned_with_its_own_package(name, tool):
    with pytest.raises(ValueError, match=f"{name} is fine-tuned with its own package, .*{tool}.*: here a chgnet is"):
        fine_tune([], name=name)
