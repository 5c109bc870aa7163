"""Checks for exercise 03: velocities, fluctuations, equipartition, populations, g(r) and diffusion."""

import re

import numpy as np
from ase import Atoms, units

from course_checks.answers import like, name_mistake, number, truth
from course_checks.hint import check, expect
from course_lib.analysis.rdf import radial_distribution
from course_lib.transport.msd import msd_fft
from course_lib.transport.random_walk import random_walk


@check
def check_velocities(velocities, seed=0):
    """Check ``velocities(m, T, random)``: Maxwell-Boltzmann, (N, 3) in ASE's unit, total momentum zero."""
    random = np.random.default_rng(seed)
    T, n = random.uniform(100, 400), 6000
    m = np.where(np.arange(n) % 2, 7.0, 110.0) * random.uniform(0.9, 1.1)
    kT = units.kB * T
    try:
        v, again = (velocities(m.copy(), T, np.random.default_rng(seed + draw)) for draw in (1, 2))
    except ValueError as error:  # NumPy raises it for shapes that do not match
        expect(
            not re.search("broadcast|shape", str(error)),
            f"NumPy cannot combine two shapes ({error}): an atom has one mass and three velocity components, so give "
            "the masses the shape (N, 1) with m[:, None].",
        )
        raise
    v = like(v, np.empty((n, 3)), "velocities")
    again = like(again, v, "velocities")
    expect(
        not np.array_equal(v, again),
        "Two calls with two random generators gave the same velocities: draw from the generator you are given.",
    )
    together = np.corrcoef(v.T)[np.triu_indices(3, 1)]
    expect(
        np.abs(together).max() < 0.2,
        "The three components of an atom are the same number: draw x, y and z independently, with size=(N, 3).",
    )
    momentum = np.abs(m @ v).max() / np.sqrt(np.sum(m) * kT)
    drift = np.abs(v.mean(axis=0)).max() / np.sqrt(kT / np.mean(m) / n)
    expect(
        momentum < 1e-8 or drift > 1e-8,
        "The mean velocity is zero, the total momentum is not: heavy atoms count for more. Subtract sum(m v) / sum(m).",
    )
    expect(momentum < 1e-8, "Your atoms fly off together: the total momentum, sum(m v), must be zero. Subtract it.")
    light, heavy = (v[m == mass].ravel() for mass in (m[1], m[0]))
    ratio = np.var(light) / np.var(heavy) * m[1] / m[0]  # 1 where the variance is kT/m
    scale = np.var(heavy) * m[0] / kT
    equally, too = (
        "Light and heavy atoms are equally fast here. Each has the same kinetic energy: the variance is kT/m.",
        "Your light atoms are too fast: the variance of a component is kT/m, so its width is the square root of it.",
    )
    name_mistake(ratio, {equally: m[1] / m[0], too: m[0] / m[1]}, rtol=0.1)
    expect(
        np.isclose(ratio, 1, rtol=0.1),
        f"Light and heavy atoms should have equal kinetic energies; yours differ by a factor of {ratio:.2f}.",
    )
    shape = np.mean(heavy**4) / np.mean(heavy**2) ** 2
    expect(
        not shape < 2,
        "The width is not enough: your components are spread evenly over an interval. In the Maxwell-Boltzmann "
        "distribution they are normally distributed: random.normal.",
    )
    expect(abs(shape - 3) < 0.4, f"<v^4>/<v^2>^2 is {shape:.2f}; for a normal distribution it is 3.")
    wrong = {
        "Each component has three times too much energy: 3/2 kT is that of an atom, a component has 1/2 kT.": 3,
        "The variance of a component is kT/m; yours is 2 kT/m. <m v^2 / 2> = kT/2.": 2,
        "The variance of a component is kT/m; yours is half of it. <m v^2 / 2> = kT/2.": 0.5,
        "Where is Boltzmann's constant? T in K times units.kB is an energy in eV.": 1 / units.kB,
    }
    name_mistake(scale, wrong, rtol=0.08)
    expect(np.isclose(scale, 1, rtol=0.06), f"The kinetic temperature came out {scale:.3f} times the one asked for.")
    print("ok: Maxwell-Boltzmann for light and heavy atoms, and nobody flies off.")


