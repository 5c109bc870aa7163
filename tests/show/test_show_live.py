"""The live simulation, driven without a browser."""

import asyncio
import threading

import nbformat
import numpy as np
import pytest
from nbclient import NotebookClient
from patience import HANGS

from course_lib.potentials.fast_lennard_jones import FastLennardJones
from course_lib.potentials.lennard_jones import LennardJones
from course_lib.show.live import THERMOSTATS, LiveSimulation
from course_lib.structures import argon_crystal

NONE = "none: constant energy"


def make_atoms():
    atoms = argon_crystal(repeat=2)
    atoms.calc = LennardJones(cutoff=5.2, skin=0.5)
    return atoms


def fast_atoms():
    atoms = argon_crystal(repeat=3)
    atoms.calc = FastLennardJones()
    return atoms


def columns(live):
    """Time (ps), potential, kinetic (meV/atom) and temperature (K) of the traces."""
    return np.array(live._rows).T


def test_a_step_moves_atoms_clock_and_traces():
    live = LiveSimulation(make_atoms, timestep_fs=5.0, steps_per_frame=3)
    picture = live.traces.value
    live.step(5)
    assert columns(live)[0][-1] == pytest.approx(0.075)
    assert live.clock.value == "0.07 ps"
    assert live.traces.value != picture
    assert np.abs(live.simulation.atoms.positions - make_atoms().positions).max() > 0.001


def test_without_thermostat_the_total_energy_stays():
    live = LiveSimulation(make_atoms, timestep_fs=2.0, temperature=40, steps_per_frame=8)
    live.thermostat.value = NONE
    live.step(25)
    _, potential, kinetic, _ = columns(live)
    assert np.ptp(potential) > 1.0
    assert np.ptp(potential + kinetic) < 0.02 * np.ptp(potential)


def test_with_thermostat_the_temperature_follows_the_slider():
    live = LiveSimulation(make_atoms, timestep_fs=10.0, temperature=10, steps_per_frame=40)
    live.temperature.value = 40
    live.step(30)
    temperature = columns(live)[3]
    assert temperature[0] == pytest.approx(10)
    assert temperature[10:].mean() == pytest.approx(40, rel=0.2)  # 12 ps: relaxes in .1 ps, fluctuates by 15 %


@pytest.mark.parametrize("name", [name for name in THERMOSTATS if name != NONE])
def test_each_thermostat_can_be_chosen_while_it_runs(name):
    live = LiveSimulation(fast_atoms, timestep_fs=5.0, temperature=20, steps_per_frame=80, thermostat=NONE)
    live.step(5)
    live.temperature.value = 60
    live.step(5)
    assert columns(live)[3][-1] < 30, "without a thermostat the slider must do nothing"
    live.thermostat.value = name
    live.step(20)
    assert columns(live)[3][-10:].mean() == pytest.approx(60, rel=0.25)
    live.thermostat.value = NONE
    live.step(5)
    _, potential, kinetic, _ = columns(live)
    assert np.ptp((potential + kinetic)[-5:]) < 0.02  # meV/atom


def test_structure_is_drawn_under_the_atoms():
    live = LiveSimulation(fast_atoms, timestep_fs=10.0, temperature=30, steps_per_frame=20, rdf=True)
    first, order = live.structure.image.value, live.structure._order[0][1]
    assert order == pytest.approx(0.575, abs=0.001)  # fcc: Mickel et al. 2013, doi:10.1063/1.4774084
    assert live.children[-1] is live.structure.image
    live.step(10)
    assert live.structure.image.value != first
    assert 0.3 < live.structure._order[-1][1] < order
    live.reset()
    assert live.structure._order[0] == (0.0, order) and len(live.structure._order) == 1


def test_the_time_step_slider_reaches_values_that_blow_up_and_reset_mends_it():
    live = LiveSimulation(make_atoms)
    live.timestep.value = live.timestep.options[-1][1]
    with pytest.raises(FloatingPointError, match="blew up"):
        live.step(200)
    assert "blew up" in live.trouble.value
    live.timestep.value = 2.0
    live.reset()
    assert live.trouble.value == "" and live.simulation.time_fs == 0
    np.testing.assert_array_equal(live.simulation.atoms.positions, make_atoms().positions)
    live.step(10)


