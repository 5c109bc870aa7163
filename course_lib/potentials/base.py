"""What every fitted potential is: a sum of site energies, exact forces, an ASE calculator, a file."""

import json
from abc import ABC, abstractmethod
from pathlib import Path

import numpy as np
from ase.calculators.calculator import Calculator, all_changes


class Potential(ABC):
    """E = sum_i E_i with forces that are its exact derivatives.

    A family of potentials writes :meth:`fit` and :meth:`sites_and_forces`, and for its file :meth:`state` and
    :meth:`from_state`.

    Attributes
    ----------
    elements : tuple of str
        What it was made for; other elements are refused.
    cutoff : float
        In Å.
    """

    elements: tuple
    cutoff: float

    @abstractmethod
    def fit(self, frames, **options):
        """Fit to labelled frames; the options are the family's own."""

    @abstractmethod
    def sites_and_forces(self, atoms):
        """Site energies (N,) in eV and forces (N, 3) in eV/Å."""

    @abstractmethod
    def state(self):
        """All that makes this potential: a dict of settings that JSON can hold, and a dict of arrays."""

    @classmethod
    @abstractmethod
    def from_state(cls, settings, arrays):
        """The potential whose :meth:`state` this is."""

    def site_energies(self, atoms):
        """E_i of each atom, (N,) in eV."""
        return self._checked(atoms)[0]

    def energy_and_forces(self, atoms):
        """Energy in eV and forces (N, 3) in eV/Å."""
        sites, forces = self._checked(atoms)
        return float(np.sum(sites)), forces

    def calculator(self):
        """This potential as an ASE calculator."""
        return PotentialCalculator(self)

    def save(self, path):
        """Write everything to one ``.npz`` file, which holds numbers only and no code."""
        settings, arrays = self.state()
        settings = {"family": type(self).__name__, **settings}
        with open(path, "wb") as file:
            np.savez_compressed(file, settings=np.array(json.dumps(settings)), **arrays)

    @classmethod
    def load(cls, path):
        """Read what :meth:`save` wrote; a missing, damaged or foreign file is one clear sentence."""
        path = Path(path)
        if not path.is_file():
            raise FileNotFoundError(f"There is no potential at {path}.")
        try:
            with np.load(path) as file:
                settings = dict(json.loads(str(file["settings"])))
                arrays = {name: file[name] for name in file.files if name != "settings"}
        except Exception as error:  # numpy and zipfile raise a dozen kinds for a damaged file
            raise ValueError(f"The potential {path.name} cannot be read ({error}): save it again.") from error
        if (family := settings.pop("family", None)) != cls.__name__:
            raise ValueError(f"{path.name} holds a {family}: load it with {family}.load.")
        try:
            return cls.from_state(settings, arrays)
        except Exception as error:  # a part is missing, or of another size
            raise ValueError(f"The potential {path.name} is not whole ({error!r}): save it again.") from error

    def _checked(self, atoms):
        if len(atoms) == 0:
            raise ValueError("There are no atoms: an energy needs at least one.")
        if others := sorted(set(atoms.symbols) - set(self.elements)):
            raise ValueError(
                f"This potential was made for {', '.join(self.elements)}, and the structure holds {', '.join(others)}."
            )
        if not np.isfinite(atoms.positions).all():
            raise ValueError(
                "Some positions are not finite numbers: the structure is broken or the simulation blew up."
            )
        return self.sites_and_forces(atoms)


class PotentialCalculator(Calculator):
    """A :class:`Potential` under ASE: energy, energies, forces."""

    implemented_properties = ["energy", "free_energy", "energies", "forces"]  # noqa: RUF012  ASE's own form

    def __init__(self, potential):
        super().__init__()
        self.potential = potential

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        """Fill ``results`` for ``atoms``."""
        super().calculate(atoms, properties, system_changes)
        sites, forces = self.potential._checked(self.atoms)
        energy = float(np.sum(sites))
        self.results = {"energy": energy, "free_energy": energy, "energies": sites, "forces": forces}
