"""Checks for exercise 09: VASP's stress, softening slope, energy offset, a wall that turns over, what a run costs."""

import numpy as np
from scipy import constants, stats

from course_checks.answers import call, given, like, name_mistake, number, two
from course_checks.hint import check, expect

NAMES = ("ns per day", "CPU hours")


@check
def check_stress(stress_from_vasp, seed=0):
    """Check ``stress_from_vasp(in_kB)``: VASP's XX YY ZZ XY YZ ZX in kbar to ASE's stress (6,) in eV/Å^3."""
    random = np.random.default_rng(seed)
    pressed = random.uniform(20, 80, size=6) * np.array([1, 1, 1, 0.3, 0.2, 0.1])
    pulled = -random.uniform(20, 80, size=6) * np.array([1, 1, 1, 0.3, 0.2, 0.1])
    for in_kB in (pressed, pulled):
        pascal = -in_kB * 1e8  # VASP: positive where the cell pushes outwards; ASE: positive under tension
        matrix = np.zeros((3, 3))
        for (a, b), value in zip(((0, 0), (1, 1), (2, 2), (0, 1), (1, 2), (2, 0)), pascal):
            matrix[a, b] = matrix[b, a] = value * constants.angstrom**3 / constants.eV
        right = np.array([matrix[a, b] for a, b in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1))])
        got = like(call(stress_from_vasp, in_kB), right, "stress")
        if not np.allclose(got, right, rtol=1e-3, atol=0):  # 160.2 GPa and 160.21766 are both right
            same_order = right[[0, 1, 2, 5, 3, 4]]
            wrong = {
                "The sign is VASP's: a pressed crystal has a positive stress there, and a negative one in ASE.": [
                    -right,
                    -same_order,
                ],
                "The order is VASP's, XX YY ZZ XY YZ ZX: ASE's is xx yy zz yz xz xy.": same_order,
                "You took kbar for GPa: 10 kbar are 1 GPa.": [10 * right, 10 * same_order, -10 * right],
                "You multiplied by ten: a kbar is less than a GPa, 1 kbar = 0.1 GPa.": [100 * right, 100 * same_order],
                "The result is in GPa: divide by the GPa of one eV/Å^3, 160.2.": [
                    -0.1 * in_kB[[0, 1, 2, 4, 5, 3]],
                    -0.1 * in_kB,
                    0.1 * in_kB,
                ],
                "You multiplied by 160.2: 1 eV/Å^3 is 160.2 GPa, so the number becomes smaller.": [
                    right * 160.21766**2,
                    same_order * 160.21766**2,
                ],
                "The result is still in kbar: that is 1602 times too much for eV/Å^3.": [
                    -in_kB,
                    -in_kB[[0, 1, 2, 4, 5, 3]],
                ],
                "The shear parts are doubled: that is Voigt's rule for strains; stress has no factor.": (
                    right * [1, 1, 1, 2, 2, 2]
                ),
            }
            name_mistake(got, wrong, rtol=1e-3)
            worst = int(np.argmax(np.abs(got - right)))
            name = ("xx", "yy", "zz", "yz", "xz", "xy")[worst]
            expect(False, f"The stress {name} is {right[worst]:.5f} eV/Å^3, and yours is {got[worst]:.5f}.")
    print("ok: sign, unit and order are ASE's.")


@check
def check_slope(force_slope, seed=0):
    """Check ``force_slope(F, F_label)``: the slope through the origin, predicted over labelled forces (N, 3)."""
    random = np.random.default_rng(seed)
    for soft in (random.uniform(0.6, 0.8), random.uniform(1.1, 1.3)):
        F_label = random.normal(size=(int(random.integers(30, 50)), 3)) + np.array([0.4, 0.1, -0.2])
        F = soft * F_label + random.normal(size=F_label.shape) * 0.3 + np.array([0.25, 0.1, 0.2])
        mirrored = np.array([F_label.ravel(), F.ravel()])
        mirrored = np.hstack([mirrored, -mirrored])  # the best line with a constant then goes through the origin
        right = stats.linregress(*mirrored).slope
        got = number(call(force_slope, F, F_label), "slope")
        if not np.isclose(got, right, rtol=1e-6):
            x, y = F_label.ravel(), F.ravel()
            lengths = np.linalg.norm(F_label, axis=1), np.linalg.norm(F, axis=1)
            wrong = {
                "The line has a constant: without a force there is no force, so it goes through the origin.": [
                    np.polyfit(x, y, 1)[0],
                    np.polyfit(y, x, 1)[0],
                ],
                "You fit the labels over the prediction: s < 1 must mean that the prediction is too weak.": (
                    (x @ y) / (y @ y)
                ),
                "That is the inverse: the labels belong into the denominator.": 1 / right,
                "That is the mean of the ratios: a small force divided by a small force is noise; add up first.": [
                    np.mean(y / x),
                    np.mean(lengths[1] / lengths[0]),
                    np.median(y / x),
                ],
                "You use the lengths |F|: a force in the wrong direction would count as a good one.": [
                    lengths[0] @ lengths[1] / (lengths[0] @ lengths[0]),
                    lengths[1].sum() / lengths[0].sum(),
                    np.sqrt((y @ y) / (x @ x)),
                ],
                "That is a correlation: it is 1 also for forces that are all too weak.": [
                    np.corrcoef(x, y)[0, 1],
                    (x @ y) / np.sqrt((x @ x) * (y @ y)),
                ],
                "You divide sums of forces: they add up to nearly zero; multiply by F_label first.": y.sum() / x.sum(),
                "That is a ratio of mean absolute forces: noise makes it larger than the slope.": (
                    np.abs(y).sum() / np.abs(x).sum()
                ),
            }
            name_mistake(got, wrong)
            expect(False, f"The slope of these forces is {right:.4f}, and yours is {got:.4f}.")
    print("ok: below 1 is too soft, above 1 too stiff.")