@check
def check_spread(spread, seed=0):
    """Check ``spread(n_atoms, T)``: standard deviation of the kinetic temperature in K in the canonical ensemble."""
    random = np.random.default_rng(seed)
    for n in (8, int(random.integers(20, 200))):
        T = random.uniform(50, 500)
        right = T * np.sqrt(2 / (3 * n - 3))
        got = number(spread(n, T), "spread")
        wrong = {
            "You count 3N free components. The total momentum is fixed: three of them are not free.": (
                T * np.sqrt(2 / (3 * n))
            ),
            "That is the variance: the spread is its square root, in K.": 2 * T**2 / (3 * n - 3),
            "That is the relative spread: multiply by T to get K.": np.sqrt(2 / (3 * n - 3)),
            "An atom has three velocity components: N atoms have 3N - 3 free ones.": [
                T * np.sqrt(2 / n),
                T * np.sqrt(2 / (n - 1)),
            ],
            "Where is the 2? The variance of the kinetic energy is (f/2) (kT)^2, its mean (f/2) kT.": [
                T * np.sqrt(1 / (3 * n - 3)),
                T / np.sqrt(3 * n),
            ],
            "3N - 6 is for a molecule that cannot rotate: in a periodic box only the momentum is fixed.": (
                T * np.sqrt(2 / (3 * n - 6))
            ),
        }
        name_mistake(got, wrong, unless=right)
        expect(
            np.isclose(got, right), f"For {n} atoms at {T:.0f} K the spread is {right:.2f} K, and yours {got:.2f} K."
        )
    print("ok: small systems have a restless temperature, and it is right that they have.")


@check
def check_whole(share_of_the_whole, seed=0):
    """Check ``share_of_the_whole(v, m)``: part of the kinetic energy in the motion of the centre of mass, (F,)."""
    random = np.random.default_rng(seed)
    m = random.uniform(1, 100, size=7)
    v = random.normal(size=(5, 7, 3)) / np.sqrt(m)[:, None] + random.normal(size=3)
    kinetic = 0.5 * np.einsum("i,fix->f", m, v**2)
    V = np.einsum("i,fix->fx", m, v) / m.sum()
    whole = 0.5 * m.sum() * np.sum(V**2, axis=1)
    got = like(share_of_the_whole(v.copy(), m.copy()), kinetic, "shares")
    wrong = {
        "The centre of mass moves with sum(m v) / sum(m), not with the mean velocity: the atoms are not alike.": (
            0.5 * m.sum() * np.sum(v.mean(axis=1) ** 2, axis=1) / kinetic
        ),
        "You return the share of the vibrations: return the share of the motion as a whole.": 1 - whole / kinetic,
        "That is an energy: divide by the kinetic energy of all atoms.": whole,
        "The motion of the whole has the mass of all atoms: E = M V^2 / 2 with M = sum(m).": [
            0.5 * np.sum(V**2, axis=1) / kinetic,
            0.5 * m.mean() * np.sum(V**2, axis=1) / kinetic,
        ],
        "Square the components and add them up; you took the length without squaring it, or one component only.": [
            0.5 * m.sum() * np.linalg.norm(V, axis=1) / kinetic,
            0.5 * m.sum() * V[:, 0] ** 2 / kinetic,
        ],
    }
    name_mistake(got, wrong)
    expect(
        np.allclose(got, whole / kinetic),
        f"In the first frame the share is {(whole / kinetic)[0]:.4f}, not {got[0]:.4f}.",
    )
    print("ok: what flies is told from what trembles.")


