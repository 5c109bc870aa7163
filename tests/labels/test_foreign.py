"""M3GNet and MACE in their own environments: the numbers of the packages themselves, across the border and back."""

import gc
import json
import os
import signal
import subprocess
import sys
import threading
import time

import environments
import numpy as np
import psutil
import pytest
from ase import Atoms
from ase.build import bulk, molecule
from ase.io import write

from course_lib.labels.environments import python_of
from course_lib.labels.foreign import MACE, M3GNet
from course_lib.labels.process import Process
from course_lib.labels.universal import universal

WEIGHTS = "weights/M3GNet-MP-2021.2.8-PES"


@pytest.fixture(scope="module")
def m3gnet(public_data):
    return universal(environments.needed("m3gnet"), weights=public_data / WEIGHTS)


@pytest.fixture(scope="module")
def structures():
    """A rattled crystal, a skewed one of two elements, and a molecule."""
    silicon = bulk("Si", cubic=True) * (2, 1, 1)
    oxide = bulk("SiO", "rocksalt", a=4.4) * (2, 2, 1)
    ethanol = molecule("CH3CH2OH")
    for seed, atoms in enumerate((silicon, oxide, ethanol)):
        atoms.rattle(0.1, seed=seed)
    return silicon, oxide, ethanol


@pytest.fixture(scope="module")
def made(tmp_path_factory, structures):
    """A folder with a small model of random weights, and what the stock calculator computes with it."""
    environments.needed("mace")
    folder = tmp_path_factory.mktemp("mace")
    write(folder / "structures.extxyz", structures)
    script = os.path.join(os.path.dirname(__file__), "make_mace.py")
    subprocess.run([python_of("mace"), "-I", script, folder], check=True, capture_output=True)
    assert (folder / "tiny.model").stat().st_size < 1e6
    return folder


@pytest.fixture(scope="module")
def mace(made):
    return MACE(made / "tiny.model", dtype="float64")


def test_energies_of_salts_are_those_of_the_weights_before_matgl_turned_the_messages(m3gnet):
    """Stock matgl 4.1.2 gives -1.25, +1.10 and -2.12 eV/atom; the Materials Project's DFT -3.37, -4.84 and -5.96."""
    assert "messages summed at the end of an edge" in m3gnet.about
    for name, a, energy in (("NaCl", 5.64, -3.368), ("LiF", 4.03, -4.834), ("MgO", 4.21, -5.956)):
        pair = bulk(name, "rocksalt", a=a)
        pair.calc = m3gnet
        assert pair.get_potential_energy() / 2 == pytest.approx(energy, abs=0.01)


def test_lattice_constants_are_those_of_the_model_card(m3gnet):
    """Å, from the README of the weights: computed by its authors, before matgl 4."""
    for symbol, lattice, a in (("Mo", "bcc", 3.16398), ("Si", "diamond", 5.45671), ("Al", "fcc", 4.05227)):
        lengths, stresses = [0.995 * a, 1.005 * a], []
        for length in lengths:
            crystal = bulk(symbol, lattice, a=length)
            crystal.calc = m3gnet
            stresses.append(crystal.get_stress()[:3].mean())
        assert np.interp(0, stresses, lengths) == pytest.approx(a, abs=0.004)


def slopes(atoms, calculator, h=0.01):
    """Forces on two coordinates and two elements of the stress, by differences of energies."""
    found = []
    for atom, axis in ((0, 0), (5, 2)):
        energies = []
        for sign in (1, -1):
            moved = atoms.copy()
            moved.positions[atom, axis] += sign * h
            moved.calc = calculator
            energies.append(moved.get_potential_energy())
        found.append(-(energies[0] - energies[1]) / (2 * h))
    for i, j in ((0, 0), (1, 2)):
        energies = []
        for sign in (1, -1):
            strain = np.eye(3)
            strain[i, j] += sign * h / 4
            strain[j, i] += sign * h / 4 if i != j else 0
            moved = atoms.copy()
            moved.set_cell(atoms.cell @ strain, scale_atoms=True)
            moved.calc = calculator
            energies.append(moved.get_potential_energy())
        found.append((energies[0] - energies[1]) / (h / 2 * (1 if i == j else 2)) / atoms.get_volume())
    return np.array(found)


