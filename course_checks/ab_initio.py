"""Checks for exercise 04: when a relaxation is done, independent frames, what quantum mechanics costs."""

import numpy as np

from course_checks.answers import name_mistake, number, truth, two
from course_checks.hint import check, expect


@check
def check_relaxed(is_relaxed, seed=0):
    """Check ``is_relaxed(energies, forces, fmax, dE)``: the last energies and the present forces (N, 3)."""
    random = np.random.default_rng(seed)
    fmax, dE = random.uniform(0.01, 0.05), random.uniform(1e-4, 1e-3)
    turn = random.normal(size=3)
    turn /= np.linalg.norm(turn)
    small = 0.3 * fmax * random.uniform(-1, 1, size=(6, 3)) / np.sqrt(3)
    one_large, long_one, backwards = small.copy(), small.copy(), small.copy()
    backwards[4] = -2 * fmax * np.abs(turn)
    one_large[2] = 2 * fmax * np.abs(turn)
    long_one[2] = 0.8 * fmax * np.sign(turn)  # each component below fmax, the vector above it
    pairs = random.normal(size=(3, 3))
    pairs *= 3 * fmax / np.linalg.norm(pairs, axis=1, keepdims=True)
    cancelling = np.concatenate([pairs, -pairs])
    many = random.normal(size=(6, 3))
    many *= 0.8 * fmax / np.linalg.norm(many, axis=1, keepdims=True)
    still, falling, jumping = [-3.0, -3.5, -3.5 - 0.2 * dE], [-3.0, -3.5, -3.5 - 3 * dE], [-3.0, -3.5, -3.5 + 3 * dE]
    cases = [
        (still, small, True, "The energy no longer changes and the forces are small, and you say no."),
        (
            still,
            one_large,
            False,
            "The force on one atom is twice fmax: not done. Both conditions must hold, and the largest force counts, "
            "not the mean force.",
        ),
        (still, backwards, False, "A force that points the other way pulls as well: take its length, not its value."),
        (still, long_one, False, "A force is a vector: here every component is below fmax and its length is not."),
        (
            still,
            cancelling,
            False,
            "Large forces that cancel are large forces: their sum is zero for any isolated molecule, relaxed or not.",
        ),
        (
            still,
            many,
            True,
            "Each force is below fmax, and you say no: take the largest of the atoms' forces, do not add forces up.",
        ),
        (falling, small, False, "The forces are small, but the energy still falls by three times dE: not done."),
        (jumping, small, False, "The energy went up by three times dE: take the size of the change."),
    ]
    for energies, forces, right, sentence in cases:
        got = truth(is_relaxed(list(energies), forces.copy(), fmax, dE), "for the whole molecule")
        expect(got == right, sentence)
    print("ok: the largest force and the energy, both.")


@check
def check_independent(independent_frames, seed=0):
    """Check ``independent_frames(x)``: n / (1 + 2 sum of the autocorrelation up to its first zero)."""
    random = np.random.default_rng(seed)
    n, memory = 20_000, random.uniform(0.85, 0.95)
    noise, x = random.normal(size=n), np.zeros(n)
    for t in range(1, n):
        x[t] = memory * x[t - 1] + noise[t]
    x += 5.0
    right = n * (1 - memory) / (1 + memory)  # exact for this series: 1 + 2 sum memory^k
    got = number(independent_frames(x.copy()), "number of independent frames")
    name_mistake(got, {"You count every frame as independent: successive frames are similar.": n}, rtol=0.02)
    worth = "That is the number of frames that are worth one independent frame: divide n by it."
    name_mistake(got, {worth: n / right}, rtol=0.2)
    expect(
        got > 0,
        "Your number is not above zero: you add up all lags. Stop at the first zero, there is only noise beyond it.",
    )
    expect(
        not got < 0.06 * right,
        "Far too few: subtract the mean first, else the correlation never falls to zero.",
    )
    nearest = "You use k = 1 only: frames that are two, three, ... steps apart are correlated, too. Add all k up."
    name_mistake(got, {nearest: n / (1 + 2 * memory)}, rtol=0.05)
    square = 1 / (1 - memory**2) * memory / (1 - memory)
    share = "Divide by the variance: rho has no unit and is 1 at k = 0."
    name_mistake(got, {share: n / (1 + 2 * square)}, rtol=0.2)
    twice = "Where is the 2? Each pair of times counts twice, once as earlier and once as later."
    name_mistake(got, {twice: n * (1 - memory)}, rtol=0.12)  # with 1 + sum in place of 1 + 2 sum
    expect(
        np.isclose(got, right, rtol=0.2),
        f"These {n} frames are worth about {right:.0f} independent ones, not {got:.0f}: add the correlation up "
        "only until it first falls below zero; beyond that there is only noise.",
    )
    independent = number(independent_frames(random.normal(size=4000)), "number of independent frames")
    expect(
        not 1250 < independent < 1420,
        "4000 independent numbers count as only a third of 4000 here: start the sum at k = 1, because k = 0 is the "
        "frame itself.",
    )
    expect(
        3000 < independent < 5200,
        f"4000 independent numbers count as {independent:.0f} here: the result should be close to 4000.",
    )
    print("ok: frames are counted by what they add.")


