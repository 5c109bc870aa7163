"""CHGNet through the course's own door: the stock numbers, true derivatives, and clear refusals."""

import contextlib
import importlib.util
import io
import os
import warnings

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
def test_energy_and_forces_are_those_of_the_stock_calculator(potential, rattled):
    from chgnet.model.dynamics import CHGNetCalculator

    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        stock = CHGNetCalculator(use_device="cpu")
        rattled.calc = stock
        energy, forces, stress = rattled.get_potential_energy(), rattled.get_forces(), rattled.get_stress()
    rattled.calc = potential
    assert rattled.get_potential_energy() == pytest.approx(energy, abs=1e-4)
    assert np.abs(forces).max() > 1.0
    np.testing.assert_allclose(rattled.get_forces(), forces, atol=2e-5)
    np.testing.assert_allclose(rattled.get_stress(), stress, atol=2e-6)  # asked for, it is computed


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
        (bulk("Cm", "fcc", a=5.0), r"trained on elements up to Pu \(94\): Cm has a heavier one"),
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
        ValueError, match=r"There is no universal potential 'oracle' here: choose one of chgnet, m3gnet, mace\."
    ):
        universal("oracle")


def test_without_the_package_one_sentence_says_how_to_get_it(monkeypatch):
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name, *a: None if name == "chgnet" else find_spec(name, *a))
    with pytest.raises(ImportError, match="CHGNet is not installed: run `python -m pip install chgnet=="):
        universal("chgnet")


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


@needs_chgnet
@pytest.mark.parametrize("content", [None, b"", b"not the weights"], ids=["missing", "empty", "damaged"])
def test_missing_or_damaged_weights_are_one_sentence(monkeypatch, tmp_path, content):
    """CHGNet looks for its weights beside its code; there we put another file, or none."""
    from chgnet.model import model

    def from_file(path, **kwargs):
        other = tmp_path / "weights.pth.tar"
        if content is not None:
            other.write_bytes(content)
        return load(str(other), **kwargs)

    load = model.CHGNet.from_file
    monkeypatch.setattr(model.CHGNet, "from_file", from_file)
    with pytest.raises(ImportError, match="weights are missing or damaged: run `python -m pip install"):
        universal("chgnet")
