"""M3GNet and MACE as ASE calculators: they compute in a process with the packages of their own environment."""

import numpy as np
from ase.calculators.calculator import Calculator, all_changes
from ase.data import chemical_symbols

from course_lib.arguments import whole
from course_lib.labels.process import Process
from course_lib.labels.structure import check_structure
from course_lib.settings import Settings


class Foreign(Calculator):
    """What both have in common: the check of a structure, one question, and the check of the answer.

    Energy in eV, forces in eV/Å; stress in eV/Å^3, with ASE's sign and order, only when it is asked for.
    """

    implemented_properties = ("energy", "free_energy", "forces", "stress")
    name = ""  # of the environment
    title = ""  # for people
    crystals_only = False

    def __init__(self, device, threads, **settings):
        super().__init__()
        if device not in (None, "cpu"):
            raise ValueError(f"{self.title} runs on the processor here: device is {device!r}, leave it out.")
        settings["weights"] = str(settings["weights"])
        self._process = Process(self.name, f"{self.name}_model", settings, whole("threads", threads))
        self._elements = set(self._process.about["elements"])

    @property
    def about(self):
        """What computes: the model, its weights, and how they were read."""
        return self._process.about["about"]

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        """Fill ``results`` for ``atoms``."""
        super().calculate(atoms, properties, system_changes)
        check_structure(atoms)
        stress = "stress" in (properties or ())
        self._check(atoms, stress)
        cell = atoms.cell[:]
        if np.linalg.det(cell) < 0:
            cell = -cell  # the same lattice, right-handed: a package that divides by the volume then finds it positive
        structure = {"numbers": atoms.numbers, "positions": atoms.positions, "cell": cell, "pbc": atoms.pbc}
        _, found = self._process.ask({"stress": stress}, **structure)
        if not all(np.isfinite(values).all() for values in found.values()):
            raise ValueError(
                f"{self.title}'s energy is not a finite number: two atoms lie on one spot; move one of them."
            )
        self.results = {name: values.astype(float) for name, values in found.items()}
        energy = float(self.results["energy"].item())
        self.results |= {"energy": energy, "free_energy": energy}

    def _check(self, atoms, stress):
        """Refuse what the model cannot compute."""
        if self.crystals_only and not atoms.pbc.all():
            raise ValueError(f"{self.title} knows periodic crystals only: give the atoms a cell and set pbc=True.")
        if stress and not atoms.pbc.all():
            raise ValueError("Only a crystal has a stress: give the atoms a cell and set pbc=True.")
        if unknown := sorted(set(atoms.numbers.tolist()) - self._elements):
            raise ValueError(f"These weights of {self.title} do not know {chemical_symbols[unknown[0]]}.")


class M3GNet(Settings, Foreign):
    """M3GNet (Chen and Ong 2022, doi:10.1038/s43588-022-00349-3), computed by matgl.

    Since its version 4 matgl sums messages at another end of an edge than most weights were trained for, and is then
    wrong by up to 6 eV/atom. The direction is restored here, and the energies of NaCl, LiF and MgO are checked each
    time that weights are loaded; weights that miss them in both directions are refused.

    Parameters
    ----------
    weights : str or Path
        A folder with model.json, model.pt and state.pt, or a name that matgl downloads once and keeps.
    device : {None, "cpu"}
        It runs on the processor.
    threads : int
        Number of threads.
    """

    name, title, crystals_only = "m3gnet", "M3GNet", True

    def __init__(self, weights="M3GNet-MP-2021.2.8-PES", device=None, threads=1):
        super().__init__(device, threads, weights=weights)
        self.weights, self.device, self.threads = weights, device, threads


class MACE(Settings, Foreign):
    """MACE (Batatia et al. 2022, arXiv:2206.07697), computed by mace-torch.

    Parameters
    ----------
    weights : str or Path
        A model file, or one of mace's names, which it downloads once and keeps. A model file of MACE may hold any code:
        use only those that you trust.
    device : {None, "cpu"}
        It runs on the processor.
    threads : int
        Number of threads.
    dtype : {"float32", "float64"}
        Precision. The authors advise float32 for dynamics, and float64 for relaxations and phonons, at twice the time.
    functional : str, optional
        Only for a model that was trained on several, which MACE calls its heads: the name of one of them.
    """

    name, title = "mace", "MACE"

    def __init__(self, weights="small", device=None, threads=1, dtype="float32", functional=None):
        if dtype not in ("float32", "float64"):
            raise ValueError(f"dtype is {dtype!r}: choose float32 or float64.")
        super().__init__(device, threads, weights=weights, dtype=dtype, functional=functional)
        self.weights, self.device, self.threads, self.dtype = weights, device, threads, dtype
        self.functional = functional
