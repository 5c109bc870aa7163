"""What every fitted potential has: a sum of site energies, exact forces, an ASE calculator and a file format."""

import inspect
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import torch
from ase import Atoms
from ase.calculators.calculator import Calculator, PropertyNotImplementedError, all_changes
from ase.data import atomic_numbers
from ase.stress import full_3x3_to_voigt_6_stress

from course_lib.arguments import check_atoms, check_elements, positive
from course_lib.files import as_json, whole_file
from course_lib.learning.training import History, train
from course_lib.potentials.graph import Graph, edges
from course_lib.settings import note_the_end


class Evaluation(NamedTuple):
    """What a potential predicts for a graph, without the reference energies E0.

    Attributes
    ----------
    sites : (N,) tensor
        Site energies in eV.
    forces : (N, 3) tensor
        Forces in eV/Å.
    virial : (M, 3, 3) tensor
        dE/d(strain) of each frame in eV: stress times volume, positive under tension.
    """

    sites: torch.Tensor
    forces: torch.Tensor
    virial: torch.Tensor


class Potential(torch.nn.Module, ABC):
    """E = sum_i [E0(Z_i) + s e_i], where e_i depends on the neighbourhood of atom i only.

    A subclass (a family of potentials) writes :meth:`sites`, the e_i of a graph in torch, and keeps each argument of
    its constructor in an attribute of the same name. Everything else follows: exact forces and stress, training, an
    ASE calculator, a file. It may also write :meth:`describe` (quantities that are computed once) and
    :meth:`standardise` (quantities that follow from the training data). The dtype of the weights is never changed
    here; a prediction has the precision of the weights.

    Parameters
    ----------
    elements : sequence of str
        Symbols of the elements that the potential is for; other elements are refused.
    cutoff : float
        Distance in Å beyond which atoms are not neighbours.

    Attributes
    ----------
    elements : tuple of str
        Sorted by atomic number; ``numbers`` are these atomic numbers.
    E0 : dict of float
        Reference energy E0 of one atom of each element in eV; always in double precision.
    scale : float
        s in the equation above, in eV: the energy that e_i = 1 stands for.
    """

    def __init__(self, elements: Sequence[str], cutoff: float) -> None:
        super().__init__()
        self.elements = check_elements(elements)
        self.numbers = [atomic_numbers[symbol] for symbol in self.elements]
        self.cutoff = positive("The cutoff (Å)", cutoff)
        self.E0, self.scale = dict.fromkeys(self.elements, 0.0), 1.0

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        note_the_end(cls)

    @abstractmethod
    def sites(self, graph: Graph) -> torch.Tensor:
        """e_i of each atom of the graph, (N,); it may depend on positions through ``graph.D`` only."""

    def describe(self, graph: Graph) -> dict[str, torch.Tensor]:
        """Tensors with one row per atom that depend on no weight: computed once for a graph, kept in ``graph.kept``."""
        return {}

    def standardise(self, graph: Graph) -> None:
        """Look at the graph of all training frames before the first step of the training."""

    def evaluate(self, graph: Graph, learn: bool = False) -> Evaluation:
        """Site energies, and their exact derivatives by the edges D = r_j - r_i: forces and virial.

        F_k = sum over edges from k of dE/dD - sum over edges to k of dE/dD,  virial = sum over edges of D (x) dE/dD

        Parameters
        ----------
        graph : Graph
            With edge vectors in the dtype of the weights.
        learn : bool
            Keep what is needed to differentiate the result by the weights.
        """
        D = graph.D.detach().requires_grad_()
        E_i = self.scale * self.sites(replace(graph, D=D))  # and what is kept of these edges
        (dE_dD,) = torch.autograd.grad(E_i.sum(), D, create_graph=learn, materialize_grads=True)
        forces = torch.zeros(len(graph.Z), 3, dtype=D.dtype)
        forces = forces.index_add(0, graph.i, dE_dD).index_add(0, graph.j, -dE_dD)
        each = graph.D[:, :, None] * dE_dD[:, None, :]  # (P, 3, 3)
        virial = torch.zeros(len(graph.counts), 3, 3, dtype=D.dtype).index_add(0, graph.frame[graph.i], each)
        return Evaluation(E_i if learn else E_i.detach(), forces, virial)

    def graph(self, frames: Atoms | Sequence[Atoms]) -> Graph:
        """The graph of ``ase.Atoms``, or of a list of them, in the dtype of the weights, with ``kept`` filled."""
        if not isinstance(frames, Atoms) and len(frames) == 0:
            raise ValueError("There are no frames: give at least one.")
        for atoms in [frames] if isinstance(frames, Atoms) else frames:
            check_atoms(atoms, self.elements)
        graph = Graph.of(frames, self.cutoff, self.dtype)
        graph.kept.update(self.describe(graph))
        return graph

    @property
    def dtype(self) -> torch.dtype:
        """The dtype of the weights; double precision where there are no weights."""
        return next((tensor.dtype for tensor in self.parameters()), torch.float64)

    def fit(self, frames: list[Atoms], valid: list[Atoms], **options: Any) -> History:
        """Train on labelled frames: see :func:`course_lib.learning.training.train`."""
        return train(self, frames, valid, **options)

    def site_energies(self, atoms: Atoms) -> np.ndarray:
        """E_i of each atom, (N,) in eV."""
        return self.predict(atoms)["energies"]

    def energy_and_forces(self, atoms: Atoms) -> tuple[float, np.ndarray]:
        """Energy in eV and forces (N, 3) in eV/Å."""
        results = self.predict(atoms)
        return results["energy"], results["forces"]

    def predict(self, atoms: Atoms) -> dict[str, Any]:
        """Energy, energies, forces and, for a periodic structure, stress: with ASE's names, units and signs."""
        check_atoms(atoms, self.elements)
        i, j, D = edges(atoms, self.cutoff)
        sites, dE_dD = self.slopes(i, j, D, atoms.numbers)
        E0 = np.zeros(len(atomic_numbers))
        E0[self.numbers] = [self.E0[symbol] for symbol in self.elements]
        energies = sites + E0[atoms.numbers]
        energy = float(energies.sum())
        forces = on_atoms(i, j, dE_dD, len(atoms))
        results = {"energy": energy, "free_energy": energy, "energies": energies, "forces": forces}
        if atoms.pbc.all():
            stress = D.T @ dE_dD / abs(np.linalg.det(atoms.cell.array))  # abs: the cell may be left-handed
            results["stress"] = full_3x3_to_voigt_6_stress((stress + stress.T) / 2)  # symmetric except for rounding
        return results

    def force_function(self, atoms: Atoms) -> Callable[[np.ndarray], np.ndarray]:
        """A function from positions (N, 3) in Å to forces (N, 3) in eV/Å: all that a step of a simulation needs.

        Elements, cell and periodicity are those that ``atoms`` have now.
        """
        check_atoms(atoms, self.elements)
        moving = Atoms(numbers=atoms.numbers, cell=atoms.cell, pbc=atoms.pbc)

        def forces(r: np.ndarray) -> np.ndarray:
            moving.positions = r
            i, j, D = edges(moving, self.cutoff)
            return on_atoms(i, j, self.slopes(i, j, D, moving.numbers)[1], len(moving))

        return forces

    def slopes(self, i: np.ndarray, j: np.ndarray, D: np.ndarray, Z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Site energies (N,) without E0, and their derivatives by the edges (P, 3), as arrays in double precision.

        A subclass may compute them in a faster way; the tests compare it with this one.
        """
        graph = Graph.of_edges(i, j, D, Z, self.dtype)
        vectors = graph.D.requires_grad_()
        E_i = self.scale * self.sites(graph)
        (dE_dD,) = torch.autograd.grad(E_i.sum(), vectors, materialize_grads=True)
        return E_i.detach().double().numpy(), dE_dD.double().numpy()

    def calculator(self) -> "PotentialCalculator":
        """The potential as an ASE calculator."""
        return PotentialCalculator(self)

    def settings(self) -> dict[str, Any]:
        """The arguments of the constructor, for the file, without the seed: the weights are in the file."""
        names = set(inspect.signature(type(self)).parameters) - {"seed"}
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_settings(cls, settings: dict[str, Any]) -> Self:
        """The untrained potential with these :meth:`settings`."""
        return cls(**settings)

    def save(self, path: str | Path) -> None:
        """Write everything to one ``.npz`` file, which holds no code."""
        settings = {"family": type(self).__name__, "settings": self.settings(), "E0": self.E0, "scale": self.scale}
        arrays = {name: tensor.numpy() for name, tensor in self.state_dict().items()}
        text = as_json(settings)
        with whole_file(path) as file:
            np.savez_compressed(file, potential=np.array(text), **arrays)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what :meth:`save` wrote; a missing, damaged or foreign file raises an error with one clear sentence."""
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"There is no potential at {path}.")
        try:
            with np.load(path) as file:
                settings = dict(json.loads(str(file["potential"])))
                arrays = {name: torch.from_numpy(file[name]) for name in file.files if name != "potential"}
        except Exception as error:  # numpy and zipfile raise a dozen kinds of error for a damaged file
            raise ValueError(f"The potential {path.name} cannot be read ({error}): save it again.") from error
        if (family := settings.get("family")) != cls.__name__:
            raise ValueError(f"{path.name} holds a {family}: load it with {family}.load.")
        try:
            potential = cls.from_settings(settings["settings"])
            potential.to(next(iter(arrays.values())).dtype)
            potential.load_state_dict(arrays)
            potential.E0 = {symbol: float(settings["E0"][symbol]) for symbol in potential.elements}
            potential.scale = float(settings["scale"])
        except Exception as error:  # a part is missing, or of another size
            raise ValueError(f"The potential {path.name} is not whole ({error!r}): save it again.") from error
        return potential

    def __setattr__(self, name: str, value: Any) -> None:
        if "_made" in self.__dict__ and name in {"cutoff", "numbers", *inspect.signature(type(self)).parameters}:
            raise AttributeError(f"{name} is used when a potential is made, and cannot be changed: make a new one.")
        super().__setattr__(name, value)

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("get_", "calculation", "results")):  # what is asked of a calculator
            raise AttributeError("A potential is not yet a calculator: write atoms.calc = potential.calculator().")
        return super().__getattr__(name)

    def version(self) -> tuple:
        """A tuple that changes whenever weights, scale or reference energies change."""
        tensors = (*self.parameters(), *self.buffers())
        return self.scale, *self.E0.values(), *((tensor.data_ptr(), tensor._version) for tensor in tensors)


