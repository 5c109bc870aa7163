"""MACE in its own environment."""

import logging
from pathlib import Path

import torch
from ase.stress import full_3x3_to_voigt_6_stress
from mace.calculators import MACECalculator
from mace.calculators.foundations_models import download_mace_mp_checkpoint, mace_mp_names

logging.disable(logging.WARNING)


class Model:
    """A MACE model.

    Parameters
    ----------
    weights : str
        A file, or one of mace's names, such as "small": mace then looks into its cache, and else downloads it.
    dtype : {"float32", "float64"}
        Precision.
    functional : str or None
        For a model that was trained on several: MACE calls each a head.
    """

    def __init__(self, weights, dtype, functional):
        model = read(find(weights))
        heads = list(getattr(model, "heads", None) or ["Default"])
        if functional not in (heads if len(heads) > 1 else [None]):
            known = f"the functionals {', '.join(heads)}" if len(heads) > 1 else "one functional"
            advice = "choose one of them" if len(heads) > 1 else "leave it out"
            raise ValueError(f"{weights} has {known}, and functional is {functional!r}: {advice}.")
        try:
            self._calculator = MACECalculator(
                models=model, device="cpu", default_dtype=dtype, head=functional or heads[0]
            )
        except Exception as error:
            raise ValueError(f"{weights} holds something else than a MACE potential ({error}).") from error
        self.elements = self._calculator.z_table.zs
        self.about = ", ".join(filter(None, ["MACE", Path(weights).name, functional, dtype]))

    def calculate(self, atoms, stress):
        """Energy in eV, forces in eV/Å and, if asked for, stress in eV/Å^3 in the order of Voigt."""
        batch = self._calculator._atoms_to_batch(atoms).to_dict()
        # The stock calculator always asks for stress too, which costs time in every step of dynamics.
        found = self._calculator.models[0](batch, compute_stress=stress)
        results = {name: found[name].detach().numpy() for name in ("energy", "forces")}
        if stress:
            results["stress"] = full_3x3_to_voigt_6_stress(found["stress"].detach().numpy()[0])
        return results


def find(weights):
    """Path of the weights."""
    if Path(weights).is_file():
        return weights
    if weights not in mace_mp_names:
        names = ", ".join(name for name in mace_mp_names if name)
        raise ValueError(f"There is no file {weights}, nor does mace know that name: give a file, or one of {names}.")
    try:
        return download_mace_mp_checkpoint(weights)
    except OSError as error:  # every error of the network is one
        raise ValueError(
            f"The weights {weights!r} of MACE cannot be downloaded ({error}): give weights=FILE, or connect to the "
            "internet once; mace then keeps them."
        ) from error


def read(file):
    """The model in a file. MACE's files are pickles, which may hold any code: use only those that you trust."""
    try:
        return torch.load(file, map_location="cpu", weights_only=False)
    except Exception as error:
        raise ValueError(f"{file} cannot be read as a MACE model ({type(error).__name__}): fetch it anew.") from error
