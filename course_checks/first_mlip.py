"""Checks for exercise 05: cutoff, symmetry function, units of labels, the loss, and a split without a leak."""

import numpy as np
from ase import units

from course_checks.answers import like, name_mistake, number, two
from course_checks.hint import check, expect


@check
def check_cutoff(cutoff_function, seed=0):
    """Check ``cutoff_function(r, r_c)``: [cos(pi r / r_c) + 1] / 2 below r_c and 0 beyond, for an array r."""
    random = np.random.default_rng(seed)
    r_c = random.uniform(4, 7)
    r = r_c * np.sort(random.uniform(0.05, 1.6, size=12))
    got, right = like(cutoff_function(r.copy(), r_c), r, "cutoff function"), _fade(r, r_c)
    x = np.pi * r / r_c
    wrong = {
        "Beyond the cutoff your function rises again: a neighbour out there must not count, so set it to 0.": (
            (np.cos(x) + 1) / 2
        ),
        "At r = 0 it should be 1: divide the bracket by 2.": 2 * right,
        "Your function steps from 1 to 0 at the cutoff: the energy would jump whenever an atom crosses it.": (
            np.where(r < r_c, 1.0, 0.0)
        ),
        "The + 1 is missing: at half the cutoff the function should be 1/2, and yours is 0.": [
            np.where(r < r_c, np.cos(x), 0.0),
            np.where(r < r_c, np.cos(x / 2), 0.0),
        ],
        "You halve only a part of the bracket: f_c = (cos(pi r / r_c) + 1) / 2.": [
            np.where(r < r_c, np.cos(x) / 2 + 1, 0.0),
            np.where(r < r_c, np.cos(x) + 0.5, 0.0),
        ],
        "A sine begins at zero: near the atom the function is 1, so take the cosine.": (
            np.where(r < r_c, (np.sin(x) + 1) / 2, 0.0)
        ),
        "Your cosine does a whole period and is 1 again at the cutoff: take half a period, pi r / r_c.": (
            np.where(r < r_c, (np.cos(2 * x) + 1) / 2, 0.0)
        ),
        "Your function is 0 near the atom and 1 at the cutoff: it is upside down.": np.where(r < r_c, 1 - right, 0.0),
        "NumPy's cosine takes radians: pi r / r_c, not degrees.": (
            np.where(r < r_c, (np.cos(180 * r / r_c) + 1) / 2, 0.0)
        ),
    }
    name_mistake(got, wrong)
    beyond = r >= r_c
    expect(
        np.allclose(got[beyond], 0, atol=1e-10),
        "Beyond the cutoff your function is not zero: a neighbour out there would still count.",
    )
    worst = np.argmax(np.abs(got - right))
    expect(
        np.allclose(got, right, atol=1e-10),
        f"At r = {r[worst] / r_c:.2f} r_c your value is {got[worst]:.4f}, and {right[worst]:.4f} is right.",
    )
    print("ok: one at the atom, zero at the cutoff, and smooth on the way.")


