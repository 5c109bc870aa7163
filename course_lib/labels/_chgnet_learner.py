"""A CHGNet as the training loop knows a potential: energies, forces and virials with derivatives by the weights."""

from dataclasses import dataclass

import torch
from ase.data import chemical_symbols

LAST = ("atom_conv_layers.{}.", "readout_norm.", "mlp.")  # behind all bonds and angles
ELEMENTS = "composition_model.fc.weight"  # the energies of the elements
FIXED = (ELEMENTS, "site_wise.")  # found before the training; for magnetic moments only


class CHGNetLearner(torch.nn.Module):
    """A :class:`course_lib.learning.batches.Learner`; its parameters are the chosen weights.

    Parameters
    ----------
    network : CHGNet
        It stays as it is.
    elements : list of str
        Symbols of all elements of the frames.
    part : {"all", "last"}
        Train all weights, or those of the last layer of messages and of the readout.
    """

    def __init__(self, network, elements, part):
        super().__init__()
        self.network, self.elements, self.part, self.E0 = network, elements, part, dict.fromkeys(elements, 0.0)
        last = tuple(name.format(network.settings["n_conv"] - 1) for name in LAST)
        self.names = [k for k in network.w if (k.startswith(last) if part == "last" else not k.startswith(FIXED))]
        self.chosen = torch.nn.ParameterList(network.w[name].clone() for name in self.names)

    def settings(self):
        """What two learners can differ in, apart from the weights."""
        return {"part": self.part}

    def standardise(self, graph):
        """Nothing to do: the network has its scale from its first training."""

    def graph(self, atoms):
        """The :class:`Graphs` of one frame."""
        return Graphs([self.network.edges(atoms)], torch.tensor([len(atoms)]))

    def evaluate(self, graphs, learn=False):
        """Energies (N,), forces (N, 3) and virials (M, 3, 3) without E0; with ``learn`` they have derivatives.

        The energy of a frame is given to its atoms in equal parts, as only their sum is compared with a label.
        """
        network, found = self.network.with_weights(dict(zip(self.names, self.chosen))), []
        for graph, D in graphs.parts:
            D = D.detach().requires_grad_()
            E, n = network.energy(graph, D), len(graph["Z"])
            dE_dD = torch.autograd.grad(E, D, create_graph=learn)[0]
            forces = dE_dD.new_zeros(n, 3).index_add(0, graph["i"], dE_dD).index_add(0, graph["j"], dE_dD, alpha=-1)
            E = E - sum(self.E0[chemical_symbols[z]] for z in graph["Z"].tolist())
            parts = (E / n).to(D.dtype).expand(n), forces, (D.detach().T @ dE_dD)[None]
            found.append(parts if learn else [x.detach() for x in parts])
        return [torch.cat(parts) for parts in zip(*found)]

    def trained(self):
        """The network with the present weights."""
        return self.network.with_weights({name: x.detach().clone() for name, x in zip(self.names, self.chosen)})


@dataclass(frozen=True)
class Graphs:
    """The graphs of M frames, one by one: joined, they would need more memory, and gain no time on a processor."""

    parts: list
    counts: torch.Tensor

    @classmethod
    def join(cls, graphs):
        """Several of them in one."""
        return cls([part for one in graphs for part in one.parts], torch.cat([one.counts for one in graphs]))

    @property
    def D(self):
        """Edge vectors of all frames in Å, (P, 3)."""
        return torch.cat([D for _, D in self.parts])

    @property
    def frame(self):
        """The number of the frame of each atom, (N,)."""
        return torch.repeat_interleave(torch.arange(len(self.counts)), self.counts)
