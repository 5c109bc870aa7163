"""Checks for exercise 10: from wrapped positions to a conductivity. Each mistake is recognised by its physics."""

import numpy as np
from ase import Atoms
from scipy.constants import atomic_mass, e, k

from course_checks.answers import call, like, name_mistake, number, two
from course_checks.hint import Hint, check, expect
from course_lib.structures import lgps
from course_lib.transport.arrhenius import BOLTZMANN
from course_lib.transport.conductivity import CM2_PER_S, nernst_einstein
from course_lib.transport.drift import remove_framework_drift
from course_lib.transport.msd import msd_fft
from course_lib.transport.random_walk import random_walk
from course_lib.transport.unwrap import unwrap as unwrapped

CELSIUS = 273.15


@check
def check_unwrap(unwrap, seed=0):
    """Check ``unwrap(wrapped, edges)``: continuous paths from positions (F, N, 3) in a box with three edges."""
    random = np.random.default_rng(seed)
    edges = random.uniform(4, 5) * np.array([1.0, 1.4, 1.9])
    path = random.uniform(0, 1, size=3) * edges + random_walk(0.5, 5, 600, 0.1, seed=seed)
    wrapped = path % edges
    path = path - path[0] + wrapped[0]
    got = like(call(unwrap, wrapped, edges), wrapped, "positions")

    step, back = np.diff(wrapped, axis=0), lambda steps: wrapped[0] + np.concatenate([0 * steps[:1], steps]).cumsum(0)
    mended = wrapped.copy()
    mended[1:] -= np.round(step / edges) * edges
    from_first = wrapped - wrapped[0]
    wrong = {
        "Your path still jumps across the box: between two frames no ion can go further than half an edge.": wrapped,
        "Your ions never get further than half a box from where they began: a step leads from one frame to the next, "
        "not from the first frame to all others.": wrapped[0] + from_first - np.round(from_first / edges) * edges,
        "You correct only the frame in which an ion crosses the wall; in the next frame it is back inside. The "
        "correction must be kept in all later frames.": mended,
        "Your ions only ever move one way: a step may also be short and negative. Which whole number of edges is the "
        "nearest?": [back(step - np.floor(step / edges) * edges), back(step - np.ceil(step / edges) * edges)],
        "At the wall your ions jump two edges instead of none: look at the sign.": back(
            step + np.round(step / edges) * edges
        ),
        "You use one edge for all three directions: the box is longer along y and z than along x.": [
            back(step - np.round(step / edge) * edge) for edge in (*edges, edges.mean())
        ],
        "The first frame must stay as it was given: a path starts where the ion starts.": path - path[0],
    }
    name_mistake(got, wrong)
    jumps = np.abs(np.diff(got, axis=0)) / edges
    expect(np.max(jumps) < 0.5, f"Some ion still jumps by {np.max(jumps):.2f} of an edge between two frames.")
    expect(
        np.allclose(got, path, atol=1e-8),
        f"Your path leaves the true one by up to {np.abs(got - path).max():.2f} Å, although it never jumps.",
    )
    print("ok: five ions went through many walls, and your paths are theirs.")


@check
def check_remove_drift(remove_drift, seed=0):
    """Check ``remove_drift(r, framework)``: paths (F, N, 3) relative to the framework, which N booleans mark."""
    r, framework = _drifting_crystal(seed)[:2]
    got = like(call(remove_drift, r, framework), r, "positions")
    moved = r - r[0]
    of_framework, of_mobile = (moved[:, who].mean(axis=1, keepdims=True) for who in (framework, ~framework))
    only_framework = np.where(framework[:, None], moved - of_framework, moved)
    wrong = {
        "The crystal still drifts: its mean position at the end is not that of the beginning.": moved,
        "You take out the mean motion of all atoms. The mobile ions are part of it, and their common motion is the "
        "current: whose motion should the frame of reference follow?": moved - moved.mean(axis=1, keepdims=True),
        "You take out the mean motion of the mobile ions: that is the current an ammeter would show, and now it is "
        "gone.": moved - of_mobile,
        "You bring each group of ions to rest separately, the mobile ones too: their common motion is the current, and "
        "it is gone.": np.where(framework[:, None], moved - of_framework, moved - of_mobile),
        "You correct the framework and leave the mobile ions in the old frame of reference.": only_framework,
        "The crystal drifts twice as fast as before: look at the sign.": moved + of_framework,
        "Nothing moves any more: one and the same vector must be taken from all atoms of a frame.": 0 * moved,
        "You average over x, y and z as well: the drift of a frame is a vector.": moved
        - of_framework.mean(2)[..., None],
    }
    name_mistake(got - got[0], wrong)
    expect(
        np.allclose(got - got[0], moved - of_framework, atol=1e-8),
        "Relative to the framework the ions move differently from your answer: subtract the framework's mean "
        "displacement since the first frame from every atom.",
    )
    print("ok: the framework rests, and the mobile ions keep all of their own motion, the common one too.")


