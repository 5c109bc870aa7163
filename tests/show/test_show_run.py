"""The short run with progress and cancel."""

import asyncio

import numpy as np
import pytest

from course_lib.dynamics.simulation import Simulation, simulate
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.potentials.lennard_jones import LennardJones
from course_lib.show import run
from course_lib.show.run import run_with_progress
from course_lib.structures import argon_crystal


def argon():
    atoms = argon_crystal(repeat=2)
    atoms.calc = LennardJones(cutoff=5.2, skin=0.5)
    thermal_velocities(atoms, 40)
    return atoms


@pytest.fixture
def shown(monkeypatch):
    """What the cell displays."""
    things = []
    monkeypatch.setattr(run, "display", things.append)
    return things


def test_it_is_the_same_run_as_without_progress(shown):
    trajectory = asyncio.run(run_with_progress(Simulation(argon(), 2.0), 40, every=10))
    expected = simulate(argon(), 40, 2.0, every=10, progress=False)
    np.testing.assert_array_equal(trajectory.positions, expected.positions)
    np.testing.assert_array_equal(trajectory.time_fs, [0, 20, 40, 60, 80])
    assert trajectory.about["cancelled"] is False
    assert 'value="4" max="4"' in shown[0].bar.value and shown[0].line.value == "done at 80 fs"


def test_a_click_on_cancel_returns_the_frames_so_far(shown):
    async def scenario():
        simulation = Simulation(argon(), 2.0)
        running = asyncio.create_task(run_with_progress(simulation, 10**6, every=10))
        while simulation.steps_done < 30:
            await asyncio.sleep(0)
        shown[0].cancel.click()
        return await asyncio.wait_for(running, 10), simulation

    trajectory, simulation = asyncio.run(scenario())
    assert trajectory.about["cancelled"] is True
    assert len(trajectory) == simulation.steps_done // 10 + 1 < 20
    assert shown[0].cancel.disabled and shown[0].line.value.startswith("stopped at")


def test_the_stop_button_returns_the_frames_so_far(shown):
    async def scenario():
        simulation = Simulation(argon(), 2.0)
        running = asyncio.create_task(run_with_progress(simulation, 10**6, every=10))
        while simulation.steps_done < 30:
            await asyncio.sleep(0)
        running.cancel()  # what ipykernel does with an interrupt of a cell that awaits
        return await running

    assert asyncio.run(scenario()).about["cancelled"] is True


def test_a_blow_up_is_not_hidden(shown):
    with pytest.raises(FloatingPointError, match="blew up") as caught:
        asyncio.run(run_with_progress(Simulation(argon(), 500.0), 1000, every=10))
    assert shown[0].cancel.disabled
    assert len(caught.value.trajectory) >= 1 and caught.value.trajectory.about["cancelled"]


@pytest.mark.parametrize(("steps", "every"), [(10, 0), (5, 10), (0, 1)])
def test_bad_numbers_are_one_sentence(steps, every, shown):
    with pytest.raises(ValueError, match=r"(steps|every) is 0: give a whole number|no frame every 10 steps"):
        asyncio.run(run_with_progress(Simulation(argon(), 2.0), steps, every))
