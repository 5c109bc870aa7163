"""Run-or-load: what is shipped is whole, says how it was made, and is never replaced in silence."""

import json
import re
import shlex
import subprocess
import sys

import numpy as np
import pytest

from course_lib.data.catalogue import CATALOGUE, SPLITS, load, provenance
from course_lib.data.lj_phases import Phases
from course_lib.data.shipped import FOLDER, RECORD, checked_path, records, sha256
from course_lib.data.torsion_series import TorsionSeries

PIECES = [(name, {}) for name, entry in CATALOGUE.items() if not entry.choices]
PIECES += [("ethanol", {"split": split}) for split in SPLITS]
PIECES += [("lgps", {"temperature": T}) for T in CATALOGUE["lgps"].choices["temperature"]]
PIECES += [("lgps_distilled", {"teacher": name}) for name in CATALOGUE["lgps_distilled"].choices["teacher"]]
PIECES += [("lgps_frames", {"teacher": name}) for name in CATALOGUE["lgps_frames"].choices["teacher"]]
FILES = {CATALOGUE[name].file.format(**choice): (name, choice) for name, choice in PIECES}
COMMANDS = sorted({CATALOGUE[name].command(**choice) for name, choice in PIECES})


def test_every_shipped_file_stands_in_the_catalogue_and_has_the_recorded_checksum():
    data = {path.name for path in FOLDER.iterdir() if path.suffix in (".npz", ".csv", ".extxyz", ".json")}
    assert data - {RECORD} == set(records()) == set(FILES)
    for file, made in records().items():
        assert sha256(FOLDER / file) == made["sha256"], file


@pytest.mark.parametrize(("name", "choice"), PIECES)
def test_every_piece_is_read_and_says_where_it_comes_from(name, choice):
    content, text = load(name, **choice), provenance(name, **choice)
    kind = {"a list": list, "a dict": dict, "Phases": Phases, "a TorsionSeries": TorsionSeries}
    wanted = [kind[start] for start in kind if CATALOGUE[name].holds.startswith(start)] or [object]
    assert isinstance(content, wanted[0])
    shown, how, made, again = (
        text.index(word) for word in ("shown: the shipped file ", "\nhow:   ", "\nmade:  20", "\nagain: ")
    )
    assert shown < how < made < again and text.endswith(CATALOGUE[name].command(**choice))
    assert re.search("CPU (seconds|minutes)|less than a second", text)


@pytest.mark.parametrize("file", FILES)
def test_a_missing_or_changed_file_is_one_sentence_with_the_command(file, tmp_path):
    name, choice = FILES[file]
    command = re.escape(CATALOGUE[name].command(**choice))
    (tmp_path / RECORD).write_bytes((FOLDER / RECORD).read_bytes())
    with pytest.raises(FileNotFoundError, match=rf"{file} is missing: .*remake it: {command}$"):
        load(name, tmp_path, **choice)
    whole = (FOLDER / file).read_bytes()
    (tmp_path / file).write_bytes(whole)
    load(name, tmp_path, **choice)
    one_byte = whole[:500] + bytes([whole[500] ^ 1]) + whole[501:] if len(whole) > 500 else whole[:-1] + b"!"
    for damaged in (one_byte, whole[: len(whole) // 2], b""):
        (tmp_path / file).write_bytes(damaged)
        with pytest.raises(ValueError, match=rf"{file} is damaged or was changed: .*remake it: {command}$"):
            load(name, tmp_path, **choice)


def test_a_file_without_a_recorded_checksum_is_not_trusted(tmp_path):
    (tmp_path / RECORD).write_text("{}")
    (tmp_path / "argon_pair.csv").write_bytes((FOLDER / "argon_pair.csv").read_bytes())
    with pytest.raises(ValueError, match="damaged or was changed"):
        checked_path("argon_pair.csv", "make it", tmp_path)


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: load("argon"), "There is no shipped data 'argon': choose one of alkanes, argon_pair, "),
        (lambda: load(["lgps"]), r"There is no shipped data \['lgps'\]: choose one of "),
        (lambda: load("lgps"), "no shipped lgps with temperature=None: choose 500, 650, 850."),
        (lambda: load("lgps", temperature=700), "no shipped lgps with temperature=700: choose 500, 650, 850."),
        (lambda: load("lgps", temperature=np.array([500, 650])), r"temperature=array\(\[500, 650\]\): choose 500"),
        (lambda: load("ethanol", split="training"), "no shipped ethanol with split='training': choose None, 'train', "),
        (lambda: load("ethanol", part="test"), "There is no part to choose for ethanol: choose split."),
        (lambda: load("argon_pair", split="test"), "There is no split to choose for argon_pair: leave it out."),
        (lambda: provenance("lgps", temperature=True), "no shipped lgps with temperature=True"),
    ],
)
def test_what_is_not_there_is_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_numbers_of_numpy_choose_too():
    assert load("lgps", temperature=np.float64(850)).about["temperature_K"] == 850


