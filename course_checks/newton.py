"""Checks for exercise 01: forces, time steps and their order. Each mistake is recognised by the physics it breaks."""

import numpy as np

from course_checks.answers import call, like, name_mistake, near, number, two
from course_checks.hint import Hint, check, expect
from course_lib.dynamics.integrators import integrate
from course_lib.dynamics.model_systems import argon_dimer


@check
def check_force(force, seed=0):
    """Check ``force(V, r, h)``, the central finite difference -dV/dr of any potential."""
    random = np.random.default_rng(seed)
    k, r0, h = random.uniform(2, 5), random.uniform(0.5, 1.5), 0.1
    r = r0 + random.uniform(0.5, 1.0)
    spring = -k * (r - r0)  # a central difference is exact for a parabola, however large h is
    got = number(force(lambda x: 0.5 * k * (x - r0) ** 2, r, h), "force")
    expect(
        got * spring > 0,
        "A stretched spring must pull back, and yours pushes further out: look at the sign in F = -dV/dr.",
    )
    wrong = {
        "You look at one side only (a forward or backward difference): its error shrinks like h. Look as far to the "
        "left as to the right, and it shrinks like h squared.": [spring + k * h / 2, spring - k * h / 2],
        f"The force on a spring is {got / spring:.3g} times what it should be: how far apart are the two points at "
        "which you ask for V?": [2 * spring, spring / 2],
        "A difference of energies is not yet a slope: divide it by the distance between the two points.": (
            2 * h * spring
        ),
    }
    name_mistake(got, wrong)
    expect(near(got, spring), f"On a spring your force is {got:.4g}, and -k (r - r0) is {spring:.4g}.")

    got = number(force(lambda x: x**3, r, h), "force")
    name_mistake(got, {"You do not use the h that is given: take the step from the argument.": -3 * r**2})
    expect(
        near(got, -3 * r**2 - h**2), f"For V = r^3 your force at r = {r:.3f} with h = {h} is {got:.6f}: not central."
    )

    dimer = argon_dimer()
    for r in dimer.r * random.uniform(0.85, 1.3, size=5):  # on both sides of the minimum, in Å
        got = number(force(dimer.potential, r, 1e-4), "force")
        expect(
            np.isclose(got, dimer.force(r), rtol=1e-5, atol=1e-9),
            f"For two argon atoms at {r:.3f} Å your force is {got:.6f} eV/Å, and their potential says "
            f"{dimer.force(r):.6f} eV/Å.",
        )
    print("ok: on a spring, on a cubic and on two argon atoms your force is minus the slope of V.")


@check
def check_euler_step(step, seed=0):
    """Check ``step(r, v, F, m, dt) -> (r, v)``, the lecture's recipe: move with the old velocity, then kick."""
    random = np.random.default_rng(seed)
    r, v = random.normal(size=3), random.normal(size=3)
    m, dt, k, push = random.uniform(2, 4), random.uniform(0.1, 0.2), random.uniform(2, 4), random.uniform(1, 2, size=3)
    _check_free_flight(step, r, v, m, dt)

    moved, kicked = _call(step, r, 0 * v, lambda r: push + 0 * r, m, dt)  # a constant push, from rest
    _check_kick(kicked, push, m, dt)
    symplectic = (
        "A body at rest already moved: your position uses the new velocity, and the recipe moves with the old one. "
        "(Yours is symplectic Euler. It has its own virtues, but it is another method.)"
    )
    name_mistake(moved, {symplectic: r + push / m * dt**2})
    expect(
        near(moved, r),
        "A body at rest already moved in its first step: step 4 of the recipe holds the old velocity and nothing else.",
    )

    seen, moved, kicked = _on_springs(step, r, v, k, m, dt)
    late = "You compute the force at the new position: the recipe uses the position at the start of the step."
    name_mistake(kicked, {late: v - k * moved / m * dt})
    expect(
        near(kicked, v - k * r / m * dt),
        f"On springs the velocity came out wrong; your step called F {len(seen)} times.",
    )
    print("ok: free flight, a constant push and a spring: this is the lecture's step.")


