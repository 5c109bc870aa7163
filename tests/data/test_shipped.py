"""The shipped LGPS trajectories are what they say, and what is saved of a trajectory is what is loaded."""

import numpy as np
import pytest

from course_lib.data.catalogue import CATALOGUE, load
from course_lib.dynamics.trajectory import Trajectory
from course_lib.labels.lgps import LENGTH_PS
from course_lib.structures import lgps
from course_lib.transport.drift import remove_framework_drift
from course_lib.transport.msd import msd_fft


@pytest.mark.parametrize("temperature", LENGTH_PS)
def test_the_shipped_runs_are_what_they_say(temperature):
    run = load("lgps", temperature=temperature)
    about = run.about
    assert run.symbols == lgps().get_chemical_symbols()
    np.testing.assert_allclose(run.cell, lgps().cell.array)
    np.testing.assert_allclose(np.diff(run.time_fs), 100.0)
    assert run.time_fs[-1] == 1000 * LENGTH_PS[temperature] and not about["cancelled"]
    assert about["temperature_K"] == temperature
    # The thermostat held: the mean of a canonical kinetic temperature, correlated over about 2 ps.
    spread = temperature * np.sqrt(2 / (3 * 49)) / np.sqrt(LENGTH_PS[temperature] / 2)
    assert abs(run.temperature.mean() - temperature) < 3 * spread
    assert set(LENGTH_PS) == set(CATALOGUE["lgps"].choices["temperature"])
    assert len(about["made_on"]) == 10 and about["cpu_minutes"] > 1


@pytest.mark.parametrize("temperature", LENGTH_PS)
def test_the_framework_is_solid_and_the_lithium_is_not(temperature):
    run = load("lgps", temperature=temperature)
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


def test_a_file_that_is_no_trajectory_is_one_sentence(tmp_path):
    (tmp_path / "run.npz").write_bytes(b"not a zip file")
    with pytest.raises(ValueError, match=r"cannot be read .*: make it anew"):
        Trajectory.load(tmp_path / "run.npz")
    with pytest.raises(FileNotFoundError, match="There is no trajectory at"):
        Trajectory.load(tmp_path / "none.npz")


def test_what_is_saved_is_what_is_loaded(tmp_path):
    run = load("lgps", temperature=850)
    run.save(tmp_path / "again.npz")
    again = Trajectory.load(tmp_path / "again.npz")
    np.testing.assert_array_equal(again.positions, run.positions)
    assert again.about == run.about and again.symbols == run.symbols
