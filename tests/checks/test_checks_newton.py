"""Exercise 01's checks: the right answer passes, and each known mistake is named."""

import re
import subprocess
import sys

import numpy as np
import pytest

from course_checks.energy_riddle import energy_riddle, largest_errors
from course_checks.hint import Hint, expect
from course_checks.newton import check_euler_step, check_force, check_order, check_verlet_step
from course_lib.analysis.convergence import order_of_convergence
from course_lib.dynamics.integrators import euler, leapfrog, symplectic_euler, velocity_verlet
from course_lib.dynamics.model_systems import argon_dimer


def central(V, r, h):
    return -(V(r + h) - V(r - h)) / (2 * h)


def verlet_in_the_book_form(r, v, F, m, dt):
    f = F(r)
    r_new = r + v * dt + f / m * dt**2 / 2
    return r_new, v + (f + F(r_new)) / m * dt / 2


def in_place_euler(r, v, F, m, dt):
    a = F(r) / m
    r += v * dt
    v += a * dt
    return r, v


def verlet(position=0.5, kick=lambda old, new: (old + new) / 2, mass_in_position=True, ask=lambda r, v, dt, full: full):
    """Velocity Verlet with one part replaced by a mistake."""

    def step(r, v, F, m, dt):
        a = F(r) / (m if mass_in_position else 1)
        r_new = r + v * dt + position * a * dt**2
        return r_new, v + kick(F(r), F(ask(r, v, dt, r_new))) / m * dt

    return step


def slope_between_ends(dt, error):
    return np.log(error[-1] / error[0]) / np.log(dt[-1] / dt[0])


RIGHT = [
    (check_force, central),
    (check_euler_step, euler),
    (check_verlet_step, velocity_verlet),
    (check_verlet_step, verlet_in_the_book_form),
    (check_verlet_step, verlet()),
    (check_order, order_of_convergence),
    (check_order, slope_between_ends),
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, seed, capsys):
    check(answer, seed=seed)
    assert capsys.readouterr().out.startswith("ok: ")