@check
def check_symmetry_function(radial, seed=0):
    """Check ``radial(positions, i, eta, R_s, r_c)``: G2 of atom i, a sum over its neighbours."""
    random = np.random.default_rng(seed)
    n, i, eta, R_s, r_c = 9, int(random.integers(1, 8)), random.uniform(0.5, 2), random.uniform(1, 2), 4.0
    positions = random.uniform(-2, 2, size=(n, 3))
    got = number(radial(positions.copy(), i, eta, R_s, r_c), "symmetry function")
    r = np.linalg.norm(np.delete(positions, i, axis=0) - positions[i], axis=1)
    itself, bell, f = np.exp(-eta * R_s**2), np.exp(-eta * (r - R_s) ** 2), _fade(r, r_c)
    right = np.sum(bell * f)
    d, others = np.delete(positions, i, axis=0) - positions[i], np.delete(positions, i, axis=0)

    def total(r):
        return np.sum(np.exp(-eta * (r - R_s) ** 2) * _fade(r, r_c))

    wrong = {
        "You count the atom itself, at distance zero: it is not its own neighbour.": right + itself,
        "That is the mean over the neighbours: with a sum, two neighbours are more than one.": [
            right / (n - 1),
            right / n,
        ],
        "The cutoff function is missing: a neighbour must fade out, not vanish.": [bell.sum(), bell[r < r_c].sum()],
        "You measure from the origin, not from atom i: shift the molecule, and your value changes.": [
            total(np.linalg.norm(others, axis=1)),
            total(np.linalg.norm(positions, axis=1)),
        ],
        "A distance is the root of the sum of three squares: turn the molecule, and your value changes.": [
            total(np.sum(np.abs(d), axis=1)),
            *(total(np.abs(d[:, axis])) for axis in range(3)),
        ],
        "You use r squared instead of r: take the root.": total(r**2),
        "R_s is ignored: the bell sits at R_s, not at zero.": np.sum(np.exp(-eta * r**2) * f),
        "Far neighbours count more than near ones: look at the sign in the exponent.": (
            np.sum(np.exp(eta * (r - R_s) ** 2) * f)
        ),
        "The distance is squared in the exponent: (r - R_s)^2.": [
            np.sum(np.exp(-eta * np.abs(r - R_s)) * f),
            np.sum(np.exp(-eta * (r - R_s)) * f),
        ],
        "eta belongs in front of the square, not inside it.": (np.sum(np.exp(-((eta * (r - R_s)) ** 2)) * f)),
    }
    name_mistake(got, wrong)
    expect(np.isclose(got, right), f"For atom {i} of {n} the sum is {right:.4f}, and yours is {got:.4f}.")
    order = random.permutation(n)
    again = number(radial(positions[order], int(np.flatnonzero(order == i)[0]), eta, R_s, r_c), "symmetry function")
    expect(np.isclose(again, right), "With the atoms in another order your value changes: the order must not matter.")
    print("ok: a sum that knows distances, and neither names nor directions.")


@check
def check_labels(labels_from_qm, seed=0):
    """Check ``labels_from_qm(energy, gradient)``: from Hartree and Hartree/Bohr to E in eV and F in eV/Å."""
    random = np.random.default_rng(seed)
    energy, gradient = random.uniform(-200, -100), random.normal(size=(4, 3))
    E, F = two(labels_from_qm(energy, gradient.copy()), "the energy and the forces")
    E, F = number(E, "energy"), like(F, gradient, "forces")
    hartree, bohr = units.Hartree, units.Bohr
    wrong = {
        "Your energy is still in Hartree: one Hartree is 27.2114 eV, units.Hartree.": energy,
        "You divide by 27.2114: a Hartree is larger than an eV, so the number must grow.": energy / hartree,
        "The energy keeps its sign: only the force is minus a derivative.": -energy * hartree,
        "That is kcal/mol or kJ/mol: return eV.": [energy * 627.5095, energy * 2625.5],
    }
    name_mistake(E, wrong, rtol=1e-5)
    expect(
        np.isclose(E, energy * hartree, rtol=1e-3), f"{energy:.3f} Hartree are {energy * hartree:.3f} eV, not {E:.3f}."
    )
    right = -gradient * hartree / bohr
    wrong = {
        "You return the gradient: the force is minus the gradient, it points downhill.": -right,
        "The length is not converted: a gradient in Hartree/Bohr is per Bohr, and 1 Bohr = 0.529 Å.": [
            -gradient * hartree,
            gradient * hartree,
        ],
        "You multiply by the length of a Bohr: divide by it to get from 1/Bohr to 1/Å.": [
            -gradient * hartree * bohr,
            gradient * hartree * bohr,
        ],
        "Your forces are still in Hartree/Bohr: 1 Hartree/Bohr is 51.42 eV/Å.": [-gradient, gradient],
    }
    name_mistake(F, wrong, rtol=1e-5)
    factor = np.sum(F * gradient) / np.sum(gradient**2)
    expect(
        np.allclose(F, right, rtol=1e-3),
        f"A gradient of 1 Hartree/Bohr is a force of {-hartree / bohr:.2f} eV/Å; yours is {factor:.2f}.",
    )
    print("ok: eV, eV/Å, and downhill.")


