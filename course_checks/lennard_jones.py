"""Checks for exercise 02: pairs, periodic boxes, site energies, temperature and a fit."""

from itertools import product

import numpy as np
from ase import units

from course_checks.answers import call, given, like, name_mistake, near, number, two
from course_checks.hint import Hint, check, expect
from course_lib.potentials.inverse_powers import fit_lennard_jones
from course_lib.potentials.lennard_jones import pair_energy_and_slope


@check
def check_pair(pair, seed=0):
    """Check ``pair(r, epsilon, sigma) -> (energy, force)``; a positive force pushes the two atoms apart."""
    random = np.random.default_rng(seed)
    epsilon, sigma = random.uniform(0.5, 2), random.uniform(2, 4)
    r = sigma * np.sort(random.uniform(0.9, 2.0, size=6))
    energy, slope = pair_energy_and_slope(r, epsilon, sigma)
    got_energy, got_force = two(pair(r.copy(), epsilon, sigma), "the energy and the force")
    got_energy, got_force = like(got_energy, r, "energy"), like(got_force, r, "force")
    expect(
        not (near(got_energy, -slope) and near(got_force, energy)),
        "You return the force first: return the energy, then the force.",
    )
    ratio = sigma / r
    wrong = {
        "Your energy is upside down: far apart the atoms attract one another, so the energy there is below zero.": (
            -energy
        ),
        "The depth of your well is not epsilon: which number belongs in front of the bracket?": [
            energy / 4,
            energy / 2,
            2 * energy,
        ],
        "In your formula the minimum lies at sigma: in the lecture's, sigma is where the energy is zero.": (
            epsilon * (ratio**12 - 2 * ratio**6)
        ),
        "Your energy grows with the distance: it is sigma/r that is raised to the powers, not r/sigma.": (
            4 * epsilon * ((r / sigma) ** 12 - (r / sigma) ** 6)
        ),
    }
    name_mistake(got_energy, wrong)
    expect(near(got_energy, energy), _compare("energy", got_energy, energy, r / sigma, "sigma"))
    s6, force = ratio**6, -slope
    wrong = {
        "Your force has the wrong sign: nearer than the minimum two atoms push one another apart, and that is the "
        "positive direction here.": slope,
        "A derivative brings the power down as a factor, and yours does not: differentiate each term on its own.": [
            sign * 4 * epsilon * (s6**2 - s6) / r for sign in (1, -1)
        ],
        "The two terms have different powers, so their derivatives have different factors; yours are the same.": [
            factor * sign * epsilon * (s6**2 - s6) / r for factor in (24, 48) for sign in (1, -1)
        ],
        "The derivative of a power lowers it by one: your force lacks a factor 1/r (its unit is an energy).": [
            force * r,
            -force * r,
        ],
        "Your force has one factor 1/r too many: with it you would multiply by the vector r, but F(r) is a number.": [
            force / r,
            -force / r,
        ],
        "The number in front of the bracket got lost on the way from the energy to the force.": [force / 4, -force / 4],
    }
    name_mistake(got_force, wrong)
    expect(near(got_force, force), _compare("force", got_force, force, r / sigma, "sigma"))
    print("ok: the energy is Lennard-Jones, and the force is minus its slope.")


