"""Unwrapping and drift: paths through the periodic boundary, seen from the framework."""

import numpy as np
import pytest
from ase.build import bulk
from ase.geometry import minkowski_reduce, wrap_positions

from course_lib.transport.drift import remove_framework_drift
from course_lib.transport.random_walk import random_walk
from course_lib.transport.unwrap import unwrap

SKEW = np.array([[6.0, 0.0, 0.0], [1.5, 7.0, 0.0], [-1.0, 2.0, 8.0]])


@pytest.mark.parametrize("cell", [np.diag([5.0, 7.0, 9.0]), SKEW])
def test_unwrapping_gives_back_the_path_that_ase_wrapped(cell):
    path = random_walk(D=0.5, n_ions=6, frames=800, frame_ps=0.1, seed=3) + np.array([1.0, 2.0, 3.0])
    wrapped = np.array([wrap_positions(frame, cell, eps=0) for frame in path])
    assert np.abs(path - wrapped).max() > 10  # the walkers did leave the cell
    back = unwrap(wrapped, cell)
    np.testing.assert_allclose(back - back[0], path - path[0], atol=1e-9)
    np.testing.assert_array_equal(back[0], wrapped[0])


def test_three_edges_are_a_cell_and_continuous_paths_stay():
    path = random_walk(D=0.5, n_ions=3, frames=50, seed=1)
    np.testing.assert_allclose(unwrap(path, [9.0, 9.0, 9.0]), path, atol=1e-12)


def test_a_direction_that_is_not_periodic_is_left_alone():
    jump = np.array([[[1.0, 1.0, 1.0]], [[9.0, 9.0, 9.0]]])
    assert unwrap(jump, [10, 10, 10], pbc=[True, False, True])[1, 0].tolist() == pytest.approx([-1.0, 9.0, -1.0])


@pytest.mark.parametrize(
    "cell, pbc",
    [
        (bulk("Cu").cell.array, True),
        ([[10, 0, 0], [9.9, 1, 0], [3, 50, 8]], True),  # its shortest lattice vector is no vector of the cell
        ([[6, 0, 0], [5, 3, 0], [2, 2, 7]], [True, True, False]),
        ([[5, 0, 0], [0, 5, 0], [4, 3, 0.1]], [True, True, False]),  # what is not periodic leans over
    ],
)
def test_steps_just_below_half_the_shortest_lattice_vector_are_right_in_any_cell(cell, pbc):
    reduced = np.asarray(minkowski_reduce(cell, pbc)[0])[np.broadcast_to(pbc, 3)]
    random = np.random.default_rng(0)
    steps = random.normal(size=(2000, 1, 3))
    steps *= 0.98 * np.linalg.norm(reduced, axis=1).min() / 2 / np.linalg.norm(steps, axis=2, keepdims=True)
    path = np.cumsum(steps, axis=0)
    jumps = random.integers(-3, 4, size=(2000, 1, 3)) * np.broadcast_to(pbc, 3) @ np.asarray(cell, float)
    back = unwrap(path + jumps, cell, pbc)
    np.testing.assert_allclose(back - back[0], path - path[0], atol=1e-9)


def test_each_frame_may_have_its_cell():
    """Atoms that rest in a cell that breathes: wrapped in each frame's own cell, they do not diffuse."""
    random = np.random.default_rng(1)
    edges = 8 + 0.2 * random.normal(size=(300, 3))
    path = random_walk(D=0.5, n_ions=4, frames=300, seed=5)
    cells = np.array([np.diag(edge) for edge in edges])
    back = unwrap(path + cells.diagonal(axis1=1, axis2=2)[:, None] * 0, cells)  # continuous paths stay
    np.testing.assert_allclose(back, path, atol=1e-12)
    crossed = np.zeros((300, 1, 3))
    crossed[150:, 0] = edges[150:] * [1, 0, -1]  # from frame 150 on seen one cell further
    crossed[151:, 0] -= np.cumsum(np.diff(edges[150:], axis=0) * [1, 0, -1], axis=0)
    np.testing.assert_allclose(unwrap(path[:, :1] + crossed, cells), path[:, :1], atol=1e-9)


@pytest.mark.parametrize(
    "positions, cell, sentence",
    [
        (np.zeros((4, 3)), [5, 5, 5], "frames x atoms x 3"),
        (np.zeros((4, 2, 2)), [5, 5, 5], "frames x atoms x 3"),
        (np.full((4, 2, 3), np.nan), [5, 5, 5], "not finite"),
        (np.zeros((4, 2, 3)), [5, 5, 0], "span a volume"),
        (np.zeros((4, 2, 3)), [5, 5], "give three edges or vectors"),
        (np.zeros((4, 2, 3)), np.ones((3, 3, 3)), "or those of each frame"),
        (np.zeros((4, 2, 3)), [5, 5, np.nan], "span a volume"),
    ],
)
def test_bad_input_is_one_sentence(positions, cell, sentence):
    with pytest.raises(ValueError, match=sentence):
        unwrap(positions, cell)


def test_the_framework_is_held_and_the_mobile_ions_keep_their_own_drift():
    walk = random_walk(D=0.5, n_ions=10, frames=200, seed=2)
    framework = np.arange(4, 10)
    walk[:, framework] = 0.05 * walk[:, framework] + np.linspace(0, 3, 200)[:, None, None]  # a drifting solid
    seen = remove_framework_drift(walk, framework)
    assert np.abs(walk[:, framework].mean(1)).max() > 2.9
    np.testing.assert_allclose(seen[:, framework].mean(1) - seen[0, framework].mean(0), 0, atol=1e-12)
    # One vector a frame for all atoms: what the ions do relative to one another is untouched.
    shift = walk - seen
    np.testing.assert_allclose(shift, np.broadcast_to(shift[:, :1], shift.shape), atol=1e-12)
    mobile = seen[:, :4].mean(1) - seen[0, :4].mean(0)
    assert np.linalg.norm(mobile, axis=1).max() > 1.0  # the current is still there


def test_indices_and_booleans_are_the_same_framework():
    walk = random_walk(D=0.5, n_ions=5, frames=20, seed=4)
    held = np.array([False, True, True, False, True])
    np.testing.assert_array_equal(remove_framework_drift(walk, held), remove_framework_drift(walk, [1, 2, 4]))


def test_an_empty_framework_is_one_sentence():
    with pytest.raises(ValueError, match="The framework has no atoms"):
        remove_framework_drift(random_walk(1.0, 3, 10), np.zeros(3, bool))


@pytest.mark.parametrize(
    "framework, sentence",
    [
        ([1, 1, 0, 0, 1], "names an atom twice: give each index once; a mask is made of True and False"),
        ([2, 7], "goes from atom 2 to 7: there are 0 to 4"),
        ([True, False], r"is bool of the shape \(2,\): give a list of indices, or 5 booleans"),
        ([0.5, 1.0], "is float64 of the shape"),
    ],
)
def test_a_framework_that_is_none_is_one_sentence(framework, sentence):
    with pytest.raises(ValueError, match=f"The framework {sentence}"):
        remove_framework_drift(random_walk(D=0.5, n_ions=5, frames=20, seed=4), framework)
