"""Run-or-load: what is shipped is whole, says how it was made, and is never replaced in silence."""

import json
import shutil

import numpy as np
import pytest

from course_lib.data.lgps import COMMAND, LENGTH_PS, file_name, load_lgps, provenance
from course_lib.data.shipped import CHECKSUMS, FOLDER, checked_path, sha256, write_checksum
from course_lib.dynamics.trajectory import Trajectory
from course_lib.structures import lgps
from course_lib.transport.drift import remove_framework_drift
from course_lib.transport.msd import msd_fft


@pytest.fixture
def folder(tmp_path):
    """A copy of one shipped file with its checksum, to be broken."""
    shutil.copy(FOLDER / file_name(850), tmp_path)
    write_checksum(file_name(850), tmp_path)
    return tmp_path


def test_every_shipped_file_has_the_checksum_that_is_recorded():
    recorded = json.loads((FOLDER / CHECKSUMS).read_text())
    assert {file_name(T) for T in LENGTH_PS} <= set(recorded)
    for name in recorded:
        assert sha256(FOLDER / name) == recorded[name], name
    data = {path.name for path in FOLDER.iterdir() if path.suffix in (".npz", ".csv", ".extxyz", ".json")}
    assert data - {CHECKSUMS} == set(recorded)


@pytest.mark.parametrize("temperature", LENGTH_PS)
def test_the_shipped_runs_are_what_they_say(temperature):
    run = load_lgps(temperature)
    about = run.about
    assert run.symbols == lgps().get_chemical_symbols()
    np.testing.assert_allclose(run.cell, lgps().cell.array)
    np.testing.assert_allclose(np.diff(run.time_fs), 100.0)
    assert run.time_fs[-1] == 1000 * LENGTH_PS[temperature] and not about["cancelled"]
    assert about["temperature_K"] == temperature and about["command"] == COMMAND.format(temperature=temperature)
    # The thermostat held: the mean of a canonical kinetic temperature, correlated over about 2 ps.
    spread = temperature * np.sqrt(2 / (3 * 49)) / np.sqrt(LENGTH_PS[temperature] / 2)
    assert abs(run.temperature.mean() - temperature) < 3 * spread
    assert len(about["made_on"]) == 10 and about["cpu_minutes"] > 1


@pytest.mark.parametrize("temperature", LENGTH_PS)
def test_the_framework_is_solid_and_the_lithium_is_not(temperature):
    run = load_lgps(temperature)
    symbols = np.array(run.symbols)
    r = remove_framework_drift(run.positions, symbols != "Li")
    last = int(0.3 * len(run))
    msd = {symbol: msd_fft(r[:, symbols == symbol])[last] for symbol in ("Li", "P", "S", "Ge")}
    assert msd["Li"] > 4.5  # Å^2: out of the cages
    assert max(msd["P"], msd["Ge"]) < 2.0 and msd["S"] < 4.0 < msd["Li"] / 3
    # No bond was broken for good: the four S of each P and Ge are the same at both ends of the run.
    assert neighbours(run.atoms(0)) == neighbours(run.atoms(len(run) - 1))


def neighbours(atoms):
    """The four nearest S of each P and Ge."""
    symbols = np.array(atoms.get_chemical_symbols())
    distances = atoms.get_all_distances(mic=True)[np.ix_((symbols == "P") | (symbols == "Ge"), symbols == "S")]
    return [set(row[:4].tolist()) for row in np.argsort(distances, axis=1)]


def test_the_screen_says_what_is_shown_when_it_was_made_and_how_to_remake_it(folder):
    run = load_lgps(850, folder)
    text = provenance(run)
    for part in ("the shipped file lgps_850K.npz", "25 ps", "850 K", "CHGNet 0.3.0", run.about["made_on"], "CPU min"):
        assert part in text
    assert text.endswith("again: python -m course_lib.data.make_lgps_trajectories --only 850")
    del run.about["file"]  # as it comes from the simulation itself
    assert "a run computed here" in provenance(run) and "shipped" not in provenance(run)


def test_a_missing_file_is_one_sentence_with_the_command(folder):
    (folder / file_name(850)).unlink()
    with pytest.raises(FileNotFoundError, match=r"lgps_850K.npz is missing.*remake it: python -m .* --only 850$"):
        load_lgps(850, folder)


@pytest.mark.parametrize("damage", ["one byte", "half", "empty"])
def test_a_damaged_file_is_one_sentence_with_the_command(folder, damage):
    path = folder / file_name(850)
    whole = path.read_bytes()
    changed = bytes([whole[500] ^ 1])
    path.write_bytes(
        {"one byte": whole[:500] + changed + whole[501:], "half": whole[: len(whole) // 2], "empty": b""}[damage]
    )
    with pytest.raises(ValueError, match=r"lgps_850K.npz is damaged .*remake it: python -m .* --only 850"):
        load_lgps(850, folder)


def test_a_file_without_a_recorded_checksum_is_not_trusted(folder):
    (folder / CHECKSUMS).write_text("{}")
    with pytest.raises(ValueError, match="damaged or was changed"):
        checked_path(file_name(850), "make it", folder)


def test_a_temperature_that_was_not_run_is_one_sentence():
    with pytest.raises(ValueError, match="no shipped LGPS run at 700 K: choose 850, 650, 500"):
        load_lgps(700)


def test_a_file_that_is_no_trajectory_is_one_sentence(tmp_path):
    (tmp_path / "run.npz").write_bytes(b"not a zip file")
    with pytest.raises(ValueError, match=r"cannot be read .*: make it anew"):
        Trajectory.load(tmp_path / "run.npz")
    with pytest.raises(FileNotFoundError, match="There is no trajectory at"):
        Trajectory.load(tmp_path / "none.npz")


def test_what_is_saved_is_what_is_loaded(folder):
    run = load_lgps(850, folder)
    run.save(folder / "again.npz")
    again = Trajectory.load(folder / "again.npz")
    np.testing.assert_array_equal(again.positions, run.positions)
    assert again.about == run.about and again.symbols == run.symbols