@check
def check_minimum_image(minimum_image, seed=0):
    """Check ``minimum_image(d, L)``: the shortest copies of vectors ``d`` (n, 3) in a periodic cube of edge ``L``."""
    random = np.random.default_rng(seed)
    L = random.uniform(8, 12)
    shortest = L * random.uniform(-0.48, 0.48, size=(12, 3))
    boxes = random.integers(-1, 2, size=shortest.shape)
    boxes[0] = [1, -1, 0]
    d = shortest + L * boxes
    got = given(minimum_image(d.copy(), L), "the vectors")
    expect(
        np.shape(got) != (12,),
        "You return lengths: return the vectors, because the force will need their direction.",
    )
    got = like(got, d, "vectors")
    wrong = {
        "Nothing changed: atoms on opposite sides of the box are neighbours through the wall.": d,
        "Your components lie between 0 and L: an atom just left of its neighbour is found a box to the right. "
        "The shortest copy lies between -L/2 and L/2: go to the nearest whole number, not down to the one below.": (
            d - L * np.floor(d / L)
        ),
        "Cutting off the decimals is not rounding: a component of 0.7 L stays 0.7 L, but -0.3 L is shorter.": (
            d - L * np.trunc(d / L)
        ),
        "You go the wrong way: the vectors became longer. Subtract whole boxes, do not add them.": (
            d + L * np.round(d / L)
        ),
        "You subtract the number of boxes, not their length: where is L?": d - np.round(d / L),
        "Your vectors are in units of the box: multiply by L to have Å again.": d / L - np.round(d / L),
        "The direction is lost: a component may be below zero.": np.abs(shortest),
    }
    name_mistake(got, wrong)
    expect(near(got, shortest), f"For a box of {L:.2f} Å the vector {_row(d)} came out as {_row(got)}.")
    far = minimum_image(shortest + L * random.integers(-4, 5, size=shortest.shape), L)
    expect(
        near(like(far, d, "vectors"), shortest),
        "One box away you are right, several boxes away you are not: an atom that has diffused for a long time has "
        "left its box more than once. A loop or a rounded division finds it at any distance.",
    )
    print("ok: the shortest copy, through the wall and from many boxes away.")


@check
def check_site_energies(site_energies, seed=0):
    """Check ``site_energies(positions, L, epsilon, sigma, cutoff)``: E_i of each atom, cut off and shifted."""
    random = np.random.default_rng(seed)
    epsilon, sigma = random.uniform(0.5, 2), random.uniform(2.5, 4)
    spacing, n = 1.1 * sigma, 4
    L, cutoff = n * spacing, random.uniform(1.5, 1.9) * sigma
    grid = np.stack(np.meshgrid(*[np.arange(n)] * 3), axis=-1).reshape(-1, 3)[random.permutation(n**3)[:40]]
    r = spacing * (grid + random.uniform(-0.08, 0.08, size=grid.shape)) + L * random.integers(-1, 2, size=grid.shape)
    with np.errstate(all="ignore"):
        got = given(site_energies(r.copy(), L, epsilon, sigma, cutoff), "the energies")
    expect(
        np.shape(got) != (),
        "You return one number: return the energy of each atom, E_i. Their sum is the total energy.",
    )
    got = np.asarray(got, float)
    expect(got.shape == (40,), f"For 40 atoms your energies have the shape {got.shape}: one number for each atom.")
    expect(
        np.all(np.isfinite(got)),
        "Some energies are infinite or not a number: an atom that meets itself is at distance zero. Leave i = j out.",
    )
    found = _site_mistakes(got, r, L, epsilon, sigma, cutoff)
    if found:
        raise Hint(found[0] + (" (There is at least one more mistake.)" if len(found) > 1 else ""))
    right = _site_energies(r, L, epsilon, sigma, cutoff)
    expect(
        near(got, right),
        f"The energies add up to {got.sum():.4f} where {right.sum():.4f} is right, and no mistake known to this check "
        "explains it: try two atoms first, at a distance for which you can compute the energy by hand.",
    )
    print("ok: 40 atoms in a periodic box, each with its half of every pair.")


FLOORED = (
    "Your vectors between atoms lie between 0 and L, so half of the neighbours are missed: round to the nearest box "
    "instead of rounding down."
)
SITE_CHOICES = {
    "image": {
        "round": None,
        "none": "You use the distance inside the box: atoms on opposite sides of the box are neighbours through the "
        "wall.",
        "floor": FLOORED,  # of the vectors r_i - r_j and r_j - r_i, each on its own
        "floor once": FLOORED,  # of r_i - r_j with i < j only
        "floor once back": FLOORED,  # of r_j - r_i with i < j only
    },
    "cut": {
        "r": None,
        "never": "Pairs beyond the cutoff still count: leave them out.",
        "square": "You compare r squared with the cutoff: compare it with the cutoff squared, or take the root first.",
    },
    "shift": {
        "minus": None,
        "none": "At the cutoff your energy jumps from phi(cutoff) to zero: subtract phi(cutoff) from each pair, so "
        "that the energy of a pair goes to zero at the cutoff.",
        "plus": "The shift has the wrong sign: just inside the cutoff a pair must have no energy left.",
        "all": "You subtract phi(cutoff) also from the pairs that are beyond the cutoff: they must not count at all.",
    },
    "share": {
        "half": None,
        "whole": "Each pair counts twice: added up over all atoms, your energy is twice the total. An atom owns only "
        "its half of each pair.",
        "first": "The sum over all atoms is right, but the first atom of each pair keeps all of its energy: share it.",
        "quarter": "Each pair counts only half: you visit each pair only once, and still halve its energy.",
    },
}