@check
def check_msd(msd, seed=0):
    """Check ``msd(r)``: the mean squared displacement of paths (F, N, 3), one number for each lag 0 to F - 1."""
    F, N = 90, 6
    r = random_walk(0.5, N, F, 0.1, rattle=0.2, seed=seed) + 3.0
    right = msd_fft(r)
    got = call(msd, r)
    expect(
        np.shape(got) != (F - 1,),
        f"For {F} frames there are {F} lags, from 0 to {F - 1}: the first (where nothing has moved yet) counts too.",
    )
    got = like(got, right, "MSD, one number per lag,")

    one = r - r[0]
    lags = np.arange(F)
    steps = [r[lag:] - r[: F - lag] for lag in lags]
    around = np.array([np.mean(np.sum((np.roll(r, -lag, axis=0) - r) ** 2, axis=2)) for lag in lags])
    wrong = {
        "You start from the first frame only. Every frame is as good a start: average over all of them.": [
            np.mean(np.sum(one**2, axis=2), axis=1),
            np.mean(one**2, axis=(1, 2)),
        ],
        "Your MSD is three times too small: a squared distance is the sum over x, y and z, not their average.": right
        / 3,
        "Your MSD is that of all ions together: average over the ions.": right * N,
        "You average the displacements first and square afterwards: displacements to the left and right then cancel.": [
            np.array([np.sum(np.mean(step, axis=(0, 1)) ** 2) for step in steps]),
            np.array([np.mean(np.sum(np.mean(step, axis=1) ** 2, axis=1)) for step in steps]),
        ],
        "This is a mean distance: square the distances first, then average.": [
            np.array([np.mean(np.linalg.norm(step, axis=2)) for step in steps]),
            np.sqrt(np.abs(right)),
        ],
        "You divide by the number of frames, but a long lag has fewer starts: average over those it has.": [
            right * (F - lags) / F,
            right * (F - lags) / F / 3,
        ],
        "After your last frame comes the first one again: time is not periodic.": around,
        "Each lag is one too long: at lag 0 nothing has moved yet.": np.append(right[1:], right[-1]),
    }
    name_mistake(got, wrong)
    worst = np.argmax(np.abs(got - right))
    expect(
        np.allclose(got, right, rtol=1e-6, atol=1e-8),
        f"At a lag of {worst} frames your MSD is {got[worst]:.3f} Å², and that of this walk is {right[worst]:.3f} Å².",
    )
    print("ok: all lags, all origins, all ions.")