@pytest.mark.parametrize("which, exact", [("m3gnet", 2e-2), ("mace", 1e-3)])
def test_forces_and_stress_are_the_slopes_of_the_energy(request, structures, which, exact):
    atoms = structures[1].copy()
    atoms.calc = request.getfixturevalue(which)
    forces, stress = atoms.get_forces(), atoms.get_stress()
    expected = slopes(atoms, atoms.calc)
    np.testing.assert_allclose([forces[0, 0], forces[5, 2]], expected[:2], atol=exact)
    np.testing.assert_allclose(stress[[0, 3]], expected[2:], atol=exact / 10)


@pytest.mark.parametrize("which", ["m3gnet", "mace"])
def test_a_left_handed_cell_has_the_same_stress(request, structures, which):
    right = structures[1].copy()
    left = right.copy()
    left.set_cell(right.cell[[1, 0, 2]])
    right.calc = left.calc = request.getfixturevalue(which)
    stress = right.get_stress()
    np.testing.assert_allclose(left.get_stress(), stress, atol=1e-6)
    assert np.abs(stress).max() > 1e-4


def of_kind(folder, kind):
    """In double precision, in single, or for one of two functionals."""
    if kind.startswith("float"):
        return MACE(folder / "tiny.model", dtype=kind)
    return MACE(folder / "two.model", dtype="float64", functional=kind)


@pytest.mark.parametrize("kind", ["float64", "float32", "pbe", "r2scan"])
def test_mace_is_the_stock_calculator(made, structures, kind):
    stock = np.load(made / "stock.npz")
    assert stock["version"] == "0.3.16"
    calculator = of_kind(made, kind)
    for number, atoms in enumerate(structures):
        atoms = atoms.copy()
        atoms.calc = calculator
        exact = 2e-5 if kind == "float32" else 1e-6  # the last digit of 80 eV in single precision is 8e-6
        assert atoms.get_potential_energy() == pytest.approx(stock[f"{kind} {number} energy"].item(), abs=exact)
        np.testing.assert_allclose(atoms.get_forces(), stock[f"{kind} {number} forces"], atol=exact)
        if atoms.pbc.all():
            np.testing.assert_allclose(atoms.get_stress(), stock[f"{kind} {number} stress"], atol=1e-6)


def test_stress_is_computed_only_when_it_is_asked_for(mace, structures):
    atoms = structures[0].copy()
    atoms.calc = mace
    atoms.get_forces()
    assert set(mace.results) == {"energy", "free_energy", "forces"}
    assert atoms.get_stress().shape == (6,)


@pytest.mark.parametrize(
    "which, atoms, sentence",
    [
        ("m3gnet", molecule("H2O"), "M3GNet knows periodic crystals only: give the atoms a cell and set pbc=True"),
        ("m3gnet", bulk("Cm", "fcc", a=5.0), "These weights of M3GNet do not know Cm"),
        ("m3gnet", Atoms("Si2", [[0, 0, 0]] * 2, cell=[5, 5, 5], pbc=True), r"Two atoms are 0\.000 Å apart"),
        ("mace", bulk("Cu"), "These weights of MACE do not know Cu"),
        ("mace", Atoms(cell=[5, 5, 5], pbc=True), "There are no atoms"),
    ],
)
def test_what_the_weights_do_not_know_is_one_sentence(request, which, atoms, sentence):
    atoms.calc = request.getfixturevalue(which)
    with pytest.raises(ValueError, match=sentence):
        atoms.get_potential_energy()


