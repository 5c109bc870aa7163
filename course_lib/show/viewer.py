"""Show atoms or a trajectory in 3D."""

from collections.abc import Iterable

import ipywidgets as widgets
import numpy as np
from ase import Atoms

from course_lib.arguments import check_atoms, whole
from course_lib.dynamics.trajectory import Trajectory
from course_lib.show.atoms_3d import Scene
from course_lib.show.widget_with_picture import Pictured, notice

MOST_FRAMES = 200  # more frames would only make the film slower


def view(what, highlight=None, every=None, cell=True, wrap=False):
    """Show atoms or a trajectory in 3D; this call must be the last line of the cell.

    Drag to turn, scroll to zoom. A trajectory has a play button and a slider.

    Parameters
    ----------
    what : ase.Atoms, list of ase.Atoms, or Trajectory
        The structure or the frames to show.
    highlight : str, optional
        Symbol of the element that is drawn large; all others are small.
    every : int, optional
        Show each ``every``-th frame; by default a long trajectory is thinned to at most 200 frames, and the
        caption says so.
    cell : bool
        Draw the edges of the cell; if the cell changes, those of the first frame.
    wrap : bool
        Put atoms that left the cell back into it, in each frame into the cell of that frame.

    Returns
    -------
    Pictured
        The widget, with a still picture that is shown if there is no viewer.
    """
    frame, labels = _frames(what)
    if not labels:
        raise ValueError("There is nothing to show: give ase.Atoms, a list of them, or a Trajectory.")
    every = -(-len(labels) // MOST_FRAMES) if every is None else whole("every", every)
    frames = [frame(number) for number in range(0, len(labels), every)]
    for atoms in frames:
        check_atoms(atoms)
    first, shown = frames[0].copy(), [atoms.get_positions(wrap=wrap) for atoms in frames]
    if not all(np.array_equal(atoms.numbers, first.numbers) for atoms in frames):
        raise ValueError("The frames do not hold the same atoms in the same order: show them one by one.")
    first.positions = shown[0]
    scene = Scene(first, highlight, cell)
    rows = [scene.widget]
    if scene.trouble:
        rows.append(notice(scene.trouble))
    if len(shown) > 1:
        rows.append(_player(scene, shown, labels[::every], every, len(labels)))
    box = Pictured(rows, describe=f"3D view of {len(first)} atoms, {len(shown)} of {len(labels)} frames")
    box.picture, box.scene = scene.picture(), scene
    return box


def _frames(what):
    """A function that returns a frame by its number, and a label for each frame."""
    if isinstance(what, Trajectory):
        known = what.known("time_fs")
        return what.atoms, [f"{what.time_fs[n] / 1000:.2f} ps" if known else f"frame {n}" for n in range(len(what))]
    frames = list(what) if isinstance(what, Iterable) and not isinstance(what, Atoms) else [what]
    return frames.__getitem__, [f"frame {n}" for n in range(len(frames))]


def _player(scene, positions, labels, every, total):
    last = len(positions) - 1
    play = widgets.Play(max=last, interval=80, repeat=True, show_repeat=False)
    slider = widgets.IntSlider(max=last, readout=False, layout=widgets.Layout(width="45%"))
    label = widgets.Label(labels[0])
    widgets.jslink((play, "value"), (slider, "value"))

    def show(change):
        scene.move(positions[change.new])
        label.value = labels[change.new]

    slider.observe(show, "value")
    thinned = f"{len(positions)} of {total} frames" if every > 1 else f"{total} frames"
    return widgets.HBox([play, slider, label, widgets.Label(f"({thinned})")])
