"""Exercise 02's checks: the right answer passes, and each known mistake is named."""

import numpy as np
import pytest
from ase import units
from scipy.optimize import curve_fit

from course_checks.hint import Hint
from course_checks.lennard_jones import (
    check_fit,
    check_minimum_image,
    check_pair,
    check_site_energies,
    check_temperature,
)
from course_lib.potentials.inverse_powers import fit_lennard_jones
from course_lib.potentials.lennard_jones import pair_energy_and_slope


def pair(r, epsilon, sigma):
    energy, slope = pair_energy_and_slope(r, epsilon, sigma)
    return energy, -slope


def image(d, L):
    return d - L * np.round(d / L)


def image_by_loop(d, L):
    d = d.copy()
    while np.any(d > L / 2):
        d[d > L / 2] -= L
    while np.any(d < -L / 2):
        d[d < -L / 2] += L
    return d


def one_box(d, L):
    return np.where(d > L / 2, d - L, np.where(d < -L / 2, d + L, d))


def sites(close=image, within=lambda r, rc: r < rc, shift=1.0, to_all=False, share=(0.5, 0.5)):
    """Site energies by two plain loops, with one or more parts replaced by a mistake."""

    def site_energies(positions, L, epsilon, sigma, cutoff):
        n, end = len(positions), pair_energy_and_slope(cutoff, epsilon, sigma)[0]
        energies = np.zeros(n)
        for i in range(n):
            for j in range(i + 1, n):
                r = np.linalg.norm(close(positions[i] - positions[j], L))
                phi = 0.0
                if within(r, cutoff):
                    phi = pair_energy_and_slope(r, epsilon, sigma)[0] - shift * end
                elif to_all:
                    phi = -end
                energies[i] += share[0] * phi
                energies[j] += share[1] * phi
        return energies

    return site_energies


def meets_itself(positions, L, epsilon, sigma, cutoff):
    r = np.linalg.norm(image(positions[:, None] - positions, L), axis=-1)
    return np.where(r < cutoff, pair_energy_and_slope(r, epsilon, sigma)[0], 0).sum(axis=1) / 2


def temperature(half=0.5, freedom=lambda n: 3 * n - 3, drift="mass", scale=1 / units.fs, kB=units.kB, mass="own"):
    def of(v, m):
        if drift == "mass":
            v = v - m @ v / m.sum()
        elif drift == "plain":
            v = v - v.mean(axis=0)
        w = {"own": m[:, None], "none": 1.0, "mean": m.mean()}[mass]
        return 2 * half * np.sum(w * (scale * v) ** 2) / (freedom(len(m)) * kB)

    return of


def changes_its_input(v, m):
    v -= m @ v / m.sum()
    return temperature()(v, m)


def fit(r, energy):
    return fit_lennard_jones(r, energy)


def fit_with_scipy(r, energy):
    return curve_fit(lambda r, e, s: pair_energy_and_slope(r, e, s)[0], r, energy, p0=(10.0, 3.4))[0]


def coefficients(r, energy):
    epsilon, sigma = fit(r, energy)
    return 4 * epsilon * sigma**12, 4 * epsilon * sigma**6


def deepest(r, energy):
    return -energy.min(), np.interp(0, energy[::-1], r[::-1])


RIGHT = [
    (check_pair, pair),
    (check_minimum_image, image),
    (check_minimum_image, image_by_loop),
    (check_site_energies, sites()),
    (check_temperature, temperature()),
    (check_temperature, temperature(scale=10.1805, kB=8.617e-5)),
    (check_fit, fit),
    (check_fit, fit_with_scipy),
]


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("check, answer", RIGHT)
def test_right_answers_pass(check, answer, seed, capsys):
    check(answer, seed=seed)
    assert capsys.readouterr().out.startswith("ok: ")


def force_of(formula):
    """The right energy with a wrong force."""
    return lambda r, e, s: (pair(r, e, s)[0], formula((s / r) ** 6, r, e))


