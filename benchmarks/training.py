"""How fast is training? Structures per second of one core, beside torchani, on ethanol with energies and forces.

    python benchmarks/training.py [--quick] [--json FILE]

One unit of work is a step of AdamW on a batch of 20 frames, energies and forces in the loss, both programs in float32
with networks of two hidden layers of 32 for each element. The course computes its 78 symmetry functions and their
derivatives once, before training; torchani computes its 384 at every step, as its own examples do. So a second row adds
our descriptors to each batch. Times are CPU times of the process, all threads counted; torchani comes with
``pip install "course-lib[bench]"``.
"""

from interleaved import compare, repeated, table  # first: it sets one thread for what comes after

# isort: split
import os

import numpy as np
import torch

from course_lib.data.catalogue import load
from course_lib.learning.batches import Batches
from course_lib.learning.dataset import fit_reference_energies, labels
from course_lib.learning.loss import Loss
from course_lib.potentials.behler_parrinello import BehlerParrinello

torch.set_num_threads(1)
BATCH = 20


def our_step(frames, describe_again):
    """A step of training on the same batch; ``describe_again`` computes the symmetry functions in each step, too."""
    potential = BehlerParrinello(("H", "C", "O"))
    potential.E0 = fit_reference_energies(frames, potential.elements)
    data = Batches(potential, frames)
    potential.standardise(data.numbers, data.G.numpy().astype(float))
    potential.networks.float()
    optimiser, loss, everything = torch.optim.AdamW(potential.networks.parameters()), Loss(), np.arange(len(frames))

    def step():
        batch = (Batches(potential, frames) if describe_again else data).part(everything)
        value, _ = batch.loss(potential, loss)
        optimiser.zero_grad()
        value.backward()
        optimiser.step()

    return repeated(step)


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
    E = np.array([labels(atoms)[0] for atoms in frames])
    E, F = (
        torch.tensor(x, dtype=torch.float32) for x in (E - E.mean(), np.array([labels(atoms)[1] for atoms in frames]))
    )
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


if __name__ == "__main__":
    table(__doc__, rows)