@check
def check_offset(energy_offset, seed=0):
    """Check ``energy_offset(E, E_label, counts)``: the offset of each element, (K,), by least squares."""
    random = np.random.default_rng(seed)
    for one_composition in (False, True):
        K, M = int(random.integers(2, 4)), int(random.integers(12, 20))
        counts = random.integers(1, 13, size=(M, K)).astype(float)
        if one_composition:  # only the sum is known: the shortest answer
            counts[:] = np.arange(1, K + 1) * 4.0
        o = random.uniform(-1, 1, size=K)
        E_label = -4.0 * counts.sum(axis=1) + random.normal(size=M)
        E = E_label + counts @ o + 0.2 * random.normal(size=M)
        U, s, V = np.linalg.svd(counts, full_matrices=False)
        keep = s > 1e-9 * s[0]
        right = V[keep].T @ ((U[:, keep].T @ (E - E_label)) / s[keep])
        got = like(call(energy_offset, E, E_label, counts), right, "offset")
        if np.allclose(got, right, rtol=1e-6, atol=1e-9):
            continue
        N = counts.sum(axis=1)
        padded = np.column_stack([counts, np.ones(M)])
        wrong = {
            "The sign is wrong: the offset is what the prediction has too much, E - E_label.": -right,
            "You divide by the number of atoms in the fit: here total energies are compared.": (
                np.linalg.lstsq(counts / N[:, None], (E - E_label) / N, rcond=None)[0]
            ),
            "That is one number for all elements: each element has its own offset.": [
                np.full(K, np.mean((E - E_label) / N)),
                np.full(K, np.mean(E - E_label)),
                np.full(K, np.sum(E - E_label) / N.sum()),
            ],
            "You fit the predicted energies, not their difference to the labels.": (
                np.linalg.lstsq(counts, E, rcond=None)[0]
            ),
            "You fit a constant, too: a cell of twice the size has twice the offset, so there is none.": (
                np.linalg.lstsq(padded, E - E_label, rcond=None)[0][:K]
            ),
        }
        name_mistake(got, wrong)
        left = (E - E_label) - counts @ got
        expect(
            np.abs(counts.T @ left).max() < 1e-6 * np.abs(counts.T @ (E - E_label)).max(),
            "This is not the minimum: what is left must not depend on the counts of any element.",
        )
        expect(
            False,
            "All frames have one composition, and then only the sum is known: of all the offsets that fit, give the "
            "smallest (np.linalg.lstsq does).",
        )
    print("ok: what is left is physics.")


