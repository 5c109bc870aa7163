"""Exercise 10's checks: the right answer passes, and each known mistake is named."""

import re

import numpy as np
import pytest
import scipy.constants as si
from ase.geometry import find_mic

from course_checks.conductivity import (
    check_arrhenius,
    check_conductivity,
    check_diffusion,
    check_msd,
    check_pipeline,
    check_remove_drift,
    check_unwrap,
)
from course_checks.hint import Hint
from course_lib.transport.arrhenius import BOLTZMANN, fit_arrhenius
from course_lib.transport.conductivity import nernst_einstein
from course_lib.transport.drift import remove_framework_drift
from course_lib.transport.msd import msd_direct, msd_fft
from course_lib.transport.unwrap import unwrap

# Right answers, each written another way than the library's where there is one.


def unwrap_frame_by_frame(wrapped, edges):
    path = [wrapped[0]]
    for now, before in zip(wrapped[1:], wrapped[:-1]):
        path.append(path[-1] + find_mic(now - before, np.diag(edges))[0].reshape(now.shape))
    return np.array(path)


def unwrap_by_images(wrapped, edges):
    images = np.cumsum(np.round(np.diff(wrapped, axis=0) / edges), axis=0)
    return np.concatenate([wrapped[:1], wrapped[1:] - images * edges])


def drift_to_origin(r, framework):
    return r - r[:, framework].mean(axis=1, keepdims=True)


def line(tau, msd):
    return np.polyfit(tau, msd, 1)[0] / 6


def pipeline(
    wrapped,
    edges,
    framework,
    frame_ps,
    window,
    unwrap=unwrap,
    drift=remove_framework_drift,
    msd=msd_fft,
    D=line,
    who=None,
):
    """The whole way with one station replaced by a mistake."""
    r = drift(unwrap(wrapped, edges), framework)
    curve = msd(r[:, ~framework if who is None else who])
    tau = np.arange(len(curve)) * frame_ps
    inside = (tau >= window[0]) & (tau <= window[1])
    return D(tau[inside], curve[inside])


def li_density(atoms):
    return atoms.get_chemical_symbols().count("Li") / atoms.get_volume()


def conductivity(D, atoms, T):
    n = li_density(atoms) * 1e30  # 1/m^3
    return n * si.e**2 * D * 1e-8 / (si.k * T) / 100


def arrhenius(T, D, T_new):
    slope, intercept = np.polyfit(1 / T, np.log(D), 1)
    return -slope * BOLTZMANN, np.exp(intercept + slope / T_new)


def arrhenius_in_log10(T, D, T_new):
    slope, intercept = np.polyfit(1000 / T, np.log10(D), 1)
    return -slope * 1000 * np.log(10) * BOLTZMANN, 10 ** (intercept + slope * 1000 / T_new)


def arrhenius_of_the_library(T, D, T_new):
    fit = fit_arrhenius(T, D, 0.1)
    return fit.Ea, fit.at(T_new)[0]


RIGHT = [
    (check_unwrap, unwrap),
    (check_unwrap, unwrap_frame_by_frame),
    (check_unwrap, unwrap_by_images),
    (check_remove_drift, remove_framework_drift),
    (check_remove_drift, drift_to_origin),
    (check_msd, msd_fft),
    (check_msd, msd_direct),
    (check_diffusion, line),
    (check_diffusion, lambda tau, msd: np.linalg.lstsq(np.vander(tau, 2), msd)[0][0] / 6),
    (check_pipeline, pipeline),
    (check_conductivity, conductivity),
    (check_conductivity, lambda D, atoms, T: nernst_einstein(D, li_density(atoms), T)),
    (check_conductivity, lambda D, atoms, T: li_density(atoms) * 1e24 * si.e * D * 1e-4 / (BOLTZMANN * T)),
    (check_arrhenius, arrhenius),
    (check_arrhenius, arrhenius_in_log10),
    (check_arrhenius, arrhenius_of_the_library),
    (check_arrhenius, lambda *a: np.array(arrhenius(*a))),
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, seed, capsys):
    check(answer, seed=seed)
    assert capsys.readouterr().out.startswith("ok: ")


