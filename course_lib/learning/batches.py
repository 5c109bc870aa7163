"""Labelled frames as tensors, and the loss of a potential on some of them."""

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import torch
from ase.stress import voigt_6_to_full_3x3_stress

from course_lib.learning.dataset import labels

CHUNK = 64  # frames evaluated at once when no gradients of the weights are needed


class Learner(Protocol):
    """The methods that training needs of a potential; :class:`course_lib.potentials.base.Potential` has them.

    A learner must also be a ``torch.nn.Module``.
    """

    elements: tuple[str, ...]
    E0: dict[str, float]
    scale: float

    def graph(self, frames: Any) -> Any:
        """The graph of some frames in the dtype of the weights, with ``counts`` (M,) and ``frame`` (N,)."""

    def evaluate(self, graph: Any, learn: bool = False) -> Any:
        """``sites`` (N,), ``forces`` (N, 3) and ``virial`` (M, 3, 3) of a graph, without E0."""

    def standardise(self, graph: Any) -> None:
        """Look at the graph of all training frames."""

    def settings(self) -> dict:
        """The settings in which two potentials can differ, apart from the weights."""


@dataclass(frozen=True)
class LabelTensors:
    """Labels of M frames with N atoms in all.

    The sum of the reference energies E0 is subtracted from the energies: a float32 has seven digits, and an
    all-electron energy needs ten.

    Attributes
    ----------
    E : (M,) tensor
        Energies in eV, without E0.
    F : (N, 3) tensor
        Forces in eV/Å; NaN for a frame without forces.
    W : (M, 3, 3) tensor
        Virials, stress times volume, in eV; NaN for a frame without stress.
    N : (M,) tensor
        Number of atoms of each frame.
    frame : (N,) tensor of int
        Number of the frame that an atom belongs to.
    """

    E: torch.Tensor
    F: torch.Tensor
    W: torch.Tensor
    N: torch.Tensor
    frame: torch.Tensor

    @property
    def has_stress(self):
        """Which frames have a labelled stress, (M,)."""
        return ~torch.isnan(self.W[:, 0, 0])


class Batches:
    """Graphs and labels of all frames, from which batches are taken.

    Parameters
    ----------
    potential : Learner
        The potential; it makes the graph of each frame once.
    frames : list of ase.Atoms
        Labelled frames.
    """

    def __init__(self, potential, frames):
        self.graphs = [potential.graph(atoms) for atoms in frames]
        self._join, new = type(self.graphs[0]).join, {"dtype": self.graphs[0].D.dtype}
        self.E, self.F, self.W = [], [], []
        for atoms in frames:
            energy, forces, stress = labels(atoms)
            self.E.append(energy - sum(potential.E0[symbol] for symbol in atoms.symbols))
            self.F.append(torch.tensor(np.full((len(atoms), 3), np.nan) if forces is None else forces, **new))
            virial = np.full((3, 3), np.nan)
            if stress is not None:
                virial = voigt_6_to_full_3x3_stress(stress) * abs(np.linalg.det(atoms.cell.array))
            self.W.append(torch.tensor(virial, **new))
        self.E = torch.tensor(self.E, **new)

    def __len__(self):
        return len(self.graphs)

    def part(self, chosen):
        """The graph of the frames with these indices, and their :class:`LabelTensors`."""
        graph = self._join([self.graphs[n] for n in chosen])
        F, W = torch.cat([self.F[n] for n in chosen]), torch.stack([self.W[n] for n in chosen])
        return graph, LabelTensors(self.E[chosen], F, W, graph.counts.to(F.dtype), graph.frame)

    def spread(self, loss):
        """Spread of the labels in eV, to scale the potential: of the forces times 1 Å, or of the energies per atom."""
        if loss.lambda_F:
            return float(torch.cat(self.F).square().mean().sqrt()) or 1.0
        counts = torch.stack([graph.counts[0] for graph in self.graphs])
        return float((self.E / counts).std(correction=0)) or 1.0

    def untaught(self, loss):
        """The loss of a potential that has learned nothing: reference energies, no forces, no stress."""
        _, known = self.part(np.arange(len(self)))
        return float(loss(*map(torch.zeros_like, (known.E, known.F, known.W)), known))

    def evaluate(self, potential, loss):
        """Loss and root mean square errors of the energy (eV per atom) and of the forces (eV/Å) over all frames."""
        values, weights = [], []
        for first in range(0, len(self), CHUNK):
            chosen = np.arange(first, min(first + CHUNK, len(self)))
            value, errors = loss_of(potential, *self.part(chosen), loss, learn=False)
            values.append((value.item(), *np.square(errors)))
            weights.append(len(chosen))
        value, energy, force = np.average(values, axis=0, weights=weights)
        return float(value), float(energy**0.5), float(force**0.5)


def loss_of(potential, graph, labels, loss, learn=True):
    """The loss as a tensor, and root mean square errors of energy (eV per atom) and forces (eV/Å)."""
    E_i, F, W = potential.evaluate(graph, learn)
    E = torch.zeros_like(labels.E).index_add(0, labels.frame, E_i)
    value = loss(E, F, W, labels)
    with torch.no_grad():
        energy = torch.mean(((E - labels.E) / labels.N) ** 2) ** 0.5
        force = torch.mean((F - labels.F) ** 2) ** 0.5
    return value, (energy.item(), force.item())
