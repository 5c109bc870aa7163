"""The density, its invariants and the linear potentials on it, against independent definitions."""

from pathlib import Path

import numpy as np
import pytest
import torch
from ase.build import bulk
from ase.calculators.emt import EMT
from scipy.spatial.transform import Rotation
from scipy.special import sph_harm_y

from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.learning.dataset import labelled
from course_lib.learning.loss import Loss
from course_lib.learning.training import train
from course_lib.learning.validation import errors
from course_lib.potentials.ace import ACE, coupling
from course_lib.potentials.density import Chebyshev, Density, Radial, exponents, harmonics_of_monomials, monomials
from course_lib.potentials.density_potential import DensityPotential
from course_lib.potentials.gap import GAP
from course_lib.potentials.graph import Graph
from course_lib.potentials.moment_tensor import MomentTensor, contractions, invariants

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


def directions(n, seed=0):
    u = np.random.default_rng(seed).normal(size=(n, 3))
    return u / np.linalg.norm(u, axis=1, keepdims=True)


def test_harmonics_are_those_of_scipy():
    u = directions(20)
    ours = monomials(u, 5, np) @ harmonics_of_monomials(5).T
    polar, azimuth = np.arccos(u[:, 2]), np.arctan2(u[:, 1], u[:, 0])
    for l in range(6):
        for m in range(-l, l + 1):
            theirs = sph_harm_y(l, abs(m), polar, azimuth) * (-1) ** m * (1 if m == 0 else np.sqrt(2))
            expected = theirs.imag if m < 0 else theirs.real
            np.testing.assert_allclose(ours[:, l * l + l + m], expected, atol=1e-13)


def test_the_density_is_the_sum_over_neighbours():
    atoms = bulk("NaCl", "rocksalt", a=5.6, cubic=True)
    atoms.rattle(0.2, seed=1)
    density = Density(("Na", "Cl"), Chebyshev(5.0, 4), 2)
    A = density(Graph.of(atoms, 5.0)).numpy()
    many = atoms.repeat((3, 3, 3))
    middle = 8 * 13
    D = many.positions - many.positions[middle]
    r = np.linalg.norm(D, axis=1)
    near = (r < 5) & (r > 0)
    s = np.minimum(r / 5, 1)
    x = 2 * (np.exp(-2 * s) - np.exp(-2)) / (1 - np.exp(-2)) - 1
    R = [np.cos(q * np.arccos(np.minimum(x, 1))) * (1 - s**2) ** 2 for q in range(4)]
    u = D / np.where(r > 0, r, 1)[:, None]
    Y = {0: np.full(len(r), np.sqrt(1 / (4 * np.pi))), 2: np.sqrt(3 / (4 * np.pi)) * u[:, 2]}  # Y_00, Y_10
    for z, symbol in enumerate(("Na", "Cl")):
        mine = near & (many.symbols == symbol)
        for q in range(4):
            for lm, values in Y.items():
                expected = np.sum((R[q] * values)[mine])
                assert A[0, density.column(z, q, lm)] == pytest.approx(expected, abs=1e-12)


def test_couplings_do_not_change_when_all_is_turned():
    """sum C Y(u) Y(v) Y(w) is a number that no rotation changes; where l'' = 0, C is a sum over m."""
    C, T, (u, v, w) = coupling(3), harmonics_of_monomials(3), directions(3)
    turn = Rotation.random(random_state=1).as_matrix()

    def scalars(*vectors):
        Y = [monomials(x[None], 3, np)[0] @ T.T for x in vectors]
        found = []
        for l1, l2, l3 in ((1, 1, 0), (1, 1, 2), (2, 2, 2), (1, 2, 3), (3, 3, 2)):
            a, b, c = (slice(l * l, (l + 1) ** 2) for l in (l1, l2, l3))
            found.append(np.einsum("abc,a,b,c", C[a, b, c], Y[0][a], Y[1][b], Y[2][c]))
        return np.array(found)

    assert np.abs(scalars(u, v, w)).min() > 1e-3
    np.testing.assert_allclose(scalars(u @ turn.T, v @ turn.T, w @ turn.T), scalars(u, v, w), atol=1e-12)
    np.testing.assert_allclose(C[:, :, 0], np.eye(16) / np.sqrt(4 * np.pi), atol=1e-12)


