"""A simulation that runs live in a notebook, while other cells can still be used."""

import asyncio
import time
from collections import deque

import ipywidgets as widgets
import numpy as np
from matplotlib.figure import Figure

from course_lib.arguments import positive, whole
from course_lib.dynamics.simulation import Simulation
from course_lib.dynamics.thermostats import Berendsen, Langevin, NoseHooverChain, VelocityRescaling
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.show.atoms_3d import HEIGHT, Scene
from course_lib.show.live_structure import LiveStructure
from course_lib.show.style import COLOURS
from course_lib.show.widget_with_picture import Pictured, notice, png, say, sentence

FRAME = 0.04  # s, shortest time between two pictures: more than a browser can draw would only queue up
TRACE_EVERY = 5  # frames; a plot costs as much as several frames of 3D
KEPT = 400  # points of the traces
THERMOSTATS = {  # a new one is made at each choice
    "none: constant energy": None,
    "velocity rescaling": lambda T, seed: VelocityRescaling(T, seed=seed),
    "Langevin": lambda T, seed: Langevin(T, relaxation_fs=1000, seed=seed),
    "Nosé-Hoover chain": lambda T, seed: NoseHooverChain(T),
    "Berendsen": lambda T, seed: Berendsen(T),
}
TIME_STEPS = (0.5, 1, 2, 5, 10, 20, 50, 100, 200)  # fs; the long ones are there to see what happens


