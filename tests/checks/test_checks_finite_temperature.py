"""Exercise 03's checks: the right answer passes, and each known mistake is named."""

import numpy as np
import pytest
from ase import units

from course_checks.finite_temperature import (
    check_diffusion,
    check_ice_cube,
    check_population,
    check_rdf,
    check_spread,
    check_velocities,
    check_whole,
)
from course_checks.hint import Hint
from course_lib.transport.msd import msd_fft
from course_lib.transport.unwrap import unwrap

kB = units.kB


def velocities(width=lambda m, kT: np.sqrt(kT / m), draw="normal", centre="momentum"):
    def answer(m, T, random):
        m = m[:, None]
        noise = random.normal(size=(len(m), 3)) if draw == "normal" else random.uniform(-1, 1, (len(m), 3)) * 3**0.5
        v = width(m, kB * T) * noise
        return v - {"momentum": np.sum(m * v, axis=0) / m.sum(), "mean": v.mean(axis=0), "": 0}[centre]

    return answer


def share(v, m):
    V = np.einsum("i,fix->fx", m, v) / m.sum()
    return m.sum() * np.sum(V**2, axis=1) / np.einsum("i,fix->f", m, v**2)


def ice_cube(v, m):
    return np.mean(share(v, m)) > 2 * 3 / (3 * len(m))


def gauche(dE, T):
    weight = 2 * np.exp(-dE / (kB * T))
    return weight / (1 + weight)


def rdf(count=1.0, shell=lambda e: 4 / 3 * np.pi * np.diff(e**3), others=0, image=True, itself=False, per=1.0):
    def answer(positions, L, edges):
        n = len(positions)
        d = positions[:, None] - positions
        if image:
            d -= L * np.round(d / L)
        r = np.linalg.norm(d, axis=2)
        r = r.ravel() if itself else r[~np.eye(n, dtype=bool)]
        return count * np.histogram(r, edges)[0] / n / shell(edges) / ((n - others) / L**3) * per

    return answer


