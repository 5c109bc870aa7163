"""Checks for exercise 06: power spectrum, a descriptor of one's own, kernel, ridge solution, and a split by runs."""

import numpy as np
from scipy.stats import special_ortho_group

from course_checks.answers import call, given, like, name_mistake, number, two
from course_checks.hint import check, expect


@check
def check_power(power, seed=0):
    """Check ``power(A, l)``: p_ab = sum over m of A_alm A_blm, from A (channels, (l_max + 1)^2)."""
    random = np.random.default_rng(seed)
    for l in (2, 0, 3, 1):
        a, l_max = int(random.integers(3, 7)), 3
        A = random.normal(size=(a, (l_max + 1) ** 2))
        mine = A[:, l * l : (l + 1) ** 2]
        right = mine @ mine.T
        got, exact = _plain(call(power, A, l))
        expect(
            np.shape(got) != (2 * l + 1, 2 * l + 1) or 2 * l + 1 == a,
            f"Your result is {2 * l + 1} x {2 * l + 1}: you sum over the channels; sum over m, and keep the channels.",
        )
        expect(
            np.shape(got) != (a, 2 * l + 1) or 2 * l + 1 == a,
            f"Your result is {a} x {2 * l + 1}: multiply each channel with each, and add over the members m.",
        )
        got = like(got, right, "power spectrum")
        if not np.allclose(got, right, rtol=exact, atol=exact):
            of = np.r_[l * l : (l + 1) ** 2]
            wrong = {
                "You sum over all columns: the members of one l are the columns l^2 to (l + 1)^2 - 1.": A @ A.T,
                "The last member of l is missing: a slice ends before its second number.": A[:, of[:-1]]
                @ A[:, of[:-1]].T,
                "You take one column too many: it belongs to l + 1.": (
                    A[:, of[0] : of[-1] + 2] @ A[:, of[0] : of[-1] + 2].T
                ),
                "You take only m = 0: a turn mixes all 2l + 1 members, so sum over all of them.": [
                    np.outer(A[:, of[0]], A[:, of[0]]),
                    np.outer(A[:, of[l]], A[:, of[l]]),
                ],
                "You add the A before you multiply: multiply member by member, then add.": (
                    np.outer(mine.sum(axis=1), mine.sum(axis=1))
                ),
                "That is the mean over m: the sum is asked for.": right / (2 * l + 1),
                "You take all columns up to those of l: p has the members of one l only.": (
                    A[:, : of[-1] + 1] @ A[:, : of[-1] + 1].T
                ),
                "You take columns of another l: those of l are l^2 to (l + 1)^2 - 1.": [
                    A[:, l : 2 * l + 1] @ A[:, l : 2 * l + 1].T,
                    A[:, (l - 1) ** 2 : l * l] @ A[:, (l - 1) ** 2 : l * l].T,
                ],
                "You multiply by 4 pi / (2l + 1): here p is the plain sum over m.": 4 * np.pi / (2 * l + 1) * right,
                "You take a root: p is the sum of products itself.": np.sqrt(np.abs(right)),
                "Only the diagonal is filled: two different channels have a product, too.": np.diag(np.diag(right)),
            }
            name_mistake(got, wrong, rtol=exact)
            turned = A.copy()
            turned[:, l * l : (l + 1) ** 2] = (
                mine @ special_ortho_group.rvs(2 * l + 1, random_state=seed) if l else mine
            )
            again = _plain(power(turned, l))[0]
            expect(
                np.allclose(again, got, rtol=exact, atol=exact),
                f"For l = {l} your numbers change when the atoms are turned: sum A_alm A_blm over all m of this l.",
            )
            worst = np.unravel_index(np.argmax(np.abs(got - right)), right.shape)
            expect(
                False,
                f"For l = {l} the p of channels {worst[0]} and {worst[1]} is {right[worst]:.4f}, and yours is "
                f"{got[worst]:.4f}.",
            )
    print("ok: whatever the direction, the same numbers.")