@check
def check_diffusion(diffusion, seed=0):
    """Check ``diffusion(tau, msd)``: D in Å^2/ps from lags in ps and an MSD in Å^2, rattle included."""
    random = np.random.default_rng(seed)
    D, c = random.uniform(0.2, 0.8), random.uniform(1.0, 2.0)
    tau = np.sort(random.uniform(2.0, 9.0, size=12))
    line = 6 * D * tau + c
    got = number(call(diffusion, tau, line), "D")
    through_zero = np.array(
        [np.sum(tau * line) / np.sum(tau**2), np.mean(line / tau), line[-1] / tau[-1], np.sum(line) / tau.sum()]
    )
    wrong = {
        "You force the line through the origin: the ions rattle in their cages from the first moment on, so the "
        "MSD starts above zero. Leave the intercept free.": through_zero / 6,
        "Your line goes through the origin, and its slope is not yet D: how many directions can an ion move in?": (
            np.outer(through_zero, [1, 1 / 2, 1 / 4])
        ),
        "This is the slope of the MSD, and D is a part of it: what does the factor before D come from?": 6 * D,
        "A factor of 2 belongs to a walk along a line: count the directions.": 3 * D,
        "A factor of 4 belongs to a walk in a plane: count the directions.": 1.5 * D,
        "Your D is three times too small: the MSD already holds the sum over the three directions.": D / 3,
        "You multiply the slope by the number that you should divide it by.": 36 * D,
        "This is D in cm²/s; return it in Å²/ps.": D * CM2_PER_S,
        "You return the intercept, which is the rattle in the cage.": [c, c / 6],
        "You return the exponent of a power law: for D the axes are not logarithmic.": (
            np.polyfit(np.log(tau), np.log(line), 1)[0] / np.array([1, 6])
        ),
    }
    name_mistake(got, wrong)
    expect(
        np.isclose(got, D, rtol=1e-6),
        f"For an MSD of exactly 6 x {D:.3f} x tau + {c:.3f} Å² your D is {got:.4f} Å²/ps.",
    )
    print("ok: the slope by itself, whatever the ions do in their cages.")


@check
def check_pipeline(pipeline, seed=0):
    """Check ``pipeline(wrapped, edges, framework, frame_ps, window)``: D of the mobile ions in Å^2/ps.

    It is run on a walk of known D in a periodic box whose framework drifts.
    """
    path, framework, D, frame_ps = _drifting_crystal(seed)
    edges, window = np.array([7.0, 8.0, 11.0]), (1.0, 12.0)
    wrapped = path % edges
    got = number(call(pipeline, wrapped, edges, framework, frame_ps, window), "D")

    still = remove_framework_drift(path, framework)
    swapped = remove_framework_drift(path, ~framework)

    def slope(r, who=~framework, time=frame_ps, window=window):
        tau, msd = np.arange(len(r)) * time, msd_fft(r[:, who])
        inside = (tau >= window[0] - 1e-9) & (tau <= window[1] + 1e-9)
        return np.polyfit(tau[inside], msd[inside], 1)[0] / 6 if inside.sum() > 1 else np.nan

    everyone, whole = np.ones(len(framework), bool), (0.0, len(path) * frame_ps)
    wrong = {
        "The D of wrapped positions: an ion that cannot leave the box cannot diffuse. Unwrap first.": [
            slope(remove_framework_drift(wrapped, framework)),
            slope(wrapped),
        ],
        "The drift of the framework counts as diffusion in your D: take it out first.": slope(path),
        "You took out the mean motion of the mobile ions instead of that of the framework.": slope(swapped),
        "You took out the drift before unwrapping: when an ion crosses a wall, the mean jumps with it.": slope(
            unwrapped(remove_framework_drift(wrapped, framework), edges)
        ),
        "You averaged over all atoms: those of the framework do not diffuse.": slope(still, everyone),
        "This is the D of the framework: take the ions that are not part of it.": slope(still, framework),
        "Your time runs in frames, not in picoseconds: how long is a frame?": [
            slope(still, time=1.0),
            slope(still) * frame_ps,
            slope(still) / frame_ps,
        ],
        "You fitted all lags: the longest ones have hardly any independent starts. Use the window that is given.": [
            slope(still, window=whole),
            slope(still, window=(frame_ps, whole[1])),
        ],
    }
    right = slope(still)
    if np.isclose(got, right, rtol=0.02):  # a lag more or less at the edge of the window is no mistake
        print(f"ok: D = {got:.2f} Å²/ps, and {D:.2f} is what the ions were made with (a short run scatters by 10 %).")
        return
    name_mistake(got, wrong, rtol=1e-3)
    raise Hint(
        f"These ions were made with D = {D:.2f} Å²/ps; the line in the window gives {right:.3f}, and you {got:.3g}."
    )


