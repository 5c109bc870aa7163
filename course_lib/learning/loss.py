"""The loss as the lecture writes it."""

from dataclasses import dataclass

import torch

from course_lib.arguments import positive


@dataclass(frozen=True)
class Loss:
    """L = 1/M sum over M frames of [ lambda_E |E* - E|^2 + lambda_F / (3N) sum_i |F*_i - F_i|^2 ].

    E is the energy of the whole frame. Then |E* - E|^2 grows with the square of the number of atoms, and in a set of
    mixed sizes the large frames decide; ``per_atom`` divides it by N^2.

    Parameters
    ----------
    lambda_E : float
        In 1/eV^2.
    lambda_F : float
        In (Å/eV)^2.
    per_atom : bool
        Use the energy per atom.
    """

    lambda_E: float = 1.0
    lambda_F: float = 1.0
    per_atom: bool = False

    def __post_init__(self):
        weights = [positive(name, getattr(self, name), zero=True) for name in ("lambda_E", "lambda_F")]
        if max(weights) == 0:
            raise ValueError(f"lambda_E = {self.lambda_E}, lambda_F = {self.lambda_F}: none below zero, one above it.")

    def __call__(self, E, F, E_label, F_label, N, frame):
        """The loss of a batch, a number in torch.

        Parameters
        ----------
        E, E_label : (M,) tensors
            In eV.
        F, F_label : (atoms, 3) tensors
            Of all frames one below the other, in eV/Å.
        N : (M,) tensor
            Atoms of each frame.
        frame : (atoms,) tensor of int
            Which frame an atom belongs to.
        """
        loss = torch.zeros((), dtype=E.dtype)
        if self.lambda_E:
            loss = loss + self.lambda_E * torch.mean(((E - E_label) / (N if self.per_atom else 1)) ** 2)
        if self.lambda_F:
            square = torch.sum((F - F_label) ** 2, dim=1)  # of each atom
            loss = loss + self.lambda_F * torch.sum(square / (3 * N[frame])) / len(E)
        return loss