@check
def check_wall(top_of_wall, seed=0):
    """Check ``top_of_wall(r, E, r_bond)``: where the wall of a dimer curve turns over, or None."""
    random = np.random.default_rng(seed)
    r = np.linspace(0.3, 5.0, 95)
    for case in ("deep", "never", "two tops", "shallow"):
        r_bond = random.uniform(2.2, 2.8)
        x = np.exp(-1.5 * (r - r_bond))
        E = random.uniform(0.5, 1.5) * (x**2 - 2 * x)  # a Morse curve rises all the way
        top = None
        if case != "never":
            top = random.uniform(0.7, 1.5)
            cap = np.interp(top, r, E)
            drop = {"deep": 400.0, "two tops": 30.0, "shallow": 0.3}[case]
            E = np.where(r < top, cap - drop * (top - r) ** 2, E)
            if case == "two tops":  # a second one further in, and a higher one
                E = np.where(r < top - 0.3, cap + 200 * (top - 0.3 - r) - drop * 0.09, E)
                E = np.where(r < 0.4, E[np.searchsorted(r, 0.4)] - 10 * (0.4 - r), E)
            start = int(np.argmin(np.abs(r - r_bond)))
            while E[start - 1] > E[start]:
                start -= 1
            top = r[start]
        got = call(top_of_wall, r, E, r_bond)
        if top is None:
            expect(
                got is None or (np.ndim(got) == 0 and np.isnan(float(got))),
                f"This curve rises all the way inwards, and you return {got}: return None, these atoms are safe.",
            )
            continue
        expect(
            got is not None,
            f"At {top:.2f} Å this wall turns over, and the energy falls towards 0.3 Å: you return None.",
        )
        got = number(got, "distance")
        expect(
            not (got == int(got) and got > 5.0),
            f"You return {got:g}: that is the number of a point; return its distance in Å.",
        )
        wrong = {
            "That is where the energy is lowest: such curves are deeper inside than at the bond; begin at r_bond.": (
                r[np.argmin(E)]
            ),
            "That is the bond: go on inwards from there.": [r[np.argmin(np.abs(r - r_bond))], r_bond],
            "That is the innermost point of the curve: the wall turned over further out.": r[0],
            "You return the energy: return the distance.": E[np.argmin(np.abs(r - top))],
        }
        if not np.isclose(got, top, atol=0.02):
            wrong["That is the point beside the top: stop where both neighbours are lower."] = top + np.array(
                [-1, 1]
            ) * (r[1] - r[0])
            rising = np.flatnonzero(np.diff(E) > 0)
            wrong["You search from the inside: a curve may turn over twice, and atoms come from outside."] = [
                r[rising[0]],
                r[1 + next((k for k in range(len(r) - 2) if E[k + 1] > E[k] and E[k + 1] > E[k + 2]), 0)],
                r[np.argmax(np.where(r < r_bond, E, -np.inf))],
            ]
            name_mistake(got, wrong)
            expect(False, f"Atoms that come from {r_bond:.2f} Å first go downhill at {top:.2f} Å; you say {got:.2f}.")
    print("ok: the first top that atoms meet on their way inwards.")


@check
def check_plan(plan, seed=0):
    """Check ``plan(ms_per_atom, atoms, timestep_fs, ns_done, error_done, error_wanted)``: ns per day, CPU hours."""
    random = np.random.default_rng(seed)
    for _ in range(2):
        ms, atoms, dt = random.uniform(0.02, 3), int(random.integers(40, 400)), random.uniform(0.5, 2.5)
        ns_done, done, wanted = random.uniform(0.1, 0.9), random.uniform(20, 40), random.uniform(3, 8)
        arguments = (ms, atoms, dt, ns_done, done, wanted)
        out = given(call(plan, *arguments), "ns per day and CPU hours")
        speed, hours = (number(value, name) for value, name in zip(two(out, "ns per day and CPU hours"), NAMES))
        seconds_per_ns = ms * 1e-3 * atoms * (1e-9 / (dt * 1e-15))
        right = constants.day / seconds_per_ns
        name_mistake(
            speed,
            {
                "The number of atoms is missing: the cost is that of one atom.": right * atoms,
                "You divide by the number of atoms twice, or multiply the speed by it: more atoms are slower.": (
                    right / atoms
                ),
                "Milliseconds are taken for seconds: 1 ms = 0.001 s.": right / 1000,
                "Those are ns per hour: a day has 24 of them.": right / 24,
                "Those are ns per second of computing.": right / constants.day,
                "Those are ps per day: 1 ns = 1000 ps.": right * 1000,
                "Those are fs per day: 1 ns = 10^6 fs.": right * 1e6,
                "The time step is missing, or taken as 1 fs.": right / dt,
                "That is days for a ns: turn it round.": 1 / right,
                "You divide by the time step: a longer step takes you further in the same time.": right / dt**2,
            },
            unless=right,
        )
        expect(np.isclose(speed, right, rtol=1e-6), f"It is {right:.4g} ns per day here, and yours is {speed:.4g}.")
        factor = (done / wanted) ** 2
        needed = ns_done * factor * seconds_per_ns / constants.hour
        name_mistake(
            hours,
            {
                "The error falls with the root of the time: a half of it needs four times the run.": [
                    needed / factor**0.5,
                    ns_done * seconds_per_ns / constants.hour * factor**0.25,
                ],
                "That is the cost of the run that is already done.": needed / factor,
                "You turned the errors round: a smaller error needs a longer run.": [
                    needed / factor**2,
                    needed / factor**1.5,
                ],
                "Those are days: a day has 24 hours.": needed / 24,
                "Those are seconds: an hour has 3600.": needed * 3600,
                "You forgot the run that is done: its length sets the scale, the error of 1 ns is another.": (
                    needed / ns_done
                ),
                "You subtracted the run that is done: the question is the whole run, from the start.": (
                    needed * (1 - 1 / factor)
                ),
                "Those are nanoseconds: divide by the speed.": ns_done * factor,
            },
            unless=needed,
        )
        expect(np.isclose(hours, needed, rtol=1e-6), f"The run takes {needed:.4g} CPU hours, and yours {hours:.4g}.")
    print("ok: you know what it costs before you start it.")