@check
def check_ice_cube(is_flying_ice_cube, seed=0):
    """Check ``is_flying_ice_cube(v, m)`` for runs (F, N, 3) without a fixed centre of mass: True or False."""
    random = np.random.default_rng(seed)

    def run(n, share):
        """500 independent frames in which the motion as a whole has this share of the kinetic energy on average."""
        m = np.full(n, 40.0)
        inner = random.normal(size=(500, n, 3))
        inner -= inner.mean(axis=1, keepdims=True)
        outer = random.normal(size=(500, 1, 3)) * np.sqrt(share / (1 - share) * (n - 1) / n)
        return inner + outer, m

    depends = "What is too much depends on N."
    cases = {
        (13, 3 / 39, False): "A healthy cluster of 13 atoms (3 of 39 components fly) is called an ice cube.",
        (13, 0.6, True): "You do not notice 13 atoms with 60 % of their energy in the flight of the whole.",
        (2, 3 / 6, False): "Two healthy atoms: 3 of their 6 components are the flight, so half is right. " + depends,
        (200, 0.1, True): "200 atoms with 10 % in the flight of the whole: equipartition allows 0.5 %. " + depends,
        (200, 3 / 600, False): "A healthy liquid of 200 atoms is called an ice cube: look at the mean over the frames.",
    }
    for (n, share, right), sentence in cases.items():
        expect(truth(is_flying_ice_cube(*run(n, share)), "for the whole run") == right, sentence)
    print("ok: equipartition tells, and for any number of atoms.")


@check
def check_population(gauche, seed=0):
    """Check ``gauche(dE, T)``: share of both gauche forms together, dE in eV above trans, at T in K."""
    random = np.random.default_rng(seed)
    for dE, T in ((random.uniform(0.01, 0.04), random.uniform(250, 700)), (0.0, 300.0)):
        b = np.exp(-dE / (units.kB * T))
        right = 2 * b / (1 + 2 * b)
        got = number(gauche(dE, T), "share")
        wrong = {
            "There are two gauche forms, the mirror images: each has its own weight.": b / (1 + b),
            "You count both gauche forms in the numerator and only one in the denominator: all three add up to 1.": (
                2 * b / (1 + b)
            ),
            "That is the share of one of the two gauche forms.": b / (1 + 2 * b),
            "That is the ratio of gauche to trans: a share is at most 1.": 2 * b,
            "That is the share of trans.": 1 / (1 + 2 * b),
            "A higher energy makes a state rarer: look at the sign in the exponent.": 2 / b / (1 + 2 / b),
            "The exponent holds kT: T in K times units.kB.": 2 * np.exp(-dE / T) / (1 + 2 * np.exp(-dE / T)),
        }
        name_mistake(got, wrong, unless=right)
        expect(np.isclose(got, right), f"For {1000 * dE:.1f} meV at {T:.0f} K: {right:.4f}, and yours is {got:.4f}.")
    print("ok: two gauche forms and one trans.")