def diffusion(divide=6, unwrapped=True, per_frame=False):
    def answer(wrapped, L, frame_ps):
        r = unwrap(wrapped, [L] * 3) if unwrapped else wrapped
        msd = msd_fft(r)
        lags = np.arange(1, len(msd) // 10)
        return np.polyfit(lags * (1 if per_frame else frame_ps), msd[lags], 1)[0] / divide

    return answer


RIGHT = [
    (check_velocities, velocities()),
    (check_spread, lambda n, T: T * np.sqrt(2 / (3 * n - 3))),
    (check_whole, share),
    (check_ice_cube, ice_cube),
    (check_population, gauche),
    (check_rdf, rdf()),
    (check_rdf, rdf(others=1)),
    (check_diffusion, diffusion()),
    # not the first tenth, and through the origin: as good
    (check_diffusion, lambda w, L, dt: np.mean(msd_fft(unwrap(w, [L] * 3))[5:20] / (np.arange(5, 20) * dt)) / 6),
]


@pytest.mark.parametrize("seed", [0, 1, 2024])
@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right_answers_pass(check, answer, seed, capsys):
    check(answer, seed=seed)
    assert capsys.readouterr().out.startswith("ok: ")


def seeded_alike(m, T, random):
    return velocities()(m, T, np.random.default_rng(0))


WRONG = [
    (check_velocities, seeded_alike, "two random generators"),
    (check_velocities, lambda m, T, random: np.repeat(velocities()(m, T, random)[:, :1], 3, axis=1), "same number"),
    (check_velocities, velocities(centre=""), "fly off together"),
    (check_velocities, velocities(centre="mean"), "heavy atoms count for more"),
    (check_velocities, velocities(lambda m, kT: np.sqrt(kT / 40) + 0 * m), "equally fast"),
    (check_velocities, velocities(lambda m, kT: kT / m), "square root"),
    (check_velocities, velocities(draw="uniform"), "spread evenly"),
    (check_velocities, velocities(lambda m, kT: np.sqrt(3 * kT / m)), "three times too much"),
    (check_velocities, velocities(lambda m, kT: np.sqrt(2 * kT / m)), "yours is 2 kT/m"),
    (check_velocities, velocities(lambda m, kT: np.sqrt(kT / m / 2)), "half of it"),
    (check_velocities, velocities(lambda m, kT: np.sqrt(kT / kB / m)), "Boltzmann's constant"),
    (check_velocities, lambda m, T, random: None, "returns nothing"),
    (
        check_velocities,
        lambda m, T, random: np.sqrt(kB * T / m) * random.normal(size=(len(m), 3)),
        r"the shape \(N, 1\) with m",
    ),
    (check_velocities, lambda m, T, random: random.normal(0, np.sqrt(kB * T / m), (len(m), 3)), r"shape \(N, 1\)"),
    (check_velocities, lambda m, T, random: 1j * velocities()(m, T, random), "hold complex numbers"),
    (check_velocities, lambda m, T, random: np.zeros(3), "shape"),
    (check_spread, lambda n, T: T * np.sqrt(2 / (3 * n)), "3N free components"),
    (check_spread, lambda n, T: 2 * T**2 / (3 * n - 3), "variance"),
    (check_spread, lambda n, T: np.sqrt(2 / (3 * n - 3)), "relative spread"),
    (check_spread, lambda n, T: T * np.sqrt(2 / n), "three velocity components"),
    (check_spread, lambda n, T: T / np.sqrt(3 * n - 3), "Where is the 2"),
    (check_spread, lambda n, T: T * np.sqrt(2 / (3 * n - 6)), "3N - 6"),
    (check_spread, lambda n, T: 0.1 * T, "spread is"),
    (check_spread, lambda n, T: None, "returns nothing"),
    (check_spread, lambda n, T: "8 K", "must be a number, and yours is text"),
    (check_whole, lambda v, m: share(v, np.ones_like(m)), "share is"),
    (
        check_whole,
        lambda v, m: m.sum() * np.sum(v.mean(axis=1) ** 2, axis=1) / np.einsum("i,fix->f", m, v**2),
        "mean vel",
    ),
    (check_whole, lambda v, m: 1 - share(v, m), "the share of the vibrations"),
    (check_whole, lambda v, m: share(v, m) / m.sum(), "mass of all atoms"),
    (check_whole, lambda v, m: share(v, m) * 0.5 * np.einsum("i,fix->f", m, v**2), "That is an energy"),
    (check_whole, lambda v, m: float(share(v, m).mean()), "shape"),
    (check_ice_cube, lambda v, m: np.mean(share(v, m)) > 0.3, "Two healthy atoms"),
    (check_ice_cube, lambda v, m: np.mean(share(v, m)) > 0.05, "healthy cluster of 13"),
    (check_ice_cube, lambda v, m: False, "do not notice"),
    (
        check_ice_cube,
        lambda v, m: np.mean(share(v, m)) > 0.51 or (len(m) > 100 and share(v, m).max() > 0.01),
        "at the mean",
    ),
    (check_ice_cube, lambda v, m: share(v, m) > 0.2, "one answer, True or False, for the whole run"),
    (check_ice_cube, lambda v, m: len(m) < 100 and ice_cube(v, m), "equipartition allows"),
    (check_ice_cube, lambda v, m: None, "returns nothing"),
    (check_population, lambda dE, T: 1 / (1 + np.exp(dE / (kB * T))), "two gauche forms"),
    (check_population, lambda dE, T: gauche(-dE, T), "sign in the exponent"),
    (check_population, lambda dE, T: gauche(dE * kB, T), "The exponent holds kT"),
    (check_population, lambda dE, T: 1 - gauche(dE, T), "share of trans"),
    (check_population, lambda dE, T: gauche(dE, T) / 2, "one of the two"),
    (check_population, lambda dE, T: 2 * np.exp(-dE / (kB * T)), "ratio"),
    (check_rdf, rdf(count=0.5), "count each pair once"),
    (check_rdf, rdf(count=2.0), "Twice too large"),
    (check_rdf, rdf(shell=lambda e: 4 * np.pi * ((e[1:] + e[:-1]) / 2) ** 2 * np.diff(e)), "only where it is thin"),
    (check_rdf, rdf(shell=lambda e: 4 / 3 * np.pi * e[1:] ** 3), "the whole ball"),
    (check_rdf, rdf(shell=lambda e: 1.0), "volume of the shell"),
    (check_rdf, rdf(image=False), "periodic copies"),
    (check_rdf, lambda p, L, e: rdf(image=False)(p % L, L, e), "periodic copies"),
    (check_rdf, lambda p, L, e: rdf(image=False, count=0.5)(p % L, L, e), "periodic copies"),
    (check_rdf, rdf(shell=lambda e: np.diff(e**3)), "volume of a ball"),
    (check_rdf, rdf(shell=lambda e: np.pi * np.diff(e**3)), "volume of a ball"),
    (check_rdf, rdf(itself=True), "each atom itself"),
    (check_rdf, rdf(per=60), "divide by N"),
    (check_rdf, lambda p, L, e: np.ones(12), "scatters around 1"),
    (check_diffusion, diffusion(unwrapped=False), "Unwrap first"),
    (check_diffusion, diffusion(divide=2), "2 D is for one"),
    (check_diffusion, diffusion(divide=4), "4 D is for a plane"),
    (check_diffusion, diffusion(divide=1), "slope of the MSD"),
    (check_diffusion, diffusion(per_frame=True), "per frame"),
    (check_diffusion, diffusion(divide=18), "you took their mean"),
    (check_diffusion, lambda w, L, dt: 3.0, "these walkers have"),
]


@pytest.mark.parametrize("seed", [0, 2024])
@pytest.mark.parametrize(("check", "answer", "sentence"), WRONG)
def test_each_known_mistake_is_named(check, answer, sentence, seed):
    with pytest.raises(Hint, match=sentence), np.errstate(all="ignore"):
        check(answer, seed=seed)
