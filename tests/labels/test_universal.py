"""Universal potentials through the course's own door: true derivatives, and clear refusals."""

import importlib.util
import os
from pathlib import Path

import nbformat
import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from nbclient import NotebookClient
from patience import HANGS

from course_lib.data.catalogue import load
from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.labels.lgps import run_lgps
from course_lib.labels.universal import universal
from course_lib.structures import ethanol, lgps

needs_chgnet = pytest.mark.skipif(
    importlib.util.find_spec("chgnet") is None,
    reason="CHGNet IS NOT INSTALLED HERE: its numbers are not tested (course doctor says how to get it)",
)

needs_sevenn = pytest.mark.skipif(
    importlib.util.find_spec("sevenn") is None,
    reason="SEVENNET IS NOT INSTALLED HERE: its refusals are not tested (course doctor says how to get it)",
)


def inside(package, name):
    """The file of weights in a package whose path holds ``name``."""
    folder = Path(importlib.util.find_spec(package).origin).parent
    return next(file for file in folder.rglob("*.pth*") if name in str(file))


@pytest.fixture(scope="module")
def potential():
    return universal("chgnet")


@pytest.fixture
def rattled():
    """LGPS pushed off its symmetric sites, so that no force is zero by symmetry."""
    atoms = lgps()
    atoms.positions += np.random.default_rng(0).normal(scale=0.08, size=atoms.positions.shape)
    return atoms


@needs_chgnet
def test_forces_are_minus_the_slope_of_the_energy(potential, rattled):
    rattled.calc = potential
    forces, h = rattled.get_forces(), 0.01  # Å; float32 energies of 200 eV leave 1e-5 eV
    for atom, axis in ((0, 0), (21, 1), (30, 2)):
        energies = []
        for sign in (1, -1):
            moved = rattled.copy()
            moved.positions[atom, axis] += sign * h
            moved.calc = potential
            energies.append(moved.get_potential_energy())
        assert -(energies[0] - energies[1]) / (2 * h) == pytest.approx(forces[atom, axis], abs=0.03)


@needs_chgnet
def test_the_forces_of_a_crystal_add_up_to_nothing(potential, rattled):
    rattled.calc = potential
    np.testing.assert_allclose(rattled.get_forces().sum(axis=0), 0, atol=1e-4)


@needs_chgnet
def test_the_typed_in_lgps_is_nearly_at_rest(potential):
    atoms = lgps()
    atoms.calc = potential
    assert np.abs(atoms.get_forces()).max() < 0.5  # eV/Å: PBE's minimum is nearly CHGNet's
    assert atoms.get_potential_energy() / len(atoms) == pytest.approx(-4.6, abs=0.2)


@needs_chgnet
def test_a_short_simulation_keeps_its_energy(potential):
    atoms = lgps()
    atoms.calc = potential
    thermal_velocities(atoms, 850, seed=1)
    run = simulate(atoms, 10, timestep_fs=2.0, every=1, progress=False)
    total = run.potential_energy + run.kinetic_energy
    assert np.ptp(run.kinetic_energy) > 0.5  # eV: kinetic becomes potential energy
    assert np.ptp(total) < 0.05 * np.ptp(run.kinetic_energy)


@needs_chgnet
@pytest.mark.parametrize(
    "atoms, sentence",
    [
        (ethanol(), "CHGNet knows periodic crystals only: give the atoms a cell and set pbc=True"),
        (Atoms("Si", cell=[5, 5, 5], pbc=[True, True, False]), "periodic crystals only"),
        (Atoms(cell=[5, 5, 5], pbc=True), "There are no atoms"),
        (Atoms("Si", [[np.nan, 0, 0]], cell=[5, 5, 5], pbc=True), "positions or cell vectors are not finite"),
        (Atoms("X", cell=[5, 5, 5], pbc=True), "element X have no atomic number"),
        (Atoms("Si2", [[0, 0, 0]] * 2, cell=[5, 5, 5], pbc=True), r"Two atoms are 0\.000 Å apart"),
        (Atoms("Si2", [[0, 0, 0], [5, 0, 0]], cell=[5, 5, 5], pbc=True), "two atoms lie on one spot"),
        (bulk("Cm", "fcc", a=5.0), "CHGNet was not trained on Cm"),
    ],
)
def test_what_chgnet_does_not_know_is_one_sentence(potential, atoms, sentence):
    atoms.calc = potential
    with pytest.raises(ValueError, match=sentence):
        atoms.get_potential_energy()