@check
def check_rdf(rdf, seed=0):
    """Check ``rdf(positions, L, edges)``: g(r) of N atoms in a periodic cube, one number per bin, up to L/2."""
    random = np.random.default_rng(seed)
    L, n = random.uniform(14, 18), 60
    positions = random.uniform(0, L, size=(n, 3)) + L * random.integers(-1, 2, size=(n, 3))
    edges = np.linspace(0, L / 2, 13)
    right = radial_distribution(Atoms(f"Ar{n}", positions, cell=[L] * 3, pbc=True), L / 2, 12).g
    got = like(rdf(positions.copy(), L, edges.copy()), right, "values of g(r)")
    middle, width, shell = (edges[1:] + edges[:-1]) / 2, np.diff(edges), np.diff(edges**3) * 4 / 3 * np.pi
    counts = right * shell * n * n / L**3
    d = positions[:, None] - positions
    folded = positions % L

    def counted(vectors):
        return np.histogram(np.linalg.norm(vectors[~np.eye(n, dtype=bool)], axis=1), edges)[0]

    itself = counts + np.where(np.arange(12) == 0, n, 0)
    wrong = {
        "Exactly half: you count each pair once, but both of its atoms have a neighbour there.": right[1:] / 2,
        "Twice too large: you count each pair four times, or your density is half of the right one.": 2 * right[1:],
        "The shell is 4 pi r^2 dr only where it is thin, and yours are thick: take 4/3 pi (r_out^3 - r_in^3).": [
            (counts / (4 * np.pi * r**2 * width) * L**3 / n**2)[1:]
            for r in (middle, edges[1:], np.maximum(edges[:-1], 1e-12))
        ],
        "You forgot the volume of the shell: far out there is more room, so there are more neighbours.": [
            counts[1:],
            counts[1:] / n,
            counts[1:] * L**3 / n**2,
        ],
        "That is for all atoms together: g(r) is for one of them, so divide by N.": right[1:] * n,
        "g(r) compares with a gas of the same density: divide by N / L^3.": right[1:] * n / L**3,
        "You forgot the periodic copies: two atoms near opposite walls are neighbours.": [
            (counted(vectors) / shell * L**3 / n**2 / halves)[1:]
            for vectors in (d, folded[:, None] - folded)
            for halves in (1, 2)
        ],
        "The shortest copy lies between -L/2 and L/2: round d / L to the nearest number, not down.": (
            (counted(d - L * np.floor(d / L)) / shell * L**3 / n**2)[1:]
        ),
        "The volume of a ball is 4/3 pi r^3: the 4/3, or pi, is missing from your shell.": [
            right[1:] * 4 / 3 * np.pi,
            right[1:] * 4 / 3,
            right[1:] * np.pi,
        ],
        "You took 4/3 pi r^3, the whole ball inside the bin, for the shell.": (
            (counts / (4 / 3 * np.pi * edges[1:] ** 3) * L**3 / n**2)[1:]
        ),
    }
    name_mistake(got[1:], wrong)
    wrong = {
        "The first bin holds each atom itself, at distance zero: leave i = j out.": [(itself / shell * L**3 / n**2)[:1]]
    }
    name_mistake(got[:1], wrong)
    allowed = [right, right * n / (n - 1)]  # both densities are in use: N / V and that of the others, (N - 1) / V
    expect(
        any(np.allclose(got, value) for value in allowed),
        f"For {n} atoms at random positions g scatters around 1; your first values are {np.round(got[:4], 2)}, and "
        f"{np.round(right[:4], 2)} is right.",
    )
    print("ok: every pair twice, every shell with its volume, through the walls.")


@check
def check_diffusion(diffusion, seed=0):
    """Check ``diffusion(wrapped, L, frame_ps)``: D in Å^2/ps from positions that were folded back into a cube."""
    random = np.random.default_rng(seed)
    D, L, frame_ps = random.uniform(0.2, 0.3), random.uniform(6.5, 7.5), random.uniform(0.38, 0.44)
    r = random_walk(D, n_ions=60, frames=1200, frame_ps=frame_ps, seed=seed) + random.uniform(0, L, size=(60, 3))
    right = _slope(msd_fft(r), frame_ps) / 6
    got = number(diffusion(r % L, L, frame_ps), "diffusion coefficient")
    folded = _slope(msd_fft(r % L), frame_ps) / 6
    expect(
        not (abs(got) < 0.2 * right or np.isclose(got, folded, rtol=0.05)),
        "Nearly nothing moves: the positions were folded back into the box, and an atom that leaves it on the right "
        "seems to jump back. Unwrap first: between two frames every atom took the shortest way.",
    )
    wrong = {
        "The slope is 6 D in three dimensions; 2 D is for one dimension.": 3,
        "The slope is 6 D in three dimensions; 4 D is for a plane.": 1.5,
        "Add the squares over x, y and z: you took their mean.": 1 / 3,
        "You return the slope of the MSD: it is 6 D.": 6,
        "Your slope is per frame: a frame lasts frame_ps picoseconds.": frame_ps,
    }
    name_mistake(got / right, wrong, rtol=0.1)
    expect(
        np.isclose(got, right, rtol=0.12),
        f"D came out as {got:.3f} Å²/ps, and these walkers have {right:.3f}: fit the MSD where it is straight and has "
        "many time origins, the first tenth of the lags.",
    )
    print("ok: unwrapped, and the slope divided by six.")


def _slope(msd, frame_ps):
    """Slope of the first tenth of an MSD in Å^2/ps."""
    lags = np.arange(1, len(msd) // 10)
    return np.polyfit(lags * frame_ps, msd[lags], 1)[0]
