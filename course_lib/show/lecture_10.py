"""Pictures of diffusion for lecture 10; the caller computes everything, these functions only draw."""

import numpy as np

from course_lib.show.style import COLOURS

ELEMENT_COLOURS = {"Li": COLOURS[3], "S": COLOURS[4], "P": COLOURS[1], "Ge": COLOURS[2]}


def draw_msd(axes, tau, curves):
    """Draw mean squared displacements over the lag, both axes logarithmic, with a line of slope 1 for diffusion.

    ``tau`` is in ps, from zero on; ``curves`` is {element: (F,) array in Å^2}.
    """
    for name, msd in curves.items():
        axes.loglog(tau[1:], msd[1:], label=name, color=ELEMENT_COLOURS.get(name))
    top = curves["Li"][-1] * 2
    axes.loglog(tau[1:], top * tau[1:] / tau[-1], ":", color="0.4", label=r"slope 1")
    axes.set(xlabel="lag τ / ps", ylabel="MSD / Å²")
    axes.legend(ncols=2)


def draw_line(axes, tau, msd, fit, label):
    """Draw a mean squared displacement and the line fitted in its window (``fit``, a Diffusion)."""
    axes.plot(tau, msd, color=ELEMENT_COLOURS["Li"], label="MSD of Li")
    start, end = fit.window
    axes.axvspan(start, end, color="0.9", zorder=0)
    x = np.array([0.0, tau[-1]])
    axes.plot(x, fit.intercept + 6 * fit.D * x, "--", color="0.3", lw=1, label=label)
    axes.set(xlabel="lag τ / ps", ylabel="MSD / Å²", ylim=(0, 1.3 * msd.max()), xlim=(0, tau[-1]))
    axes.legend(loc="upper left")


def draw_claims(axes, claims, truth, title):
    """Draw the D of each of many walks with its error bar; another colour marks 95 % intervals that miss the truth.

    ``claims`` is (n, 2): D and its standard deviation.
    """
    D, error = np.transpose(claims)
    missed = np.abs(D - truth) > 1.96 * error
    for wrong, colour in ((False, COLOURS[0]), (True, COLOURS[1])):
        mine = np.flatnonzero(missed == wrong)
        axes.errorbar(mine, D[mine], 1.96 * error[mine], fmt=".", color=colour, lw=1.5)
    axes.axhline(truth, color="0.3", lw=1)
    axes.set(title=f"{title}\n{np.sum(~missed)} of {len(D)} hold the truth", xlabel="walk")


def draw_arrhenius(axes, sets, lines=(), sigma=False):
    """Draw D, or sigma T, over 1000/T, with fitted lines and their bands of one standard deviation down to 290 K.

    ``sets`` is {label: (T, y, relative error or None)}; ``lines`` holds (Arrhenius, colour, label).
    """
    for number, (label, (T, y, error)) in enumerate(sets.items()):
        bars = None if error is None else np.abs(y * (np.exp(np.outer([-1, 1], error)) - 1))
        axes.errorbar(1000 / np.asarray(T), y, bars, fmt="os^D"[number], color=COLOURS[number], label=label)
    for fit, colour, label in lines:
        T = np.linspace(290, 1100, 100)
        value, factor = np.transpose([fit.at(t) for t in T])
        axes.plot(1000 / T, value, color=colour, lw=1, label=label)
        axes.fill_between(1000 / T, value / factor, value * factor, color=colour, alpha=0.15, lw=0)
    axes.set_yscale("log")
    axes.set(xlabel="1000 K / T", ylabel="σT / (S K/cm)" if sigma else "D / (Å²/ps)", xlim=(0.9, 3.5))
    top = axes.secondary_xaxis("top", functions=(_kelvin, _kelvin))
    top.set_xticks([1000, 700, 500, 400, 300], ["1000 K", "700", "500", "400", "300 K"])
    axes.legend(loc="lower left", fontsize=11)


def _kelvin(x):
    return 1000 / np.maximum(x, 1e-9)
