"""The training loop: batches, steps of AdamW, the weights of the best epoch, and a checkpoint for continuing."""

import copy
import hashlib
import time
import warnings
from dataclasses import dataclass, field

import numpy as np
import torch
from tqdm.auto import tqdm

from course_lib.arguments import positive, whole
from course_lib.files import check_folder, whole_file
from course_lib.learning.batches import Batches, Learner, loss_of
from course_lib.learning.dataset import check_frames, check_some_stress, fit_reference_energies, labels
from course_lib.learning.loss import Loss


@dataclass
class History:
    """What happened while a potential was trained, one number per epoch.

    Attributes
    ----------
    loss : list of float
        Mean loss of the batches.
    train_force, valid_force : list of float
        Root mean square error of the forces in eV/Å (NaN without labelled forces). The training error is measured
        during the epoch, while the weights change.
    train_energy, valid_energy : list of float
        Root mean square error of the energy in eV per atom.
    valid_loss : list of float
        Loss on the validation frames.
    best : int
        The epoch whose weights were kept: the smallest validation loss.
    cpu_s : float
        CPU time in seconds, summed over all threads.
    stopped : str
        Why it ended: "done", "early" or "cancelled".
    """

    loss: list = field(default_factory=list)
    train_force: list = field(default_factory=list)
    valid_force: list = field(default_factory=list)
    train_energy: list = field(default_factory=list)
    valid_energy: list = field(default_factory=list)
    valid_loss: list = field(default_factory=list)
    best: int = 0
    cpu_s: float = 0.0
    stopped: str = "done"


def train(
    potential: Learner,
    frames,
    valid,
    loss=None,
    epochs=200,
    batch=20,
    learning_rate=5e-3,
    weight_decay=0.1,
    patience=None,
    seed=0,
    progress=True,
    checkpoint=None,
    report=None,
    dtype=torch.float32,
    check_units=True,
):
    """Minimise the loss with AdamW on batches of frames; the learning rate decays along a cosine.

    The weights with the smallest loss on the validation frames are kept, also if the training is interrupted (stop
    button, Ctrl-C). Loshchilov and Hutter 2019, arXiv:1711.05101.

    Parameters
    ----------
    potential : Learner
        Any :class:`course_lib.potentials.base.Potential`; changed in place: reference energies, scaling and weights.
    frames, valid : list of ase.Atoms
        Labelled training and validation frames. The validation frames select the epoch, so a test needs other frames.
    loss : Loss, optional
        The loss to minimise; its weights determine which labels are needed.
    epochs, batch : int
        Number of passes through all training frames, and number of frames per step.
    learning_rate, weight_decay : float
        Initial size of a step, and how strongly every weight is pulled towards zero.
    patience : int, optional
        Stop after this number of epochs without a better validation loss.
    seed : int
        Seed of the random order of the frames.
    progress : bool
        Show a progress bar.
    checkpoint : str or Path, optional
        A file, written every ten epochs, from which the same call continues; the result is the same to the last digit.
    report : callable, optional
        ``report(epoch, history)`` is called after each epoch; it may raise KeyboardInterrupt to stop.
    dtype : torch.dtype
        The precision in which a copy of the potential is trained; the potential itself keeps its own dtype.
    check_units : bool
        Refuse energies that seem to be partly in Hartree; see :func:`check_frames`.

    Returns
    -------
    History

    Raises
    ------
    ValueError
        For invalid settings, frames that :func:`check_frames` refuses, and a checkpoint of another run.
    FileNotFoundError
        If the folder of the checkpoint does not exist.
    RuntimeError
        If the loss is no longer a finite number.
    """
    loss = Loss() if loss is None else loss
    if not isinstance(loss, Loss):
        raise ValueError(f"The loss is {loss!r}: give a Loss(lambda_E, lambda_F).")
    settings = {
        "epochs": whole("epochs", epochs),
        "batch": whole("batch", batch),
        "learning_rate": positive("learning_rate", learning_rate),
        "weight_decay": positive("weight_decay", weight_decay, zero=True),
        "seed": whole("seed", seed, least=0),
        "loss": repr(loss),
    }
    patience = None if patience is None else whole("patience", patience)
    settings |= {name: repr(value) for name, value in potential.settings().items()}
    for which, some in (("Training frame", frames), ("Validation frame", valid)):
        check_frames(some, potential.elements, which, needs=loss.needs, check_units=check_units)
    if loss.lambda_W:
        check_some_stress(frames)
    epochs, batch = settings["epochs"], settings["batch"]
    settings |= {"frames": _fingerprint(frames), "validation frames": _fingerprint(valid)}
    start = time.process_time()
    learner = copy.deepcopy(potential)  # so that a refused checkpoint leaves the potential as it is
    learner.E0, learner.scale = fit_reference_energies(frames, potential.elements), 1.0
    data = Batches(learner, frames)
    learner.standardise(data.part(np.arange(len(data)))[0])
    learner.scale = data.spread(loss)
    learner = learner.to(dtype)
    data, held_out = Batches(learner, frames), Batches(learner, valid)
    run = _Run(learner, settings, checkpoint)
    potential.E0, potential.scale = learner.E0, learner.scale
    start -= run.history.cpu_s  # add the time that the interrupted run has used
    bar = tqdm(range(run.epoch, epochs), initial=run.epoch, total=epochs, desc="training", disable=not progress)
    try:
        for epoch in bar:
            if patience is not None and epoch - 1 - run.history.best >= patience:
                run.history.stopped = "early"
                break
            run.step_epoch(data, held_out, loss, batch, epoch)
            run.history.cpu_s = time.process_time() - start
            run.save()
            if report is not None:
                report(epoch, run.history)
            bar.set_postfix_str(f"valid {1000 * run.history.valid_force[-1]:.0f} meV/Å", refresh=False)
    except KeyboardInterrupt:
        run.history.stopped = "cancelled"
    finally:
        potential.load_state_dict(run.best)
    run.history.cpu_s = time.process_time() - start
    if run.lowest >= held_out.untaught(loss):
        warnings.warn(
            "On the validation frames the potential is no better than the reference energies alone, without any "
            f"forces: nothing was learned. Take a learning_rate below {settings['learning_rate']:g}, or more epochs.",
            stacklevel=2,
        )
    return run.history


