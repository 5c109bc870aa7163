"""The phase diagram of lecture 03 with a point in it; the caller computes everything, these functions only draw."""

from course_lib.show.style import COLOURS


def draw_phases(axes, phases, kelvin, gram):
    """Draw the coexistence lines of the Lennard-Jones fluid in the units of a real substance.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        Where to draw.
    phases : Phases
        Densities of the coexisting phases in units of epsilon and sigma.
    kelvin, gram : float
        Factors from reduced units: epsilon/k in K, and a density of one atom per sigma^3 in g/cm^3.
    """
    T = kelvin * phases.T
    for density, colour in (
        (phases.gas, COLOURS[0]),
        (phases.liquid, COLOURS[0]),
        (phases.freezing, COLOURS[2]),
        (phases.melting, COLOURS[2]),
    ):
        axes.plot(gram * density, T, color=colour, linewidth=1.5)
    axes.plot([0, gram * phases.melting[0]], [T[0], T[0]], color="0.5", linewidth=1.5)
    axes.text(gram * 0.01, kelvin * 1.33, "gas", ha="left", fontsize=11)
    for name, density, height in (("liquid", 0.76, 1.25), ("crystal", 1.04, 0.58)):
        axes.text(gram * density, kelvin * height, name, ha="center", fontsize=11)
    axes.text(gram * 0.36, kelvin * 0.85, "liquid and gas", ha="center", fontsize=11)
    axes.text(gram * 0.5, kelvin * 0.54, "crystal and gas", ha="center", fontsize=11)
    axes.text(gram * 0.36, kelvin * 1.42, "fluid", ha="center", fontsize=11)
    axes.set(xlim=(0, gram * 1.15), ylim=(kelvin * 0.4, kelvin * 1.55), xlabel="density / (g/cm³)", ylabel="T / K")


def draw_point(figure, phases, kelvin, gram, T, density, found):
    """Draw a point in the phase diagram, and g(r) of the simulation there (``found``, a RadialDistribution)."""
    left, right = figure.subplots(1, 2)
    draw_phases(left, phases, kelvin, gram)
    left.plot(density, T, "o", color=COLOURS[1], markersize=11, zorder=4)
    right.plot(found.r, found.g, color=COLOURS[1])
    right.axhline(1, color="grey", linewidth=1, linestyle="--")
    right.set(xlim=(2.5, found.edges[-1]), ylim=(0, max(3.2, 1.1 * found.g.max())), xlabel="r / Å", ylabel="g(r)")
