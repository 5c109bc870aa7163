"""An ASE calculator around a network that gives the energy of a structure as a function of its edge vectors."""

import numpy as np
import torch
from ase.calculators.calculator import Calculator, all_changes
from ase.data import chemical_symbols
from ase.stress import full_3x3_to_voigt_6_stress

from course_lib.labels.structure import check_structure
from course_lib.settings import Settings


class UniversalPotential(Settings, Calculator):
    """Energy in eV, forces in eV/Å and, only when asked for, stress in eV/Å^3, all from one backward pass.

    The energy E depends on the positions only through the vectors D of the edges, from an atom i to its neighbour j:

        F_i = sum over edges from i of dE/dD - sum over edges to i of dE/dD        stress = sum of D (dE/dD)^T / V

    Parameters
    ----------
    network : object
        ``title``, ``elements`` (the atomic numbers it knows), ``crystals_only``; ``edges(atoms)``, which returns a
        graph (a dictionary with the atoms ``i`` and ``j`` of each edge) and D, (P, 3); and ``energy(graph, D)``.
    """

    implemented_properties = ["energy", "free_energy", "forces", "stress"]  # noqa: RUF012  ASE's own form

    def __init__(self, network):
        super().__init__()
        self.network = network

    def calculate(self, atoms=None, properties=("energy",), system_changes=all_changes):
        """Fill ``results`` with energy and forces, and with the stress if it is among ``properties``."""
        super().calculate(atoms, properties, system_changes)
        self.results = {}
        self.check(self.atoms, properties)
        graph, D = self.network.edges(self.atoms)
        if len(D) and D.norm(dim=1).min() < 1e-3:
            raise ValueError(f"{self.network.title} has no energy here: two atoms lie on one spot; move one of them.")
        E = self.network.energy(graph, D.requires_grad_())
        dE_dD = torch.autograd.grad(E, D)[0].double() if len(D) else torch.zeros(0, 3).double().to(D.device)
        forces = torch.zeros(len(self.atoms), 3, dtype=torch.float64, device=D.device)
        forces.index_add_(0, graph["i"], dE_dD).index_add_(0, graph["j"], dE_dD, alpha=-1)
        found = {"energy": E.item(), "free_energy": E.item(), "forces": forces.cpu().numpy()}
        if "stress" in properties:
            virial = (D.detach().double().T @ dE_dD).cpu().numpy()
            volume = abs(np.linalg.det(self.atoms.cell.array))  # abs: the cell may be left-handed
            found["stress"] = full_3x3_to_voigt_6_stress((virial + virial.T) / 2 / volume)
        if not all(np.isfinite(value).all() for value in found.values()):
            raise ValueError(f"{self.network.title}'s energy or forces are not finite numbers: are two atoms too near?")
        self.results = found

    def check(self, atoms, properties):
        """Refuse atoms for which the network gives no meaningful number."""
        check_structure(atoms)
        title = self.network.title
        if self.network.crystals_only and not atoms.pbc.all():
            raise ValueError(f"{title} knows periodic crystals only: give the atoms a cell and set pbc=True.")
        if "stress" in properties and not atoms.pbc.all():
            raise ValueError(f"There is no stress: the atoms are not periodic in all directions, pbc is {atoms.pbc}.")
        if others := sorted(set(atoms.numbers.tolist()) - self.network.elements):
            names = ", ".join(chemical_symbols[z] for z in others)
            raise ValueError(f"{title} was not trained on {names}, and {atoms.symbols} holds it: choose another one.")
