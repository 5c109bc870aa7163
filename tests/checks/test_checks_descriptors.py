"""Exercise 06's checks: right answers pass, in every dtype, and each known mistake is named."""

import numpy as np
import pytest
import torch

from course_checks.descriptors import (
    check_descriptor,
    check_kernel,
    check_power,
    check_ridge,
    check_split_by_runs,
)
from course_checks.hint import Hint


def power(A, l, first=0, last=0):
    mine = A[:, l * l + first : (l + 1) ** 2 + last]
    return mine @ mine.T


def fade(x):
    return np.where(x < 1, (1 - x**2) ** 2, 0.0)


def descriptor(fade=fade, angular=True, distance=lambda D: np.linalg.norm(D, axis=1), own=True):
    def answer(centre, neighbours, r_c):
        D = neighbours - centre if own else neighbours
        r = distance(D)
        f, cosine = fade(r / r_c), D @ D.T / np.outer(np.linalg.norm(D, axis=1), np.linalg.norm(D, axis=1))
        radial = [np.sum(f * (r / r_c) ** n) for n in range(3)]
        return np.array(radial + ([f @ cosine @ f, f @ cosine**2 @ f] if angular else []))

    return answer


def symmetry_functions(centre, neighbours, r_c):
    """Behler and Parrinello's, with a cosine for the cutoff."""
    D = neighbours - centre
    r = np.linalg.norm(D, axis=1)
    f = np.where(r < r_c, (np.cos(np.pi * r / r_c) + 1) / 2, 0.0)
    out = [np.sum(np.exp(-((r - R) ** 2)) * f) for R in (1.0, 2.0, 3.0)]
    pairs = [(a, b) for a in range(len(r)) for b in range(a)]
    out.append(sum((1 + D[a] @ D[b] / (r[a] * r[b])) ** 2 * f[a] * f[b] for a, b in pairs))
    return out


def kernel(P, Q, zeta):
    return (P @ Q.T / np.outer(np.linalg.norm(P, axis=1), np.linalg.norm(Q, axis=1))) ** zeta


def ridge_fit(X, y, ridge):
    away = X - X.mean(axis=0)
    c = np.linalg.solve(away.T @ away + ridge * np.eye(X.shape[1]), away.T @ (y - y.mean()))
    return c, y.mean() - X.mean(axis=0) @ c


def ridge_with_a_column(X, y, ridge):
    padded = np.column_stack([X, np.ones(len(X))])
    price = np.diag([*[ridge] * X.shape[1], 0.0])
    c = np.linalg.solve(padded.T @ padded + price, padded.T @ y)
    return c[:-1], c[-1:]


def ridge_in_torch(X, y, ridge):
    X, y = torch.tensor(X, requires_grad=True), torch.tensor(y)
    away = X - X.mean(0)
    c = torch.linalg.solve(away.T @ away + ridge * torch.eye(X.shape[1]), away.T @ (y - y.mean()))
    return c, y.mean() - X.mean(0) @ c


def ridge_step_by_step(X, y, ridge):
    """Gradient descent, with the step of the largest curvature."""
    away, c = X - X.mean(axis=0), np.zeros(X.shape[1])
    step = 1 / (np.linalg.norm(away, 2) ** 2 + ridge)
    for _ in range(20000):
        c = c - step * (away.T @ (away @ c - y + y.mean()) + ridge * c)
    return c, y.mean() - X.mean(axis=0) @ c


def split(runs, share, more=0, order=None):
    names = np.unique(runs) if order is None else np.array(order(runs))
    count = 0
    while np.isin(runs, names[:count]).mean() < share:
        count += 1
    test = np.isin(runs, names[: count + more])
    return np.flatnonzero(~test), np.flatnonzero(test)


def largest_first(runs):
    names, counts = np.unique(runs, return_counts=True)
    return names[np.argsort(-counts)]


def singly(answer):
    """The same in single precision."""
    return lambda *arguments: np.asarray(answer(*arguments), np.float32)


