"""Exercise 05's checks: the right answer passes, and each known mistake is named."""

import numpy as np
import pytest
from ase import units

from course_checks.first_mlip import (
    check_cutoff,
    check_energy_error,
    check_labels,
    check_loss,
    check_split,
    check_symmetry_function,
)
from course_checks.hint import Hint

HARTREE, BOHR = units.Hartree, units.Bohr


def cutoff(r, r_c):
    return np.where(r < r_c, (np.cos(np.pi * r / r_c) + 1) / 2, 0.0)


def apart(positions, own):
    return np.linalg.norm(positions - own, axis=1)


def radial(
    others=True, fade=cutoff, centre=1.0, sign=-1, total=np.sum, power=2, absolute=False, inside=False, distance=apart
):
    def answer(positions, i, eta, R_s, r_c):
        kept = np.delete(positions, i, axis=0) if others else positions
        r = distance(kept, positions[i])
        away = np.abs(r - centre * R_s) if absolute else r - centre * R_s
        return total(np.exp(sign * ((eta * away) ** power if inside else eta * away**power)) * fade(r, r_c))

    return answer


class OrderKnower:
    """Right for the first order in which it sees some atoms; in another one it forgets an atom."""

    first = np.empty((0, 3))

    def __call__(self, positions, i, eta, R_s, r_c):
        if np.array_equal(np.sort(self.first, axis=0), np.sort(positions, axis=0)):
            positions = np.delete(positions, 0 if i else 1, axis=0)
            i = max(i - 1, 0)
        else:
            self.first = positions
        return radial()(positions, i, eta, R_s, r_c)


def loss(n_of=lambda n: 3 * n, per_atom=False, swap=False):
    def answer(E, E_label, F, F_label, lambda_E, lambda_F):
        if swap:
            lambda_E, lambda_F = lambda_F, lambda_E
        n = len(F)
        energy = (E - E_label) ** 2 / (n**2 if per_atom else 1)
        return lambda_E * energy + lambda_F / n_of(n) * np.sum((F - F_label) ** 2)

    return answer


def split(n, share, gap):
    cut = round(share * (n - gap))
    return np.arange(cut), np.arange(cut + gap, n)


def shuffled(n, share, gap):
    order = np.random.default_rng(0).permutation(n)
    return order[: round(share * n)], order[round(share * n) :]