def _fingerprint(frames):
    """A checksum that changes with any position or label."""
    content = hashlib.sha256()
    for atoms in frames:
        shape = np.array([len(atoms), *atoms.pbc])
        for array in (shape, atoms.numbers, atoms.positions, atoms.cell.array, *labels(atoms)):
            content.update(b"none" if array is None else np.ascontiguousarray(array, float).tobytes())
    return content.hexdigest()


class _Run:
    """The state of a training run: weights, optimiser, random numbers, history; the checkpoint stores all of it."""

    def __init__(self, potential, settings, checkpoint):
        self.potential, self.settings = potential, settings
        rate, decay = settings["learning_rate"], settings["weight_decay"]
        self.optimiser = torch.optim.AdamW(potential.parameters(), rate, weight_decay=decay)
        self.schedule = torch.optim.lr_scheduler.CosineAnnealingLR(self.optimiser, settings["epochs"])
        self.random, self.history = np.random.default_rng(settings["seed"]), History()
        self.epoch, self.lowest, self.best = 0, np.inf, self._weights()
        self.path = None if checkpoint is None else check_folder(checkpoint)
        if self.path is not None and self.path.exists():
            self._go_on()

    def step_epoch(self, data, held_out, loss, batch, epoch):
        """Train on all batches once, then compute the loss on the validation frames."""
        order, seen = self.random.permutation(len(data)), []
        for first in range(0, len(order), batch):
            value, errors = loss_of(self.potential, *data.part(order[first : first + batch]), loss)
            self.optimiser.zero_grad()
            value.backward()
            self.optimiser.step()
            seen.append((value.item(), *errors))
        self.schedule.step()
        _, energy, force = np.mean(np.square(seen), axis=0) ** 0.5
        valid_loss, valid_energy, valid_force = held_out.evaluate(self.potential, loss)
        if not np.isfinite([*[row[0] for row in seen], valid_loss]).all():
            raise RuntimeError(
                f"The loss is not a finite number any more in epoch {epoch}: take a learning_rate below "
                f"{self.settings['learning_rate']:g}. The weights of the best epoch so far are kept."
            )
        history = self.history
        history.loss.append(float(np.mean([row[0] for row in seen])))
        history.train_energy.append(float(energy))
        history.train_force.append(float(force))
        history.valid_loss.append(valid_loss)
        history.valid_energy.append(valid_energy)
        history.valid_force.append(valid_force)
        if valid_loss < self.lowest:
            self.lowest, self.best, history.best = valid_loss, self._weights(), epoch
        self.epoch = epoch + 1

    def _weights(self):
        return {name: tensor.clone() for name, tensor in self.potential.state_dict().items()}

    def save(self):
        """Write the checkpoint every ten epochs; the new file is complete before it replaces the old one."""
        if self.path is None or self.epoch % 10:
            return
        state = {
            "settings": self.settings,
            "epoch": self.epoch,
            "weights": self._weights(),
            "best": self.best,
            "lowest": self.lowest,
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "random": self.random.bit_generator.state,
            "history": vars(self.history),
        }
        with whole_file(self.path) as file:
            torch.save(state, file)

    def _go_on(self):
        try:
            state = torch.load(self.path, weights_only=True)
            other = [name for name, value in self.settings.items() if state["settings"].get(name) != value]
            if not other:
                self.potential.load_state_dict(state["weights"])
                self.optimiser.load_state_dict(state["optimiser"])
                self.schedule.load_state_dict(state["schedule"])
                self.random.bit_generator.state = state["random"]
                self.epoch, self.best, self.lowest = state["epoch"], state["best"], state["lowest"]
                self.history = History(**state["history"])
        except Exception as error:  # torch and pickle raise a dozen kinds of error for a damaged or foreign file
            raise ValueError(
                f"The checkpoint {self.path.name} is not of this potential, or damaged: delete it to start anew."
            ) from error
        if other:
            raise ValueError(
                f"The checkpoint {self.path.name} is of a run with other {', '.join(other)}: give the same settings, "
                "or delete it to start anew."
            )
