"""Numbers that lecture 06 shows, against independent references: theorems, group theory, and other code."""

from itertools import combinations
from math import comb

import numpy as np
import pytest
import torch
from ase import Atoms
from matplotlib.figure import Figure
from scipy.special import eval_legendre, sph_harm_y
from scipy.stats import special_ortho_group

from course_lib.data.catalogue import load
from course_lib.learning.validation import errors
from course_lib.potentials.ace import ACE, invariants
from course_lib.potentials.density import Chebyshev, Density, harmonics_of_monomials, monomials
from course_lib.potentials.gap import GAP
from course_lib.potentials.graph import Graph
from course_lib.potentials.moment_tensor import MomentTensor
from course_lib.potentials.soap import SOAP, GaussianOrbitals
from course_lib.potentials.symmetry_functions import SymmetryFunctions
from course_lib.show.lecture_06 import draw_atoms, draw_families, draw_lobes, draw_numbers

HCO = ("H", "C", "O")
DENSITY = Density(("H", "C"), Chebyshev(4.0, 3), l_max=3)


def on_a_circle(*eighths):
    angle = np.radians(45 * np.array(eighths))
    hydrogens = 1.5 * np.stack([np.cos(angle), np.sin(angle), 0 * angle], axis=1)
    return Atoms("C" + "H" * len(eighths), np.vstack([np.zeros(3), hydrogens]))


RINGS = on_a_circle(0, 1, 3, 4), on_a_circle(0, 1, 2, 5)


def test_the_harmonics_are_those_of_scipy():
    """Real ones: for m > 0 sqrt(2) (-1)^m Re Y_l^m, for m < 0 the imaginary part of Y_l^|m|."""
    u = special_ortho_group.rvs(3, size=20, random_state=0)[:, 0]
    theta, phi = np.arccos(u[:, 2]), np.arctan2(u[:, 1], u[:, 0])
    Y = monomials(u, 3, np) @ harmonics_of_monomials(3).T
    for l in range(4):
        for m in range(-l, l + 1):
            complex_one = sph_harm_y(l, abs(m), theta, phi) * (-1) ** m
            real = complex_one.real if m == 0 else np.sqrt(2) * (complex_one.imag if m < 0 else complex_one.real)
            assert np.allclose(Y[:, l * l + l + m], real, atol=1e-12)


def test_the_power_spectrum_is_a_sum_over_pairs_of_neighbours():
    random = np.random.default_rng(1)
    D = random.normal(size=(5, 3))
    atoms, r = Atoms("CH5", np.vstack([np.zeros(3), D])), np.linalg.norm(D, axis=1)
    A = DENSITY(Graph.of(atoms, 4.0))[0].numpy().reshape(DENSITY.shape)[0]
    R, cosine = DENSITY.radial(r, np)[:, :, 0], D @ D.T / np.outer(r, r)
    for l in range(4):
        mine = A[:, l * l : (l + 1) ** 2]
        pairs = (2 * l + 1) / (4 * np.pi) * R.T @ eval_legendre(l, cosine) @ R
        assert np.allclose(mine @ mine.T, pairs, atol=1e-12)


def test_the_two_rings_have_the_same_angles_and_are_not_the_same():
    angles, distances = [], []
    for ring in RINGS:
        D = ring.positions[1:]
        angles.append(sorted(round(np.degrees(np.arccos(a @ b / 1.5**2))) for a, b in combinations(D, 2)))
        distances.append(np.sort(ring.get_all_distances(), axis=1))
    assert angles[0] == angles[1] == [45, 45, 90, 135, 135, 180]
    triangles = [
        sorted(tuple(sorted(np.round(ring.get_all_distances()[a, b], 6) for a, b in combinations(three, 2))))
        for ring in RINGS
        for three in combinations(range(1, 5), 3)
    ]
    assert sorted(triangles[:4]) != sorted(triangles[4:])  # no turn and no mirror makes one of the other
    assert np.allclose(distances[0][0], distances[1][0]) and not np.allclose(distances[0][1:], distances[1][1:])


def test_two_factors_are_blind_to_the_rings_and_three_are_not():
    one, two = [len(invariants(DENSITY, (4,) * nu)) for nu in (1, 2)]
    functions = invariants(DENSITY, (4, 4, 4))
    assert [one, two - one, len(functions) - two] == [6, 38, 106]
    a, b = [functions(DENSITY(Graph.of(ring, 4.0)))[0].numpy() for ring in RINGS]
    assert np.allclose(a[:two], b[:two], atol=1e-12) and np.abs(a - b)[two:].max() > 0.05
    for others in (SOAP(("H", "C"), GaussianOrbitals(4.0, 4, 3)).describe, behler_parrinello):
        x, y = (others(ring) for ring in RINGS)
        assert np.allclose(x[0], y[0], atol=1e-9 * np.abs(x[0]).max())  # the carbon
        assert not np.allclose(x[1:].sum(axis=0), y[1:].sum(axis=0), rtol=1e-3)  # its hydrogens


def behler_parrinello(atoms):
    functions = SymmetryFunctions(("H", "C"))
    return functions(Graph.of(atoms, functions.r_c)).numpy()


