"""Labelled frames as tensors: symmetry functions and their derivatives are computed once, not in every epoch."""

import numpy as np
import torch

from course_lib.learning.dataset import labels

CHUNK = 64  # frames evaluated at once where nothing is learned


class Batches:
    """Frames described by a potential, one below the other.

    Attributes
    ----------
    numbers : (atoms,) array of int
        Atomic numbers of all atoms of all frames.
    G : (atoms, K) tensor
    """

    def __init__(self, potential, frames):
        described = [potential.describe(atoms) for atoms in frames]
        self._rows = []
        for atoms, (edges, G, dG) in zip(frames, described):
            E, F = labels(atoms)
            row = (edges.numbers, *(torch.tensor(x, dtype=torch.float32) for x in (G, dG, F)), edges.i, edges.j, E)
            self._rows.append(row)
        self._offset = np.array([_offset(potential, atoms) for atoms in frames])
        self.numbers = np.concatenate([row[0] for row in self._rows])
        self.G = torch.cat([row[1] for row in self._rows])

    def __len__(self):
        return len(self._rows)

    def part(self, chosen):
        """The frames of these indices as one :class:`Batch`."""
        return Batch([self._rows[n] for n in chosen], self._offset[chosen])

    def force_scale(self, loss):
        """A unit of energy for the network: the spread of the labels it is trained on, in eV (for forces: over 1 Å)."""
        if loss.lambda_F:
            return float(np.sqrt(np.mean(np.concatenate([row[3].numpy().ravel() for row in self._rows]) ** 2))) or 1.0
        energies = np.array([row[-1] for row in self._rows]) - self._offset
        return float(np.std(energies / [len(row[0]) for row in self._rows])) or 1.0

    def evaluate(self, potential, loss):
        """Loss, root mean square error of the energy (eV per atom) and of the forces (eV/Å) over all frames."""
        values, weights = [], []
        for first in range(0, len(self), CHUNK):
            chosen = np.arange(first, min(first + CHUNK, len(self)))
            value, errors = self.part(chosen).loss(potential, loss, learn=False)
            values.append((value.item(), *np.square(errors)))
            weights.append(len(chosen))
        value, energy, force = np.average(values, axis=0, weights=weights)
        return float(value), float(energy**0.5), float(force**0.5)


class Batch:
    """Some frames, ready for the network.

    The energies are kept as differences from the sum of the reference energies: a float32 has seven digits, and an
    all-electron energy needs ten.
    """

    def __init__(self, rows, offset):
        counts = np.array([len(row[0]) for row in rows])
        first = np.concatenate([[0], np.cumsum(counts)[:-1]])
        self.numbers = np.concatenate([row[0] for row in rows])
        self.G, self.dG, self.F = (torch.cat([row[k] for row in rows]) for k in (1, 2, 3))
        self.i, self.j = (
            torch.as_tensor(np.concatenate([row[k] + start for row, start in zip(rows, first)])) for k in (4, 5)
        )
        self.E = torch.tensor([row[-1] for row in rows] - offset, dtype=torch.float32)
        self.N = torch.tensor(counts, dtype=torch.float32)
        self.frame = torch.as_tensor(np.repeat(np.arange(len(rows)), counts))

    def loss(self, potential, loss, learn=True):
        """The loss as a tensor, and root mean square errors of energy (eV per atom) and forces (eV/Å)."""
        G = self.G.clone().requires_grad_()
        E_i = potential.sites(self.numbers, G, with_E0=False)
        (dE_dG,) = torch.autograd.grad(E_i.sum(), G, create_graph=learn)  # (atoms, K)
        dE_dD = torch.einsum("pk,pkx->px", dE_dG[self.i], self.dG)
        F = torch.zeros_like(self.F).index_add(0, self.i, dE_dD).index_add(0, self.j, -dE_dD)
        E = torch.zeros(len(self.E)).index_add(0, self.frame, E_i)
        value = loss(E, F, self.E, self.F, self.N, self.frame)
        with torch.no_grad():
            energy = torch.mean(((E - self.E) / self.N) ** 2) ** 0.5
            force = torch.mean((F - self.F) ** 2) ** 0.5
        return value, (energy.item(), force.item())


def _offset(potential, atoms):
    return sum(potential.E0[symbol] for symbol in atoms.get_chemical_symbols())