@check
def check_descriptor(descriptor, seed=0):
    """Check ``descriptor(centre, neighbours, r_c)``: numbers (K,) of one atom, of the student's own choice."""
    random = np.random.default_rng(seed)
    r_c, n = random.uniform(4, 6), int(random.integers(5, 8))
    centre = random.normal(size=3)
    neighbours = centre + _directions(random, n) * random.uniform(0.25, 0.75, size=(n, 1)) * r_c

    def numbers(centre, neighbours):
        value, exact = _plain(given(call(descriptor, centre, neighbours, r_c), "an array of numbers"))
        expect(
            np.ndim(value) == 1 and len(value), f"Return a list of numbers, (K,); yours has shape {np.shape(value)}."
        )
        return like(value, value, "descriptor"), exact

    right, exact = numbers(centre, neighbours)
    size = np.abs(right).max()

    def same(value):
        return len(value) == len(right) and np.abs(value - right).max() <= 100 * exact * max(size, 1e-12)

    fewer, _ = numbers(centre, neighbours[:2])
    expect(
        len(fewer) == len(right),
        f"{n} neighbours give {len(right)} numbers and two give {len(fewer)}: a potential needs the same number of "
        "inputs for every atom, so add up over the neighbours.",
    )
    moved = neighbours.copy()
    moved[0] = centre + 0.8 * (moved[0] - centre)
    expect(not same(numbers(centre, moved)[0]), "A neighbour comes nearer, and your numbers stay: use the distances.")
    away = random.normal(size=3) * 5
    expect(
        same(numbers(centre + away, neighbours + away)[0]),
        "Shift all atoms, and your numbers change: use differences, neighbours - centre.",
    )
    expect(
        same(numbers(centre, neighbours[random.permutation(n)])[0]),
        "Write the neighbours in another order, and your numbers change: like atoms have no names, so add up.",
    )
    turn = special_ortho_group.rvs(3, random_state=seed)
    expect(
        same(numbers(centre, centre + (neighbours - centre) @ turn.T)[0]),
        "Turn the neighbourhood, and your numbers change: use lengths and scalar products, not single components.",
    )
    far = centre + _directions(random, 1) * random.uniform(1.05, 1.5) * r_c
    expect(
        same(numbers(centre, np.vstack([neighbours, far]))[0]),
        "A neighbour beyond the cutoff changes your numbers: out there it must not count.",
    )
    direction = _directions(random, 1)
    alone = [numbers(centre, centre + share * r_c * direction)[0] for share in (1.1, 1.4)]
    expect(
        np.abs(alone[0] - alone[1]).max() <= 100 * exact * max(size, 1e-12),
        "An atom whose only neighbour is beyond the cutoff still feels its distance: out there it must not count.",
    )

    def effect(share):
        """The change of the numbers that one more neighbour makes at this share of the cutoff."""
        return np.abs(numbers(centre, np.vstack([neighbours, centre + share * r_c * direction]))[0] - right).max()

    inside = max(effect(share) for share in (0.2, 0.35, 0.5, 0.65, 0.8))
    expect(
        effect(1 - 1e-4) < 0.01 * inside,
        "Your numbers jump when a neighbour crosses the cutoff, and so would the energy: multiply what each neighbour "
        "adds by a function that is 0 at r_c.",
    )
    expect(
        effect(0.99) < 0.006 * inside,
        "At the cutoff your numbers have a kink, and the force would jump: what fades a neighbour out needs a slope of "
        "0 at r_c, too.",
    )
    r = random.uniform(0.3, 0.5) * r_c
    few = [centre + r * _bent(angle) @ turn.T for angle in (random.uniform(70, 100), random.uniform(130, 160))]
    a, b = (numbers(centre, pair)[0] for pair in few)
    expect(
        np.abs(a - b).max() > 100 * exact * max(np.abs(a).max(), 1e-12),
        "Two neighbours at the same distances, once at a small and once at a large angle, give the same numbers: "
        "distances are not enough, so add something that knows two neighbours at a time.",
    )
    print(f"ok: {len(right)} numbers, blind to place, order and direction, not to angles, and smooth at the cutoff.")


