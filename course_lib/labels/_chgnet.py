"""CHGNet's own calculator, restricted to the properties that molecular dynamics needs."""

import contextlib
import io
import warnings

import numpy as np
from ase.calculators.calculator import all_changes
from chgnet.model.dynamics import CHGNetCalculator

from course_lib.labels.structure import check_structure
from course_lib.settings import Settings

HEAVIEST = 94  # the embedding of CHGNet 0.3.0 ends at plutonium


class EnergyForcesCHGNet(Settings, CHGNetCalculator):
    """CHGNet that computes stress and magnetic moments only on request.

    The stock calculator computes them at every step; energy and forces alone take about half the time.
    """

    def __init__(self):
        with contextlib.redirect_stdout(io.StringIO()):  # it prints the device it runs on
            super().__init__(use_device="cpu", on_isolated_atoms="ignore")

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        """Fill ``results`` for ``atoms``, which must be periodic: CHGNet was trained on crystals."""
        check_structure(atoms)
        if not atoms.pbc.all():
            raise ValueError("CHGNet knows periodic crystals only: give the atoms a cell and set pbc=True.")
        if max(atoms.numbers) > HEAVIEST:
            raise ValueError(f"CHGNet was trained on elements up to Pu (94): {atoms.symbols} has a heavier one.")
        wanted = set(properties or ["energy"])
        task = "ef" if wanted <= {"energy", "free_energy", "forces"} else "efsm"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # torch: "converting a tensor with requires_grad"
            super().calculate(atoms, properties, system_changes, task=task)
        if "stress" in self.results and atoms.cell.handedness < 0:
            self.results["stress"] = -self.results["stress"]  # CHGNet divides by a volume that is negative there
        if not (np.isfinite(self.results["energy"]) and np.isfinite(self.results.get("forces", 0.0)).all()):
            self.results = {}
            raise ValueError("CHGNet's energy is not a finite number: two atoms lie on one spot; move one of them.")
