"""The loss function of the lecture."""

from dataclasses import dataclass

import torch

from course_lib.arguments import positive, truth


@dataclass(frozen=True)
class Loss:
    """L = 1/M sum over M frames [lambda_E |E* - E|^2 + lambda_F/(3N) sum_i |F*_i - F_i|^2 + lambda_W/9 |W* - W|^2].

    E is the energy of the whole frame and W its virial, stress times volume. Their squared errors grow with the square
    of the number of atoms, so that large frames dominate a set of mixed sizes; ``per_atom`` divides them by N^2.

    Parameters
    ----------
    lambda_E : float
        Weight of the energies in 1/eV^2.
    lambda_F : float
        Weight of the forces in (Å/eV)^2.
    per_atom : bool
        Use energy and virial per atom.
    lambda_W : float
        Weight of the virials in 1/eV^2; frames without a labelled stress do not contribute to this term.
    """

    lambda_E: float = 1.0
    lambda_F: float = 1.0
    per_atom: bool = False
    lambda_W: float = 0.0

    def __post_init__(self):
        weights = [positive(name, getattr(self, name), zero=True) for name in ("lambda_E", "lambda_F", "lambda_W")]
        if max(weights) == 0:
            raise ValueError("lambda_E, lambda_F and lambda_W are all 0: nothing would be learned; raise one of them.")
        truth("per_atom", self.per_atom)

    @property
    def needs(self):
        """The labels that every frame must have."""
        return ("energy", "forces") if self.lambda_F else ("energy",)

    def __call__(self, E, F, W, labels):
        """The loss of a batch, a number in torch.

        Parameters
        ----------
        E : (M,) tensor
            Energies in eV.
        F : (N, 3) tensor
            Forces on the atoms of all frames, concatenated, in eV/Å.
        W : (M, 3, 3) tensor
            Virials in eV.
        labels : LabelTensors
            Labels with which E, F and W are compared.
        """
        loss, N = torch.zeros((), dtype=E.dtype), labels.N
        share = N if self.per_atom else torch.ones_like(N)
        if self.lambda_E:
            loss = loss + self.lambda_E * torch.mean(((E - labels.E) / share) ** 2)
        if self.lambda_F:
            square = torch.sum((F - labels.F) ** 2, dim=1)  # of each atom
            loss = loss + self.lambda_F * torch.sum(square / (3 * N[labels.frame])) / len(E)
        known = labels.has_stress
        if self.lambda_W and known.any():
            square = torch.sum((W - labels.W)[known] ** 2, dim=(1, 2)) / (9 * share[known] ** 2)
            loss = loss + self.lambda_W * torch.sum(square) / len(E)
        return loss