def _site_mistakes(got, r, L, epsilon, sigma, cutoff):
    """The sentences for the smallest set of known mistakes that gives these energies; None if there is none."""
    choices = [list(options.items()) for options in SITE_CHOICES.values()]
    for chosen in sorted(product(*choices), key=lambda options: sum(sentence is not None for _, sentence in options)):
        with np.errstate(all="ignore"):
            energies = _site_energies(r, L, epsilon, sigma, cutoff, *(name for name, _ in chosen))
        if near(got, energies):
            return [sentence for _, sentence in chosen if sentence is not None]
    return None


def _site_energies(r, L, epsilon, sigma, cutoff, image="round", cut="r", shift="minus", share="half"):
    d = r[:, None] - r[None, :]
    d = d - L * {"round": np.round, "none": np.zeros_like}.get(image, np.floor)(d / L)
    distance = np.linalg.norm(d, axis=-1)
    if image.startswith("floor once"):
        one_way = np.triu(distance.T if image.endswith("back") else distance)
        distance = one_way + one_way.T
    np.fill_diagonal(distance, np.inf)
    within = {"r": distance < cutoff, "never": distance < np.inf, "square": distance**2 < cutoff}[cut]
    end = pair_energy_and_slope(cutoff, epsilon, sigma)[0]
    phi = np.where(within, pair_energy_and_slope(distance, epsilon, sigma)[0], 0.0)
    if shift == "all":
        phi = phi - end * ~np.eye(len(r), dtype=bool)
    else:
        phi = phi - {"minus": end, "none": 0.0, "plus": -end}[shift] * within
    upper = np.triu(phi)
    return {
        "half": 0.5 * phi.sum(axis=1),
        "whole": phi.sum(axis=1),
        "first": upper.sum(axis=1),
        "quarter": 0.5 * upper.sum(axis=1),
    }[share]


@check
def check_temperature(temperature, seed=0):
    """Check ``temperature(v, m)`` in K: velocities (N, 3) in Å/fs, masses (N,) in u, drift taken out."""
    random = np.random.default_rng(seed)
    n = 8
    m = random.uniform(5, 60, size=n)
    v = random.normal(size=(n, 3)) * 0.003 + random.normal(size=3) * 0.002  # all of them drift along
    got = number(call(temperature, v, m), "temperature")
    still = v - m @ v / m.sum()
    to_ase = 1 / units.fs  # Å/fs in ASE's unit of velocity, in which u v^2 is an energy in eV
    kinetic = {
        "right": 0.5 * np.sum(m[:, None] * still**2),
        "drift": 0.5 * np.sum(m[:, None] * v**2),
        "mean": 0.5 * np.sum(m[:, None] * (v - v.mean(axis=0)) ** 2),
    }
    freedom, scale = 3 * n - 3, 2 * to_ase**2 / units.kB
    right = scale * kinetic["right"] / freedom
    in_eV = (freedom, 3 * n)
    wrong = {
        "A crystal thrown through the window is not hot: take the velocity of the centre of mass out first.": [
            scale * kinetic["drift"] / f for f in in_eV
        ],
        "You take out the plain mean of the velocities: the centre of mass weighs each atom with its mass.": [
            scale * kinetic["mean"] / f for f in in_eV
        ],
        "Without the drift three velocity components are no longer free: count the degrees of freedom again.": [
            scale * kinetic["right"] / (3 * n),
            scale * kinetic["right"] / (3 * n - 1),
        ],
        "Each degree of freedom has the energy kT/2: the factor 2 is missing or counted twice.": [
            factor * scale * kinetic[name] / f for factor in (0.5, 2) for name in kinetic for f in in_eV
        ],
        "Each atom moves in three directions: you divide by the number of atoms only.": [
            scale * kinetic[name] / f for name in kinetic for f in (n, n - 1)
        ],
        "The units do not fit: u (Å/fs)^2 is not yet eV. Turn the velocities into ASE's unit with ase.units.fs.": [
            factor * scale / to_ase**2 * power * kinetic[name] / f
            for factor in (0.5, 1, 2)
            for power in (1, to_ase, 1 / to_ase, 1 / to_ase**2)
            for name in kinetic
            for f in (*in_eV, n)
        ],
        "That is an energy in eV: divide by Boltzmann's constant, ase.units.kB, to have a temperature.": [
            factor * units.kB * scale * kinetic[name] / f
            for factor in (0.5, 1, 2)
            for name in kinetic
            for f in (1, *in_eV, n)
        ],
        "Your kinetic energy does not contain the masses, or only their mean.": [
            scale * 0.5 * weight * np.sum(x**2) / f for weight in (1, m.mean()) for x in (v, still) for f in in_eV
        ],
    }
    name_mistake(got, wrong, unless=right, rtol=1e-4)
    expect(np.isclose(got, right, rtol=1e-4), f"Your temperature is {got:.2f} K, and it should be {right:.2f} K.")
    print("ok: the temperature of the motion that is left when the drift is taken out.")


