"""Pictures of motion for lecture 01; the caller computes everything, these functions only draw."""

import numpy as np

from course_lib.show.style import COLOURS

LIGHT = "0.75"


def draw_slope(figure, grid, potential, r, energy, force):
    """Draw a potential with its tangent at ``r``, and below it two atoms with the force as arrows.

    ``grid`` and ``potential`` are the points of the curve; lengths in Å, energies in meV, ``force`` in meV/Å.
    """
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    top.plot(grid, potential)
    top.plot(grid, energy - force * (grid - r), "--", color=COLOURS[1], label="slope")
    top.plot(r, energy, "o", color=COLOURS[1], markersize=10)
    top.set(ylim=(-14, 14), ylabel="V / meV")
    top.legend(loc="upper right")
    for x, side in ((0.0, -1), (r, 1)):
        bottom.plot(x, 0, "o", color=COLOURS[5], markersize=40)
        length = np.clip(force / 6, -2, 2)  # Å per meV/Å, and never across the other atom
        if abs(length) > 0.02:
            bottom.annotate("", (x + side * length, 0), (x, 0), arrowprops={"arrowstyle": "-|>", "lw": 3})
    verdict = "together" if force < -0.05 else "apart" if force > 0.05 else "nowhere"
    top.set_title(f"F = {force:+.1f} meV/Å: {verdict}", loc="left")
    bottom.set(xlim=(-2, grid[-1]), ylim=(-1, 1), yticks=[], xlabel="distance r / Å")
    bottom.grid(False)


def cat(width, height, points=600):
    """The outline of a cat's head around the origin, in honour of V. I. Arnold: two arrays of ``points`` numbers."""
    angle = np.linspace(0, 2 * np.pi, points)
    to_ear = np.abs(np.abs(angle - np.pi / 2) - 0.75)  # angle to the nearer ear
    radius = 1 + 0.6 * np.clip(1 - to_ear / 0.3, 0, 1)
    return width * radius * np.cos(angle), height * radius * np.sin(angle)


def draw_clouds(figure, clouds, labels, xlabel, ylabel):
    """Draw closed outlines that move through the plane of position and velocity, one panel per list of outlines.

    ``clouds`` is a list of (T, P) pairs of arrays: T outlines of P points.
    """
    panels = figure.subplots(1, len(clouds), sharex=True, sharey=True)
    for axes, (x, y), label in zip(panels, clouds, labels):
        for n, (a, b) in enumerate(zip(x, y)):
            now = n == len(x) - 1
            axes.fill(a, b, color=COLOURS[1] if now else LIGHT, alpha=1.0 if now else 0.35, lw=0)
        axes.set(title=label, xlabel=xlabel)
    panels[0].set_ylabel(ylabel)


def draw_paths(axes, paths, alpha=1.0):
    """Draw the paths of bodies around the origin, (T, N, 2), with each body at the end of its path."""
    for n, body in enumerate(np.swapaxes(paths, 0, 1)):
        axes.plot(*body.T, lw=1, color=COLOURS[n], alpha=0.6 * alpha)
        axes.plot(*body[-1], "o", color=COLOURS[n], markersize=9, alpha=alpha)
    axes.set(aspect="equal", xlabel="x", ylabel="y", xlim=(-1.6, 1.6), ylim=(-1.6, 1.6))


def draw_divergence(figure, t, path, other, guide=None):
    """Draw two motions from nearly the same start: the paths, and their distance over time.

    ``guide`` is a pair of a curve over ``t`` and its label.
    """
    left, right = figure.subplots(1, 2)
    draw_paths(left, path, alpha=0.35)
    draw_paths(left, other)
    left.set_title("faint: undisturbed")
    right.semilogy(t, np.linalg.norm((other - path).reshape(len(t), -1), axis=1))
    if guide is not None:
        right.semilogy(t, guide[0], "--", color="0.3", label=guide[1])
        right.legend(loc="lower right")
    right.set(xlabel="time t", title="distance between the two", ylim=(1e-13, 1e2))


def draw_run(figure, t, r, energy, start_energy, time_label, length_label):
    """Draw one run: its path (T,) or (T, N, 2) on the left, and its energy error on the right."""
    left, right = figure.subplots(1, 2)
    if r.ndim == 1:
        left.plot(t, r)
        left.set(xlabel=time_label, ylabel=length_label)
    else:
        draw_paths(left, r)
    error = np.abs(energy / start_energy - 1)
    right.semilogy(t, np.maximum(error, 1e-16))
    right.set(xlabel=time_label, title="relative energy error", ylim=(1e-10, 1e2))