WRONG = [
    (check_force, lambda V, r, h: (V(r + h) - V(r - h)) / (2 * h), "sign in F = -dV/dr"),
    (check_force, lambda V, r, h: (V(r + h) - V(r)) / h, "sign in F = -dV/dr"),
    (check_force, lambda V, r, h: -(V(r + h) - V(r)) / h, "one side only"),
    (check_force, lambda V, r, h: -(V(r) - V(r - h)) / h, "one side only"),
    (check_force, lambda V, r, h: -(V(r + h) - V(r - h)) / h, "how far apart are the two points"),
    (check_force, lambda V, r, h: -(V(r + h / 2) - V(r - h / 2)) / (2 * h), "how far apart are the two points"),
    (check_force, lambda V, r, h: -(V(r + h) - V(r - h)), "not yet a slope"),
    (check_force, lambda V, r, h: -(V(r + 1e-5) - V(r - 1e-5)) / 2e-5, "do not use the h"),
    (check_force, lambda V, r, h: -V(r), "On a spring your force is"),
    (check_force, lambda V, r, h: None, "returns nothing"),
    (check_force, lambda V, r, h: np.array([central(V, r, h)]), "must be one number"),
    (check_force, lambda V, r, h: np.nan, "divided by zero or was never set"),
    (check_euler_step, symplectic_euler, "uses the new velocity"),
    (check_euler_step, lambda r, v, F, m, dt: (r + v * dt + F(r) / m * dt**2 / 2, v + F(r) / m * dt), "old velocity"),
    (check_euler_step, lambda r, v, F, m, dt: (r + v * dt, v + F(r + v * dt) / m * dt), "force at the new position"),
    (check_euler_step, lambda r, v, F, m, dt: (r + v * dt, v + F(r) * dt), "mass"),
    (check_euler_step, lambda r, v, F, m, dt: (r + v * dt, v + F(r) * m * dt), "mass"),
    (check_euler_step, lambda r, v, F, m, dt: (r + v * dt, v - F(r) / m * dt), "against the force"),
    (check_euler_step, lambda r, v, F, m, dt: (r + v * dt, v + F(r) / m), "where is the time step"),
    (check_euler_step, lambda r, v, F, m, dt: (r + v, v + F(r) / m * dt), "where is the time step"),
    (check_euler_step, lambda r, v, F, m, dt: (r - v * dt, v + F(r) / m * dt), "flies backwards"),
    (check_euler_step, lambda r, v, F, m, dt: (r + v * dt, v), "velocity does not change"),
    (check_euler_step, lambda r, v, F, m, dt: (r, v + F(r) / m * dt), "stays where it is"),
    (check_euler_step, lambda r, v, F, m, dt: (v + F(r) / m * dt, r + v * dt), "return the position, then"),
    (check_euler_step, lambda r, v, F, m, dt: None, "returns nothing"),
    (check_euler_step, lambda r, v, F, m, dt: r + v * dt, "Return two things"),
    (check_euler_step, lambda r, v, F, m, dt: (np.sum(r + v * dt), v), "keep one for each"),
    (check_euler_step, in_place_euler, "works in place"),
    (check_verlet_step, euler, "dt squared is missing"),
    (check_verlet_step, verlet(position=0), "dt squared is missing"),
    (check_verlet_step, verlet(position=1), "falls twice as far"),
    (check_verlet_step, symplectic_euler, "falls twice as far"),
    (check_verlet_step, verlet(mass_in_position=False), "mass is missing in the position"),
    (check_verlet_step, verlet(kick=lambda old, new: old), "old force twice"),
    (check_verlet_step, verlet(kick=lambda old, new: new), "only the force at the end"),
    (check_verlet_step, verlet(kick=lambda old, new: old + new), "twice too large"),
    (check_verlet_step, verlet(kick=lambda old, new: old / 2), "Only half of the kick"),
    (check_verlet_step, verlet(kick=lambda old, new: 0.7 * old + 0.3 * new), "not back where you began"),
    (check_verlet_step, verlet(ask=lambda r, v, dt, full: r + v * dt), "before the position is complete"),
    (check_verlet_step, lambda r, v, F, m, dt: velocity_verlet(r, v, F, 1.0, dt), "mass"),
    (check_verlet_step, leapfrog, "leapfrog"),
    (check_order, lambda dt, e: np.log(e[0] / e[1]) / np.log(dt[1] / dt[0]), "negative"),
    (check_order, lambda dt, e: np.log(dt[1] / dt[0]) / np.log(e[1] / e[0]), "upside down"),
    (check_order, lambda dt, e: np.log(e[0]) / np.log(dt[0]), "forget C"),
    (check_order, lambda dt, e: np.log2(e[1] / e[0]), "You assume by how much"),
    (check_order, lambda dt, e: np.mean(np.log2(e[1:] / e[:-1])), "You assume by how much"),
    (check_order, lambda dt, e: np.log(e[1] / e[0]), "You assume by how much"),
    (check_order, lambda dt, e: e[1] / e[0], "not yet the order"),
    (check_order, lambda dt, e: (e[1] / e[0]) / (dt[1] / dt[0]), "not yet the order"),
    (check_order, lambda dt, e: np.polyfit(dt, e, 1)[0], "slope without logarithms"),
    (check_order, lambda dt, e: np.polyfit(dt, np.log(e), 1)[0], "logarithm of dt as well"),
    (check_order, lambda dt, e: 2.0, "your order is 2"),
    (check_order, lambda dt, e: np.log(e), "must be one number"),
    (check_order, lambda dt, e: None, "returns nothing"),
]


@pytest.mark.parametrize("seed", [0, 7])
@pytest.mark.parametrize("check, answer, says", WRONG)
def test_each_known_mistake_is_named(check, answer, says, seed):
    with pytest.raises(Hint, match=re.escape(says)):
        check(answer, seed=seed)


def test_a_hint_is_one_sentence_in_a_notebook():
    code = "from course_checks.hint import expect\nexpect(1 > 2, 'The force points uphill.')"
    shown = subprocess.run([sys.executable, "-m", "IPython", "--no-banner", "-c", code], capture_output=True, text=True)
    assert shown.stdout.strip() == "Not yet: The force points uphill."
    assert shown.returncode != 0


def test_expect_is_silent_where_all_is_well():
    assert expect(True, "never seen") is None


def test_the_energy_riddle_can_be_solved_as_its_answer_says():
    finer = np.array([1, 2, 4])
    found = {letter: [largest_errors(energy_riddle(n))[letter] for n in finer] for letter in "ABCD"}
    assert order_of_convergence(1 / finer, found["A"]) == pytest.approx(1, abs=0.1)
    assert order_of_convergence(1 / finer, found["D"]) == pytest.approx(2, abs=0.1)
    dimer = argon_dimer()
    wrong_force = 0.02 * 1000 * (dimer.potential(dimer.r) - dimer.potential(2 ** (1 / 6) * dimer.r / 1.3))  # meV
    assert found["B"][-1] == pytest.approx(wrong_force, rel=0.01)
    t, error = energy_riddle()["C"]
    assert error[-1] == pytest.approx(np.max(error), rel=1e-6) and error[-1] > 1.8 * error[len(t) // 2]