@check
def check_fit(fit, seed=0):
    """Check ``fit(r, energy) -> (epsilon, sigma)``: r in Å, energies and epsilon in meV; plain least squares."""
    random = np.random.default_rng(seed)
    epsilon, sigma = random.uniform(8, 15), random.uniform(3.2, 3.6)
    r = sigma * np.sort(random.uniform(0.97, 2.0, size=15))
    energy = pair_energy_and_slope(r, epsilon, sigma)[0]
    got = np.array([number(x, "parameter") for x in two(fit(r.copy(), energy.copy()), "epsilon and sigma")])
    right = np.array([epsilon, sigma])
    wrong = {
        "You return sigma first: return epsilon, then sigma.": right[::-1],
        "A thousand times too small or too large: the table is in meV, and epsilon must be in meV, too.": [
            right * [1e-3, 1],
            right * [1e3, 1],
        ],
        "Your second number is where the minimum lies: sigma is where the energy is zero.": right * [1, 2 ** (1 / 6)],
        "Epsilon is a depth and positive: the minus is already in the formula.": right * [-1, 1],
        "Epsilon is four times too large or too small: A and B both contain the 4 of the formula.": [
            right * [4, 1],
            right * [0.25, 1],
        ],
        "You return A and B, the coefficients of the two powers: turn them into epsilon and sigma.": [
            4 * epsilon * sigma ** np.array([12.0, 6.0]),
            4 * epsilon * sigma ** np.array([12.0, 6.0]) * [1, -1],
        ],
    }
    name_mistake(got, wrong, rtol=1e-4)
    lowest = energy.min()
    expect(
        not (np.isclose(got[0], -lowest, rtol=1e-6) and not np.isclose(got[0], epsilon, rtol=1e-6)),
        "Your epsilon is the lowest number of the table: the minimum lies between two points. Fit all of them.",
    )
    expect(
        np.allclose(got, right, rtol=1e-4),
        f"On energies that are exactly Lennard-Jones with epsilon {epsilon:.3f} meV and sigma {sigma:.3f} Å you find "
        f"{got[0]:.3f} meV and {got[1]:.3f} Å.",
    )
    noisy = energy + random.normal(size=r.shape) * 0.05 * epsilon
    best = fit_lennard_jones(r, noisy)
    got = np.array([number(x, "parameter") for x in two(fit(r.copy(), noisy.copy()), "epsilon and sigma")])
    ours, theirs = (np.sum((pair_energy_and_slope(r, *p)[0] - noisy) ** 2) for p in (best, got))
    expect(
        theirs < ours * (1 + 1e-5),
        f"With some noise on the energies your sum of squares is {theirs:.4f} meV^2, and {ours:.4f} meV^2 can be "
        "reached: use all points, with equal weights, and minimise the squares of the energies themselves.",
    )
    print("ok: exact energies give their own parameters back, noisy ones the least squares.")


def _compare(name, got, right, r, unit):
    worst = np.argmax(np.abs(got - right))
    return f"At r = {r[worst]:.3f} {unit} your {name} is {got[worst]:.6f}, and it should be {right[worst]:.6f}."


def _row(vectors):
    return "(" + ", ".join(f"{x:.2f}" for x in vectors[0]) + ")"