@check
def check_kernel(kernel, seed=0):
    """Check ``kernel(P, Q, zeta)``: (p . q / |p| |q|)^zeta for the rows of P (n, K) and of Q (m, K): (n, m)."""
    random = np.random.default_rng(seed)
    n, m, K = (int(x) for x in random.permutation(np.arange(4, 8))[:3])
    for zeta in (int(random.integers(2, 5)), 1):
        P, Q = random.uniform(0.1, 2, size=(n, K)), random.uniform(0.1, 2, size=(m, K))
        dot, lengths = P @ Q.T, np.outer(np.linalg.norm(P, axis=1), np.linalg.norm(Q, axis=1))
        right = (dot / lengths) ** zeta
        got, exact = _plain(call(kernel, P, Q, zeta))
        expect(np.shape(got) != (m, n), f"For {n} rows of P and {m} of Q return ({n}, {m}); yours is the transpose.")
        got = like(got, right, "kernel")
        if not np.allclose(got, right, rtol=exact, atol=exact):
            apart = np.sum((P[:, None] - Q) ** 2, axis=2)
            around = [x - x.mean(axis=1, keepdims=True) for x in (P, Q)]
            wrong = {
                "k(p, p) is not 1: divide by the lengths |p| and |q|.": [dot**zeta, dot],
                "zeta is ignored: raise the cosine to the power zeta.": dot / lengths,
                "zeta is an exponent, not a factor.": zeta * dot / lengths,
                "You divide by the squares of the lengths: k(p, p) is not 1.": (dot / lengths**2) ** zeta,
                "Divide first, then take the power: the lengths belong inside the bracket.": dot**zeta / lengths,
                "You divide by one length only: k(p, p) is not 1, and k is not symmetric.": [
                    (dot / np.linalg.norm(P, axis=1)[:, None]) ** zeta,
                    (dot / np.linalg.norm(Q, axis=1)) ** zeta,
                ],
                "You divide by the length of the whole array: each row is one atom, so norm(..., axis=1).": (
                    (dot / np.linalg.norm(P) / np.linalg.norm(Q)) ** zeta
                ),
                "You divide by the lengths of the columns: each row is one atom, so norm(..., axis=1).": (
                    ((P / np.linalg.norm(P, axis=0)) @ (Q / np.linalg.norm(Q, axis=0)).T) ** zeta
                ),
                "You divide by the sums of the rows: |p| is the root of the sum of squares.": (
                    (dot / np.outer(P.sum(axis=1), Q.sum(axis=1))) ** zeta
                ),
                "Only the lengths get the power zeta: the scalar product belongs inside the bracket, too.": (
                    dot / lengths**zeta
                ),
                "That is a distance, 0 for the same environment: k says how alike two are, and is 1 there.": [
                    1 - right,
                    np.arccos(np.clip(dot / lengths, -1, 1)),
                    np.sqrt(np.maximum(2 - 2 * right, 0)),
                ],
                "You take the root: k is the cosine to the power zeta, so that a larger zeta tells more apart.": (
                    (dot / lengths) ** (1 / zeta)
                ),
                "You take the mean out of each row: that is a correlation; k is the cosine of p and q as they are.": (
                    (around[0] @ around[1].T / np.outer(*(np.linalg.norm(x, axis=1) for x in around))) ** zeta
                ),
                "That is a Gaussian of the distance: here the kernel is a power of the cosine.": [
                    np.exp(-apart),
                    np.exp(-apart / 2),
                    np.exp(-zeta * apart),
                ],
            }
            name_mistake(got, wrong, rtol=exact)
            own = _plain(kernel(P, P, zeta))[0]
            expect(np.allclose(np.diag(own), 1, rtol=exact), "k(p, p) is not 1: divide by the lengths |p| and |q|.")
            expect(np.allclose(own, np.transpose(own), rtol=exact), "k(p, q) is not k(q, p): a likeness is mutual.")
            expect(False, f"For zeta = {zeta}, k of the first rows is {right[0, 0]:.4f}, and yours is {got[0, 0]:.4f}.")
    print("ok: 1 for the same environment, less for any other, and mutual.")


