"""Fine-tuning: a universal potential learns a material, or another level of theory, from tens of labelled frames."""

import warnings
from dataclasses import dataclass

import torch
from ase.data import atomic_numbers

from course_lib.files import whole_file
from course_lib.labels._chgnet_learner import ELEMENTS, CHGNetLearner
from course_lib.labels._edge_calculator import UniversalPotential
from course_lib.labels.universal import NAMES, universal
from course_lib.learning.batches import Batches
from course_lib.learning.dataset import check_frames, fit_reference_energies, labelled, labels
from course_lib.learning.loss import Loss
from course_lib.learning.training import History, train

FEWEST = 5  # frames: one of them is needed for validation
BALANCED = Loss(lambda_E=25.0, per_atom=True)  # 0.02 eV per atom weigh as much as 0.1 eV/Å
OTHERS = {
    "sevennet": "`sevenn preset fine_tune > input.yaml`, then `sevenn train input.yaml`",
    "mace": "`mace_run_train --foundation_model FILE`",
    "m3gnet": "matgl's PotentialLightningModule",
}


@dataclass(frozen=True)
class FineTuned:
    """What :func:`fine_tune` made.

    Attributes
    ----------
    calculator : UniversalPotential
        As :func:`universal` gives it, with the new weights.
    offset : dict of float
        Energy of an atom of each element that the labels have more than the original potential, in eV.
    before : dict of float
        ``loss``, ``energy`` (eV per atom) and ``force`` (eV/Å), the last two root mean square errors, of the original
        weights on the validation frames, after the offset.
    history : History
        The same for each epoch. If no epoch is better than ``before``, the calculator has the original weights.
    """

    calculator: UniversalPotential
    offset: dict
    before: dict
    history: History

    def save(self, file):
        """Write the weights, the offset among them: ``universal(name, weights=file)`` and ``chgnet`` itself read it."""
        network = self.calculator.network
        # the package takes this setting from the name of its own weights, and a file of others has to hold it
        biased = "atom_conv_layers.0.mlp_out.layers.1.bias" in network.w
        content = {"state_dict": network.w, "model_args": network.settings | {"mlp_out_bias": biased}}
        with whole_file(file) as opened:
            torch.save({"model": content}, opened)


def fine_tune(
    frames,
    valid=None,
    name="chgnet",
    weights=None,
    part="all",
    loss=None,
    epochs=4,
    batch=1,
    learning_rate=1e-3,
    seed=0,
    progress=True,
    check_units=True,
):
    """Train a universal potential further on a few frames, in about a minute on one processor core.

    The labels of another program or functional differ from the potential first of all by a constant for each element,
    the offset. It is found by least squares and put into the potential's own energies of the elements:

        min over o of sum over frames n of [E*_n - E_n - sum over elements Z of N_n(Z) o(Z)]^2

    Without it, the error of the energy would be so large that training destroys what the network knows. All frames of
    one composition give the sum of the offsets only; the smallest such offsets are taken. Then the weights are trained
    on energies, forces and, with ``lambda_W``, virials, and those of the best epoch are kept. Fine-tuning also repairs
    the softening of the forces (Deng et al. 2025, doi:10.1038/s41524-024-01500-6). Materials that are not among the
    frames are described worse afterwards.

    Parameters
    ----------
    frames : list of ase.Atoms
        Labelled frames, five or more.
    valid : list of ase.Atoms, optional
        Frames that select the epoch. If it is not given, every fifth frame, which is then not trained on.
    name : str
        A CHGNet (Deng et al. 2023, doi:10.1038/s42256-023-00716-3) of :func:`universal`.
    weights : str or Path, optional
        As in :func:`universal`: to begin with other weights.
    part : {"all", "last"}
        All weights, or only those of the last layer of messages and of the readout: faster, and less is forgotten.
    loss : Loss, optional
    epochs, batch, learning_rate, seed, progress, check_units
        As in :func:`course_lib.learning.training.train`.

    Returns
    -------
    FineTuned

    Raises
    ------
    ValueError
        For another potential, fewer frames, frames of which one is both for training and for validation, frames that
        :func:`check_frames` or the potential refuses, and invalid settings.
    RuntimeError
        If the loss is no longer a finite number.
    """
    if (family := str(name).split("-")[0]) in OTHERS and name in NAMES:
        raise ValueError(f"{name} is fine-tuned with its own package, {OTHERS[family]}: here a chgnet is.")
    if part not in ("all", "last"):
        raise ValueError(f"part is {part!r}: choose all or last.")
    loss, calculator = BALANCED if loss is None else loss, universal(name, weights)
    check_frames(frames, needs=("energy",), check_units=check_units)
    if len(frames) < FEWEST:
        raise ValueError(f"{len(frames)} frames are too few for fine-tuning: give {FEWEST} or more, better tens.")
    if valid is None:
        frames, valid = [atoms for n, atoms in enumerate(frames, 1) if n % FEWEST], frames[FEWEST - 1 :: FEWEST]
    check_frames(valid, None, "Validation frame", ("energy",), check_units)
    if shared := {_content(atoms) for atoms in frames} & {_content(atoms) for atoms in valid}:
        raise ValueError(f"{len(shared)} frames are for training and for validation: give other validation frames.")
    elements = sorted({symbol for atoms in frames for symbol in atoms.symbols})
    surplus, _ = ([_surplus(atoms, calculator) for atoms in some] for some in (frames, valid))  # refuses unknown atoms
    offset = fit_reference_energies(surplus, elements)
    original = CHGNetLearner(_with_offset(calculator.network, offset), elements, part)
    learner = CHGNetLearner(original.network, elements, part)
    options = {"epochs": epochs, "batch": batch, "learning_rate": learning_rate, "seed": seed, "progress": progress}
    try:
        history = train(learner, frames, valid, loss, weight_decay=0, check_units=check_units, **options)
    except RuntimeError as error:  # its second sentence is about weights that nobody can reach here
        raise RuntimeError(f"There are no new weights: {str(error).split('. ')[0]}.") from error
    original.E0 = learner.E0  # of the training frames: both are compared with the same numbers
    before = dict(zip(("loss", "energy", "force"), Batches(original, valid).evaluate(original, loss)))
    if history.valid_loss and min(history.valid_loss) >= before["loss"]:
        learner = original
        warnings.warn(
            "No epoch is better on the validation frames than the original weights, which are kept: take a "
            f"learning_rate below {learning_rate:g}.",
            stacklevel=2,
        )
    return FineTuned(UniversalPotential(learner.trained()), offset, before, history)


def _surplus(atoms, calculator):
    """The frame with the energy that its label has more than the potential gives."""
    asked = atoms.copy()
    asked.calc = calculator
    return labelled(atoms, labels(atoms).energy - asked.get_potential_energy())


def _content(atoms):
    return atoms.numbers.tobytes(), atoms.positions.tobytes(), atoms.cell.array.tobytes()


def _with_offset(network, offset):
    """The network with other energies of the elements."""
    energies = network.w[ELEMENTS].clone()
    for symbol, energy in offset.items():
        energies[0, atomic_numbers[symbol] - 1] += energy
    return network.with_weights({ELEMENTS: energies})
