"""How much processor time does a step of molecular dynamics with a universal potential take?

    python benchmarks/universal.py [--quick] [--json FILE]

Langevin dynamics, 2 fs, of silicon (64 atoms), Li6PS5Cl (52), Li10GeP2S12 (50) and AgI (108): every potential of
``universal()`` beside the calculator that comes with its package, and two of them also for 200 atoms of Li10GeP2S12.
Times are CPU times of one thread, in ms for a step. Energies and forces are equal
(``tests/labels/test_universal_fast.py``), so both follow the same path.

"distilled" is a step of the course's own loop with the shipped ACE that learned from that teacher; its forces are not
the teacher's, but within 80 meV/Å of them (``tests/labels/test_lgps_distilled.py``).
"""

from interleaved import compare, row, table  # first: it sets one thread for what comes after

# isort: split
import contextlib
import io
import warnings
from functools import partial

import numpy as np
import torch
from ase import units
from ase.build import bulk
from ase.md.langevin import Langevin

from course_lib.data.catalogue import load
from course_lib.dynamics import thermostats
from course_lib.dynamics.simulation import Simulation
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.labels.universal import universal
from course_lib.structures import argyrodite, lgps, silver_iodide

torch.set_num_threads(1)
CRYSTALS = {
    "Si": bulk("Si", cubic=True).repeat(2),
    "Li6PS5Cl": argyrodite(2),
    "Li10GeP2S12": lgps(),
    "AgI": silver_iodide(),
    "Li10GeP2S12 x 4": lgps().repeat((2, 2, 1)),
}
MODELS = {"chgnet": {}, "sevennet": {}, "sevennet-l3i5": {}, "sevennet-mf": {"functional": "pbe"}}
TEACHERS = ("chgnet", "sevennet-l3i5")
LARGEST = {"chgnet": 200, "sevennet": 200}  # atoms; the others only up to 64, as their stock calculators take long


def stock(name, functional=None):
    """The calculator that comes with the package."""
    with contextlib.redirect_stdout(io.StringIO()):
        if name == "chgnet":
            from chgnet.model.dynamics import CHGNetCalculator

            return CHGNetCalculator(use_device="cpu", on_isolated_atoms="ignore")
        from sevenn.calculator import SevenNetCalculator

        names = {"sevennet": "7net-0", "sevennet-l3i5": "7net-l3i5", "sevennet-mf": "7net-mf-0"}
        return SevenNetCalculator(names[name], modal=functional and functional.upper(), device="cpu")


def steps(crystal, calculator):
    """``run(n)``: n steps of Langevin dynamics at 600 K."""
    atoms = crystal.copy()
    atoms.calc = calculator
    thermal_velocities(atoms, 600, seed=1)
    random = np.random.default_rng(2)
    return Langevin(atoms, 2 * units.fs, temperature_K=600, friction=0.01 / units.fs, rng=random).run


def distilled_steps(teacher):
    """``run(n)``: n steps of our own loop with the potential that learned from the teacher."""
    atoms = lgps()
    atoms.calc = load("lgps_distilled", teacher=teacher).calculator()
    thermal_velocities(atoms, 600, seed=1)
    return Simulation(atoms, 2.0, thermostats.Langevin(600)).run


def rows(quick):
    warnings.simplefilter("ignore")  # the stock calculators warn at every step
    crystals = {"Si": bulk("Si", cubic=True)} if quick else CRYSTALS
    for name, choice in MODELS.items():
        try:
            calculators = {"ours": universal(name, **choice), f"stock {name}": stock(name, **choice)}
        except ImportError as reason:
            yield row("universal", 0, f"stock {name}", None, None, "ms", None, note=f"it is not here: {reason}")
            continue
        for case, crystal in crystals.items():
            if len(crystal) <= LARGEST.get(name, 64):
                contestants = {who: partial(steps, crystal, calculator) for who, calculator in calculators.items()}
                turns = (3, 0.02) if quick else (7, 0.5)
                yield from compare(f"universal {case}", len(crystal), contestants, "ms", lambda s: 1000 * s, *turns)
        if name in TEACHERS:
            teacher = partial(steps, lgps(), calculators[f"stock {name}"])
            contestants = {"ours": partial(distilled_steps, name), f"stock {name}": teacher}
            turns = (2, 0.02) if quick else (7, 0.5)
            yield from compare("distilled Li10GeP2S12", 50, contestants, "ms", lambda s: 1000 * s, *turns)


if __name__ == "__main__":
    table(__doc__, rows)