# Wrong ones.


def mistaken_steps(change):
    """Unwrapping with another idea of what a step through the wall is."""

    def unwrap(wrapped, edges):
        step = np.diff(wrapped, axis=0)
        return np.concatenate([wrapped[:1], wrapped[0] + np.cumsum(change(step, edges), axis=0)])

    return unwrap


def relative_to_first(wrapped, edges):
    far = wrapped - wrapped[0]
    return wrapped[0] + far - np.round(far / edges) * edges


def mend_the_crossing_only(wrapped, edges):
    path = wrapped.copy()
    path[1:] -= np.round(np.diff(wrapped, axis=0) / edges) * edges
    return path


def unwrap_in_place(wrapped, edges):
    wrapped[:] = unwrap(wrapped, edges)
    return wrapped


def take(shift):
    """Drift removal that takes ``shift(moved, framework)`` from every atom."""
    return lambda r, framework: r - shift(r - r[0], framework)


def half_corrected(r, framework):
    seen = r.copy()
    seen[:, framework] = remove_framework_drift(r, framework)[:, framework]
    return seen


def both_groups_at_rest(r, framework):
    seen = r.copy()
    for who in (framework, ~framework):
        seen[:, who] = remove_framework_drift(r, who)[:, who]
    return seen


def by_lag(value):
    """An MSD from ``value(step)`` of the displacements (F - lag, N, 3) of each lag."""
    return lambda r: np.array([value(r[lag:] - r[: len(r) - lag]) for lag in range(len(r))])


def msd_around_the_end(r):
    power = np.abs(np.fft.fft(r, axis=0)) ** 2
    correlation = np.fft.ifft(power, axis=0).real.sum(axis=(1, 2)) / len(r)
    return 2 * (correlation[0] - correlation) / r.shape[1]


def through_zero(tau, msd):
    return np.sum(tau * msd) / np.sum(tau**2)


def sigma(density=li_density, charge=si.e**2, D_unit=1e-4, volume_unit=1e24, kT=lambda T: si.k * T):
    """Conductivity in S/cm with one of its parts replaced by a mistake."""
    return lambda D, atoms, T: density(atoms) * volume_unit * charge * D * D_unit / kT(T)


def grams(atoms):
    return atoms.get_masses().sum() * si.atomic_mass * 1000 / atoms.get_volume()


def straight(x, y, back=lambda y: y, unit=1.0, sign=-1):
    """An extrapolation along a straight line of y(D) over x(T)."""

    def fit(T, D, T_new):
        slope, intercept = np.polyfit(x(T), y(D), 1)
        return sign * slope * unit, back(intercept + slope * x(T_new))

    return fit


def inverse(T):
    return 1 / T


def mixed(energy, cold):
    """The energy of one answer and the D of another."""
    return lambda *a: (energy(*a)[0], cold(*a)[1])