@check
def check_conductivity(conductivity, seed=0):
    """Check ``conductivity(D, atoms, temperature)``: sigma of the Li in S/cm from D in Å^2/ps, with H_R = 1."""
    random = np.random.default_rng(seed)
    D, T = random.uniform(0.1, 1.0), random.uniform(400, 900)
    lithium_fluoride = Atoms("LiF", scaled_positions=[[0, 0, 0], [0.5, 0.5, 0.5]], cell=[2.5, 2.5, 2.7], pbc=True)
    for atoms, name in ((lgps(), "LGPS"), (lithium_fluoride, "a box with one Li and one F")):
        got = number(call(conductivity, D, atoms.copy(), T), "conductivity")
        lithium = np.sum(np.array(atoms.get_chemical_symbols()) == "Li")
        right = float(nernst_einstein(D, lithium / atoms.get_volume(), T))
        if not np.isclose(got, right, rtol=1e-3):
            _say_why_conductivity_is_wrong(got / right, atoms, int(lithium), T, name)
        double = number(call(conductivity, D, atoms.repeat((2, 1, 1)), T), "conductivity")
        expect(
            np.isclose(double, got, rtol=1e-9),
            "You find different conductivities for one cell and for two cells: count the Li of the given atoms.",
        )
    print(f"ok: {got:.3g} S/cm for {name} at {T:.0f} K, and as much for twice the crystal.")


def _say_why_conductivity_is_wrong(ratio, atoms, lithium, T, name):
    mass = np.array([atoms.get_masses().sum(), atoms.get_masses()[atoms.numbers == 3].sum()]) / lithium  # u an ion
    wrong = {
        "You count all atoms: only the Li carry charge through the crystal.": len(atoms) / lithium,
        "You count a single ion in the cell: how many Li are in it?": 1 / lithium,
        "You count the Li, but not in how much space they are.": atoms.get_volume() * np.array([1, 1e-24, 1e-30]),
        "The density in this formula is a number of ions per volume, not a mass per volume.": [
            *mass,
            *mass * atomic_mass * 1000,  # in g
            *mass * atomic_mass,  # in kg
        ],
        "Your conductivity is in S/m; in S/cm it is a hundred times less.": 100,
        "Your conductivity is in mS/cm; return it in S/cm.": 1000,
        "The volume is not converted from Å³ to cm³.": [1e-24, 1e24, 1e-48],
        "D is not converted from Å²/ps to cm²/s.": [1 / CM2_PER_S, 1e8, 1e-12, 1e12],
        "Neither the volume nor D is converted from Å and ps to cm and s.": 1e-20,
        "The charge is not squared, or not in C: one e is the charge that an ion carries, the other e gives the force "
        "on the ion, and kT is in J.": [1 / e, 1 / e**2],
        "kT is in eV and both charges are in C: use one system of units.": e,
        "kT is missing in the denominator: at equal D a hotter crystal conducts less.": [k * T, BOLTZMANN * T],
        "k is missing: a temperature is not yet an energy.": [k, BOLTZMANN],
        "T is missing: k by itself is not yet an energy.": T,
        "The temperature is already in kelvin.": [T / (T - CELSIUS), T / (T + CELSIUS)],
        "The factor of 6 belongs to the step from the MSD to D, not here.": [6, 1 / 6],
    }
    name_mistake(ratio, wrong, rtol=2e-3)
    raise Hint(f"Your conductivity of {name} is {ratio:.4g} times what it should be: go through the units one by one.")