def on_atoms(i: np.ndarray, j: np.ndarray, dE_dD: np.ndarray, N: int) -> np.ndarray:
    """Forces (N, 3) from the derivatives by the edges (P, 3)."""
    forces = np.stack([np.bincount(i, g, N) - np.bincount(j, g, N) for g in dE_dD.T], axis=1)
    return forces.astype(float)  # bincount gives integers where there is no edge


class PotentialCalculator(Calculator):
    """A :class:`Potential` under ASE: energy, energies, forces, and stress where the structure is periodic."""

    implemented_properties = ["energy", "free_energy", "energies", "forces", "stress"]  # noqa: RUF012  ASE's own form

    def __init__(self, potential: Potential) -> None:
        super().__init__()
        self.potential, self._version = potential, potential.version()

    def check_state(self, atoms: Atoms, tol: float = 0.0) -> list[str]:
        """What has changed since the last results, exactly (``tol`` is ASE's): all if the potential itself has."""
        seen, version = self.atoms, self.potential.version()
        if seen is None or self._version != version:
            self._version = version
            return list(all_changes)
        names = ("positions", "numbers", "cell", "pbc")  # all that a potential knows
        return [name for name in names if not np.array_equal(getattr(seen, name), getattr(atoms, name))]

    def force_function(self, atoms: Atoms) -> Callable[[np.ndarray], np.ndarray]:
        """See :meth:`Potential.force_function`."""
        return self.potential.force_function(atoms)

    def calculate(self, atoms: Atoms | None = None, properties: Any = None, system_changes: Any = all_changes) -> None:
        """Fill ``results`` for ``atoms``."""
        super().calculate(atoms, properties, system_changes)
        self.results = self.potential.predict(self.atoms)  # type: ignore[arg-type]
        if "stress" in (properties or []) and "stress" not in self.results:
            raise PropertyNotImplementedError("There is no stress: the structure is not periodic in all directions.")