def test_a_molecule_has_no_stress(mace):
    atoms = molecule("H2O")
    atoms.calc = mace
    with pytest.raises(ValueError, match="Only a crystal has a stress"):
        atoms.get_stress()


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot interrupt a thread")
def test_an_interrupted_calculation_does_not_mix_up_the_answers(mace, structures):
    first, second = structures[0] * (4, 4, 2), structures[1].copy()  # the first takes a while
    first.calc = second.calc = mace
    expected = second.get_forces()
    timer = threading.Timer(0.02, lambda: signal.raise_signal(signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        first.get_forces()
    timer.join()
    second.positions += 0.0
    mace.reset()
    np.testing.assert_allclose(second.get_forces(), expected, atol=1e-10)


def test_the_border_costs_little(mace, structures):
    """A question about 48 atoms and its answer, without the model: an impossible pbc is refused at once."""
    atoms = structures[0] * (3, 1, 1)
    arrays = {"numbers": atoms.numbers, "positions": atoms.positions, "cell": atoms.cell[:], "pbc": np.zeros(5)}
    child = psutil.Process(mace._process._child.pid)

    def processor():
        return time.process_time() + sum(child.cpu_times()[:2])  # wall time would be that of a busy machine

    start = processor()
    for _ in range(200):
        with pytest.raises(ValueError):
            mace._process.ask({"stress": False}, **arrays)
    assert (processor() - start) / 200 < 4e-3  # 0.3 ms; 1 ms where three programs share a core


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signal")
def test_a_killed_process_is_one_sentence_and_the_next_call_starts_it_anew(mace, structures):
    atoms = structures[0].copy()
    atoms.calc = mace
    before = atoms.get_forces()
    child = mace._process._child
    os.kill(child.pid, signal.SIGKILL)
    mace.reset()
    with pytest.raises(
        ValueError, match=r"The process of MACE has ended \(signal 9; .*: compute again, it starts anew"
    ):
        atoms.get_forces()
    np.testing.assert_allclose(atoms.get_forces(), before, atol=1e-10)


def test_the_process_ends_with_its_calculator(made):
    calculator = MACE(made / "tiny.model")
    pid = calculator._process._child.pid
    assert psutil.pid_exists(pid)
    del calculator
    gc.collect()
    assert not psutil.pid_exists(pid)


def test_damaged_weights_are_one_sentence(root, public_data, made, tmp_path):
    """All in one process for each package, because loading it is what takes time."""
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for file in (public_data / WEIGHTS).glob("*.*"):
        (damaged / file.name).write_bytes(file.read_bytes())
    (damaged / "state.pt").write_bytes(b"not the weights")
    said = load_badly(root, environments.needed("m3gnet"), {}, tmp_path, damaged)
    assert said == [
        f"{tmp_path} is no folder of M3GNet's weights: there is no model.json in it.",
        f"{damaged} cannot be read (UnpicklingError): fetch it anew.",
    ]
    (tmp_path / "bad.model").write_bytes(b"not the weights")
    settings = {"dtype": "float32", "functional": None}
    said = load_badly(root, "mace", settings, tmp_path / "bad.model", "oracle", made / "two.model")
    assert said[0] == f"{tmp_path / 'bad.model'} cannot be read as a MACE model (UnpicklingError): fetch it anew."
    assert said[1].startswith("There is no file oracle, nor does mace know that name: give a file, or one of small, ")
    two = "two.model has the functionals pbe, r2scan, and functional is None: choose one of them."
    assert said[2] == f"{made}{os.sep}{two}"
    said = load_badly(root, "mace", {"dtype": "float32", "functional": "pbe"}, made / "tiny.model")
    assert said == [f"{made / 'tiny.model'} has one functional, and functional is 'pbe': leave it out."]


def load_badly(root, name, settings, *weights):
    script = root / "tests" / "labels" / "load_badly.py"
    command = [python_of(name), "-I", script, root, f"{name}_model", json.dumps(settings), *weights]
    done = subprocess.run(command, capture_output=True, text=True)
    return [row.removeprefix("SAID: ") for row in done.stdout.splitlines() if row.startswith("SAID: ")]


@pytest.mark.parametrize("make, title", [(M3GNet, "M3GNet"), (MACE, "MACE")])
def test_settings_that_cannot_be_are_one_sentence(make, title):
    with pytest.raises(ValueError, match=f"{title} runs on the processor here: device is 'cuda'"):
        make("weights", device="cuda")
    with pytest.raises(ValueError, match="threads is 0"):
        make("weights", threads=0)


def test_a_precision_that_is_none_is_one_sentence():
    with pytest.raises(ValueError, match="dtype is 'half': choose float32 or float64"):
        MACE("weights", dtype="half")


@pytest.mark.parametrize("name", ["mace", "m3gnet"])
def test_without_the_environment_one_sentence_says_how_to_get_it(monkeypatch, tmp_path, name):
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    with pytest.raises(ImportError, match=f"is missing: run `course env {name}` once"):
        universal(name)


def test_a_broken_environment_is_one_sentence(monkeypatch, tmp_path):
    """An environment that says it is complete, without its packages."""
    import venv

    from course_lib.labels.environments import folder, stamp, stamp_file

    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    venv.create(folder("mace"), symlinks=os.name != "nt")
    stamp_file("mace").write_text(stamp("mace"), encoding="utf-8")
    with pytest.raises(
        ImportError, match=r"broken \(ModuleNotFoundError: .*\): remove the folder .* `course env mace`"
    ):
        Process("mace", "mace_model", {}, 1)
