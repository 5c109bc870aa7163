"""Run by the Python of MACE's environment: make a small model with random weights, and save what MACE itself computes.

Arguments: a folder with structures.extxyz; tiny.model, two.model (of two functionals) and stock.npz are written there.
"""

import sys
from pathlib import Path

import mace  # first: it lets torch read e3nn's constants
import numpy as np
import torch
from ase.io import read
from e3nn import o3
from mace.calculators import MACECalculator
from mace.modules import ScaleShiftMACE, interaction_classes

torch.manual_seed(0)
block = interaction_classes["RealAgnosticResidualInteractionBlock"]


def tiny(**more):
    """A small model; more about its functionals."""
    return ScaleShiftMACE(
        r_max=4.0,
        num_bessel=4,
        num_polynomial_cutoff=5,
        max_ell=1,
        interaction_cls=block,
        interaction_cls_first=block,
        num_interactions=2,
        num_elements=4,
        hidden_irreps=o3.Irreps("8x0e"),
        MLP_irreps=o3.Irreps("4x0e"),
        avg_num_neighbors=0.5,  # large forces
        atomic_numbers=[1, 6, 8, 14],
        correlation=2,
        gate=torch.nn.functional.silu,
        **more,
    )


energies = np.array([-1.0, -2.0, -3.0, -4.0])
folder = Path(sys.argv[1])
torch.save(tiny(atomic_energies=energies, atomic_inter_scale=1.0, atomic_inter_shift=0.0), folder / "tiny.model")
two = {"atomic_energies": np.array([energies, 2 * energies]), "heads": ["pbe", "r2scan"]}
torch.save(tiny(**two, atomic_inter_scale=[1.0, 1.0], atomic_inter_shift=[0.0, 0.5]), folder / "two.model")
results = {}
MODELS = {"float64": ("tiny.model", None), "float32": ("tiny.model", None)}
MODELS |= {head: ("two.model", head) for head in ("pbe", "r2scan")}
for kind, (file, head) in MODELS.items():
    dtype = kind if head is None else "float64"
    calculator = MACECalculator(model_paths=str(folder / file), device="cpu", default_dtype=dtype, head=head)
    for number, atoms in enumerate(read(folder / "structures.extxyz", index=":")):
        calculator.calculate(atoms)
        for name in ("energy", "forces", "stress"):
            results[f"{kind} {number} {name}"] = calculator.results[name]
np.savez(folder / "stock.npz", version=mace.__version__, **results)