RIGHT = [
    (check_power, power),
    (check_power, singly(power)),
    (check_power, lambda A, l: torch.tensor(power(A, l), requires_grad=True)),
    (check_power, lambda A, l: sum(np.outer(A[:, k], A[:, k]) for k in range(l * l, (l + 1) ** 2)).tolist()),
    (check_descriptor, descriptor()),
    (check_descriptor, singly(descriptor())),
    (check_descriptor, lambda c, n, r: torch.tensor(descriptor()(c, n, r), requires_grad=True)),
    (check_descriptor, descriptor(fade=lambda x: np.where(x < 1, (1 + np.cos(np.pi * x)) / 2, 0))),
    (check_descriptor, descriptor(fade=lambda x: np.where(x < 1, np.exp(1 - 1 / np.maximum(1 - x**2, 1e-9)), 0))),
    (check_descriptor, symmetry_functions),
    (check_kernel, kernel),
    (check_kernel, singly(kernel)),
    (check_kernel, lambda P, Q, zeta: torch.tensor(kernel(P, Q, zeta), requires_grad=True)),
    (check_ridge, ridge_fit),
    (check_ridge, ridge_with_a_column),
    (check_ridge, ridge_in_torch),
    (check_ridge, ridge_step_by_step),
    (check_ridge, lambda X, y, ridge: [np.float32(part) for part in ridge_fit(X, y, ridge)]),
    (check_split_by_runs, split),
    (check_split_by_runs, lambda runs, share: split(runs, share, order=largest_first)),
    (check_split_by_runs, lambda runs, share: [list(part) for part in split(runs, share)]),
    (check_split_by_runs, lambda runs, share: tuple(torch.tensor(part) for part in split(runs, share))),
]


@pytest.mark.parametrize("seed", [0, 1, 2, 3, 2024])
@pytest.mark.parametrize(("check", "answer"), RIGHT)
def test_right_answers_pass(check, answer, seed, capsys):
    check(answer, seed=seed)
    assert capsys.readouterr().out.startswith("ok: ")


def in_place(A, l):
    A -= A.mean()
    return power(A, l)


def penalised(X, y, ridge):
    padded = np.column_stack([X, np.ones(len(X))])
    c = np.linalg.solve(padded.T @ padded + ridge * np.eye(padded.shape[1]), padded.T @ y)
    return c[:-1], c[-1]


def without_constant(X, y, ridge):
    return np.linalg.solve(X.T @ X + ridge * np.eye(X.shape[1]), X.T @ y), 0.0


def full(X, y, ridge):
    away = X - X.mean(axis=0)
    c = np.linalg.lstsq(away.T @ away + ridge, away.T @ (y - y.mean()), rcond=None)[0]
    return c, y.mean() - X.mean(axis=0) @ c


def of_scaled(X, y, ridge):
    return ridge_fit(X / X.std(axis=0), y, ridge)


def at_random(runs, share):
    order = np.random.default_rng(0).permutation(len(runs))
    cut = round((1 - share) * len(runs))
    return order[:cut], order[cut:]


def blocks_of_the_list(runs, share):
    cut = round((1 - share) * len(runs))
    return np.arange(cut), np.arange(cut, len(runs))


def sides(of_train, of_test):
    def answer(runs, share):
        train, test = split(runs, share)
        return of_train(train), of_test(test)

    return answer


def nearest(centre, neighbours, r_c):
    return np.append(descriptor()(centre, neighbours, r_c), np.linalg.norm(neighbours - centre, axis=1).min())


def whole(x):
    return x


