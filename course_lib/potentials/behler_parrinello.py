"""Behler and Parrinello's neural network potential: symmetry functions in, a site energy out."""

from dataclasses import asdict
from itertools import pairwise

import numpy as np
import torch

from course_lib.arguments import whole
from course_lib.potentials.base import Potential
from course_lib.potentials.symmetry_engine import PULL, VALUES, Kept, Visitor, visitor_of
from course_lib.potentials.symmetry_functions import SymmetryFunctions


class BehlerParrinello(Potential):
    """E = sum_i [E0(Z_i) + s NN_Z(G_i)]: one small network for each element.

    Behler and Parrinello 2007, doi:10.1103/PhysRevLett.98.146401.

    Parameters
    ----------
    elements : sequence of str
        Symbols of the elements that the potential is for.
    functions : SymmetryFunctions, optional
        The symmetry functions; by default the course's set for these elements.
    hidden : sequence of int
        Number of neurons in each hidden layer; each hidden layer is followed by tanh.
    seed : int
        Seed of the random numbers from which the initial weights are drawn.

    Attributes
    ----------
    networks : torch.nn.ModuleDict
        One network for each element.
    shift, width : (elements, K) tensors
        Mean and standard deviation of each symmetry function over the training atoms of each element.
    """

    def __init__(self, elements, functions=None, hidden=(32, 32), seed=0):
        super().__init__(elements, SymmetryFunctions.r_c if functions is None else functions.r_c)
        self.functions = functions or SymmetryFunctions(self.elements)
        if self.functions.elements != self.elements:
            raise ValueError(f"The symmetry functions are for {self.functions.elements}, not for {self.elements}.")
        self.hidden = tuple(whole("A hidden layer", n) for n in np.atleast_1d(np.asarray(hidden, object)))
        self.seed, K = whole("seed", seed, least=0), len(self.functions)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(self.seed)
            self.networks = torch.nn.ModuleDict({symbol: _network(K, self.hidden) for symbol in self.elements})
        self.register_buffer("shift", torch.zeros(len(self.elements), K))
        self.register_buffer("width", torch.ones(len(self.elements), K))
        self._layers = [network[::2] for network in self.networks.values()]  # without the tanh between them
        self.double()

    def sites(self, graph):
        """NN_Z(G_i) of each atom: (N,) tensor, in units of s."""
        if "G" in graph.kept:
            G = Kept.apply(graph.D, graph.kept["G"], visitor_of(self.functions, graph))
        else:
            G = self.functions(graph)  # (N, K)
        E = torch.zeros(len(G), dtype=G.dtype)
        for Z, network, shift, width in zip(self.numbers, self.networks.values(), self.shift, self.width):
            mine = torch.nonzero(graph.Z == Z)[:, 0]
            E = E.index_put((mine,), network((G[mine] - shift) / width)[:, 0])
        return E

    def describe(self, graph):
        """The symmetry functions, which do not depend on the weights: computed once, by the compiled code."""
        return {"G": torch.from_numpy(visitor_of(self.functions, graph)(VALUES)).to(graph.D.dtype)}

    def slopes(self, i, j, D, Z):
        """The same as in the base class, by the compiled symmetry functions and NumPy, without torch.

        The networks are evaluated and differentiated by hand: x_k = tanh(W_k x_(k-1) + b_k), dx = (1 - x^2) W^T dx'.
        """
        visitor = Visitor(self.functions, i, j, D, Z)
        G, E, w = visitor(VALUES), np.zeros(len(Z)), np.zeros((len(Z), len(self.functions)))
        shift, width = _array(self.shift), _array(self.width)
        for k, (number, layers) in enumerate(zip(self.numbers, self._layers)):
            mine = np.flatnonzero(Z == number)
            weights = [(_array(layer.weight), _array(layer.bias)) for layer in layers]
            x = [(G[mine] - shift[k]) / width[k]]
            for weight, bias in weights[:-1]:
                x.append(np.tanh(x[-1] @ weight.T + bias))
            last, bias = weights[-1]
            E[mine], down = x[-1] @ last[0] + bias, last
            for (weight, _), out in zip(weights[-2::-1], x[:0:-1]):
                down = ((1 - out**2) * down) @ weight
            w[mine] = down / width[k]
        return self.scale * E, visitor(PULL, self.scale * w)

    def standardise(self, graph):
        """Set mean and width of the symmetry functions from the training atoms."""
        for k, Z in enumerate(self.numbers):
            mine = graph.kept["G"][graph.Z == Z].double()
            width = mine.std(dim=0, correction=0)
            self.shift[k] = mine.mean(dim=0)
            self.width[k] = torch.where(width > 1e-6, width, 1.0)  # a constant function says nothing

    def settings(self):
        """The arguments of the constructor, for the file."""
        return super().settings() | {"functions": asdict(self.functions)}

    @classmethod
    def from_settings(cls, settings):
        """The untrained potential with these :meth:`settings`."""
        return super().from_settings(settings | {"functions": SymmetryFunctions(**settings["functions"])})


def _array(tensor):
    return np.asarray(tensor.detach(), float)


def _network(inputs, hidden):
    sizes, layers = (inputs, *hidden), []
    for before, after in pairwise(sizes):
        layers += [torch.nn.Linear(before, after), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], 1))