@check
def check_arrhenius(arrhenius, seed=0):
    """Check ``arrhenius(T, D, T_new)``: activation energy in eV, and D extrapolated to another temperature."""
    random = np.random.default_rng(seed)
    Ea, D0, T_new = random.uniform(0.2, 0.3), random.uniform(5, 20), 300.0
    T = np.array([470.0, 560.0, 690.0, 880.0]) + random.uniform(-15, 15, size=4)
    D = D0 * np.exp(-Ea / (BOLTZMANN * T))
    out = two(call(arrhenius, T, D, T_new), "the activation energy and the extrapolated D")
    energy, cold = (number(value, name) for value, name in zip(out, ("activation energy", "extrapolated D")))

    in_T, of_D_in_T = np.polyfit(T, np.log(D), 1), np.polyfit(T, D, 1)
    of_D = np.polyfit(1 / T, D, 1)
    true = D0 * np.exp(-Ea / (BOLTZMANN * T_new))
    expect(not np.isclose(cold, energy) and not np.isclose(energy, true), "Return the activation energy first, then D.")
    wrong = {
        "The activation energy is negative: a barrier slows the ions down. Look at the sign of the slope.": -Ea,
        "The slope of a decadic logarithm is 2.3 times too small: exp goes with ln.": [
            sign * Ea / np.log(10) / unit for sign in (1, -1) for unit in (1, BOLTZMANN)
        ],
        "The slope against 1/T is a temperature, in K: what turns it into an energy in eV?": [
            Ea / BOLTZMANN,
            -Ea / BOLTZMANN,
        ],
        "The activation energy is in J: divide by the elementary charge to get eV.": [Ea * e, -Ea * e],
        "The activation energy is in kJ/mol: return it in eV.": Ea * e * 6.02214076e20,
        "The activation energy is in meV: return it in eV.": Ea * 1000,
        "This is the slope of ln D against T: the law is a straight line over 1/T.": [
            sign * in_T[0] * unit for sign in (1, -1) for unit in (1, BOLTZMANN)
        ],
        "You fitted D itself: the law is a straight line only for its logarithm.": [
            sign * slope * unit for sign in (1, -1) for slope in (of_D[0], of_D_in_T[0]) for unit in (1, BOLTZMANN)
        ],
    }
    name_mistake(energy, wrong)
    expect(
        np.isclose(energy, Ea, rtol=1e-4),
        f"These D were made with an activation energy of {Ea:.3f} eV, and you find {energy:.4g}.",
    )
    wrong = {
        "You extrapolated ln D along T: the law is a straight line over 1/T.": (np.exp(np.polyval(in_T, T_new))),
        "You extrapolated D itself along a straight line: ln D lies on a line, D does not.": [
            np.polyval(of_D_in_T, T_new),
            np.polyval(of_D, 1 / T_new),
        ],
        "This is the logarithm of D: take the exponential.": [np.log(true), np.log10(true)],
        "The prefactor is missing: at infinite temperature D is not 1.": true / D0,
        "You use the logarithm of the prefactor: take the exponential of the intercept.": true / D0 * np.log(D0),
        "At a lower temperature your ions are faster: look at the sign in the exponent.": (
            D0 * np.exp(Ea / (BOLTZMANN * T_new))
        ),
        "This is the D of a temperature that was simulated: follow the line to T_new.": list(D),
        "This D is in cm²/s: return it in the unit of the given D.": true * CM2_PER_S,
    }
    name_mistake(cold, wrong, rtol=1e-4)
    expect(
        np.isclose(cold, true, rtol=1e-3),
        f"At {T_new:.0f} K these ions have D = {true:.3g} Å²/ps, and you find {cold:.3g}.",
    )
    print(f"ok: {energy:.3f} eV, and at 300 K the ions are {D[-1] / cold:.0f} times slower than at {T[-1]:.0f} K.")


def _drifting_crystal(seed):
    """Walkers of known D among the atoms of a framework that rattle and drift, all in one array.

    A third of D is motion that the walkers have in common, like ions that push one another along.
    """
    random = np.random.default_rng(seed)
    D, frame_ps, frames, mobile, fixed = random.uniform(0.35, 0.6), 0.2, 600, 14, 10
    framework = random.permutation(np.arange(mobile + fixed) < fixed)
    r = np.empty((frames, mobile + fixed, 3))
    alone, together = 2 / 3 * D, random_walk(D / 3, 1, frames, frame_ps, seed=seed + 1)
    r[:, ~framework] = random_walk(alone, mobile, frames, frame_ps, rattle=0.3, seed=seed) + together
    r[:, framework] = 0.2 * random.normal(size=(frames, fixed, 3))
    # The framework wanders as a whole, all atoms with it.
    drift = np.cumsum(random.normal(size=(frames, 1, 3)) * 0.25 + [0.01, -0.015, 0.02], axis=0)
    return r + drift + random.uniform(0, 7, size=(mobile + fixed, 3)), framework, D, frame_ps