@check
def check_loss(loss, seed=0):
    """Check ``loss(E, E_label, F, F_label, lambda_E, lambda_F)`` of one frame of N atoms."""
    random = np.random.default_rng(seed)
    n = int(random.integers(4, 9))
    E, E_label, lambda_E, lambda_F = random.normal(), random.normal(), random.uniform(0.5, 2), random.uniform(3, 5)
    F, F_label = random.normal(size=(2, n, 3))
    got = number(loss(E, E_label, F.copy(), F_label.copy(), lambda_E, lambda_F), "loss")
    off, energy, force = F - F_label, (E - E_label) ** 2, np.sum((F - F_label) ** 2)
    e, f = lambda_E * energy, lambda_F / (3 * n)  # the first term, and what the sum of squares is multiplied by
    right = e + f * force
    lengths = np.linalg.norm(F, axis=1) - np.linalg.norm(F_label, axis=1)
    in_E, in_F = lambda_E * abs(E - E_label), f * np.sum(np.abs(off))  # without squares
    wrong = {
        "The forces are divided by N: there are 3N components, so divide their squares by 3N.": e + 3 * f * force,
        "The forces are not divided by 3N: a large molecule would count more than a small one.": e + lambda_F * force,
        "You use the energy per atom: the lecture's loss uses the energy of the whole frame.": (
            e / np.array([n**2, n]) + f * force
        ),
        "You have swapped the two lambdas.": lambda_F * energy + lambda_E / (3 * n) * force,
        "Square each component of the error before you add: errors of opposite sign must not cancel.": [
            e + f * np.sum(off) ** 2,
            e + f * np.sum(lengths**2),
        ],
        "Square the errors: then large ones count more, and the loss is smooth at zero.": [
            in_E + in_F,
            in_E + f * force,
            e + in_F,
            e + f * np.sum(np.linalg.norm(off, axis=1)),
        ],
        "There is a root too many: add the squares without a root.": [
            e + f * np.sqrt(force),
            e + lambda_F * np.sqrt(force / (3 * n)),
            np.sqrt(right),
        ],
        "lambda_F is missing, or lambda_E: each weighs its own term.": [
            energy + force / (3 * n),
            e + force / (3 * n),
            energy + f * force,
        ],
    }
    name_mistake(got, wrong)
    expect(np.isclose(got, right), f"For {n} atoms the loss is {right:.4f}, and yours is {got:.4f}.")
    print("ok: the lecture's loss.")


