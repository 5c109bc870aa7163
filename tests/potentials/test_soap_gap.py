"""SOAP against dscribe, and GAP against Gaussian processes that are written here without any sparse point."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk, molecule
from ase.calculators.emt import EMT

from course_lib.learning.dataset import labelled
from course_lib.learning.loss import Loss
from course_lib.learning.validation import errors
from course_lib.potentials.density_engine import Neighbours
from course_lib.potentials.gap import GAP
from course_lib.potentials.graph import Graph, edges
from course_lib.potentials.soap import SOAP, GaussianOrbitals


def of_dscribe(atoms, elements, cutoff, number, l_max, sigma):
    """The power spectra that dscribe computes, in our order and with our weights of pairs a < b."""
    descriptors = pytest.importorskip("dscribe.descriptors")
    weighting = {"function": "poly", "r0": cutoff, "c": 1, "m": 1}
    theirs = descriptors.SOAP(
        r_cut=cutoff, n_max=number, l_max=l_max, sigma=sigma, weighting=weighting, species=elements,
        periodic=bool(atoms.pbc.any()),
    )  # fmt: skip
    p, size = theirs.create(atoms), len(elements) * number
    every = np.zeros((len(atoms), l_max + 1, size, size))
    for z, first in enumerate(elements):
        for zz in range(z, len(elements)):
            part = p[:, theirs.get_location((first, elements[zz]))].T
            a, b = np.triu_indices(number) if z == zz else np.indices((number, number)).reshape(2, -1)
            part = part.reshape(l_max + 1, len(a), -1)
            every[:, :, z * number + a, zz * number + b] = part.transpose(2, 0, 1)
    a, b = np.triu_indices(size)
    return (every[:, :, a, b] * np.where(a < b, np.sqrt(2), 1)).reshape(len(atoms), -1)


@pytest.mark.parametrize(
    "atoms, elements, settings",
    [
        (bulk("Si", cubic=True), ("Si",), (5.0, 8, 6, 0.5)),
        (bulk("NaCl", "rocksalt", a=5.6).repeat((2, 1, 1)), ("Na", "Cl"), (6.0, 5, 4, 0.7)),
        (molecule("CH3CH2OH"), ("H", "C", "O"), (4.0, 4, 3, 0.3)),
    ],
    ids=["one element", "two elements", "three elements"],
)
def test_the_power_spectrum_is_that_of_dscribe(atoms, elements, settings):
    atoms.rattle(0.1, seed=1)
    cutoff, number, l_max, sigma = settings
    expected = of_dscribe(atoms, elements, *settings)
    soap = SOAP(elements, GaussianOrbitals(cutoff, number, l_max, sigma))
    np.testing.assert_allclose(soap.describe(atoms), expected, rtol=0, atol=1e-6 * np.abs(expected).max())
    A = Neighbours(soap.density, *edges(atoms, cutoff), atoms.numbers).A() + soap.own[soap.density.kinds[atoms.numbers]]
    in_torch = soap(torch.from_numpy(A)).numpy()
    np.testing.assert_allclose(in_torch, soap.describe(atoms), rtol=0, atol=1e-12 * np.abs(expected).max())


def test_the_scalar_product_is_the_overlap_of_densities():
    """p . p' = sum over l of sqrt(8 pi^2 / (2 l + 1))^2 |A_l^T A'_l|^2, never negative, and not changed by a turn."""
    soap = SOAP(("H", "C", "O"), GaussianOrbitals(4.0, 4, 3))
    p = soap.describe(molecule("CH3CH2OH"))
    turned = molecule("CH3CH2OH")
    turned.rotate(70, (1, 2, 3))
    np.testing.assert_allclose(soap.describe(turned), p, rtol=0, atol=1e-9 * np.abs(p).max())
    atoms = molecule("CH3CH2OH")
    A = Neighbours(soap.density, *edges(atoms, 4.0), atoms.numbers).A() + soap.own[soap.density.kinds[atoms.numbers]]
    A = A.reshape(len(A), -1, 16)
    expected = np.zeros((len(A), len(A)))
    for l in range(4):
        mixed = np.einsum("iam,jan->ijmn", A[:, :, l * l : (l + 1) ** 2], A[:, :, l * l : (l + 1) ** 2])
        expected += 8 * np.pi**2 / (2 * l + 1) * np.sum(mixed**2, axis=(2, 3))
    np.testing.assert_allclose(p @ p.T, expected, rtol=1e-10)
    assert len(soap) == p.shape[1]


def copper(seeds, size=1, spread=0.12):
    frames = []
    for seed in seeds:
        atoms = bulk("Cu", cubic=True, a=3.6 + 0.03 * (seed % 5 - 2)).repeat((size, 1, 1))
        atoms.rattle(spread, seed=seed)
        atoms.calc = EMT()
        frames.append(labelled(atoms, atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()))
    return frames


class DenseGP:
    """Rasmussen and Williams 2006, equations 2.25, 2.26 and 2.41 (a mean of unknown E0), from covariances alone."""

    def __init__(self, C, noise, counts, y):
        self.inverse = np.linalg.inv(C + np.diag(noise))
        H = counts[:, None]
        self.E0 = float(np.linalg.solve(H.T @ self.inverse @ H, H.T @ self.inverse @ y)[0])
        self.rest = y - self.E0 * counts
        self.delta = np.sqrt(self.rest @ self.inverse @ self.rest / len(y))

    def __call__(self, cross, own):
        """Means and standard deviations of site energies with these covariances with the labels (n, labels)."""
        left = cross @ self.inverse
        return self.E0 + left @ self.rest, self.delta * np.sqrt(own - np.sum(left * cross, axis=1))


def kernel(gap, p, other):
    norms = np.linalg.norm(p, axis=1)[:, None] * np.linalg.norm(other, axis=1)
    return (p @ other.T / norms) ** gap.zeta


@pytest.fixture
def exact(monkeypatch):
    """A smaller jitter: these few points are well told apart."""
    monkeypatch.setattr("course_lib.potentials.gap.JITTER", 1e-14)


def test_with_all_environments_as_points_it_is_the_gaussian_process_of_the_energies(exact):
    frames, ridge = copper(range(6)), 1e-4
    gap = GAP(("Cu",), 4.5, number=4, l_max=3, zeta=3, sparse=24)
    gap.fit(frames, Loss(10.0, 0.0), ridge=ridge)
    p = np.array([gap.soap.describe(atoms) for atoms in frames])  # (frames, atoms, K)
    C = np.array([[kernel(gap, a, b).sum() for b in p] for a in p])
    y = np.array([atoms.get_potential_energy() for atoms in frames])
    dense = DenseGP(C, np.full(6, ridge * 6 / 10.0), np.full(6, 4.0), y)
    for atoms in copper((11, 12), spread=0.3):
        new = gap.soap.describe(atoms)
        mean, deviation = dense(np.array([kernel(gap, new, a).sum(axis=1) for a in p]).T, 1.0)
        np.testing.assert_allclose(gap.site_energies(atoms), mean, rtol=0, atol=1e-8)
        np.testing.assert_allclose(gap.uncertainty(atoms), deviation, rtol=0, atol=1e-8)


def test_with_points_enough_it_is_the_gaussian_process_of_energies_and_forces(exact):
    """k = (q . q')^2 is a scalar product of q (x) q; as many points as this has dimensions leave nothing out.

    Covariances with forces are derivatives of k: here finite differences of q (x) q.
    """
    frames, ridge = copper(range(8), spread=0.25), 1e-2
    gap = GAP(("Cu",), 4.5, number=2, l_max=1, zeta=2, sparse=21)

    def features(atoms):
        p = gap.soap.describe(atoms)
        q = p / np.linalg.norm(p, axis=1, keepdims=True)
        return np.einsum("na,nb->nab", q, q).reshape(len(q), -1)

    def slopes(atoms, h=1e-3):
        rows = []
        for place in np.ndindex(atoms.positions.shape):
            total = 0
            for step, weight in ((-2, 1), (-1, -8), (1, 8), (2, -1)):
                moved = atoms.copy()
                moved.positions[place] += step * h
                total = total + weight * features(moved).sum(axis=0) / (12 * h)
            rows.append(-total)
        return rows

    gap.fit(frames, Loss(10.0, 2.0, per_atom=True), ridge=ridge)
    rows, y, noise, counts = [], [], [], []
    for atoms in frames:
        rows += [features(atoms).sum(axis=0), *slopes(atoms)]
        y += [atoms.get_potential_energy(), *atoms.get_forces().ravel()]
        noise += [ridge * 8 * 4**2 / 10.0] + [ridge * 8 * 3 * 4 / 2.0] * 12
        counts += [4.0] + [0.0] * 12
    dense = DenseGP(np.array(rows) @ np.array(rows).T, np.array(noise), np.array(counts), np.array(y))
    for atoms in copper((11, 12), spread=0.3):
        mean, deviation = dense(features(atoms) @ np.array(rows).T, 1.0)
        np.testing.assert_allclose(gap.site_energies(atoms), mean, rtol=1e-7, atol=1e-7)
        np.testing.assert_allclose(gap.uncertainty(atoms), deviation, rtol=0, atol=1e-7)


def test_it_knows_where_it_is_unsure(tmp_path):
    gap = GAP(("Cu",), 4.5, number=6, l_max=4, sparse=60)
    atoms = copper([50])[0]
    with pytest.raises(ValueError, match="has no uncertainty"):
        gap.uncertainty(atoms)
    gap.fit(copper(range(20)), Loss(100.0, 1.0, per_atom=True), ridge=1e-6)
    known = gap.uncertainty(atoms)
    assert known.shape == (4,) and 0 < known.max() < 0.01  # eV
    assert gap.uncertainty(copper([50], spread=0.5)[0]).min() > 5 * known.max()
    assert gap.uncertainty(Atoms("Cu", [[0, 0, 0]]))[0] > 5 * known.max()
    gap.save(tmp_path / "gap.npz")
    assert np.array_equal(GAP.load(tmp_path / "gap.npz").uncertainty(atoms), known)
    gap.standardise(Graph.of(copper(range(20)), 4.5))
    with pytest.raises(ValueError, match="has no uncertainty"):
        gap.uncertainty(atoms)


def test_stress_can_be_learned():
    learn, valid = copper(range(20)), copper(range(30, 35))
    gap = GAP(("Cu",), 4.5, number=6, l_max=4, sparse=60)
    gap.fit(learn, Loss(100.0, 1.0, per_atom=True, lambda_W=100.0), ridge=1e-7)
    found = errors(gap, valid)
    assert found.energy_mae < 2.0 and found.force_mae < 40 and found.stress_mae < 0.1  # GPa


@pytest.mark.parametrize(
    "make, sentence",
    [
        (lambda: GAP(("Xx",)), "There is no element 'Xx'"),
        (lambda: GAP(("Cu",), number=16), "16 radial functions up to 5.0 Å are too much alike"),
        (lambda: GAP(("Cu",), sigma=1e-9), "sigma is 1e-09 Å: give 0.05 or more"),
        (lambda: SOAP(("O", "O"), GaussianOrbitals(4.0, 4, 3)), "name at least one element, and none of them twice"),
        (lambda: GAP(("Cu",), cutoff=0), r"The cutoff \(Å\) is 0: give a number above zero"),
        (lambda: GAP(("Cu",), cutoff=0.9), "The cutoff is 0.9 Å: the first radial function alone reaches to 1 Å"),
        (lambda: GAP(("Cu",), number=0), "number is 0: give a whole number, 1 or more"),
        (lambda: GAP(("Cu",), l_max=-1), "l_max is -1: give a whole number, 0 or more"),
        (lambda: GAP(("Cu",), sigma=-0.5), r"sigma \(Å\) is -0.5: give a number above zero"),
        (lambda: GAP(("Cu",), zeta=0), "zeta is 0: give a whole number, 1 or more"),
        (lambda: GAP(("Cu",), zeta=1.5), "zeta is 1.5: give a whole number"),
        (lambda: GAP(("Cu",), sparse=0), "sparse is 0: give a whole number, 1 or more"),
        (lambda: GAP(("Cu",), sparse=9).fit(copper([0, 1])), "sparse is 9, and the training frames hold 8 different"),
        (lambda: GAP(("Cu",), sparse=9).fit([bulk("Cu", cubic=True)] * 3), "Training frame 0 has no energy"),
        (lambda: GAP(("Cu",), sparse=2).fit(copper([0])[0]), "Training frames are a list of structures"),
        (lambda: GAP(("Cu",), sparse=2).fit([labelled(copper([0])[0], 1.0)]), "Training frame 0 has no forces"),
        (lambda: GAP(("Cu",), sparse=2).fit(copper([0, 1]), ridge=0), "ridge is 0: give a number above zero"),
        (lambda: GAP(("Cu",), sparse=2).fit([]), "There are no training frames"),
        (
            lambda: GAP(("Cu",)).soap.describe(molecule("H2O")),
            "This SOAP was made for Cu, and the structure holds H, O",
        ),
    ],
)
def test_what_cannot_be_used_gets_one_sentence(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
