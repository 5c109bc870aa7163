"""The claims of the welcome lecture about ethanol's graph, against networkx, ASE and combinatorics."""

import math

import matplotlib
import nbformat
import networkx as nx
import numpy as np
import pytest
from ase.neighborlist import build_neighbor_list, natural_cutoffs
from matplotlib.figure import Figure

from course_lib.show.lecture_00 import draw_graph, flat
from course_lib.structures import ethanol


@pytest.fixture(scope="module")
def lecture(root):
    """All names the lecture defines, after its cells have run in order (the check of the set-up left out)."""
    matplotlib.use("Agg")
    names = {}
    for cell in nbformat.read(root / "lectures" / "00_welcome.ipynb", as_version=4).cells:
        if cell.cell_type == "code" and "course_command.doctor" not in cell.source:
            exec(cell.source, names)
    return names


@pytest.fixture(scope="module")
def graph(lecture):
    graph = nx.from_numpy_array(lecture["A"])
    nx.set_node_attributes(graph, dict(enumerate(lecture["Z"].tolist())), "Z")
    return graph


def test_bonds_are_those_that_ase_finds(lecture):
    found = build_neighbor_list(ethanol(), natural_cutoffs(ethanol()), self_interaction=False, bothways=True)
    assert np.array_equal(lecture["A"], found.get_connectivity_matrix(sparse=False))
    assert lecture["A"].sum() == 2 * 8


def test_number_of_lists_and_sums(lecture):
    assert len(lecture["lists"]) == math.factorial(9) // (math.factorial(6) * math.factorial(2))
    assert lecture["Z"].sum() == 26
    assert not np.allclose(lecture["of_lists"], lecture["of_lists"][0])
    assert np.allclose(lecture["of_sums"], lecture["of_sums"][0], rtol=1e-12)


@pytest.mark.parametrize("rounds", range(5))
def test_receptive_field_is_the_neighbourhood_in_the_graph(lecture, graph, rounds):
    for atom in graph:
        assert lecture["heard"](atom, rounds) == sorted(nx.ego_graph(graph, atom, radius=rounds))


def test_atoms_that_know_the_same_are_those_that_symmetry_exchanges(lecture, graph):
    known = lecture["listen"](lecture["h"], lecture["A"], 4)
    same = {(i, j) for i in graph for j in graph if np.allclose(known[i], known[j], rtol=0, atol=1e-9)}
    matcher = nx.isomorphism.GraphMatcher(graph, graph, node_match=lambda a, b: a["Z"] == b["Z"])
    orbits = {pair for mapping in matcher.isomorphisms_iter() for pair in mapping.items()}
    assert same == orbits


def test_ethanol_lies_flat_without_overlaps():
    atoms = ethanol()
    cutoffs = natural_cutoffs(atoms)
    bonds = build_neighbor_list(atoms, cutoffs, self_interaction=False, bothways=True).get_connectivity_matrix(False)
    places = flat(bonds)
    apart = np.linalg.norm(places[:, None] - places[None], axis=-1)
    assert np.min(apart[np.triu_indices(9, k=1)]) > 0.5
    assert np.ptp(places[:, 0]) > np.ptp(places[:, 1])
    axes = Figure().subplots()
    draw_graph(axes, places, bonds, atoms.numbers, marked=[0, 1], chosen=2)
    assert [text.get_text() for text in axes.texts] == atoms.get_chemical_symbols()
    assert len(axes.lines) == 8 + 9 + 3  # bonds, atoms, halos


def test_two_molecules_at_once_are_refused():
    with pytest.raises(ValueError, match="one molecule at a time"):
        flat(np.zeros((2, 2)))