@check
def check_ridge(ridge_fit, seed=0):
    """Check ``ridge_fit(X, y, ridge)``: c (K,) and b that minimise |X c + b - y|^2 + ridge |c|^2."""
    random = np.random.default_rng(seed)
    for ridge, n in ((random.uniform(5, 20), 40), (random.uniform(0.5, 2), 6)):
        K = int(random.integers(7, 10))
        X = random.normal(size=(n, K)) + random.normal(size=K)
        y = X @ random.normal(size=K) + 5 * random.normal(size=n) + random.uniform(30, 60)
        c, b = two(call(ridge_fit, X, y, ridge), "the weights c and the constant b")
        (c, exact), (b, _) = _plain(c), _plain(b)
        expect(np.ndim(c) or np.shape(b) != (K,), "You return b first: the weights c come first, then the constant b.")
        c, b = like(c, X[0], "weights"), number(np.squeeze(b), "constant")
        exact = 100 * exact  # of a linear system of moderate condition
        right, constant = _ridge(X, y, ridge)
        if np.allclose(c, right, rtol=exact, atol=exact * np.abs(right).max()):
            expect(
                abs(b - constant) <= exact * abs(constant),
                f"Your c are right, and the constant is not: the residuals must add up to 0, so it is {constant:.3f} = "
                f"mean of y - X c; yours is {b:.3f}.",
            )
            continue
        padded = np.column_stack([X, np.ones(n)])
        wrong = {
            "You penalise the constant b, too: the mean energy of a molecule is large, and no mistake of the fit.": (
                np.linalg.solve(padded.T @ padded + ridge * np.eye(K + 1), padded.T @ y)[:K]
            ),
            "The constant is missing in the fit: take the means out of X and of y first, or give X a column of ones.": [
                np.linalg.solve(X.T @ X + ridge * np.eye(K), X.T @ y),
                np.linalg.solve(X.T @ X + ridge * np.eye(K), X.T @ (y - y.mean())),
            ],
            "The ridge is ignored: without it a large c costs nothing.": _ridge(X, y, 0.0)[0],
            "You add the ridge to the squared errors' mean: here it is their sum, so do not multiply the ridge by n.": (
                _ridge(X, y, n * ridge)[0]
            ),
            "You divide the ridge by n: the squared errors are added, not averaged.": _ridge(X, y, ridge / n)[0],
            "You use ridge^2: the ridge itself multiplies |c|^2.": _ridge(X, y, ridge**2)[0],
            "You use the root of the ridge: the ridge itself multiplies |c|^2.": _ridge(X, y, np.sqrt(ridge))[0],
            "The ridge is halved or doubled: the factor 2 of the derivative is in both terms.": [
                _ridge(X, y, ridge / 2)[0],
                _ridge(X, y, 2 * ridge)[0],
            ],
            "You scale the columns of X to spread 1 and return the weights of the scaled ones, or a ridge on those.": (
                _scaled(X, y, ridge)
            ),
            "You add the ridge to every number of X^T X: it stands on the diagonal only.": _full(X, y, ridge),
        }
        for sentence, values in wrong.items():
            for value in values if isinstance(values, list) else [values]:
                expect(not np.allclose(c, value, rtol=exact, atol=exact * np.abs(value).max()), sentence)
        slope = X.T @ (X @ c + b - y) + ridge * c
        expect(
            False,
            f"This is not the minimum: X^T (X c + b - y) + ridge c must be 0 there, and one of yours is "
            f"{slope[np.abs(slope).argmax()]:.3f}. Set the derivatives by c and by b to zero.",
        )
    print("ok: the one minimum, and the constant is free.")