@pytest.mark.slow
@needs_chgnet
def test_the_call_that_computes_makes_what_the_call_that_loads_gives(monkeypatch):
    monkeypatch.setattr("course_lib.labels.lgps.EQUILIBRATION_PS", 0.1)
    computed, shipped = run_lgps(850, length_ps=0.1), load("lgps", temperature=850)
    assert computed.symbols == shipped.symbols and computed.time_fs.tolist() == [0.0, 100.0]
    assert set(computed.about) == set(shipped.about)


def test_an_unknown_name_is_one_sentence():
    with pytest.raises(
        ValueError, match="There is no universal potential 'oracle' here: choose one of chgnet, chgnet-"
    ):
        universal("oracle")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"name": "chgnet", "functional": "pbe"}, "functional is 'pbe', and chgnet was trained on one functional only"),
        ({"name": "sevennet-mf"}, "functional is None, and sevennet-mf has several: choose one of pbe, r2scan"),
        ({"name": "sevennet-mf", "functional": "hf"}, "functional is 'hf', and sevennet-mf has several"),
        ({"name": "chgnet", "weights": "no/such/file"}, "weights is 'no/such/file', and there is no such file"),
        ({"name": "chgnet", "weights": 3}, "weights is '3', and there is no such file"),
        ({"name": "chgnet", "threads": 0}, "threads is 0: give a whole number"),
        pytest.param({"device": "gpu"}, "The device is 'gpu': choose cpu or cuda", marks=needs_chgnet),
    ],
)
def test_an_argument_that_cannot_be_used_is_one_sentence(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        universal(**arguments)


@needs_chgnet
def test_a_gpu_that_is_not_there_is_one_sentence(monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ValueError, match="The device is cuda, and torch finds no NVIDIA GPU here"):
        universal("chgnet", device="cuda")


@needs_sevenn
@pytest.mark.parametrize("number", [84, 96])
def test_an_element_that_sevennet_does_not_know_is_one_sentence(number):
    atoms = bulk("Cu")
    atoms.numbers[:] = number
    atoms.calc = universal("sevennet")
    with pytest.raises(ValueError, match=r"SevenNet was not trained on (Po|Cm)"):
        atoms.get_potential_energy()


@needs_sevenn
def test_there_is_no_stress_of_a_molecule():
    atoms = ethanol()
    atoms.calc = universal("sevennet")
    with pytest.raises(ValueError, match="There is no stress: the atoms are not periodic"):
        atoms.get_stress()


@needs_chgnet
def test_weights_of_a_file_are_used(potential, tmp_path):
    """As CHGNet's Trainer saves them: the numbers change with the file."""
    import torch

    content = torch.load(inside("chgnet", "0.3.0"), map_location="cpu", weights_only=True)
    content["model"]["state_dict"]["composition_model.fc.weight"] += 1
    torch.save(content, tmp_path / "mine.pth.tar")
    energies = []
    for calculator in (potential, universal("chgnet", weights=tmp_path / "mine.pth.tar")):
        atoms = lgps()
        atoms.calc = calculator
        energies.append(atoms.get_potential_energy() / len(atoms))
    assert energies[1] == pytest.approx(energies[0] + 1, abs=1e-5)


@needs_chgnet
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda model: model["model_args"].update(mlp_first=False), "its mlp_first is False and not True"),
        (lambda model: model["state_dict"].pop("mlp.layers.0.bias"), r"KeyError: 'mlp\.layers\.0\.bias'"),
        (
            lambda model: model["state_dict"].update({k: v.double() for k, v in model["state_dict"].items()}),
            r"its numbers are torch\.float64 and not torch\.float32",
        ),
    ],
    ids=["architecture", "missing number", "dtype"],
)
def test_weights_that_do_not_fit_are_one_sentence(change, sentence, tmp_path):
    import torch

    content = torch.load(inside("chgnet", "0.3.0"), map_location="cpu", weights_only=True)
    change(content["model"])
    torch.save(content, tmp_path / "mine.pth.tar")
    with pytest.raises(ValueError, match=rf"mine\.pth\.tar cannot be used as weights of CHGNet .*{sentence}"):
        universal("chgnet", weights=tmp_path / "mine.pth.tar")


