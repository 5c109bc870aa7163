"""Predictions over labels: the points of a perfect potential lie on the diagonal."""

from ase import units


def draw_parity(figure, errors, title=""):
    """Draw energies, and forces and stresses where there are labels, one panel each.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Where to draw.
    errors : course_lib.learning.validation.Errors
        Predictions and labels; energies are shown relative to their mean.
    title : str
        Title, which is followed by the mean absolute errors.
    """
    energy = [1000 * (E - E.mean()) for E in (errors.energy_label, errors.energy)]
    panels = [("E − mean / (meV/atom)", *energy), ("F / (eV/Å)", errors.force_label, errors.force)]
    panels.append(("stress / GPa", errors.stress_label / units.GPa, errors.stress / units.GPa))
    panels = [panel for panel in panels if len(panel[1])]
    for axes, (what, label, found) in zip(figure.subplots(1, len(panels), squeeze=False)[0], panels):
        axes.plot(label, found, ".", markersize=3)
        ends = [label.min(), label.max()]
        axes.plot(ends, ends, color="0.4", lw=1)
        axes.set(xlabel=f"label: {what}", ylabel=f"learned: {what}", xlim=ends, ylim=ends)
    figure.suptitle(f"{title}{': ' if title else ''}{errors}", fontsize=10)