in_T = straight(lambda T: T, np.log, np.exp)
WRONG = [
    (check_unwrap, lambda wrapped, edges: wrapped, "still jumps across the box"),
    (check_unwrap, relative_to_first, "from one frame to the next"),
    (check_unwrap, mend_the_crossing_only, "must be kept in all later"),
    (check_unwrap, mistaken_steps(lambda s, L: s - np.floor(s / L) * L), "only ever move one way"),
    (check_unwrap, mistaken_steps(lambda s, L: s % L), "only ever move one way"),
    (check_unwrap, mistaken_steps(lambda s, L: s + np.round(s / L) * L), "look at the sign"),
    (check_unwrap, mistaken_steps(lambda s, L: s - np.round(s / L[0]) * L[0]), "You use one edge"),
    (check_unwrap, lambda wrapped, edges: unwrap(wrapped, edges) - wrapped[0], "first frame must stay"),
    (check_unwrap, lambda wrapped, edges: np.diff(unwrap(wrapped, edges), axis=0), "keep one for each"),
    (check_unwrap, mistaken_steps(lambda s, L: s - np.trunc(s / L) * L), "still jumps across"),
    (check_unwrap, lambda wrapped, edges: 0.9 * unwrap(wrapped, edges), "leaves the true one"),
    (check_unwrap, lambda wrapped, edges: wrapped + np.arange(600)[:, None, None] * edges, "Some ion still jumps"),
    (check_unwrap, lambda wrapped, edges: None, "returns nothing"),
    (check_unwrap, lambda wrapped, edges: np.nan * wrapped, "infinite or not a number"),
    (check_unwrap, unwrap_in_place, "make a new array"),
    (check_remove_drift, lambda r, framework: r, "still drifts"),
    (check_remove_drift, take(lambda m, f: m.mean(1, keepdims=True)), "mean motion of all atoms"),
    (check_remove_drift, take(lambda m, f: m[:, ~f].mean(1, keepdims=True)), "the current an ammeter would show"),
    (check_remove_drift, both_groups_at_rest, "each group of ions to rest separately"),
    (check_remove_drift, half_corrected, "leave the mobile ions"),
    (check_remove_drift, take(lambda m, f: -m[:, f].mean(1, keepdims=True)), "drifts twice as fast"),
    (check_remove_drift, take(lambda m, f: m), "Nothing moves any more"),
    (check_remove_drift, take(lambda m, f: m[:, f].mean((1, 2))[:, None, None]), "the drift of a frame is a vector"),
    (check_remove_drift, take(lambda m, f: m[:, f][:, :1]), "Relative to the framework"),
    (check_remove_drift, lambda r, framework: r[:, framework], "keep one for each"),
    (check_remove_drift, lambda r, framework: None, "returns nothing"),
    (check_msd, lambda r: np.mean(np.sum((r - r[0]) ** 2, axis=2), axis=1), "from the first frame only"),
    (check_msd, lambda r: np.mean((r - r[0]) ** 2, axis=(1, 2)), "from the first frame only"),
    (check_msd, by_lag(lambda step: np.mean(step**2)), "three times too small"),
    (check_msd, by_lag(lambda step: np.sum(step**2) / len(step)), "that of all ions together"),
    (check_msd, by_lag(lambda step: np.sum(step.mean(axis=(0, 1)) ** 2)), "average the displacements first"),
    (
        check_msd,
        by_lag(lambda step: np.mean(np.sum(step.mean(axis=1) ** 2, axis=1))),
        "average the displacements first",
    ),
    (check_msd, by_lag(lambda step: np.mean(np.linalg.norm(step, axis=2))), "mean distance"),
    (check_msd, lambda r: np.sqrt(np.maximum(msd_fft(r), 0)), "mean distance"),
    (check_msd, lambda r: msd_fft(r) * np.arange(len(r), 0, -1) / len(r), "a long lag has fewer starts"),
    (check_msd, msd_around_the_end, "time is not periodic"),
    (check_msd, lambda r: msd_fft(r)[1:], "the first (where nothing has moved yet) counts"),
    (check_msd, lambda r: np.append(msd_fft(r)[1:], msd_fft(r)[-1]), "one too long"),
    (check_msd, lambda r: msd_fft(r).mean(), "one number per lag"),
    (check_msd, lambda r: 2 * msd_fft(r), "At a lag of"),
    (check_msd, lambda r: None, "returns nothing"),
    (check_msd, lambda r: ["a"] * len(r), "must be numbers, and yours hold text"),
    (check_diffusion, lambda tau, msd: through_zero(tau, msd) / 6, "through the origin"),
    (check_diffusion, lambda tau, msd: msd[-1] / tau[-1] / 6, "through the origin"),
    (check_diffusion, lambda tau, msd: np.mean(msd / tau) / 6, "through the origin"),
    (check_diffusion, lambda tau, msd: through_zero(tau, msd), "how many directions"),
    (check_diffusion, lambda tau, msd: through_zero(tau, msd) / 2, "how many directions"),
    (check_diffusion, lambda tau, msd: 6 * line(tau, msd), "This is the slope"),
    (check_diffusion, lambda tau, msd: 3 * line(tau, msd), "walk along a line"),
    (check_diffusion, lambda tau, msd: 1.5 * line(tau, msd), "walk in a plane"),
    (check_diffusion, lambda tau, msd: line(tau, msd) / 3, "already holds the sum"),
    (check_diffusion, lambda tau, msd: 36 * line(tau, msd), "should divide"),
    (check_diffusion, lambda tau, msd: 1e-4 * line(tau, msd), "cm²/s"),
    (check_diffusion, lambda tau, msd: np.polyfit(tau, msd, 1)[1], "the intercept"),
    (check_diffusion, lambda tau, msd: np.polyfit(np.log(tau), np.log(msd), 1)[0], "not logarithmic"),
    (check_diffusion, lambda tau, msd: 1.1 * line(tau, msd), "For an MSD of exactly"),
    (check_diffusion, lambda tau, msd: np.polyfit(tau, msd, 1), "must be one number"),
    (check_diffusion, lambda tau, msd: np.nan, "divided by zero or was never set"),
    (check_pipeline, lambda *a: pipeline(*a, unwrap=lambda w, L: w), "Unwrap first"),
    (check_pipeline, lambda *a: pipeline(*a, unwrap=lambda w, L: w, drift=lambda r, f: r), "Unwrap first"),
    (check_pipeline, lambda *a: pipeline(*a, drift=lambda r, f: r), "counts as diffusion"),
    (check_pipeline, lambda *a: pipeline(*a, drift=lambda r, f: remove_framework_drift(r, ~f)), "mobile ions instead"),
    (check_pipeline, lambda *a: pipeline(*a, who=np.ones(24, bool)), "all atoms"),
    (check_pipeline, lambda w, L, f, *a: pipeline(w, L, f, *a, who=f), "D of the framework"),
    (check_pipeline, lambda w, L, f, dt, window: pipeline(w, L, f, 1.0, window), "in frames, not in picoseconds"),
    (check_pipeline, lambda w, L, f, dt, window: pipeline(w, L, f, dt, (0, 999)), "Use the window"),
    (
        check_pipeline,
        lambda w, L, *a: pipeline(remove_framework_drift(w, a[0]), L, *a, drift=lambda r, f: r),
        "before unwrapping",
    ),
    (check_pipeline, lambda *a: 2 * pipeline(*a), "These ions were made with"),
    (check_pipeline, lambda *a: None, "returns nothing"),
    (check_conductivity, sigma(density=lambda a: len(a) / a.get_volume()), "count all atoms"),
    (check_conductivity, sigma(density=lambda a: 1 / a.get_volume()), "a single ion"),
    (check_conductivity, sigma(density=grams), "not a mass per volume"),
    (check_conductivity, sigma(density=lambda a: a.get_masses().sum() / a.get_volume()), "not a mass per volume"),
    (check_conductivity, lambda *a: 100 * conductivity(*a), "S/m"),
    (check_conductivity, lambda *a: 1000 * conductivity(*a), "mS/cm"),
    (check_conductivity, sigma(volume_unit=1), "volume is not converted"),
    (check_conductivity, sigma(D_unit=1), "D is not converted"),
    (check_conductivity, sigma(D_unit=1e-16), "D is not converted"),
    (check_conductivity, sigma(D_unit=1, volume_unit=1), "Neither the volume nor D"),
    (check_conductivity, sigma(charge=si.e), "charge is not squared"),
    (check_conductivity, sigma(charge=1), "charge is not squared"),
    (check_conductivity, sigma(charge=1, kT=lambda T: BOLTZMANN * T), "charge is not squared"),
    (check_conductivity, sigma(kT=lambda T: BOLTZMANN * T), "one system of units"),
    (check_conductivity, sigma(kT=lambda T: 1), "kT is missing"),
    (check_conductivity, sigma(kT=lambda T: T), "k is missing"),
    (check_conductivity, sigma(kT=lambda T: si.k), "T is missing"),
    (check_conductivity, sigma(kT=lambda T: si.k * (T - 273.15)), "already in kelvin"),
    (check_conductivity, lambda *a: conductivity(*a) / 6, "factor of 6"),
    (check_conductivity, lambda *a: 1.7 * conductivity(*a), "times what it should be"),
    (check_conductivity, sigma(density=lambda a: 20 / a.get_volume()), "count the Li of the given atoms"),
    (check_conductivity, sigma(density=lambda a: a.get_chemical_symbols().count("Li")), "how much space"),
    (check_conductivity, lambda *a: None, "returns nothing"),
    (check_arrhenius, lambda *a: (-arrhenius(*a)[0], arrhenius(*a)[1]), "activation energy is negative"),
    (check_arrhenius, straight(inverse, np.log10, lambda y: 10**y, BOLTZMANN), "exp goes with ln"),
    (check_arrhenius, straight(inverse, np.log, np.exp), "what turns it into an energy"),
    (check_arrhenius, straight(inverse, np.log, np.exp, si.k), "is in J"),
    (check_arrhenius, straight(inverse, np.log, np.exp, 8.314462618e-3), "kJ/mol"),
    (check_arrhenius, straight(inverse, np.log, np.exp, 1000 * BOLTZMANN), "in meV"),
    (check_arrhenius, straight(lambda T: T, np.log, np.exp, BOLTZMANN), "slope of ln D against T"),
    (check_arrhenius, straight(inverse, lambda D: D, unit=BOLTZMANN), "You fitted D itself"),
    (check_arrhenius, mixed(arrhenius, in_T), "extrapolated ln D along T"),
    (check_arrhenius, mixed(arrhenius, straight(lambda T: T, lambda D: D)), "extrapolated D itself"),
    (check_arrhenius, mixed(arrhenius, straight(inverse, lambda D: D)), "extrapolated D itself"),
    (check_arrhenius, mixed(arrhenius, straight(inverse, np.log)), "take the exponential"),
    (
        check_arrhenius,
        mixed(arrhenius, lambda T, D, t: (0, np.exp(-arrhenius(T, D, t)[0] / BOLTZMANN / t))),
        "prefactor",
    ),
    (check_arrhenius, mixed(arrhenius, lambda T, D, t: (0, D[-1])), "a temperature that was simulated"),
    (check_arrhenius, mixed(arrhenius, lambda *a: (0, 1e-4 * arrhenius(*a)[1])), "in cm²/s"),
    (check_arrhenius, mixed(arrhenius, lambda *a: (0, 1.5 * arrhenius(*a)[1])), "At 300 K these ions"),
    (check_arrhenius, mixed(lambda *a: (1.2 * arrhenius(*a)[0],), arrhenius), "were made with an activation energy"),
    (check_arrhenius, lambda *a: arrhenius(*a)[::-1], "activation energy first"),
    (check_arrhenius, lambda *a: arrhenius(*a)[0], "Return two things, the activation energy"),
    (check_arrhenius, lambda *a: None, "returns nothing"),
]


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("check, answer, says", WRONG)
def test_each_known_mistake_is_named(check, answer, says, seed):
    with pytest.raises(Hint, match=re.escape(says)):
        check(answer, seed=seed)


def test_a_task_that_was_not_begun_says_so_itself():
    def unwrap(wrapped, edges):
        raise NotImplementedError("Write unwrap first.")

    with pytest.raises(Hint, match=r"^Write unwrap first\. It stands in unwrap\.$"):
        check_unwrap(unwrap)