@pytest.mark.parametrize(
    ("name", "title"),
    [
        pytest.param("chgnet", "CHGNet", marks=needs_chgnet),
        pytest.param("sevennet", "SevenNet", marks=needs_sevenn),
    ],
)
@pytest.mark.parametrize("content", [b"", b"not the weights"], ids=["empty", "damaged"])
def test_a_damaged_file_of_weights_is_one_sentence(name, title, content, tmp_path):
    (tmp_path / "mine").write_bytes(content)
    with pytest.raises(ValueError, match=f"mine cannot be used as weights of {title}"):
        universal(name, weights=tmp_path / "mine")


@needs_sevenn
def test_weights_of_several_functionals_need_the_name_that_asks_for_one():
    with pytest.raises(ValueError, match="its functionals are R2SCAN, PBE, and None was chosen"):
        universal("sevennet", weights=inside("sevenn", "MF_0"))


def test_without_the_package_one_sentence_says_how_to_get_it(monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "chgnet" else find_spec(name, *a))
    with pytest.raises(ImportError, match="CHGNet is not installed: run `python -m pip install chgnet=="):
        universal("chgnet-r2scan")


@pytest.mark.slow
def test_the_lecture_runs_to_its_end_without_chgnet(root, tmp_path):
    """A start-up file hides the package from the notebook's kernel, as if it had never been installed."""
    (tmp_path / "sitecustomize.py").write_text(
        "import importlib.util as u\nfind = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name.split('.')[0] == 'chgnet' else find(name, *a)\n"
    )
    notebook = nbformat.read(root / "lectures" / "10_ionic_conductivity.ipynb", as_version=4)
    client = NotebookClient(notebook, timeout=HANGS, resources={"metadata": {"path": root / "lectures"}})
    client.execute(env={**os.environ, "PYTHONPATH": str(tmp_path)})
    printed = "".join(out.get("text", "") for cell in notebook.cells for out in cell.get("outputs", []))
    assert "CHGNet is not installed" in printed
    assert "No CHGNet, no live run: the shipped trajectory below stands in." in printed
    assert "shown: the shipped file lgps_850K.npz" in printed


@pytest.mark.parametrize("content", [None, b"", b"not the weights"], ids=["missing", "empty", "damaged"])
def test_missing_or_damaged_weights_are_one_sentence(monkeypatch, tmp_path, content):
    """They are looked for inside the package, wherever that is installed; here it is a folder of ours."""
    (tmp_path / "chgnet").mkdir()
    (tmp_path / "chgnet" / "__init__.py").write_text("")
    file = tmp_path / "chgnet" / "pretrained" / "0.3.0" / "chgnet_0.3.0_e29f68s314m37.pth.tar"
    file.parent.mkdir(parents=True)
    if content is not None:
        file.write_bytes(content)
    find_spec = importlib.util.find_spec
    spec = importlib.util.spec_from_file_location("chgnet", tmp_path / "chgnet" / "__init__.py")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: spec if name == "chgnet" else find_spec(name, *a))
    with pytest.raises(ImportError, match="weights are missing or damaged: run `python -m pip install"):
        universal("chgnet")
