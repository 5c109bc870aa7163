"""Exercise 04's checks: the right answer passes, and each known mistake is named."""

import numpy as np
import pytest

from course_checks.ab_initio import check_cost, check_independent, check_relaxed, check_years
from course_checks.hint import Hint


def relaxed(energies, forces, fmax, dE):
    return np.linalg.norm(forces, axis=1).max() < fmax and abs(energies[-1] - energies[-2]) < dE


def independent(twice=2, centred=True, stop=True):
    def answer(x):
        x = x - x.mean() if centred else x
        total = 1.0
        for lag in range(1, len(x) // 2):
            c = np.mean(x[lag:] * x[:-lag]) / np.mean(x**2)
            if stop and c < 0:
                break
            total += twice * c
            if not stop and lag > 300:
                break
        return len(x) / total

    return answer


def law(atoms, seconds):
    p, start = np.polyfit(np.log(atoms), np.log(seconds), 1)
    return np.exp(start), p


def years(a, p, n, ps, dt):
    return a * n**p * ps * 1000 / dt / (365.25 * 24 * 3600)


RIGHT = [(check_relaxed, relaxed), (check_independent, independent()), (check_cost, law), (check_years, years)]


@pytest.mark.parametrize("seed", [0, 1, 2024])
@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right_answers_pass(check, answer, seed, capsys):
    check(answer, seed=seed)
    assert capsys.readouterr().out.startswith("ok: ")


WRONG = [
    (check_relaxed, lambda e, f, fmax, dE: abs(e[-1] - e[-2]) < dE, "force on one atom"),
    (check_relaxed, lambda e, f, fmax, dE: np.abs(f).mean() < fmax and abs(e[-1] - e[-2]) < dE, "force on one atom"),
    (check_relaxed, lambda e, f, fmax, dE: np.abs(f).max() < fmax and abs(e[-1] - e[-2]) < dE, "A force is a vector"),
    (check_relaxed, lambda e, f, fmax, dE: np.linalg.norm(f, axis=1).max() < fmax, "energy still falls"),
    (
        check_relaxed,
        lambda e, f, fmax, dE: relaxed(e, f, fmax, dE) or (e[-1] > e[-2] and np.abs(f).max() < fmax),
        "went up",
    ),
    (check_relaxed, lambda e, f, fmax, dE: False, "you say no"),
    (check_relaxed, lambda e, f, fmax, dE: np.linalg.norm(f, axis=1) < fmax, "one answer"),
    (check_relaxed, lambda e, f, fmax, dE: relaxed(e, f.sum(axis=0)[None], fmax, dE), "Large forces that cancel"),
    (check_relaxed, lambda e, f, fmax, dE: relaxed(e, f.ravel()[None], fmax, dE), "do not add forces up"),
    (check_relaxed, lambda e, f, fmax, dE: relaxed(e, 0 * f, fmax, dE) or relaxed(e, f, fmax, 9), "Both conditions"),
    (check_relaxed, lambda e, f, fmax, dE: f.max() < fmax and relaxed(e, 0 * f, fmax, dE), "points the other way"),
    (check_relaxed, lambda e, f, fmax, dE: None, "returns nothing"),
    (check_relaxed, lambda e, f, fmax, dE: "yes", "Return True or False, and not 'yes'"),
    (check_independent, len, "every frame as independent"),
    (check_independent, independent(centred=False, stop=False), "subtract the mean first"),
    (check_independent, independent(twice=1), "Where is the 2"),
    (check_independent, lambda x: len(x) / independent()(x), "divide n by it"),
    (check_independent, lambda x: len(x) / (1 + 2 * np.corrcoef(x[1:], x[:-1])[0, 1]), "You use k = 1 only"),
    (
        check_independent,
        lambda x: len(x) / (1 + np.var(x) * (len(x) / independent()(x) - 1)),
        "Divide by the variance",
    ),
    (check_independent, lambda x: -3.0, "Stop at the first zero"),
    (check_independent, lambda x: 100.0, "are worth about"),
    (check_independent, lambda x: len(x) / (len(x) / independent()(x) + 2), "start the sum at k = 1"),
    (check_cost, lambda n, t: law(n, t)[::-1], "You return p first"),
    (check_cost, lambda n, t: (np.log(law(n, t)[0]), law(n, t)[1]), "That is ln a"),
    (check_cost, lambda n, t: (np.log10(law(n, t)[0]), law(n, t)[1]), "That is log10 a"),
    (check_cost, lambda n, t: np.array(3.0), "Return two things"),
    (check_cost, lambda n, t: tuple(np.polyfit(n, t, 1)), "linear axes"),
    (check_cost, lambda n, t: (np.exp(np.polyfit(n, np.log(t), 1)[1]), np.polyfit(n, np.log(t), 1)[0]), "exponential"),
    (check_cost, lambda n, t: law(t, n), "axes are swapped"),
    (check_cost, lambda n, t: (1.0, 2.0), "you find"),
    (check_years, lambda a, p, n, ps, dt: years(a, p, n, ps, dt) / 1000, "1000 femtoseconds"),
    (check_years, lambda a, p, n, ps, dt: years(a, p, n, ps, dt) * 365.25 * 86400, "That is seconds"),
    (check_years, lambda a, p, n, ps, dt: years(a, p, n, ps, dt) * 365.25, "hours or days"),
    (check_years, lambda a, p, n, ps, dt: years(a, p, n, ps / 1e6, dt), "1000 femtoseconds"),
    (check_years, lambda a, p, n, ps, dt: years(1.0, p, a * n, ps, dt), "power belongs to N"),
    (check_years, lambda a, p, n, ps, dt: years(1.0, 0.0, n, ps, dt), "cost of a step"),
    (check_years, lambda a, p, n, ps, dt: years(a, p, n, ps, 1.0), "Divide by the time step"),
    (check_years, lambda a, p, n, ps, dt: years(a, 1, n, ps, dt), "power p"),
    (check_years, lambda a, p, n, ps, dt: n * years(a, p, n, ps, dt), "whole system"),
    (check_years, lambda a, p, n, ps, dt: 7.0, "years, not"),
]


@pytest.mark.parametrize("seed", [0, 2024])
@pytest.mark.parametrize(("check", "answer", "sentence"), WRONG)
def test_each_known_mistake_is_named(check, answer, sentence, seed):
    with pytest.raises(Hint, match=sentence), np.errstate(all="ignore"):
        check(answer, seed=seed)