WRONG = [
    (check_pair, lambda r, e, s: None, "returns nothing"),
    (check_pair, lambda r, e, s: pair(r, e, s)[0], "Return two things"),
    (check_pair, lambda r, e, s: pair(r, e, s)[::-1], "return the force first"),
    (check_pair, lambda r, e, s: (0.0, 0.0), "came out with shape"),
    (check_pair, lambda r, e, s: (r * np.nan, r), "infinite or not a number"),
    (check_pair, lambda r, e, s: pair(r, -e, s), "upside down"),
    (check_pair, lambda r, e, s: pair(r, e / 4, s), "depth of your well is not epsilon"),
    (check_pair, lambda r, e, s: pair(r, e / 2, s), "depth of your well is not epsilon"),
    (check_pair, lambda r, e, s: pair(r, e, s / 2 ** (1 / 6)), "minimum lies at sigma"),
    (check_pair, lambda r, e, s: pair(s**2 / r, e, s), "grows with the distance"),
    (check_pair, lambda r, e, s: (pair(r, e, s)[0] + 1, r), "At r = .* your energy is"),
    (check_pair, lambda r, e, s: (pair(r, e, s)[0], -pair(r, e, s)[1]), "wrong sign"),
    (check_pair, force_of(lambda s6, r, e: 4 * e * (s6**2 - s6) / r), "brings the power down"),
    (check_pair, force_of(lambda s6, r, e: 24 * e * (s6**2 - s6) / r), "different factors"),
    (check_pair, force_of(lambda s6, r, e: 48 * e * (s6**2 - s6) / r), "different factors"),
    (check_pair, force_of(lambda s6, r, e: 24 * e * (2 * s6**2 - s6)), "lacks a factor 1/r"),
    (check_pair, force_of(lambda s6, r, e: 24 * e * (2 * s6**2 - s6) / r**2), "one factor 1/r too many"),
    (check_pair, force_of(lambda s6, r, e: 6 * e * (2 * s6**2 - s6) / r), "got lost on the way"),
    (check_pair, force_of(lambda s6, r, e: e * s6), "At r = .* your force is"),
    (check_minimum_image, lambda d, L: None, "returns nothing"),
    (check_minimum_image, lambda d, L: np.linalg.norm(image(d, L), axis=1), "return lengths"),
    (check_minimum_image, lambda d, L: image(d, L)[0], "came out with shape"),
    (check_minimum_image, lambda d, L: d, "Nothing changed"),
    (check_minimum_image, lambda d, L: d - L * np.floor(d / L), "between 0 and L"),
    (check_minimum_image, lambda d, L: d % L, "between 0 and L"),
    (check_minimum_image, lambda d, L: d - L * np.trunc(d / L), "Cutting off the decimals"),
    (check_minimum_image, lambda d, L: d - L * (d / L).astype(int), "Cutting off the decimals"),
    (check_minimum_image, lambda d, L: d + L * np.round(d / L), "wrong way"),
    (check_minimum_image, lambda d, L: d - np.round(d / L), "where is L"),
    (check_minimum_image, lambda d, L: image(d, L) / L, "units of the box"),
    (check_minimum_image, lambda d, L: np.abs(image(d, L)), "direction is lost"),
    (check_minimum_image, one_box, "several boxes away you are not"),
    (check_minimum_image, lambda d, L: d / 2, "the vector .* came out as"),
    (check_site_energies, lambda *_: None, "returns nothing"),
    (check_site_energies, lambda *a: sites()(*a).sum(), "return one number"),
    (check_site_energies, lambda *a: sites()(*a)[:3], r"have the shape \(3,\)"),
    (check_site_energies, meets_itself, "meets itself"),
    (check_site_energies, sites(share=(1, 1)), "counts twice"),
    (check_site_energies, sites(share=(1, 0)), "first atom of each pair keeps all"),
    (check_site_energies, sites(share=(0.5, 0)), "counts only half"),
    (check_site_energies, sites(close=lambda d, L: d), "neighbours through the wall"),
    (check_site_energies, sites(close=lambda d, L: d - L * np.floor(d / L)), "between 0 and L"),
    (check_site_energies, sites(within=lambda r, rc: True), "beyond the cutoff still count"),
    (check_site_energies, sites(within=lambda r, rc: r**2 < rc), "r squared with the cutoff"),
    (check_site_energies, sites(shift=0), "jumps from phi"),
    (check_site_energies, sites(shift=-1), "shift has the wrong sign"),
    (check_site_energies, sites(to_all=True), "also from the pairs that are beyond"),
    (check_site_energies, sites(share=(1, 1), shift=0), "jumps from phi.*at least one more mistake"),
    (check_site_energies, sites(share=(1, 1), close=lambda d, L: d), "through the wall.*at least one more mistake"),
    (check_site_energies, lambda *a: 3 * sites()(*a), "no mistake known to this check"),
    (check_temperature, lambda v, m: None, "returns nothing"),
    (check_temperature, lambda v, m: v, "must be one number"),
    (check_temperature, lambda v, m: np.nan, "divided by zero or was never set"),
    (check_temperature, temperature(drift=None), "thrown through the window"),
    (check_temperature, temperature(drift=None, freedom=lambda n: 3 * n), "thrown through the window"),
    (check_temperature, temperature(drift="plain"), "weighs each atom with its mass"),
    (check_temperature, temperature(freedom=lambda n: 3 * n), "degrees of freedom"),
    (check_temperature, temperature(half=1), "factor 2"),
    (check_temperature, temperature(half=0.25), "factor 2"),
    (check_temperature, temperature(freedom=lambda n: n), "three directions"),
    (check_temperature, temperature(scale=1), "units do not fit"),
    (check_temperature, temperature(scale=units.fs), "units do not fit"),
    (check_temperature, temperature(kB=1), "divide by Boltzmann's constant"),
    (check_temperature, temperature(mass="none"), "does not contain the masses"),
    (check_temperature, temperature(mass="mean"), "does not contain the masses"),
    (check_temperature, lambda v, m: 5 * temperature()(v, m), "Your temperature is"),
    (check_temperature, changes_its_input, "changes the arrays it was given"),
    (check_fit, lambda r, e: None, "returns nothing"),
    (check_fit, lambda r, e: fit(r, e)[0], "Return two things"),
    (check_fit, lambda r, e: fit(r, e)[::-1], "sigma first"),
    (check_fit, lambda r, e: fit(r, e / 1000), "must be in meV"),
    (check_fit, lambda r, e: (fit(r, e)[0], 2 ** (1 / 6) * fit(r, e)[1]), "where the minimum lies"),
    (check_fit, lambda r, e: (-fit(r, e)[0], fit(r, e)[1]), "a depth and positive"),
    (check_fit, lambda r, e: (4 * fit(r, e)[0], fit(r, e)[1]), "four times"),
    (check_fit, coefficients, "return A and B"),
    (check_fit, deepest, "lowest number of the table"),
    (check_fit, lambda r, e: (9.9, 3.0), "exactly Lennard-Jones"),
    (check_fit, lambda r, e: fit_lennard_jones(r[2:], e[2:]), "sum of squares"),
    (check_fit, lambda r, e: fit_lennard_jones(r, e, np.exp(-np.abs(e))), "sum of squares"),
    (check_fit, lambda r, e: (np.nan, 3.0), "divided by zero or was never set"),
]


@pytest.mark.parametrize("seed", [0, 3])
@pytest.mark.parametrize("check, answer, sentence", WRONG)
def test_each_mistake_is_named(check, answer, sentence, seed, capsys):
    with pytest.raises(Hint, match=sentence), np.errstate(all="ignore"):
        check(answer, seed=seed)
    assert "ok" not in capsys.readouterr().out


def test_hints_do_not_leak_the_answer():
    """No hint holds a line of code that solves its task."""
    for check, answer, _ in WRONG:
        with pytest.raises(Hint) as raised, np.errstate(all="ignore"):
            check(answer)
        for code in ("np.round", "* epsilon *", "24", "3 * n - 3", "3N - 3", "lstsq", "0.5 *", "**"):
            assert code not in str(raised.value)
