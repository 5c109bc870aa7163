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