@pytest.mark.parametrize("command", COMMANDS)
def test_the_command_of_every_message_is_one_that_its_script_knows(command, script, monkeypatch, capsys):
    """With --help behind its own arguments: a script that is not there or does not know them ends with an error."""
    python, path, *arguments = shlex.split(command)
    assert (python, path.rpartition("/")[0]) == ("python", "tools/make_data")
    monkeypatch.setattr(sys, "argv", [path, *arguments, "--help"])
    name = path.rpartition("/")[2].removesuffix(".py")
    if name == "argon_pair":
        pytest.importorskip("pyscf")
    with pytest.raises(SystemExit) as end:
        script(name).main()
    assert end.value.code == 0 and "usage: " in capsys.readouterr().out


def test_a_script_starts_from_the_folder_of_the_course(root):
    done = subprocess.run([sys.executable, "tools/make_data/lj_phases.py", "--help"], cwd=root, capture_output=True)
    assert done.returncode == 0 and b"usage: lj_phases.py" in done.stdout


def test_every_command_that_is_written_down_is_one_of_a_script_that_is_there(root):
    """In docstrings, data cards, tables, lectures and the README: none names a module or a file that has gone."""
    notebooks = [*root.glob("lectures/*.ipynb"), *root.glob("solutions/*/*.ipynb"), *root.glob("exercises/*/*.ipynb")]
    texts = [*root.glob("course_lib/**/*.py"), *root.glob("tools/**/*.py"), *FOLDER.glob("*.csv"), *FOLDER.glob("*.md")]
    found = set()
    for path in [*texts, *notebooks, root / "README.md"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"course_lib[./]data[./]make_", text), path
        found |= set(re.findall(r"tools/make_data/(\w+\.py)", text))
    assert {command.split()[1].rpartition("/")[2] for command in COMMANDS} <= found
    for name in found:
        assert (root / "tools" / "make_data" / name).is_file(), name


def test_what_is_shipped_anew_is_recorded_beside_the_others(script, tmp_path):
    shipping = script("shipping")
    (tmp_path / RECORD).write_text(json.dumps({"other.csv": {"sha256": "0"}}))
    story = {"how": "by hand", "made_with": "a pencil", "cost": "1 CPU seconds", "folder": tmp_path}
    shipping.ship_table("dft_water", {"method": "", "OH_A": ".2f"}, [("hf", 0.944), ("pbe", 0.971)], **story)
    table = load("dft_water", tmp_path)
    assert list(table["method"]) == ["hf", "pbe"] and list(table["OH_A"]) == [0.94, 0.97]
    text = (tmp_path / "dft_water.csv").read_text(encoding="utf-8")
    for words in (
        "water relaxed",
        "by hand",
        "with a pencil by: python tools/make_data/dft.py",
        "1 CPU seconds",
        "CC BY",
    ):
        assert words in text
    assert set(records(tmp_path)) == {"other.csv", "dft_water.csv"}

    def fails(path):
        path.write_text("half of")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shipping.ship("dft_water", fails, **story)
    assert (tmp_path / "dft_water.csv").read_text(encoding="utf-8") == text and len(list(tmp_path.iterdir())) == 2


def test_trajectories_of_one_molecule_come_back(script, tmp_path):
    shipping, runs = script("shipping"), load("water_aimd")
    (tmp_path / RECORD).write_text("{}")
    write = shipping.runs_writer(runs, {"harmonic_cm": np.array([1.0, 2.0])})
    shipping.ship("water_aimd", write, "h", "w", "c", folder=tmp_path)
    again = load("water_aimd", tmp_path)
    assert len(again) == 2 and again[0].about == {"harmonic_cm": [1.0, 2.0], "runs": 2}
    for old, new in zip(runs, again):
        np.testing.assert_array_equal(new.positions, old.positions)
        np.testing.assert_array_equal(new.velocities, old.velocities)
        np.testing.assert_array_equal(new.time_fs, old.time_fs)
