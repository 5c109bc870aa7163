"""The checks of exercise 09: right answers pass, and each known mistake gets its sentence."""

import numpy as np
import pytest
from ase import units

from course_checks.hint import Hint
from course_checks.universal import check_offset, check_plan, check_slope, check_stress, check_wall

ORDER = [0, 1, 2, 4, 5, 3]


def stress(in_kB, factor=-0.1 * units.GPa, order=ORDER):
    return factor * in_kB[order]


def slope(F, F_label):
    return np.sum(F * F_label) / np.sum(F_label**2)


def offset(E, E_label, counts):
    return np.linalg.lstsq(counts, E - E_label, rcond=None)[0]


def wall(r, E, r_bond):
    k = int(np.argmin(np.abs(r - r_bond)))
    while k > 0 and E[k - 1] > E[k]:
        k -= 1
    return r[k] if k else None


def wall_by_differences(r, E, r_bond):
    inside = r < r_bond
    falls = np.flatnonzero(np.diff(E[inside]) > 0)
    return r[falls[-1] + 1] if len(falls) else None


def plan(ms_per_atom, atoms, timestep_fs, ns_done, error_done, error_wanted):
    days_per_ns = ms_per_atom * atoms / 1000 * 1e6 / timestep_fs / 86400
    return 1 / days_per_ns, 24 * days_per_ns * ns_done * (error_done / error_wanted) ** 2


def speed(factor):
    return lambda *a: (factor(*a) * plan(*a)[0], plan(*a)[1])


def hours(factor):
    return lambda *a: (plan(*a)[0], factor(*a) * plan(*a)[1])