@check
def check_verlet_step(step, seed=0):
    """Check ``step(r, v, F, m, dt) -> (r, v)``, velocity Verlet."""
    random = np.random.default_rng(seed)
    r, v = random.normal(size=3), random.normal(size=3)
    m, dt, k, push = random.uniform(2, 4), random.uniform(0.1, 0.2), random.uniform(2, 4), random.uniform(1, 2, size=3)
    _check_free_flight(step, r, v, m, dt)

    fallen, kicked = _call(step, r, 0 * v, lambda r: push + 0 * r, m, dt)  # under a constant force Verlet is exact
    half = "Only half of the kick arrived: under a constant force F a body gains F/m dt in a step."
    name_mistake(kicked, {half: push / m * dt / 2})
    _check_kick(kicked, push, m, dt)
    wrong = {
        "Your body starts at rest under a constant force and has not moved after one step: the exact path is a "
        "parabola, and its term with dt squared is missing in the position.": r,
        "Your body starts at rest under a constant force and falls twice as far as it should: look at the factor of "
        "the term with dt squared.": r + push / m * dt**2,
        "The mass is missing in the position: a heavy body must fall less far under the same force.": [
            r + push * dt**2 / 2,
            r + push * dt**2,
        ],
    }
    name_mistake(fallen, wrong)
    expect(
        near(fallen, r + push / m * dt**2 / 2),
        "Under a constant force the path is not the exact parabola: check the term with dt squared in the position.",
    )

    seen, moved, kicked = _on_springs(step, r, v, k, m, dt)
    start, end = -k * r, -k * (r + v * dt - k * r / m * dt**2 / 2)
    change = (kicked - v) * m / dt
    wrong = {
        "The velocity uses the old force twice: run your steps backwards in time and you do not come home, and the "
        "error shrinks only like dt. Which force has the atom met by the end of the step?": start,
        "The velocity uses only the force at the end of the step: the start of the step must count as much.": end,
    }
    name_mistake(change, wrong)
    places = {
        "You compute the force half-way: that is leapfrog, just as good, but velocity Verlet uses the two ends.": (
            r + v * dt / 2
        ),
        "You compute the new force at r + v dt, before the position is complete: finish the move first.": r + v * dt,
    }
    for place in seen:
        name_mistake(place, places)
    back, _ = _call(step, moved, -kicked, lambda r: -k * r, m, dt)
    expect(
        np.allclose(back, r, rtol=0, atol=1e-10),
        "After one step, a reversal of the velocity and another step, you are not back where you began. Velocity "
        "Verlet would be.",
    )
    expect(
        near(moved, r + v * dt + start / m * dt**2 / 2) and near(change, (start + end) / 2),
        "On a spring one step comes out wrong: check which force you use in which line.",
    )
    _, rs, vs = integrate(step, 1.0, 0.5, lambda r: -r, 1.0, 0.1, 1000)
    drift = np.ptp(vs**2 + (1 - 0.1**2 / 4) * rs**2)
    expect(drift < 1e-10, f"Over 1000 steps on a spring the quantity Verlet conserves drifts by {drift:.1e}.")
    print("ok: exact under a constant force, and back home after turning the time round.")


@check
def check_order(order, seed=0):
    """Check ``order(dt, error)``, the power p of error = C dt^p."""
    random = np.random.default_rng(seed)
    for p in (1, 2, 4):
        for factors in ([1, 1.7, 4.1, 8.3], [7.9, 3.3, 1]):  # uneven, so that no mistake is right by chance
            c, dt = random.uniform(0.2, 0.6), 0.01 * np.array(factors, float)
            error = c * dt**p
            got = number(order(dt, error), "order")
            if not abs(got - p) < 1e-6:
                _say_why_order_is_wrong(got, p, dt, error)
    print("ok: orders 1, 2 and 4 found, from large steps to small ones and the other way.")


