"""Behler and Parrinello's neural network potential: symmetry functions in, a site energy out."""

from itertools import pairwise

import numpy as np
import torch
from ase.data import atomic_numbers

from course_lib.arguments import whole
from course_lib.potentials.base import Potential
from course_lib.potentials.edges import Edges, forces_from_edges
from course_lib.potentials.symmetry_functions import SymmetryFunctions


class BehlerParrinello(Potential):
    """E = sum_i [E0(Z_i) + s NN_Z(G_i)]: one small network for each element.

    Behler and Parrinello 2007, doi:10.1103/PhysRevLett.98.146401.

    Parameters
    ----------
    elements : sequence of str
    functions : SymmetryFunctions, optional
        The course's set for these elements if not given.
    hidden : sequence of int
        Neurons in each hidden layer; tanh between them.
    seed : int
        Of the first weights.

    Attributes
    ----------
    networks : torch.nn.ModuleDict
        One for each element.
    E0 : dict of float
        Energy of an atom of each element that is no part of the network's work, in eV.
    scale : float
        s: what the network's output of one means, in eV.
    shift, width : dict of arrays
        Mean and standard deviation of each symmetry function over the training atoms of each element.
    """

    def __init__(self, elements, functions=None, hidden=(32, 32), seed=0):
        self.elements = tuple(sorted(elements, key=lambda symbol: atomic_numbers.get(symbol, 0)))
        self.functions = functions or SymmetryFunctions(self.elements)
        if set(self.functions.elements) != set(self.elements):
            raise ValueError(f"The symmetry functions are for {self.functions.elements}, not for {self.elements}.")
        self.hidden = tuple(whole("A hidden layer", n) for n in np.atleast_1d(np.asarray(hidden, object)))
        self.cutoff, self.seed = self.functions.r_c, whole("seed", seed, least=0)
        K = len(self.functions)
        generator = torch.random.get_rng_state()
        torch.manual_seed(seed)
        self.networks = torch.nn.ModuleDict({symbol: _network(K, self.hidden) for symbol in self.elements})
        torch.random.set_rng_state(generator)
        self.E0, self.scale = dict.fromkeys(self.elements, 0.0), 1.0
        self.shift = {symbol: np.zeros(K) for symbol in self.elements}
        self.width = {symbol: np.ones(K) for symbol in self.elements}

    def describe(self, atoms):
        """Edges, G (N, K) and dG (P, K, 3) of a structure: computed once, used in every epoch."""
        edges = Edges.of(atoms, self.cutoff)
        return edges, *self.functions(edges)

    def standardise(self, numbers, G):
        """Set mean and width of the symmetry functions from training atoms: numbers (M,), G (M, K)."""
        for symbol in self.elements:
            mine = G[numbers == atomic_numbers[symbol]]
            if len(mine) == 0:
                raise ValueError(
                    f"There is no {symbol} in the training data: leave it out of the potential's elements."
                )
            self.shift[symbol], width = mine.mean(axis=0), mine.std(axis=0)
            self.width[symbol] = np.where(width > 1e-6, width, 1.0)  # a constant function says nothing

    def sites(self, numbers, G, with_E0=True):
        """Site energies of atoms from their symmetry functions, in torch: (M,) from (M, K), in eV.

        Parameters
        ----------
        numbers : (M,) array of int
            Atomic numbers.
        G : (M, K) tensor
        with_E0 : bool
            Add the reference energies.
        """
        E = torch.zeros(len(G), dtype=G.dtype)
        for symbol, network in self.networks.items():
            mine = torch.as_tensor(np.flatnonzero(numbers == atomic_numbers[symbol]))
            if len(mine):
                shift, width = (torch.as_tensor(x[symbol], dtype=G.dtype) for x in (self.shift, self.width))
                out = network((G[mine] - shift) / width)[:, 0]
                E = E.index_put((mine,), self.scale * out + (self.E0[symbol] if with_E0 else 0.0))
        return E

    def sites_and_forces(self, atoms):
        """Site energies (N,) in eV and forces (N, 3) in eV/Å, in double precision."""
        edges, G, dG = self.describe(atoms)
        G = torch.tensor(G, requires_grad=True)
        self.networks.double()
        E_i = self.sites(edges.numbers, G)
        (dE_dG,) = torch.autograd.grad(E_i.sum(), G)  # (N, K)
        dE_dD = np.einsum("pk,pkx->px", dE_dG.numpy()[edges.i], dG)
        return E_i.detach().numpy(), forces_from_edges(dE_dD, edges.i, edges.j, len(atoms))

    def fit(self, frames, **options):
        """Train on labelled frames: see :func:`course_lib.learning.training.train`."""
        from course_lib.learning.training import train  # the training loop stands on this room

        return train(self, frames, **options)

    def state(self):
        """Settings and arrays for the file."""
        functions = {name: getattr(self.functions, name) for name in self.functions.__dataclass_fields__}
        settings = {"functions": functions, "hidden": self.hidden, "E0": self.E0, "scale": self.scale}
        arrays = {f"weights.{name}": tensor.double().numpy() for name, tensor in self.networks.state_dict().items()}
        for symbol in self.elements:
            arrays |= {f"shift.{symbol}": self.shift[symbol], f"width.{symbol}": self.width[symbol]}
        return settings, arrays

    @classmethod
    def from_state(cls, settings, arrays):
        """The potential whose :meth:`state` this is."""
        functions = settings["functions"]
        functions |= {name: tuple(functions[name]) for name in ("elements", "zetas")}
        potential = cls(functions["elements"], SymmetryFunctions(**functions), settings["hidden"])
        potential.E0 = {symbol: float(settings["E0"][symbol]) for symbol in potential.elements}
        potential.scale = settings["scale"]
        for symbol in potential.elements:
            for name in ("shift", "width"):
                array = arrays[f"{name}.{symbol}"]
                if array.shape != (len(potential.functions),):
                    raise ValueError(f"{name} of {symbol} has the shape {array.shape}")
                getattr(potential, name)[symbol] = array
        potential.networks.double()
        weights = {
            name.removeprefix("weights."): torch.tensor(array) for name, array in arrays.items() if "weights." in name
        }
        potential.networks.load_state_dict(weights)
        return potential


def _network(inputs, hidden):
    sizes, layers = (inputs, *hidden), []
    for before, after in pairwise(sizes):
        layers += [torch.nn.Linear(before, after), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers, torch.nn.Linear(sizes[-1], 1))