def test_a_reset_repeats_the_same_trajectory():
    live = LiveSimulation(make_atoms, timestep_fs=5.0)
    live.step(20)
    first = live.simulation.atoms.positions.copy()
    live.reset()
    live.step(20)
    np.testing.assert_array_equal(live.simulation.atoms.positions, first)


def test_atoms_that_leave_the_box_are_shown_inside():
    live = LiveSimulation(make_atoms)
    live.simulation.atoms.positions += 100.0
    live.step()
    fractional = live.scene.atoms.get_scaled_positions(wrap=False)
    assert fractional.min() > -1e-9 and fractional.max() < 1 + 1e-9
    assert live.simulation.atoms.positions.min() > 50  # the simulation itself goes on unwrapped


async def until(condition):
    async with asyncio.timeout(HANGS):
        while not condition():
            await asyncio.sleep(0.01)


def test_the_button_starts_and_pauses_while_the_loop_stays_free():
    async def scenario():
        live = LiveSimulation(make_atoms)
        live.play.value = True
        await until(lambda: live.simulation.steps_done > 4)
        assert live.play.description == "Pause"
        live.play.value = False
        await asyncio.sleep(0)
        stopped_at = live.simulation.steps_done
        await asyncio.sleep(0.2)
        assert live.simulation.steps_done == stopped_at and live.play.description == "Start"
        live.play.value = True
        await until(lambda: live.simulation.steps_done > stopped_at)
        live.pause()

    asyncio.run(scenario())


def test_a_click_from_another_thread_runs_on_the_loop_of_the_cell():
    async def scenario():
        live = LiveSimulation(make_atoms)
        threads = set()
        step = live._frame
        live._frame = lambda: (threads.add(threading.current_thread()), step())
        await asyncio.to_thread(setattr, live.play, "value", True)
        await until(lambda: live.simulation.steps_done > 4)
        live.pause()
        assert threads == {threading.main_thread()}

    asyncio.run(scenario())


def test_a_blow_up_while_running_is_shown_and_stops_it():
    async def scenario():
        live = LiveSimulation(make_atoms)
        live.timestep.value = 200.0
        live.start()
        await until(lambda: live.trouble.value)
        assert "blew up" in live.trouble.value and not live.play.value
        live.reset()
        live.timestep.value = 2.0
        live.start()
        await until(lambda: live.simulation.steps_done > 4)
        live.pause()

    asyncio.run(scenario())


def test_only_one_runs_at_a_time():
    async def scenario():
        first = LiveSimulation(make_atoms)
        first.start()
        second = LiveSimulation(make_atoms)  # the same cell, run again
        assert not first.play.value and first._task is None
        first.start()
        second.start()
        assert not first.play.value and second.play.value
        second.pause()

    asyncio.run(scenario())


def test_start_in_a_script_says_what_to_call_instead():
    with pytest.raises(RuntimeError, match=r"call step\(\) instead"):
        LiveSimulation(make_atoms).start()


@pytest.mark.parametrize(
    "options", [{"timestep_fs": -1.0}, {"temperature": 0.0}, {"steps_per_frame": 0}, {"thermostat": "ice"}]
)
def test_bad_settings_are_one_sentence(options):
    with pytest.raises(ValueError, match=r"is (-1.0|0.0|0): give a|choose one of"):
        LiveSimulation(make_atoms, **options)


@pytest.mark.slow
def test_a_notebook_that_leaves_it_running_ends_and_keeps_a_picture():
    setup = (
        "from course_lib.potentials.lennard_jones import LennardJones\n"
        "from course_lib.show.live import LiveSimulation\n"
        "from course_lib.structures import argon_crystal\n"
        "def make_atoms():\n"
        "    atoms = argon_crystal(repeat=2)\n"
        "    atoms.calc = LennardJones(cutoff=5.2, skin=0.5)\n"
        "    return atoms\n"
        "live = LiveSimulation(make_atoms)\n"
        "live"
    )
    cells = [
        setup,
        "live.start()",
        "import asyncio\nwhile not live.simulation.steps_done:\n    await asyncio.sleep(0.05)",
        "print('it ran')",
    ]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, timeout=HANGS, kernel_name="python3")
    client.execute()
    shown, told = notebook.cells[0].outputs[-1], notebook.cells[-1].outputs[-1]
    assert "image/png" in shown.data and shown.data["text/plain"] == "Live simulation of 32 atoms"
    assert told.text == "it ran\n"
    assert client.km is None or not client.km.has_kernel  # it shut down although the simulation ran