@check
def check_split_by_runs(split_by_runs, seed=0):
    """Check ``split_by_runs(runs, share)``: indices of training and test frames, whole runs on either side."""
    random = np.random.default_rng(seed)
    for names in ("numbers", "words"):
        lengths = random.integers(8, 25, size=int(random.integers(7, 11)))
        runs = np.repeat(random.permutation(100)[: len(lengths)], lengths)
        if names == "words":  # runs of one length: then their number is known
            lengths[:] = lengths.max()
            runs = np.repeat(random.permutation(100)[: len(lengths)], lengths)
            runs = np.array([f"run {chr(97 + run % 26)}{run}" for run in runs])
        runs, share = random.permutation(runs), random.uniform(0.15, 0.35)
        parts = [_plain(part)[0] for part in two(call(split_by_runs, runs, share), "the training and the test indices")]
        expect(
            not any(part.dtype == bool for part in parts),
            "You return masks of True and False: return indices; np.flatnonzero makes them from a mask.",
        )
        expect(
            all(part.ndim == 1 and part.size and part.dtype.kind in "iuf" for part in parts),
            "Return two lists of whole numbers, the indices of the frames, none of them empty.",
        )
        expect(all(np.array_equal(part, part.astype(int)) for part in parts), "Some indices are not whole numbers.")
        train, test = (part.astype(int) for part in parts)
        both = np.concatenate([train, test])
        expect(both.min() >= 0 and both.max() < len(runs), f"Some indices lie outside of 0 to {len(runs) - 1}.")
        expect(
            len(set(both)) == len(both), "Some frames are in both sets, or twice in one: that is the worst of leaks."
        )
        shared = sorted(set(runs[train]) & set(runs[test]))
        expect(
            not shared,
            f"{len(shared)} of {len(lengths)} runs stand on both sides: frames of one run are twins, and the test "
            "measures memory. A run goes to one side as a whole, also where its frames are spread over the list.",
        )
        expect(
            len(both) == len(runs), f"{len(runs) - len(both)} of {len(runs)} frames are in neither set: use them all."
        )
        found = len(test) / len(runs)
        most = share + max(np.unique(runs[test], return_counts=True)[1]) / len(runs)  # the last one was the largest
        expect(
            found >= share - 1e-9,
            f"The test holds {found:.2f} of the frames, and at least {share:.2f} are asked for: add another run.",
        )
        expect(
            found < most,
            f"The test holds {found:.2f} of the frames, and {share:.2f} are asked for: a run less would be enough. "
            "(share is that of the test, and the training indices come first.)",
        )
    print("ok: whole runs on either side, and no frame wasted.")


def _plain(value):
    """The answer as a NumPy array, also if it is a tensor that is being differentiated, and how exact its dtype is."""
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    kind = getattr(value, "dtype", None)
    coarse = kind is not None and kind.kind == "f" and kind.itemsize < 8
    return (value if value is None else np.asarray(value)), 1e-5 if coarse else 1e-8


def _directions(random, n):
    u = random.normal(size=(n, 3))
    return u / np.linalg.norm(u, axis=1, keepdims=True)


def _bent(degrees):
    """Two unit vectors with this angle between them."""
    angle = np.radians(degrees)
    return np.array([[1.0, 0.0, 0.0], [np.cos(angle), np.sin(angle), 0.0]])


def _ridge(X, y, ridge):
    """Weights and constant; with a ridge of 0 the shortest of the best weights. By singular values."""
    U, s, V = np.linalg.svd(X - X.mean(axis=0), full_matrices=False)
    keep = s > 1e-9 * s.max()
    c = V[keep].T @ (s[keep] / (s[keep] ** 2 + ridge) * (U[:, keep].T @ (y - y.mean())))
    return c, y.mean() - X.mean(axis=0) @ c


def _scaled(X, y, ridge):
    std = X.std(axis=0)
    c = _ridge(X / std, y, ridge)[0]
    return [c, c / std]


def _full(X, y, ridge):
    away = X - X.mean(axis=0)
    return np.linalg.lstsq(away.T @ away + ridge, away.T @ (y - y.mean()), rcond=None)[0]