@check
def check_cost(cost_law, seed=0):
    """Check ``cost_law(atoms, seconds)``: a and p of seconds = a atoms^p."""
    random = np.random.default_rng(seed)
    a, p = random.uniform(0.001, 0.01), random.uniform(2.2, 3.1)
    atoms = np.array([3, 6, 12, 24, 36])
    seconds = a * atoms**p
    got = np.array([number(x, "parameter") for x in two(cost_law(atoms.copy(), seconds.copy()), "a and p")])
    slope, start = np.polyfit(np.log(atoms), np.log(seconds), 1)
    wrong = {
        "You return p first: return a, then p.": np.array([p, a]),
        "That is ln a: take the exponential of it.": np.array([start, slope]),
        "That is log10 a: take 10 to the power of it.": np.array([start / np.log(10), slope]),
        "You fitted a straight line on linear axes: a power is a line in ln t against ln N.": [
            np.polyfit(atoms, seconds, 1),
            np.polyfit(atoms, seconds, 1)[::-1],
        ],
        "You took the logarithm of the time only: that fits an exponential.": (
            np.array([np.exp(np.polyfit(atoms, np.log(seconds), 1)[1]), np.polyfit(atoms, np.log(seconds), 1)[0]])
        ),
        "The axes are swapped: ln N is the horizontal axis, ln t the vertical one.": (
            np.array([np.exp(np.polyfit(np.log(seconds), np.log(atoms), 1)[1]), 1 / p])
        ),
    }
    name_mistake(got, wrong, rtol=1e-4)
    expect(np.allclose(got, [a, p], rtol=1e-4), f"For t = {a:.4f} N^{p:.2f} you find {got[0]:.4f} and {got[1]:.2f}.")
    print("ok: a line where both axes are logarithms.")


@check
def check_years(years, seed=0):
    """Check ``years(a, p, n_atoms, ps, dt_fs)``: time in years for a run of ``ps`` ps with steps of ``dt_fs`` fs."""
    random = np.random.default_rng(seed)
    a, p, n, ps, dt = random.uniform(0.001, 0.01), random.uniform(2.2, 3), int(random.integers(50, 200)), 80.0, 0.5
    right = a * n**p * ps * 1000 / dt / (365.25 * 24 * 3600)
    got = number(years(a, p, n, ps, dt), "number of years")
    wrong = {
        "A picosecond is 1000 femtoseconds: the number of steps is 1000 ps / dt.": [right / 1000, right / 1e6],
        "That is seconds, minutes, hours or days: a year has 365.25 days of 24 hours of 3600 s.": [
            right * 365.25 * seconds for seconds in (24 * 3600, 24 * 60, 24, 1)
        ],
        "The power belongs to N alone: a N^p, not (a N)^p.": right * a ** (p - 1),
        "That is the number of steps, or the time at one second per step: multiply by the cost of a step.": [
            ps * 1000 / dt,
            right / (a * n**p),
        ],
        "Divide by the time step: a shorter one needs more steps.": [right * dt, right * dt**2],
        "The number of atoms goes in with its power p.": [right / n ** (p - 1), right / n**p],
        "The law gives the time of the whole system: do not multiply by the number of atoms again.": right * n,
    }
    name_mistake(got, wrong, rtol=3e-3)
    expect(np.isclose(got, right, rtol=5e-3), f"For {n} atoms and {ps:.0f} ps it is {right:.3g} years, not {got:.3g}.")
    print("ok: and now you know why potentials are learned.")
