"""A short run of molecular dynamics with a progress bar and a button to cancel it."""

import asyncio
import time

import ipywidgets as widgets
from IPython.display import display

from course_lib.dynamics.simulation import Recorder, check_steps
from course_lib.show.widget_with_picture import Pictured


async def run_with_progress(simulation, steps, every=10):
    """Run to the end, or until cancelled, and return the trajectory so far.

    Write ``trajectory = await run_with_progress(simulation, 500, every=5)``. The cell ends only when the
    trajectory exists, so that later cells always find it, also with Run All and without a browser. ``await``
    lets the kernel react to the Cancel button during the run: ipykernel 7.4 handles the messages of widgets while
    a cell awaits; in a cell without ``await`` a click has no effect until the cell is done. The stop button of the
    notebook cancels as well.

    Parameters
    ----------
    simulation : Simulation
        The simulation; it is changed in place, and another call continues it.
    steps : int
        Number of time steps, rounded down to a multiple of ``every``.
    every : int
        Keep a frame every ``every`` steps; the first frame is the initial state.

    Returns
    -------
    Trajectory
        ``about["cancelled"]`` says whether it was stopped early. If the calculator fails or the simulation blows up,
        the error has the trajectory so far as ``error.trajectory``.
    """
    steps, every = check_steps(steps, every)
    blocks = steps // every
    progress = _Progress(blocks)
    recorder, done, asked, start = Recorder(simulation), 0, asyncio.Event(), time.perf_counter()
    progress.cancel.on_click(lambda _: asked.set())
    display(progress)
    try:
        while done < blocks and not asked.is_set():
            recorder.advance(every)
            done += 1
            left = (time.perf_counter() - start) / done * (blocks - done)
            progress.show(done, f"{simulation.time_fs:.0f} fs, {left:.0f} s to go")
            await asyncio.sleep(0)
    except (KeyboardInterrupt, asyncio.CancelledError):
        pass  # the notebook's stop button: return the frames so far, as for a click on Cancel
    except Exception as error:
        recorder.rescue(error)
        raise
    finally:
        cancelled = done < blocks
        progress.end(done, f"{'stopped' if cancelled else 'done'} at {simulation.time_fs:.0f} fs")
    return recorder.trajectory(cancelled=cancelled)


class _Progress(Pictured):
    """A bar, a button to cancel, and a line of text."""

    def __init__(self, blocks):
        # HTML's own bar: that of ipywidgets has the same CSS class as a part of the slides and is hidden there.
        self.blocks, self.bar, self.line = blocks, widgets.HTML(), widgets.Label()
        self.cancel = widgets.Button(description="Cancel", icon="stop", layout=widgets.Layout(width="90px"))
        self._shown = 0.0
        self._set(0, "starting")
        super().__init__([widgets.HBox([self.bar, self.cancel, self.line])], describe="progress bar")

    def show(self, done, text):
        """Show the progress, at most ten times per second: more would only flood the browser."""
        if time.perf_counter() - self._shown > 0.1:
            self._shown = time.perf_counter()
            self._set(done, text)

    def end(self, done, text):
        """Show the final state."""
        self.cancel.disabled = True
        self._set(done, text)

    def _set(self, done, text):
        self.bar.value = f'<progress value="{done}" max="{self.blocks}" style="width:300px"></progress>'
        self.line.value = text
