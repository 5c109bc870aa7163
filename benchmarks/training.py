"""How fast is training, and a force call? On one core, beside torchani, on ethanol with energies and forces.

    python benchmarks/training.py [--quick] [--json FILE]

One unit of training is a step of AdamW on a batch of 20 frames, energies and forces in the loss, both programs in
float32 with networks of two hidden layers of 32 for each element. The course computes its 78 symmetry functions once,
before training; torchani computes its 384 at every step, as its own examples do. So a second row computes ours, and the
lists of neighbours, in every step too. A force call is energy and forces of one molecule, and of ten in a box of the
density of liquid ethanol, in double precision, weights as they come. Times are CPU times of the process, all threads
counted; torchani comes with ``pip install "course-lib[bench]"``.
"""

from interleaved import compare, goal_row, repeated, table  # first: it sets one thread for what comes after

# isort: split
import os

import numpy as np
import torch
from ase import Atoms

from course_lib.data.catalogue import load
from course_lib.learning.batches import Batches, loss_of
from course_lib.learning.dataset import fit_reference_energies, labels
from course_lib.learning.loss import Loss
from course_lib.potentials.behler_parrinello import BehlerParrinello
from course_lib.potentials.graph import Graph
from course_lib.structures import ethanol

torch.set_num_threads(1)
BATCH = 20


def our_step(frames, describe_again):
    """A step of training on the same batch; ``describe_again`` computes neighbours and functions in each step, too."""
    potential = BehlerParrinello(("H", "C", "O"))
    potential.E0 = fit_reference_energies(frames, potential.elements)
    potential.standardise(potential.graph(frames))
    learner, everything = potential.float(), np.arange(len(frames))
    data, optimiser, loss = Batches(learner, frames), torch.optim.AdamW(learner.parameters()), Loss()

    def step():
        batch = (Batches(learner, frames) if describe_again else data).part(everything)
        value, _ = loss_of(learner, *batch, loss)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()

    return repeated(step)


def force_call(atoms):
    """Energy and forces by the compiled twin."""
    potential = BehlerParrinello(("H", "C", "O"))
    return repeated(lambda: potential.energy_and_forces(atoms))


def torch_force_call(atoms):
    """Energy and forces by the definition in torch."""
    potential = BehlerParrinello(("H", "C", "O"))
    return repeated(lambda: potential.evaluate(Graph.of(atoms, potential.cutoff)))


def liquid(molecules=10, density=0.789):
    """Ethanol molecules, each turned its own way, in a box of the liquid's density in g/cm^3."""
    random, box = np.random.default_rng(0), Atoms()
    edge = (molecules * ethanol().get_masses().sum() / density * 1.66054) ** (1 / 3)  # 1 u/Å^3 is 1.66054 g/cm^3
    for place in list(np.ndindex(2, 2, 3))[:molecules]:
        molecule = ethanol()
        molecule.rotate(random.uniform(0, 360), random.normal(size=3), center="COM")
        molecule.positions += edge * (np.array(place) + 0.5) / (2, 2, 3) - molecule.get_center_of_mass()
        box += molecule
    box.cell, box.pbc = [edge] * 3, True
    return box


def torchani_step(frames):
    """The same with torchani: ANI-1x's atomic environment vectors for H, C and O, networks of the same size."""
    os.environ["TORCHANI_NO_WARN_EXTENSIONS"] = "1"
    from torchani.aev import AEVComputer
    from torchani.nn import ANINetworks, AtomicNetwork

    computer = AEVComputer.like_1x(num_species=3)
    networks = ANINetworks({s: AtomicNetwork((computer.out_dim, 32, 32, 1)) for s in ("H", "C", "O")})
    kinds = {"H": 0, "C": 1, "O": 2}
    species = torch.tensor([[kinds[s] for s in atoms.get_chemical_symbols()] for atoms in frames])
    positions = torch.tensor(np.array([atoms.positions for atoms in frames]), dtype=torch.float32)
    E, F = (np.array([getattr(labels(atoms), name) for atoms in frames]) for name in ("energy", "forces"))
    E, F = (torch.tensor(x, dtype=torch.float32) for x in (E - E.mean(), F))
    optimiser = torch.optim.AdamW(networks.parameters())

    def step():
        r = positions.clone().requires_grad_()
        energy = networks(species, computer(species, r))
        (gradient,) = torch.autograd.grad(energy.sum(), r, create_graph=True)
        loss = torch.mean((energy - E) ** 2) + torch.mean((gradient + F) ** 2)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    return repeated(step)


def rows(quick):
    frames = load("ethanol", split="train")[:BATCH]
    rounds, budget = (3, 0.05) if quick else (9, 1.0)
    for case, again in (("training step", False), ("training step with descriptors", True)):
        contestants = {"ours": lambda again=again: our_step(frames, again), "torchani": lambda: torchani_step(frames)}
        yield from compare(case, BATCH, contestants, "structures/s", lambda s: BATCH / s, rounds, budget)
    for atoms in (ethanol(), liquid()):
        n = len(atoms)
        contestants = {
            "ours": lambda atoms=atoms: force_call(atoms),
            "torch": lambda atoms=atoms: torch_force_call(atoms),
        }
        found = compare("force call", n, contestants, "ms", lambda s: 1000 * s, rounds, budget / 3)
        ms = found[-1]["ours"]
        yield from found
        yield goal_row("force call", n, 1000 * n / ms, 5000, "atoms/s")
        if n == 9:
            yield goal_row("force call", n, ms, 1.0, "ms", less_is_better=True)


if __name__ == "__main__":
    table(__doc__, rows)