def test_the_number_of_contractions_is_that_of_the_literature():
    """Of at most four moments, at levels 2, 4, ... 20."""
    assert [len(contractions(level)) for level in range(2, 21, 2)] == [1, 2, 5, 9, 16, 29, 52, 92, 163, 288]


def test_contractions_are_those_of_the_moments_as_tensors():
    """Written with NumPy's einsum: M01.M01, M02:M02, M01.M02.M01, M03:.M02.M01 of one atom."""
    potential = MomentTensor(("Si",), 5.0, level=14)
    atoms = bulk("Si", cubic=True)
    atoms.rattle(0.2, seed=2)
    graph = Graph.of(atoms, 5.0)
    mine = graph.i == 0
    r = torch.linalg.vector_norm(graph.D[mine], dim=1)
    u, f = (graph.D[mine] / r[:, None]).numpy(), Chebyshev(5.0, 1)(r)[:, 0, 0].numpy()
    M1, M2 = np.einsum("p,pa->a", f, u), np.einsum("p,pa,pb->ab", f, u, u)
    M3 = np.einsum("p,pa,pb,pc->abc", f, u, u, u)
    expected = (M1 @ M1, np.sum(M2 * M2), M1 @ M2 @ M1, np.einsum("abc,ab,c", M3, M2, M1))
    B = potential.basis(graph)[0].detach().numpy()
    for value in expected:
        assert np.abs(B - value).min() < 1e-10 * abs(value)


class MotepRadial(Radial):
    """f_mu(r) = T_mu(x) (r_c - r)^2, with x from -1 at the least distance to 1 at the cutoff, as motep has them."""

    cutoff, least, number = 5.0, 1.5, 3

    def __call__(self, r, xp=torch):
        x = (2 * r - self.least - self.cutoff) / (self.cutoff - self.least)
        T = (xp.ones_like(x), x, 2 * x**2 - 1)
        return (xp.stack(T, 1) * ((self.cutoff - r) ** 2)[:, None])[:, :, None]


def test_contractions_and_forces_are_those_of_motep(monkeypatch):
    """At level 10, with its radial functions: the values at each atom in some order, and with weights, the forces."""
    pytest.importorskip("motep")
    monkeypatch.syspath_prepend(BENCHMARKS)
    from motep.calculator import MTP
    from potentials import motep_data

    data = motep_data(("Si",), MotepRadial.cutoff, 10, size=MotepRadial.number)
    data.radial_coeffs = np.eye(MotepRadial.number)[None, None]
    atoms = bulk("Si", cubic=True).repeat(2)
    atoms.rattle(0.1, seed=3)
    theirs = MTP(data, mode="train")
    theirs.calculate(atoms)
    density = Density(("Si",), MotepRadial(), 3, cartesian=True)
    functions = invariants(density, 10)
    ours = functions(density(Graph.of(atoms, density.radial.cutoff))).numpy()
    far = np.abs(ours.T[:, None] - theirs.engine.mbd.vatoms).max(axis=2) / np.abs(ours).max(axis=0)[:, None]
    assert sorted(far.argmin(axis=1)) == list(range(16)) and far.min(axis=1).max() < 1e-8
    potential = DensityPotential(("Si",), density, functions)
    with torch.no_grad():
        potential.coefficients.copy_(torch.from_numpy(data.moment_coeffs[far.argmin(axis=1)]))
    energy, forces = potential.energy_and_forces(atoms)
    assert energy + len(atoms) * data.species_coeffs[0] == pytest.approx(theirs.results["energy"], rel=1e-10)
    np.testing.assert_allclose(forces, theirs.results["forces"], rtol=1e-8, atol=1e-8 * np.abs(forces).max())


