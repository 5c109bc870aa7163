"""Pictures of the data behind universal potentials for lecture 09; the caller reads everything, these only draw."""

from collections import Counter

import numpy as np
from ase.data import atomic_numbers

from course_lib.learning.dataset import check_frames, labels
from course_lib.show.style import COLOURS


def draw_data(figure, frames, title=""):
    """Draw how often each element occurs, and the distribution of energies and forces.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Where to draw.
    frames : list of ase.Atoms
        Labelled frames, as :func:`course_lib.data.universal_data.read_universal_data` gives.
    title : str
        Title, which is followed by the number of frames.
    """
    check_frames(frames)
    elements, energy, force = figure.subplots(1, 3)
    counts = Counter(symbol for atoms in frames for symbol in atoms.symbols)
    names = sorted(counts, key=atomic_numbers.get)
    elements.bar(names, [counts[name] for name in names], color=COLOURS[0])
    elements.set(ylabel="atoms")
    known = [labels(atoms) for atoms in frames]
    energy.hist([one.energy / len(atoms) for one, atoms in zip(known, frames)], bins=40, color=COLOURS[1])
    energy.set(xlabel="E / (eV/atom)", ylabel="frames")
    sizes = np.concatenate([np.linalg.norm(one.forces, axis=1) for one in known])
    shown = np.maximum(sizes, 1e-3)  # forces that are zero by symmetry stand in the first bin
    force.hist(shown, bins=np.geomspace(1e-3, max(shown.max(), 1e-2), 40), color=COLOURS[2])
    force.set(xscale="log", xlabel="|F| / (eV/Å)", ylabel="atoms")
    figure.suptitle(f"{title}{': ' if title else ''}{len(frames)} frames", fontsize=12)


def draw_slope(axes, label, found, what, teacher):
    """Draw predicted over labelled force components with the line of their slope through the origin.

    ``label`` and ``found`` are arrays in eV/Å, ``what`` and ``teacher`` names for the axes.
    """
    slope = found @ label / (label @ label)
    end = np.abs(label).max()
    axes.plot(label, found, ".", markersize=2, color=COLOURS[0])
    axes.plot([-end, end], [-end, end], color="0.5", lw=1, label="perfect")
    axes.plot([-end, end], [-slope * end, slope * end], color=COLOURS[1], label=f"slope {slope:.2f}")
    axes.set(xlabel=f"F* of {teacher} / (eV/Å)", ylabel=f"F of {what} / (eV/Å)", xlim=(-end, end), ylim=(-end, end))
    axes.legend(fontsize=11, loc="upper left", markerscale=4)


def draw_answers(axes, values, unit, reference=None, source="", title=""):
    """Draw what each potential says as bars, and the reference as a line.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    values : dict of float
        By the name of the potential; NaN while the answer is hidden.
    unit, source, title : str
        Unit of the values, where the reference comes from, and what is asked.
    reference : float, optional
        The known value, or None if there is none.
    """
    found = np.array(list(values.values()), float)
    bars = axes.barh(list(values), np.nan_to_num(found), color=COLOURS[: len(values)])
    axes.bar_label(bars, ["?" if np.isnan(one) else f"{one:.3g}" for one in found], padding=4, fontsize=11)
    ends = [0.0, *found[np.isfinite(found)], *([] if reference is None else [reference])]
    axes.set(xlim=(1.25 * min(ends), 1.25 * max(ends) or 1.0), xlabel=unit)
    axes.invert_yaxis()
    if reference is not None:
        axes.axvline(reference, color="0.4", lw=2, ls="--", label=f"{reference:.3g}: {source}")
        axes.figure.legend(loc="outside lower center", fontsize=10)
    axes.set_title(title, loc="left", fontsize=12)


def draw_card(figure, title, rows):
    """Write the rows of a card: (quantity, value, unit), one a line, in two columns.

    A value that could not be computed is NaN and becomes a dash.
    """
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set_title(title, loc="left", fontsize=12)
    half = (len(rows) + 1) // 2
    for n, (quantity, value, unit) in enumerate(rows):
        x, y = 0.5 * (n // half), 1 - (n % half + 0.5) / half
        text = "–" if np.isnan(value) else f"{value:.4g}"
        axes.text(x, y, quantity, fontsize=11, va="center")
        axes.text(x + 0.33, y, text, fontsize=11, va="center", ha="right", weight="bold")
        axes.text(x + 0.35, y, unit, fontsize=11, va="center")
    axes.set(xlim=(0, 1), ylim=(0, 1))


def draw_dimers(axes, curves, reference, lowest, highest):
    """Draw the energy of two atoms over their distance.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    curves : dict
        (r in Å, E in eV) of each potential, by its name.
    reference : tuple
        (name, r, E) of what is known.
    lowest, highest : float
        Ends of the energy axis in eV.
    """
    name, r, E = reference
    axes.plot(r, E, color="0.45", lw=4, alpha=0.6, label=name)
    for style, (name, (r, E)) in zip(("-", "--", "-.", ":"), curves.items()):
        axes.plot(r, E, style, label=name)
    axes.set(xlabel="distance / Å", ylabel="E / eV", ylim=(lowest, highest), xlim=(0.2, 6.1))
    axes.legend(fontsize=10)
