"""The ridge solution of a linear potential: against numbers that are known, and the loss of which it is the minimum."""

import numpy as np
import pytest
import torch
from ase.build import bulk

from course_lib.learning.batches import Batches
from course_lib.learning.dataset import labelled
from course_lib.learning.loss import Loss
from course_lib.learning.ridge import solve_ridge
from course_lib.learning.validation import errors
from course_lib.potentials.cutoff import cosine_cutoff
from course_lib.potentials.linear import LinearPotential


class Pairs(LinearPotential):
    """Bells of the distance, and their squares as a first many-body term."""

    def __init__(self, elements, cutoff=5.0, bells=4):
        super().__init__(elements, cutoff, 2 * bells)
        self.bells = bells

    def basis(self, graph):
        r = torch.linalg.vector_norm(graph.D, dim=1, keepdim=True)
        bells = torch.exp(-((r - torch.linspace(2, 4, self.bells, dtype=r.dtype)) ** 2)) * cosine_cutoff(r, self.cutoff)
        density = torch.zeros(len(graph.Z), self.bells, dtype=r.dtype).index_add(0, graph.i, bells)
        return torch.cat([density, density**2], dim=1)


def frames_of(potential, n=6):
    frames = []
    for seed in range(n):
        atoms = bulk("Si", a=5.3 + 0.1 * seed).repeat(2)
        atoms.rattle(0.1, seed=seed)
        atoms.calc = potential.calculator()
        frames.append(labelled(atoms, atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()))
    return frames


@pytest.fixture(scope="module")
def taught():
    teacher = Pairs(("Si",))
    with torch.no_grad():
        teacher.coefficients.copy_(torch.from_numpy(np.random.default_rng(0).normal(size=8) / 10))
    return teacher, frames_of(teacher)


@pytest.mark.parametrize("loss", [Loss(), Loss(0.0, 1.0), Loss(1.0, 1.0, True, 1.0), Loss(0.0, 0.0, lambda_W=1.0)])
def test_coefficients_that_made_the_labels_are_found_again(taught, loss, tmp_path):
    teacher, frames = taught
    pupil = Pairs(("Si",))
    pupil.fit(frames, loss, ridge=0.0)
    # E0 and the functions can share a constant only through the energies: forces and stress fix the coefficients
    found = errors(pupil, frames)
    assert found.force_mae < 1e-3 and found.stress_mae < 1e-6
    if not loss.lambda_E:
        assert np.allclose(pupil.coefficients.detach(), teacher.coefficients.detach(), atol=1e-6)
    pupil.save(tmp_path / "pairs.npz")
    assert Pairs.load(tmp_path / "pairs.npz").energy_and_forces(frames[0])[0] == pupil.energy_and_forces(frames[0])[0]


def test_the_solution_is_the_minimum_of_the_loss(taught):
    """The gradient of loss + ridge |c|^2, by autograd through the training's own loss, vanishes."""
    frames, loss, ridge = taught[1], Loss(0.7, 2.0, True, 0.3), 1e-3
    pupil = Pairs(("Si",))
    pupil.fit(frames, loss, ridge=ridge)
    graph, labels = Batches(pupil, frames).part(range(len(frames)))
    E_i, F, W = pupil.evaluate(graph, learn=True)
    E = torch.zeros_like(labels.E).index_add(0, labels.frame, E_i)
    value = loss(E, F, W, labels) + ridge * pupil.coefficients.square().sum()
    (slope,) = torch.autograd.grad(value, pupil.coefficients)
    assert float(slope.abs().max()) < 1e-9
    with torch.no_grad():
        pupil.coefficients += 0.1
    E_i, F, W = pupil.evaluate(graph, learn=True)
    E = torch.zeros_like(labels.E).index_add(0, labels.frame, E_i)
    assert loss(E, F, W, labels) > value


def test_rows_in_blocks_are_rows_at_once():
    random = np.random.default_rng(1)
    A, b = random.normal(size=(30, 5)), random.normal(size=30)
    expected = np.linalg.solve(A.T @ A + 0.3 * np.eye(5), A.T @ b)
    for size in (30, 7, 1):
        blocks = ((A[n : n + size], b[n : n + size]) for n in range(0, 30, size))
        assert np.allclose(solve_ridge(blocks, 0.3), expected, atol=1e-12)
    for wrong, sentence in (
        (([], 0.1), "no rows"),
        (([(A, b)], -1), "ridge is -1"),
        (([(A * np.nan, b)], 0), "finite"),
    ):
        with pytest.raises(ValueError, match=sentence):
            solve_ridge(*wrong)


def test_what_cannot_be_solved_gets_one_sentence(taught):
    frames, pupil = taught[1], Pairs(("Si",))
    with pytest.raises(ValueError, match="needs no validation frames"):
        pupil.fit(frames, frames)
    bare = [labelled(atoms, *[atoms.calc.results[name] for name in ("energy", "forces")]) for atoms in frames]
    with pytest.raises(ValueError, match="no training frame has a stress"):
        pupil.fit(bare, Loss(lambda_W=1.0))
    pupil.fit([bare[0], *frames[1:]], Loss(0.0, 0.0, lambda_W=1.0), ridge=0.0)  # one frame adds no rows
    assert errors(pupil, frames).stress_mae < 1e-6