RIGHT = [
    (check_stress, stress),
    (check_stress, lambda x: np.array([-x[0], -x[1], -x[2], -x[4], -x[5], -x[3]]) / 1602.1766),
    (check_stress, lambda x: -0.1 * x[ORDER] / 160.2),
    (check_slope, slope),
    (check_slope, lambda F, G: np.linalg.lstsq(G.reshape(-1, 1), F.ravel(), rcond=None)[0][0]),
    (check_offset, offset),
    (check_offset, lambda E, L, n: np.linalg.pinv(n) @ (E - L)),
    (check_wall, wall),
    (check_wall, wall_by_differences),
    (check_plan, plan),
    (check_plan, lambda *a: list(plan(*a))),
]
WRONG = [
    (check_stress, lambda x: -stress(x), "sign is VASP's"),
    (check_stress, lambda x: stress(x, order=slice(None)), "order is VASP's"),
    (check_stress, lambda x: stress(x, -units.GPa), "kbar for GPa"),
    (check_stress, lambda x: stress(x, -10 * units.GPa), "multiplied by ten"),
    (check_stress, lambda x: stress(x, -0.1), "result is in GPa"),
    (check_stress, lambda x: stress(x, -0.1 / units.GPa), "multiplied by 160"),
    (check_stress, lambda x: -x, "still in kbar"),
    (check_stress, lambda x: stress(x) * [1, 1, 1, 2, 2, 2], "doubled"),
    (check_stress, lambda x: stress(x)[:3], "came out with shape"),
    (check_stress, lambda x: stress(x, order=[0, 1, 2, 4, 3, 5]), "and yours is"),
    (check_stress, lambda x: None, "returns nothing"),
    (check_slope, lambda F, G: np.polyfit(G.ravel(), F.ravel(), 1)[0], "has a constant"),
    (check_slope, lambda F, G: np.sum(F * G) / np.sum(F**2), "labels over the prediction"),
    (check_slope, lambda F, G: 1 / slope(F, G), "the inverse"),
    (check_slope, lambda F, G: np.mean(F / G), "mean of the ratios"),
    (check_slope, lambda F, G: slope(*(np.linalg.norm(x, axis=1) for x in (F, G))), r"the lengths \|F\|"),
    (check_slope, lambda F, G: np.corrcoef(F.ravel(), G.ravel())[0, 1], "a correlation"),
    (check_slope, lambda F, G: F.sum() / G.sum(), "sums of forces"),
    (check_slope, lambda F, G: np.abs(F).mean() / np.abs(G).mean(), "mean absolute forces"),
    (check_slope, lambda F, G: 1.1 * slope(F, G), "and yours is"),
    (check_slope, lambda F, G: F / G, "must be one number"),
    (check_offset, lambda E, L, n: -offset(E, L, n), "sign is wrong"),
    (check_offset, lambda E, L, n: offset(E / n.sum(1), L / n.sum(1), n / n.sum(1)[:, None]), "number of atoms in the"),
    (check_offset, lambda E, L, n: np.full(n.shape[1], np.mean((E - L) / n.sum(axis=1))), "one number for all"),
    (check_offset, lambda E, L, n: np.linalg.lstsq(n, E, rcond=None)[0], "not their difference"),
    (check_offset, lambda E, L, n: np.linalg.lstsq(np.c_[n, np.ones(len(n))], E - L, rcond=None)[0][:-1], "constant"),
    (check_offset, lambda E, L, n: 2 * offset(E, L, n), "not the minimum"),
    (check_offset, lambda E, L, n: np.mean((E - L) / n.sum(axis=1)), "came out with shape"),
    (check_offset, lambda E, L, n: offset(E, L, n) + (np.linalg.matrix_rank(n) == 1) * uneven(n), "the smallest"),
    (check_wall, lambda r, E, b: r[np.argmin(E)], "where the energy is lowest"),
    (check_wall, lambda r, E, b: b, "That is the bond"),
    (check_wall, lambda r, E, b: r[0], "(innermost point|energy is lowest)"),
    (check_wall, lambda r, E, b: None, "you return None"),
    (check_wall, lambda r, E, b: wall(r, E, b) or r[0], "these atoms are safe"),
    (check_wall, lambda r, E, b: wall(r, E, b) and int(np.argmin(np.abs(r - wall(r, E, b)))), "number of a point"),
    (check_wall, lambda r, E, b: wall(r, E, b) and wall(r, E, b) + 0.3, "first go downhill"),
    (check_wall, lambda r, E, b: wall(r, E, b) and wall(r, E, b) + r[1] - r[0], "beside the top"),
    (check_wall, lambda r, E, b: wall(r, E, b) and wall(r, E, b) + r[0] - r[1], "beside the top"),
    (check_wall, lambda r, E, b: wall(r, E, b) and highest(r, E, b), "from the inside"),
    (check_plan, speed(lambda ms, n, *_: n), "number of atoms is missing"),
    (check_plan, speed(lambda ms, n, *_: 1 / n), "twice"),
    (check_plan, speed(lambda *_: 1e-3), "taken for seconds"),
    (check_plan, speed(lambda *_: 1 / 24), "ns per hour"),
    (check_plan, speed(lambda *_: 1e3), "ps per day"),
    (check_plan, speed(lambda ms, n, dt, *_: 1 / dt), "time step is missing"),
    (check_plan, lambda *a: (1 / plan(*a)[0], plan(*a)[1]), "turn it round"),
    (check_plan, speed(lambda *_: 1.3), "ns per day here"),
    (check_plan, hours(lambda ms, n, dt, t, e, w: w / e), "root of the time"),
    (check_plan, hours(lambda ms, n, dt, t, e, w: (w / e) ** 2), "already done"),
    (check_plan, hours(lambda ms, n, dt, t, e, w: (w / e) ** 4), "errors round"),
    (check_plan, hours(lambda *_: 1 / 24), "Those are days"),
    (check_plan, hours(lambda *_: 3600), "Those are seconds"),
    (check_plan, hours(lambda ms, n, dt, t, e, w: 1 / t), "forgot the run"),
    (check_plan, hours(lambda ms, n, dt, t, e, w: 1 - (w / e) ** 2), "subtracted"),
    (check_plan, hours(lambda *_: 1.2), "CPU hours"),
    (check_plan, lambda *a: plan(*a)[0], "Return two things"),
]


def uneven(counts):
    """Offsets of two elements that cancel in the one composition of all frames."""
    shift = np.zeros(counts.shape[1])
    shift[:2] = 1 / counts[0, 0], -1 / counts[0, 1]
    return shift


def highest(r, E, r_bond):
    """The highest point inside of the bond."""
    return r[np.argmax(np.where(r < r_bond, E, -np.inf))]


@pytest.mark.parametrize("seed", [0, 1, 2024])
@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right_answers_pass(check, answer, seed, capsys):
    check(answer, seed=seed)
    assert capsys.readouterr().out.startswith("ok: ")


@pytest.mark.parametrize("seed", [0, 1, 2024])
@pytest.mark.parametrize(("check", "answer", "sentence"), WRONG)
def test_each_known_mistake_is_named(check, answer, sentence, seed):
    with pytest.raises(Hint, match=sentence), np.errstate(all="ignore"):
        check(answer, seed=seed)


@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_no_verdict_depends_on_the_seed(check, answer):
    for seed in range(40):
        check(answer, seed=seed)