def copper(seeds):
    frames = []
    for seed in seeds:
        atoms = bulk("Cu", cubic=True, a=3.6 + 0.03 * (seed % 5 - 2)).repeat(2)
        atoms.rattle(0.12, seed=seed)
        atoms.calc = EMT()
        frames.append(labelled(atoms, atoms.get_potential_energy(), atoms.get_forces()))
    return frames


@pytest.mark.parametrize(
    "potential",
    [ACE(("Cu",), 5.0, (10, 8, 6)), MomentTensor(("Cu",), 5.0, level=18), GAP(("Cu",), 5.0, sparse=100)],
    ids=["ace", "moment tensor", "gap"],
)
def test_a_fit_learns_a_many_body_metal_and_conserves_energy(potential):
    """EMT copper from 12 frames; forces of 1 eV/Å to some 20 meV/Å, and 1 ps at constant energy."""
    potential.fit(copper(range(12)), Loss(100.0, 1.0, per_atom=True))
    found = errors(potential, copper(range(20, 25)))
    assert found.energy_mae < 2.0 and found.force_mae < 40  # meV/atom, meV/Å
    atoms = copper([30])[0]
    atoms.calc = potential.calculator()
    thermal_velocities(atoms, 300, seed=1)
    run = simulate(atoms, 500, 2.0, every=5, progress=False)
    total = run.potential_energy + run.kinetic_energy
    assert np.ptp(total) < 0.02 * np.ptp(run.potential_energy)


@pytest.mark.parametrize("potential", [ACE(("Cu",), 5.0, (4, 4, 3)), GAP(("Cu",), 5.0, 4, 3, sparse=20)])
def test_a_refused_fit_leaves_the_potential_as_it_was(potential):
    frames = copper(range(3))
    potential.fit(frames)
    before = potential.predict(frames[0])
    for ridge in (-1.0, 0.0):
        with pytest.raises(ValueError, match="give"):
            potential.fit(copper([3, 4]), Loss(1.0, 0.0), ridge=ridge)
    after = potential.predict(frames[0])
    assert before["energy"] == after["energy"] and np.array_equal(before["forces"], after["forces"])


def test_a_fit_of_forces_alone_has_the_mean_energy():
    potential = ACE(("Cu",), 5.0, (8, 6, 4))
    potential.fit(copper(range(12)), Loss(0.0, 1.0))
    assert errors(potential, copper(range(20, 25))).energy_mae < 100  # meV/atom: forces say little of volumes


def test_no_function_is_there_twice():
    """Values on many atoms are linearly independent, or a fit could not tell the functions apart."""
    for potential in (ACE(("Si",), 5.0, (5, 5, 4), l_max=2), MomentTensor(("Si",), 5.0, level=10)):
        atoms = bulk("Si", cubic=True).repeat(3)
        atoms.rattle(0.4, seed=1)
        B = potential.basis(Graph.of(atoms, 5.0)).detach().numpy()
        values = np.linalg.svd(B / np.linalg.norm(B, axis=0), compute_uv=False)
        assert values[-1] > 1e-9 * values[0] and len(B) > 2 * len(values)


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: ACE(("Cu",), degrees=[[1], [2, 3]]), r"degrees is \[1\]: give a whole number"),
        (lambda: ACE(("Cu",), decay=1e-17), "decay is 1e-17: give 0.01 or more"),
        (lambda: ACE(("Cu",), l_max=20), "l_max is 20: harmonics are exact enough up to 16"),
        (lambda: ACE(("Cu",)).fit(copper([0])), "There is one training frame"),
        (lambda: ACE(("Cu",)).fit(copper([0, 1]), ridge=0), "The frames determine .* of the 263 coefficients"),
        (lambda: ACE(("Si",), 0.0), r"The cutoff \(Å\) is 0.0"),
        (lambda: ACE(("Xx",)), "There is no element 'Xx'"),
        (lambda: ACE(("Si",), degrees=(4, 3, 2, 1)), r"The degrees are \(4, 3, 2, 1\): give one each"),
        (lambda: ACE(("Si",), degrees=8), "The degrees are 8: give one each"),
        (lambda: ACE(("Si",), l_max=1.5), "l_max is 1.5"),
        (lambda: MomentTensor(("Si",), level=1), "level is 1"),
        (lambda: MomentTensor(("Si",), decay=-1), "decay is -1"),
        (lambda: ACE(("Cu",)).fit([]), "frames"),
    ],
)
def test_what_cannot_be_used_gets_one_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()