class LiveSimulation(Pictured):
    """Molecular dynamics with buttons, sliders, a 3D view and traces; this call must be the last line of the cell.

    Parameters
    ----------
    make_atoms : callable
        ``make_atoms()`` returns new ``ase.Atoms`` with a calculator; called now and at each reset.
    timestep_fs : float
        Initial time step in fs.
    temperature : float
        Temperature in K, above zero, of the initial velocities; also the initial target of the thermostat.
    highlight : str, optional
        Symbol of the element that is drawn large; all others are small.
    steps_per_frame : int
        Number of time steps between two pictures.
    seed : int
        Seed of the initial velocities and of the random numbers of the thermostat.
    thermostat : str
        The thermostat at the start, one of ``THERMOSTATS``.
    rdf : bool
        Show the radial distribution function and the bond order under the atoms while they move; the cell must be
        periodic in all directions.
    """

    _active = None  # at most one simulation runs, also when a cell is run again

    def __init__(
        self,
        make_atoms,
        timestep_fs=2.0,
        temperature=60.0,
        highlight=None,
        steps_per_frame=2,
        seed=0,
        thermostat="velocity rescaling",
        rdf=False,
    ):
        if thermostat not in THERMOSTATS:
            raise ValueError(f"There is no thermostat {thermostat!r} here: choose one of {', '.join(THERMOSTATS)}.")
        temperature = positive("The temperature (K)", temperature)
        timestep_fs = positive("The time step (fs)", timestep_fs)
        self.make_atoms, self.seed = make_atoms, seed
        self.steps_per_frame = whole("steps_per_frame", steps_per_frame)
        self._make_controls(timestep_fs, temperature, thermostat)
        self.structure = LiveStructure() if rdf else None
        self._loop, self._task = _this_loop(), None
        self._fresh()
        self.scene = Scene(self.simulation.atoms, highlight, width="410px")
        super().__init__(self._arranged(), describe=f"Live simulation of {len(self.simulation.atoms)} atoms")
        self.picture = self.scene.picture()
        if LiveSimulation._active is not None:
            LiveSimulation._active.pause()

    def start(self):
        """Run until paused. It needs the notebook's event loop: in a script call :meth:`step`."""
        if _this_loop() is None:
            raise RuntimeError("A live simulation needs a notebook: in a script call step() instead of start().")
        if LiveSimulation._active not in (None, self):
            LiveSimulation._active.pause()
        LiveSimulation._active = self
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        self._show_running(True)

    def pause(self):
        """Stop after the present frame; :meth:`start` continues from there."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if LiveSimulation._active is self:
            LiveSimulation._active = None
        self._show_running(False)

    def reset(self):
        """Fresh atoms from ``make_atoms()``, paused."""
        self.pause()
        self._fresh()
        self._move()

    def step(self, frames=1):
        """Advance by ``frames`` frames at once; an error is shown in the widget and raised."""
        for _ in range(frames):
            try:
                self._frame()
            except Exception as error:
                say(self.trouble, sentence(error))
                raise

    async def _run(self):
        while True:
            began = time.perf_counter()
            try:
                self._frame()
            except Exception as error:  # nothing awaits this task: an error that is not shown here is lost
                say(self.trouble, sentence(error))
                self._task = None
                self.pause()
                return
            # During the sleep the kernel can run other cells.
            await asyncio.sleep(max(0, FRAME - (time.perf_counter() - began)))

    def _frame(self):
        simulation = self.simulation
        simulation.timestep_fs = self.timestep.value
        if self._chosen != self.thermostat.value:
            self._choose()
        if simulation.thermostat is not None:
            simulation.thermostat.temperature = self.temperature.value
        simulation.run(self.steps_per_frame)
        self._note()
        self._move()
        self._frames += 1
        if self._frames % TRACE_EVERY == 0:
            self._draw_traces()
        if self.structure is not None and self._frames % (2 * TRACE_EVERY) == 2:  # not in the same frame as the traces
            self.structure.note(simulation.atoms, simulation.time_fs / 1000)

    def _choose(self):
        """Make the chosen thermostat and give it to the simulation."""
        self._chosen = self.thermostat.value
        make = THERMOSTATS[self._chosen]
        self.simulation.thermostat = None if make is None else make(self.temperature.value, self.seed)

    def _fresh(self):
        atoms = self.make_atoms()
        thermal_velocities(atoms, self.temperature.value, self.seed)
        self.simulation = Simulation(atoms, self.timestep.value)
        self._choose()
        self._frames, self._rows = 0, deque(maxlen=KEPT)
        say(self.trouble, "")
        self._note()
        self._draw_traces()
        if self.structure is not None:
            self.structure.begin(atoms)

    def _move(self):
        atoms = self.simulation.atoms
        self.scene.move(atoms.get_positions(wrap=True))

    def _note(self):
        atoms = self.simulation.atoms
        per_atom = 1000 / len(atoms)  # eV -> meV/atom
        potential, kinetic = atoms.get_potential_energy() * per_atom, atoms.get_kinetic_energy() * per_atom
        time_ps = self.simulation.time_fs / 1000
        self._rows.append((time_ps, potential, kinetic, self.simulation.temperature))
        self.clock.value = f"{time_ps:.2f} ps"

    def _draw_traces(self):
        figure = Figure(figsize=(4.2, HEIGHT / 100), dpi=100, layout="constrained")
        above, below = figure.subplots(2, sharex=True)
        time_ps, potential, kinetic, temperature = np.array(self._rows).T
        for values, name, colour in (
            (potential, "potential", COLOURS[0]),
            (kinetic, "kinetic", COLOURS[1]),
            (potential + kinetic, "total", "black"),
        ):
            above.plot(time_ps, values, color=colour, label=name, linewidth=1.5)
        above.set_ylabel("energy\n(meV/atom)", fontsize=10)
        above.legend(fontsize=9, ncols=3, loc="lower center", bbox_to_anchor=(0.5, 1), frameon=False)
        below.plot(time_ps, temperature, color=COLOURS[2], linewidth=1.5)
        if self.simulation.thermostat is not None:
            below.axhline(self.temperature.value, color="grey", linewidth=1, linestyle="--")
        below.set_xlim(time_ps[0], max(time_ps[-1], time_ps[0] + 0.2))
        below.locator_params(axis="x", nbins=5)
        below.set_xlabel("time (ps)", fontsize=10)
        below.set_ylabel("temperature\n(K)", fontsize=10)
        for axes in (above, below):
            axes.tick_params(labelsize=9)
        self.traces.value = png(figure)

    def _make_controls(self, timestep_fs, temperature, thermostat):
        wide = {"style": {"description_width": "initial"}, "layout": widgets.Layout(width="300px")}
        narrow = widgets.Layout(width="90px")
        self.temperature = widgets.FloatSlider(
            temperature, min=1, max=max(300, 2 * temperature), step=1, description="temperature (K)", **wide
        )
        steps = sorted({*map(float, TIME_STEPS), float(timestep_fs)})
        self.timestep = widgets.SelectionSlider(
            options=[(f"{fs:g}", fs) for fs in steps], value=float(timestep_fs), description="time step (fs)", **wide
        )
        self.thermostat = widgets.Dropdown(
            options=list(THERMOSTATS), value=thermostat, description="thermostat", **wide
        )
        self.play = widgets.ToggleButton(description="Start", icon="play", layout=narrow)
        self.again = widgets.Button(description="Reset", icon="refresh", layout=narrow)
        self.clock, self.trouble, self.traces = widgets.Label(), notice(""), widgets.Image(format="png")
        self.play.observe(lambda change: self._later(self.start if change.new else self.pause), "value")
        self.again.on_click(lambda _: self._later(self.reset))

    def _show_running(self, running):
        self.play.value = running
        self.play.description, self.play.icon = ("Pause", "pause") if running else ("Start", "play")

    def _later(self, action):
        """Run ``action`` in the event loop of the cell: a click may come from another thread (ipykernel 7)."""
        if self._loop is None or self._loop is _this_loop():
            action()
        else:
            self._loop.call_soon_threadsafe(action)

    def _arranged(self):
        buttons = widgets.HBox([self.play, self.again, self.clock, self.thermostat])
        sliders = widgets.HBox([self.temperature, self.timestep])
        self.trouble.layout.min_height = "40px"  # room for a message, so that nothing jumps when one appears
        pictures = widgets.HBox([self.scene.widget, self.traces], layout=widgets.Layout(flex_flow="row wrap"))
        below = [] if self.structure is None else [self.structure.image]
        return [buttons, sliders, self.trouble, pictures, *below]


def _this_loop():
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