def test_a_hydrogens_sum_differs_by_five_per_cent():
    p = [SOAP(("H", "C"), GaussianOrbitals(4.0, 4, 3)).describe(ring)[1:].sum(axis=0) for ring in RINGS]
    assert np.linalg.norm(p[0] - p[1]) / np.linalg.norm(p[0]) == pytest.approx(0.0484, abs=0.001)


@pytest.mark.parametrize("elements", [("Si",), ("H", "O"), HCO, ("Li", "Ge", "P", "S")])
def test_the_numbers_of_an_atom_are_counted_right(elements):
    """SOAP: pairs of channels for five l. ACE: single channels and pairs with q + q' + 2 l up to the limit."""
    z = len(elements)
    assert len(GAP(elements, 4.5, number=6, l_max=4, sparse=1).soap) == 5 * comb(6 * z + 1, 2)
    one, two = 9 * z, 0
    for l in range(4):
        pairs = [(a, b) for a in range(9) for b in range(9) if a + b + 2 * l <= 6]
        two += (z * z * len(pairs) + z * sum(a == b for a, b in pairs)) // 2
    assert len(ACE(elements, 4.5, (8, 6), 3).functions) == one + two


def test_four_elements_have_some_sixteen_times_the_pairs_of_one():
    lengths = [len(GAP(elements, 4.5, 6, 4, sparse=1).soap) for elements in (("Si",), ("Li", "Ge", "P", "S"))]
    assert 13 < lengths[1] / lengths[0] < 16


def test_the_table_of_fits_is_what_a_fit_gives():
    """The cheapest row of each family again, on all frames."""
    table, frames, test = load("descriptor_fits"), load("ethanol", split="train"), load("ethanol", split="test")
    for model, setting, potential in (
        ("mtp", "level 6", MomentTensor(HCO, 4.5, 6)),
        ("gap", "sparse 35; number 6; l_max 4", GAP(HCO, 4.5, number=6, l_max=4, sparse=35)),
    ):
        row = np.flatnonzero((table["setting"] == setting) & (table["frames"] == 562))[0]
        potential.fit(frames, ridge=table["ridge"][row])
        found = errors(potential, test)
        assert table["model"][row] == model and len(potential.coefficients) == table["parameters"][row]
        assert found.energy_mae == pytest.approx(table["energy"][row], rel=0.02)
        assert found.force_mae == pytest.approx(table["force"][row], rel=0.02)


def test_behler_parrinello_stands_in_the_table_as_in_lecture_05():
    table, before = load("descriptor_fits"), load("ethanol_fits")
    mine = table["model"] == "bpnn"
    theirs = (before["delta"] == 0) & (before["seed"] == 0)
    assert sorted(table["force"][mine]) == pytest.approx(sorted(before["force"][theirs]), abs=1e-3)


def test_the_ridge_solution_by_singular_values_is_that_of_the_normal_equations():
    random = np.random.default_rng(0)
    a, F, ridge = random.normal(size=(12, 20)), random.normal(size=12), 0.3
    U, s, V = np.linalg.svd(a, full_matrices=False)
    c = V.T @ (s / (s**2 + ridge) * (U.T @ F))
    assert np.allclose((a.T @ a + ridge * np.eye(20)) @ c, a.T @ F)


def test_published_errors_are_shown_as_they_were_published():
    """Zuo et al. 2020, doi:10.1021/acs.jpca.9b08723."""
    table = load("mlearn_fits")
    published = {
        (model, case): (e, f)
        for model, case, e, f in zip(table["model"], table["case"], table["energy_meV"], table["force_eV_A"])
        if "published" in model
    }
    assert published["gap published", "mlearn Si"] == (2.91, 0.07)
    assert published["mtp published", "mlearn Li"] == (0.49, 0.01)
    assert len(published) == 6


def test_the_pictures_hold_what_they_are_given():
    figure = Figure()
    theta, phi = np.meshgrid(np.linspace(0, np.pi, 5), np.linspace(0, 2 * np.pi, 7))
    u = np.stack([np.sin(theta) * np.cos(phi), np.sin(theta) * np.sin(phi), np.cos(theta)], axis=-1)
    Y = monomials(u.reshape(-1, 3), 1, np) @ harmonics_of_monomials(1).T
    draw_lobes(figure, u, Y.reshape(*theta.shape, -1))
    assert len(figure.axes) == 4
    axes = Figure().subplots()
    draw_atoms(axes, RINGS[0], cutoff=4.0)
    assert [text.get_text() for text in axes.texts].count("H") == 4 and len(axes.patches) == 6
    axes = Figure().subplots()
    draw_numbers(axes, {"l = 0": np.ones(1), "l = 1": -np.ones(3)}, "p", (-1, 1))
    assert [bar.get_height() for bar in axes.patches] == [1, -1, -1, -1]
    axes = Figure().subplots()
    draw_families(
        axes, {"model": np.array(["ace", "gap", "ace"]), "x": np.r_[2, 1, 1], "y": np.r_[5, 6, 7]}, "x", "y", "", ""
    )
    assert axes.lines[1].get_xdata().tolist() == [1, 2] and axes.lines[1].get_ydata().tolist() == [7, 5]


def test_torch_and_numpy_agree_on_the_radial_functions():
    r = np.linspace(0.1, 4, 9)
    assert np.allclose(Chebyshev(4.0, 3)(torch.from_numpy(r)).numpy(), Chebyshev(4.0, 3)(r, np))