def _say_why_order_is_wrong(got, p, dt, error):
    log_dt, log_error = np.log(dt), np.log(error)
    ratio = error[:-1] / error[1:]
    logs, whole = np.log(ratio), np.log(error[0] / error[-1])
    wrong = {
        "The order came out negative: as dt shrinks the error shrinks too, so both differences need the same sign.": -p,
        "The order came out upside down: divide the logarithm of the errors by the logarithm of the time steps, not "
        "the other way round.": [1 / p, -1 / p],
        "You take the logarithm of C dt^p but forget C: compare two errors with one another.": [
            log_error / log_dt,
            np.mean(log_error / log_dt),
        ],
        "You assume by how much dt shrinks from one run to the next: divide by the logarithm of the ratio of the time "
        "steps.": np.outer([1, -1, 1 / np.log(2), -1 / np.log(2)], [*logs, np.mean(logs), whole]),
        "The ratio of two errors is not yet the order: which power of the ratio of the steps is it?": [
            ratio,
            1 / ratio,
            ratio / (dt[:-1] / dt[1:]),
            dt[:-1] / dt[1:] / ratio,
            error[0] / error[-1],
            error[-1] / error[0],
        ],
        "A slope without logarithms: a power p becomes a straight line of slope p only when both axes are "
        "logarithmic.": [np.polyfit(dt, error, 1)[0], (error[-1] - error[0]) / (dt[-1] - dt[0])],
        "Only one of the two axes is logarithmic: take the logarithm of dt as well as of the error.": [
            np.polyfit(dt, log_error, 1)[0],
            np.polyfit(log_dt, error, 1)[0],
        ],
    }
    name_mistake(got, wrong)
    raise Hint(f"For errors that are exactly {error[0] / dt[0] ** p:.3f} dt^{p} your order is {got:.4g}.")


def _check_free_flight(step, r, v, m, dt):
    """Without a force a body keeps its velocity and moves by v dt."""
    moved, kept = _call(step, r, v, lambda r: 0 * r, m, dt)
    swapped = near(moved, v) and near(kept, r + v * dt)
    expect(not swapped, "You return the velocity first: return the position, then the velocity.")
    expect(near(kept, v), "Without a force the velocity must stay as it is, and yours changes.")
    wrong = {
        "Without a force a body flies on, and yours stays where it is.": r,
        "The position changes by v, which is not a length: where is the time step?": r + v,
        "Without a force your body flies backwards: look at the sign before v.": r - v * dt,
    }
    name_mistake(moved, wrong)
    expect(near(moved, r + v * dt), "Without a force a body must move by v dt, and yours does not.")


def _check_kick(kicked, push, m, dt):
    """A constant force adds F/m dt to the velocity."""
    wrong = {
        "A force acts, but the velocity does not change: where is the kick, a times dt?": 0 * push,
        "The mass does not slow the body down: what is the acceleration of a mass m under the force F?": [
            push * dt,
            push * m * dt,
        ],
        "The body speeds up against the force: F already holds the minus of -dV/dr.": -push / m * dt,
        "The velocity changes by an acceleration: where is the time step?": push / m,
        "The kick is twice too large: the two halves add up to F/m dt.": 2 * push / m * dt,
    }
    name_mistake(kicked, wrong)
    expect(
        near(kicked, push / m * dt), "Under a constant force F the velocity must grow by F/m dt, and yours does not."
    )


def _on_springs(step, r, v, k, m, dt):
    """One step with F = -k r: the positions at which the force was computed, and the new position and velocity."""
    seen = []

    def spring(x):
        seen.append(np.array(x))
        return -k * x

    return seen, *_call(step, r, v, spring, m, dt)


def _call(step, r, v, force, m, dt):
    """One step of the student's function, after a check of the form of its result."""
    moved, kicked = two(call(step, r, v, force, m, dt), "the new position and the new velocity")
    return like(moved, r, "new position"), like(kicked, v, "new velocity")