WRONG = [
    (check_power, in_place, "changes the arrays"),
    (check_power, lambda A, l: A @ A.T, "sum over all columns"),
    (check_power, lambda A, l: power(A, l, last=-1), "last member of l is missing"),
    (check_power, lambda A, l: power(A, l, last=1), "one column too many"),
    (check_power, lambda A, l: np.outer(A[:, l * l + l], A[:, l * l + l]), "only m = 0"),
    (check_power, lambda A, l: power(A, l) / (2 * l + 1), "mean over m"),
    (check_power, lambda A, l: np.diag(np.diag(power(A, l))), "Only the diagonal"),
    (check_power, lambda A, l: A[:, l * l : (l + 1) ** 2].T @ A[:, l * l : (l + 1) ** 2], "sum over the channels"),
    (check_power, lambda A, l: np.outer(*[A[:, l * l : (l + 1) ** 2].sum(axis=1)] * 2), "before you multiply"),
    (check_power, lambda A, l: 2 * power(A, l), "and yours is"),
    (check_power, lambda A, l: np.diag(power(A, l)), "came out with shape"),
    (check_power, lambda A, l: np.sqrt(np.abs(A[:, l * l : (l + 1) ** 2])) @ np.ones((2 * l + 1, len(A))), "turned"),
    (check_power, lambda A, l: None, "returns nothing"),
    (check_power, lambda A, l: A[:, : (l + 1) ** 2] @ A[:, : (l + 1) ** 2].T, "all columns up to"),
    (check_power, lambda A, l: A[:, l : 2 * l + 1] @ A[:, l : 2 * l + 1].T, "columns of another l"),
    (check_power, lambda A, l: 4 * np.pi / (2 * l + 1) * power(A, l), "4 pi"),
    (check_power, lambda A, l: np.sqrt(np.abs(power(A, l))), "take a root"),
    (check_descriptor, lambda c, n, r_c: 1.0, "Return a list of numbers"),
    (check_descriptor, lambda c, n, r_c: np.sort(np.linalg.norm(n - c, axis=1)), "the same number of inputs"),
    (check_descriptor, lambda c, n, r_c: np.ones(4), "comes nearer, and your numbers stay"),
    (check_descriptor, descriptor(own=False), "Shift all atoms"),
    (check_descriptor, lambda c, n, r_c: np.linalg.norm(n - c, axis=1)[[0, 1]], "in another order"),
    (check_descriptor, descriptor(distance=lambda D: np.abs(D).sum(axis=1)), "Turn the neighbourhood"),
    (check_descriptor, lambda c, n, r_c: np.sum((n - c) / np.linalg.norm(n - c, axis=1)[:, None] ** 2, axis=0), "Turn"),
    (check_descriptor, descriptor(fade=lambda x: np.exp(-x)), "beyond the cutoff"),
    (check_descriptor, descriptor(fade=lambda x: np.where(x < 1, 1.0, 0.0)), "jump when a neighbour crosses"),
    (check_descriptor, descriptor(fade=lambda x: np.where(x < 1, 1 - x, 0.0)), "have a kink"),
    (check_descriptor, descriptor(angular=False), "distances are not enough"),
    (check_descriptor, lambda c, n, r_c: np.array(["a", "b"]), "must be numbers"),
    (check_descriptor, nearest, "only neighbour is beyond"),
    (check_descriptor, lambda c, n, r_c: descriptor()(c, n, r_c) / descriptor()(c, n, r_c)[0], "divided by zero"),
    (check_kernel, lambda P, Q, zeta: (P @ Q.T) ** zeta, r"k\(p, p\) is not 1"),
    (check_kernel, lambda P, Q, zeta: kernel(P, Q, 1), "zeta is ignored"),
    (check_kernel, lambda P, Q, zeta: zeta * kernel(P, Q, 1), "not a factor"),
    (check_kernel, lambda P, Q, zeta: kernel(P, Q, zeta).T, "the transpose"),
    (check_kernel, lambda P, Q, zeta: (P @ Q.T / np.linalg.norm(P) / np.linalg.norm(Q)) ** zeta, "whole array"),
    (check_kernel, lambda P, Q, zeta: np.exp(-np.sum((P[:, None] - Q) ** 2, axis=2)), "a Gaussian"),
    (check_kernel, lambda P, Q, zeta: (P @ Q.T / np.linalg.norm(Q, axis=1)) ** zeta, "one length only"),
    (
        check_kernel,
        lambda P, Q, zeta: (P @ Q.T) ** zeta / np.outer(np.linalg.norm(P, axis=1), np.linalg.norm(Q, axis=1)),
        "inside the bracket",
    ),
    (check_kernel, lambda P, Q, zeta: kernel(P, Q, zeta + 1), "and yours is"),
    (check_kernel, lambda P, Q, zeta: 1 - kernel(P, Q, zeta), "is a distance"),
    (check_kernel, lambda P, Q, zeta: np.arccos(kernel(P, Q, 1)), "is a distance"),
    (check_kernel, lambda P, Q, zeta: kernel(P, Q, 1 / zeta), "take the root"),
    (check_kernel, lambda P, Q, zeta: kernel(P - P.mean(1)[:, None], Q - Q.mean(1)[:, None], zeta), "a correlation"),
    (check_kernel, lambda P, Q, zeta: P @ Q.T * (kernel(P, Q, 1) / (P @ Q.T)) ** zeta, "Only the lengths"),
    (check_kernel, lambda P, Q, zeta: (P @ Q.T / np.outer(P.sum(1), Q.sum(1))) ** zeta, "sums of the rows"),
    (check_kernel, lambda P, Q, zeta: np.diag(kernel(P, P, zeta)), "came out with shape"),
    (check_ridge, penalised, "penalise the constant"),
    (check_ridge, without_constant, "constant is missing"),
    (check_ridge, lambda X, y, ridge: ridge_fit(X, y, 0) if len(X) > 20 else ridge_fit(X, y, 1e-12), "ignored"),
    (check_ridge, lambda X, y, ridge: ridge_fit(X, y, len(X) * ridge), "squared errors' mean"),
    (check_ridge, lambda X, y, ridge: ridge_fit(X, y, ridge / len(X)), "divide the ridge by n"),
    (check_ridge, lambda X, y, ridge: ridge_fit(X, y, ridge**2), r"ridge\^2"),
    (check_ridge, lambda X, y, ridge: ridge_fit(X, y, 2 * ridge), "halved or doubled"),
    (check_ridge, full, "on the diagonal only"),
    (check_ridge, of_scaled, "spread 1"),
    (check_ridge, lambda X, y, ridge: (ridge_fit(X, y, ridge)[0], y.mean()), "the constant is not"),
    (check_ridge, lambda X, y, ridge: ridge_fit(X, y, ridge)[0], "Return two things"),
    (check_ridge, lambda X, y, ridge: ridge_fit(X, y, ridge)[::-1], "return b first"),
    (check_ridge, lambda X, y, ridge: ridge_fit(X, y, np.sqrt(ridge)), "root of the ridge"),
    (check_ridge, lambda X, y, ridge: ridge_fit(X, y, 3 * ridge), "not the minimum"),
    (check_split_by_runs, at_random, "stand on both sides"),
    (check_split_by_runs, blocks_of_the_list, "stand on both sides"),
    (check_split_by_runs, lambda runs, share: split(runs, share, more=1), "a run less"),
    (check_split_by_runs, lambda runs, share: split(runs, share, more=-1), "(add another run|none of them empty)"),
    (check_split_by_runs, lambda runs, share: split(runs, share)[::-1], "a run less"),
    (check_split_by_runs, sides(lambda x: x[::2], whole), "in neither set"),
    (check_split_by_runs, sides(lambda x: np.append(x, x[0]), whole), "twice in one"),
    (check_split_by_runs, sides(lambda x: np.isin(np.arange(999), x), whole), "masks of True and False"),
    (check_split_by_runs, sides(lambda x: x + 0.5, whole), "not whole numbers"),
    (check_split_by_runs, sides(lambda x: x + 10**6, whole), "lie outside"),
    (check_split_by_runs, lambda runs, share: (runs, runs), "(in both sets|lie outside|whole numbers)"),
]


@pytest.mark.parametrize("seed", [0, 1, 2024])
@pytest.mark.parametrize(("check", "answer", "sentence"), WRONG)
def test_each_known_mistake_is_named(check, answer, sentence, seed):
    with pytest.raises(Hint, match=sentence), np.errstate(all="ignore"):
        check(answer, seed=seed)


@pytest.mark.parametrize("check", [check_power, check_descriptor, check_kernel, check_ridge, check_split_by_runs])
def test_no_verdict_depends_on_the_seed(check):
    mine = [answer for other, answer in RIGHT if other is check]
    for seed in range(40):
        for answer in mine[:2]:
            check(answer, seed=seed)