def test_exponents_are_ordered_by_degree():
    rows = exponents(3)
    assert len(rows) == 20 and (np.diff(rows.sum(axis=1)) >= 0).all() and len({tuple(row) for row in rows}) == 20


@pytest.fixture(scope="module")
def alloy():
    """Twelve frames of one composition, with labels of EMT."""
    frames = []
    for seed in range(12):
        atoms = bulk("Cu", cubic=True, a=3.8).repeat((2, 1, 1))
        atoms.symbols[[0, 2, 4, 6, 7]] = "Au"
        atoms.rattle(0.1, seed=seed)
        atoms.calc = EMT()
        frames.append(labelled(atoms, atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()))
    return frames


def test_energies_that_one_composition_does_not_determine_stay_small(alloy):
    """Only the sum over the atoms is determined; found with E0 of 1e12 eV that cancelled, and took the digits along."""
    potential = ACE(("Cu", "Au"), 4.5, (6, 4, 2), l_max=2)
    potential.fit(alloy, Loss(10.0, 1.0, per_atom=True, lambda_W=10.0), ridge=1e-9)
    assert max(map(abs, potential.E0.values())) < 20
    assert 5 * potential.E0["Cu"] == pytest.approx(3 * potential.E0["Au"], rel=1e-6), "the smallest of all"
    assert np.abs(potential.site_energies(alloy[0])).max() < 50


def test_a_wall_is_zero_in_all_frames_and_repels_inside(alloy, tmp_path):
    free, walled = (ACE(("Cu", "Au"), 4.5, (5, 3), l_max=1) for _ in range(2))
    free.fit(alloy)
    walled.fit(alloy, wall=0.9)
    copper = alloy[0].symbols == "Cu"
    shortest = min(a.get_all_distances(mic=True)[copper][:, ~copper].min() for a in alloy)
    assert walled.walls[0, 1] == walled.walls[1, 0] == pytest.approx(0.9 * shortest)
    for atoms in alloy:
        assert walled.energy_and_forces(atoms)[0] == free.energy_and_forces(atoms)[0]
    near = alloy[0].copy()
    near.positions[1] = near.positions[0] + (near.positions[1] - near.positions[0]) * 0.3
    inside = walled.walls[0, 1] - near.get_distance(0, 1, mic=True)
    more = walled.energy_and_forces(near)[0] - free.energy_and_forces(near)[0]
    assert more >= 100 * inside**3 - 1e-9 and more > 20
    free.save(tmp_path / "free.npz")
    with np.load(tmp_path / "free.npz") as file:
        np.savez(tmp_path / "old.npz", **{name: file[name] for name in file if name != "walls"})
    assert ACE.load(tmp_path / "old.npz").energy_and_forces(near)[0] == free.energy_and_forces(near)[0]
    walled.save(tmp_path / "walled.npz")
    assert ACE.load(tmp_path / "walled.npz").energy_and_forces(near)[0] == walled.energy_and_forces(near)[0]
    squeezed = [labelled(near, 3.0 * n, np.zeros((len(near), 3))) for n in (1, 2, 3)]
    walled.fit(squeezed, Loss(0.0, 1.0))  # its energies once held those of the old walls
    free.fit(squeezed, Loss(0.0, 1.0))
    assert not walled.walls.any() and walled.E0 == pytest.approx(free.E0, abs=1e-9)
    walled.fit(alloy, wall=0.9)
    train(walled, alloy[:4], alloy[4:6], epochs=1, progress=False)
    assert not walled.walls.any(), "they are where other frames were"
    for wall, sentence in ((0, "wall is 0"), (1.2, "not above 1"), ("a", "wall is")):
        with pytest.raises(ValueError, match=sentence):
            walled.fit(alloy, wall=wall)