@check
def check_split(split, seed=0):
    """Check ``split(n, share, gap)``: indices of training and test frames of a trajectory of n frames, in blocks."""
    random = np.random.default_rng(seed)
    for gap in (0, int(random.integers(5, 15))):
        n, share = int(random.integers(150, 300)), 0.8
        parts = [np.asarray(part) for part in two(split(n, share, gap), "the training and the test indices")]
        expect(
            not any(part.dtype == bool for part in parts),
            "You return masks of True and False: return indices; np.flatnonzero makes them from a mask.",
        )
        expect(
            all(part.size == 0 or part.dtype.kind in "iuf" for part in parts),
            "Return two lists of whole numbers, the indices of the frames.",
        )
        expect(
            all(np.array_equal(part, part.astype(int)) for part in parts),
            "Some indices are not whole numbers: round where you cut.",
        )
        train, test = (part.astype(int) for part in parts)
        expect(
            train.ndim == test.ndim == 1 and len(train) and len(test),
            "Return two lists of indices, none of them empty.",
        )
        both = np.concatenate([train, test])
        expect(both.min() >= 0 and both.max() < n, f"Some indices lie outside of 0 to {n - 1}.")
        expect(
            len(set(both)) == len(both), "Some frames are in both sets, or twice in one: that is the worst of leaks."
        )
        expect(
            train.min() < test.max(),
            "Your test comes first: return the training indices, then the test indices. The test must come later in "
            "time.",
        )
        distance = np.abs(test[:, None] - train).min(axis=1)
        twins = np.mean(distance == 1)
        expect(
            twins < 0.1,
            "Most of your test frames have a twin in the training set, one step of time away: a random split of a "
            "trajectory tests memory. Cut in blocks of time.",
        )
        expect(
            test.min() > train.max(),
            "The test must come after the training frames, as one block: with training frames on both sides it has two "
            "borders to leak through.",
        )
        left_out = test.min() - train.max() - 1
        expect(left_out >= gap, f"Between the blocks {left_out} frames are left out, but the gap is {gap} frames.")
        expect(
            left_out == gap,
            f"Between the blocks {left_out} frames are left out, but the gap is only {gap}: frames are expensive.",
        )
        expect(
            len(both) == n - gap,
            f"Of {n} frames {len(both)} are used, and {n - gap} could be: only the gap is left out.",
        )
        of_the_rest, of_all = share * (n - gap), share * n
        expect(
            min(abs(len(train) - right) for right in (of_the_rest, of_all)) <= 1.5,
            f"You train on {len(train)} frames: {share} of the {n - gap} that the gap leaves are {of_the_rest:.0f}.",
        )
    print("ok: blocks of time, a gap between them, and no frame wasted.")


@check
def check_energy_error(energy_error, seed=0):
    """Check ``energy_error(E, E_label, n_atoms)``: mean absolute error per atom after subtracting the constant."""
    random = np.random.default_rng(seed)
    n_atoms, n = int(random.integers(5, 12)), 40
    E_label = random.normal(-4000, 0.3, size=n)
    off = random.uniform(20, 40) + random.gamma(2.0, 0.05, size=n)  # a constant, and errors that are not symmetric
    got = number(energy_error(E_label + off, E_label.copy(), n_atoms), "energy error")
    expect(abs(got) > 1e-9, "Errors of opposite sign cancel in a mean: take the absolute value of each first.")
    rest = off - off.mean()
    right = np.mean(np.abs(rest)) / n_atoms
    wrong = {
        "Forces do not determine the constant of the energy: subtract the mean difference first.": [
            np.mean(off) / n_atoms,
            np.sqrt(np.mean(off**2)) / n_atoms,
            np.mean(off),
        ],
        "That is the error of the whole molecule: divide by the number of atoms.": right * n_atoms,
        "That is the root mean square: return the mean of the absolute errors.": np.sqrt(np.mean(rest**2)) / n_atoms,
        "You take the constant from one frame, with that frame's error in it: take the mean over all.": [
            np.mean(np.abs(off - off[0])) / n_atoms,
            np.mean(np.abs(off - off[-1])) / n_atoms,
        ],
        "You subtract the median difference: subtract the mean.": np.mean(np.abs(off - np.median(off))) / n_atoms,
        "Divide by the number of atoms once.": right / n_atoms,
    }
    name_mistake(got, wrong, unless=right)
    expect(
        np.isclose(got, right, rtol=1e-6), f"The error is {1000 * right:.2f} meV/atom, and yours is {1000 * got:.2f}."
    )
    print("ok: what is left when the constant is taken out.")


def _fade(r, r_c):
    """The cutoff function, Behler and Parrinello 2007, doi:10.1103/PhysRevLett.98.146401."""
    return np.where(r < r_c, (np.cos(np.pi * r / r_c) + 1) / 2, 0.0)