def in_the_middle(n, share, gap):
    test = np.arange(n // 2, n // 2 + n // 5)
    return np.setdiff1d(np.arange(n), test), test


def energy_error(constant=np.mean, size=np.abs, per=1):
    def answer(E, E_label, n_atoms):
        difference = E - E_label
        return np.mean(size(difference - constant(difference))) / n_atoms**per

    return answer


RIGHT = [
    (check_energy_error, energy_error()),
    (check_energy_error, lambda E, e, n: np.mean(np.abs((E - E.mean()) - (e - e.mean())) / n)),
    (check_cutoff, cutoff),
    (check_symmetry_function, radial()),
    (check_labels, lambda E, g: (E * HARTREE, -g * HARTREE / BOHR)),
    (check_labels, lambda E, g: (27.2114 * E, -27.2114 / 0.529177 * g)),
    (check_labels, lambda E, g: (27.211 * E, -51.42 * g)),
    (check_loss, loss()),
    (check_split, split),
    (check_split, lambda n, share, gap: tuple(list(part) for part in split(n, share, gap))),
    (check_split, lambda n, share, gap: (np.arange(int(n * share)), np.arange(int(n * share) + gap, n))),
]


@pytest.mark.parametrize("seed", [0, 1, 2024])
@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right_answers_pass(check, answer, seed, capsys):
    check(answer, seed=seed)
    assert capsys.readouterr().out.startswith("ok: ")


WRONG = [
    (check_energy_error, energy_error(constant=lambda d: 0.0), "do not determine the constant"),
    (check_energy_error, energy_error(per=0), "whole molecule"),
    (check_energy_error, energy_error(per=2), "atoms once"),
    (check_energy_error, energy_error(size=lambda d: d), "opposite sign cancel"),
    (check_energy_error, lambda E, e, n: np.std(E - e) / n, "root mean square"),
    (check_energy_error, energy_error(constant=lambda d: d[0]), "from one frame"),
    (check_energy_error, energy_error(constant=np.median), "median difference"),
    (check_energy_error, lambda E, e, n: 1.0, "meV/atom, and yours"),
    (check_cutoff, lambda r, r_c: (np.cos(np.pi * r / r_c) + 1) / 2, "rises again"),
    (check_cutoff, lambda r, r_c: 2 * cutoff(r, r_c), "divide the bracket by 2"),
    (check_cutoff, lambda r, r_c: 1.0 * (r < r_c), "steps from 1 to 0"),
    (check_cutoff, lambda r, r_c: np.where(r < r_c, np.cos(np.pi * r / r_c), 0), "The \\+ 1 is missing"),
    (check_cutoff, lambda r, r_c: np.where(r < r_c, 1 - cutoff(r, r_c), 0), "upside down"),
    (check_cutoff, lambda r, r_c: np.where(r < r_c, (np.cos(180 * r / r_c) + 1) / 2, 0), "radians"),
    (check_cutoff, lambda r, r_c: np.where(r < r_c, np.cos(np.pi * r / r_c) / 2 + 1, 0), "a part of the bracket"),
    (check_cutoff, lambda r, r_c: np.where(r < r_c, (np.sin(np.pi * r / r_c) + 1) / 2, 0), "A sine begins"),
    (check_cutoff, lambda r, r_c: np.where(r < r_c, (np.cos(2 * np.pi * r / r_c) + 1) / 2, 0), "a whole period"),
    (check_cutoff, lambda r, r_c: 1.0 if r < r_c else 0.0, "truth value of an array.*choose with np.where"),
    (check_cutoff, lambda r, r_c: np.where(r < r_c, cutoff(r, r_c), 1.0), "Beyond the cutoff"),
    (check_cutoff, lambda r, r_c: cutoff(r, r_c) ** 2, "is right"),
    (check_cutoff, lambda r, r_c: None, "returns nothing"),
    (check_symmetry_function, radial(others=False), "the atom itself"),
    (check_symmetry_function, radial(total=np.mean), "mean over the neighbours"),
    (check_symmetry_function, radial(fade=lambda r, r_c: 1.0), "cutoff function is missing"),
    (check_symmetry_function, radial(fade=lambda r, r_c: r < r_c), "cutoff function is missing"),
    (check_symmetry_function, radial(centre=0.0), "R_s is ignored"),
    (check_symmetry_function, radial(sign=1), "sign in the exponent"),
    (check_symmetry_function, radial(power=1), "squared in the exponent"),
    (check_symmetry_function, radial(power=1, absolute=True), "squared in the exponent"),
    (check_symmetry_function, radial(inside=True), "in front of the square, not inside"),
    (check_symmetry_function, radial(distance=lambda p, q: np.linalg.norm(p, axis=1)), "from the origin"),
    (check_symmetry_function, radial(distance=lambda p, q: np.sum(np.abs(p - q), axis=1)), "three squares"),
    (check_symmetry_function, radial(distance=lambda p, q: np.abs(p - q)[:, 0]), "three squares"),
    (check_symmetry_function, radial(distance=lambda p, q: np.sum((p - q) ** 2, axis=1)), "take the root"),
    (check_symmetry_function, OrderKnower(), "another order"),
    (check_symmetry_function, lambda p, i, eta, R_s, r_c: "1.5", "must be a number, and yours is text"),
    (check_symmetry_function, lambda p, i, eta, R_s, r_c: 1.5, "the sum is"),
    (check_symmetry_function, lambda p, i, eta, R_s, r_c: p[:, 0], "must be one number"),
    (check_labels, lambda E, g: (E, -g * HARTREE / BOHR), "is still in Hartree"),
    (check_labels, lambda E, g: (-E * HARTREE, -g * HARTREE / BOHR), "keeps its sign"),
    (check_labels, lambda E, g: (E / HARTREE, -g * HARTREE / BOHR), "divide by 27.2114"),
    (check_labels, lambda E, g: (E * 627.5095, -g * HARTREE / BOHR), "kcal/mol"),
    (check_labels, lambda E, g: (E * HARTREE, g * HARTREE / BOHR), "You return the gradient"),
    (check_labels, lambda E, g: (E * HARTREE, -g * HARTREE), "length is not converted"),
    (check_labels, lambda E, g: (E * HARTREE, -g * HARTREE * BOHR), "divide by it to get from 1/Bohr"),
    (check_labels, lambda E, g: (E * HARTREE, -g), "are still in Hartree/Bohr"),
    (check_labels, lambda E, g: E * HARTREE, "Return two things"),
    (check_loss, loss(n_of=lambda n: n), "divided by N"),
    (check_loss, loss(n_of=lambda n: 1), "not divided by 3N"),
    (check_loss, loss(per_atom=True), "energy per atom"),
    (check_loss, loss(swap=True), "swapped the two lambdas"),
    (check_loss, lambda E, e, F, f, a, b: a * abs(E - e) + b / F.size * np.sum(abs(F - f)), "Square the errors"),
    (check_loss, lambda E, e, F, f, a, b: np.sqrt(loss()(E, e, F, f, a, b)), "a root too many"),
    (check_loss, lambda E, e, F, f, a, b: loss()(E, e, F, f, 1, 1), "lambda_F is missing"),
    (check_loss, lambda E, e, F, f, a, b: a * (E - e) ** 2 + b / F.size * np.sum(F - f) ** 2, "must not cancel"),
    (check_loss, lambda E, e, F, f, a, b: a * (E - e) ** 2 + b / F.size * np.sum(abs(F - f)), "Square the errors"),
    (check_loss, lambda E, e, F, f, a, b: 0.0, "the loss is"),
    (check_split, shuffled, "twin in the training set"),
    (check_split, in_the_middle, "as one block"),
    (check_split, lambda n, share, gap: split(n, share, gap)[::-1], "Your test comes first"),
    (check_split, lambda n, share, gap: split(n, share, 0), r"but the gap is \d+ frames"),
    (check_split, lambda n, share, gap: split(n, share, gap + 7), "but the gap is only"),
    (check_split, lambda n, share, gap: (np.arange(n - 20), np.arange(n - 30, n)), "both sets"),
    (check_split, lambda n, share, gap: split(n, 0.5, gap), "You train on .* are"),
    (check_split, lambda n, share, gap: split(n - 20, share, gap), "only the gap is left out"),
    (check_split, lambda n, share, gap: (np.arange(n), []), "none of them empty"),
    (check_split, lambda n, share, gap: (["first"], ["last"]), "two lists of whole numbers"),
    (check_split, lambda n, share, gap: (np.arange(n) < 0.8 * n, np.arange(n) >= 0.8 * n), "masks of True and False"),
    (check_split, lambda n, share, gap: tuple(part + 0.5 for part in split(n, share, gap)), "not whole numbers"),
]


@pytest.mark.parametrize("seed", [0, 2024])
@pytest.mark.parametrize(("check", "answer", "sentence"), WRONG)
def test_each_known_mistake_is_named(check, answer, sentence, seed):
    with pytest.raises(Hint, match=sentence), np.errstate(all="ignore"):
        check(answer, seed=seed)
