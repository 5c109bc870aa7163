"""Universal potentials, trained by others on most of the periodic table, by one function call."""

import importlib.util
import pickle
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from course_lib.arguments import whole
from course_lib.labels.foreign import MACE, M3GNet

UNREADABLE = (
    OSError,
    EOFError,
    LookupError,
    RuntimeError,
    TypeError,
    AttributeError,
    ValueError,
    pickle.UnpicklingError,
)
MEANWHILE = "until then the lecture shows its shipped results."


@dataclass(frozen=True)
class Entry:
    """One universal potential of the table below.

    Parameters
    ----------
    make : callable
        ``make(weights, functional, device)`` gives the calculator; ``weights`` is a Path or None, ``functional`` one of
        the values of ``functionals`` or None, ``device`` "cpu" or "cuda".
    missing : callable
        ``missing()`` gives the sentence for a package that is not installed, with the command that installs it; None
        if it is there.
    functionals : mapping
        Names of the functionals among which the user has to choose, and what ``make`` is told for them.
    takes_weights : bool
        Whether ``make`` can be given a file of other weights.
    """

    make: Callable
    missing: Callable
    functionals: Mapping = field(default_factory=dict)
    takes_weights: bool = True


def universal(name="chgnet", weights=None, functional=None, device=None, threads=1):
    """A pretrained universal potential as an ASE calculator. CHGNet and SevenNet work offline.

    ============== =====================================================================================================
    chgnet         CHGNet 0.3.0 (Deng et al. 2023, doi:10.1038/s42256-023-00716-3), PBE+U: the smallest and fastest
    chgnet-0.2.0   the weights of the paper
    chgnet-r2scan  CHGNet 0.3.0 trained further on r2SCAN labels
    sevennet       SevenNet-0 of 11 July 2024 (Park et al. 2024, doi:10.1021/acs.jctc.4c00190), the later one of the two
                   that its package holds; sevennet-0 is the same
    sevennet-l3i5  SevenNet with spherical harmonics up to l = 3: more accurate, and twice as slow
    sevennet-mf    SevenNet trained on two functionals at once: say which one, functional="pbe" or "r2scan"
    m3gnet         see :class:`course_lib.labels.foreign.M3GNet`; in an environment of its own, `course env m3gnet`
    mace           see :class:`course_lib.labels.foreign.MACE`; in an environment of its own, `course env mace`
    ============== =====================================================================================================

    Parameters
    ----------
    name : str
    weights : str or Path, optional
        A file of other weights of the same architecture, for example after fine-tuning: what
        :meth:`course_lib.labels.finetuning.FineTuned.save` or CHGNet's ``Trainer`` saves, or a checkpoint of sevenn. A
        checkpoint of sevenn can run code when it is read: take only files you trust. For M3GNet a folder, for MACE a
        file, or for both a name that is downloaded once.
    functional : str, optional
        Only for a potential that was trained on several.
    device : {"cpu", "cuda"}, optional
        The processor if it is not given.
    threads : int
        Number of threads of torch in this process. One is fastest on a busy laptop.

    Returns
    -------
    ase.calculators.calculator.Calculator
        Energy in eV, forces in eV/Å and, when asked for, stress in eV/Å^3.

    Raises
    ------
    ValueError
        For a name, functional, device or number of threads that does not exist, and for weights that cannot be used.
    ImportError
        If the package is not installed, or its weights cannot be read; the message says how to install it.
    """
    if name not in NAMES:
        raise ValueError(f"There is no universal potential {name!r} here: choose one of {', '.join(NAMES)}.")
    if name in FOREIGN:
        if functional is not None:
            raise ValueError(f"functional is {functional!r}, and {name} has one, that of its weights: leave it out.")
        return FOREIGN[name](**({} if weights is None else {"weights": weights}), device=device, threads=threads)
    entry, threads = UNIVERSAL[name], whole("threads", threads)
    functional, weights = functional_of(name, functional), weights_of(name, weights)
    if sentence := entry.missing():
        raise ImportError(sentence)
    import torch

    device = "cpu" if device is None else device
    if device not in ("cpu", "cuda"):
        raise ValueError(f"The device is {device!r}: choose cpu or cuda.")
    if device == "cuda" and not torch.cuda.is_available():
        raise ValueError("The device is cuda, and torch finds no NVIDIA GPU here: leave it out, or give cpu.")
    torch.set_num_threads(threads)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return entry.make(weights, functional, device)


def functional_of(name, functional):
    """What the maker of ``name`` is told for a functional; one that is not there is refused, and one too many."""
    known = UNIVERSAL[name].functionals
    if functional is None and not known:
        return None
    if not known:
        raise ValueError(f"functional is {functional!r}, and {name} was trained on one functional only: leave it out.")
    if functional not in known:
        raise ValueError(f"functional is {functional!r}, and {name} has several: choose one of {', '.join(known)}.")
    return known[functional]


def weights_of(name, weights):
    """The file of weights as a Path, or None."""
    if weights is None:
        return None
    if not UNIVERSAL[name].takes_weights:
        raise ValueError(f"weights is {weights!r}, and {name} takes no other weights than its own: leave it out.")
    if not isinstance(weights, str | Path) or not Path(weights).is_file():
        raise ValueError(f"weights is {str(weights)!r}, and there is no such file: give the path of one.")
    return Path(weights)


def network_of(network, title, package, version, file, weights, functional, device):
    """The calculator of a network whose weights come inside its package, or from a file of the user."""
    import torch

    from course_lib.labels._edge_calculator import UniversalPotential

    inside = Path(importlib.util.find_spec(package).origin).parent / file
    try:
        return UniversalPotential(network()(weights or inside, torch.device(device), title, functional))
    except UNREADABLE as error:
        if weights:
            reason = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else 'it ends too early'}"
            raise ValueError(
                f"{weights} cannot be used as weights of {title} ({reason}): give another file."
            ) from error
        raise ImportError(
            f"{title}'s weights are missing or damaged: run `python -m pip install --force-reinstall --no-deps "
            f"{package}=={version}`; {MEANWHILE}"
        ) from error


def sentence_if_missing(title, package, version):
    """How to get a package that is not installed, else None."""
    if importlib.util.find_spec(package) is None:
        return (
            f"{title} is not installed: run `python -m pip install {package}=={version}` (Python 3.13, and ARM on "
            f"Linux and Windows, need a C compiler for it); {MEANWHILE}"
        )
    return None


def chgnet(file):
    """The entry of a CHGNet; the class is imported when it is needed, as torch takes seconds to load."""

    def network():
        from course_lib.labels._chgnet import CHGNet

        return CHGNet.of_file

    package = ("CHGNet", "chgnet", "0.4.2")
    return Entry(partial(network_of, network, *package, f"pretrained/{file}"), partial(sentence_if_missing, *package))


def sevennet(file, functionals=()):
    """The entry of a SevenNet."""

    def network():
        from course_lib.labels._sevennet import SevenNet

        return SevenNet

    package = ("SevenNet", "sevenn", "0.13.0")
    make = partial(network_of, network, *package, f"pretrained_potentials/{file}")
    return Entry(make, partial(sentence_if_missing, *package), {name: name.upper() for name in functionals})


UNIVERSAL = {
    "chgnet": chgnet("0.3.0/chgnet_0.3.0_e29f68s314m37.pth.tar"),
    "chgnet-0.2.0": chgnet("0.2.0/chgnet_0.2.0_e30f77s348m32.pth.tar"),
    "chgnet-r2scan": chgnet("r2scan/chgnet_r2scan_transfer_learning_e15f36s161m23.pth.tar"),
    "sevennet": sevennet("SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth"),
    "sevennet-0": sevennet("SevenNet_0__11Jul2024/checkpoint_sevennet_0.pth"),
    "sevennet-l3i5": sevennet("SevenNet_l3i5/checkpoint_l3i5.pth"),
    "sevennet-mf": sevennet("SevenNet_MF_0/checkpoint_sevennet_mf_0.pth", ("pbe", "r2scan")),
}
FOREIGN = {"m3gnet": M3GNet, "mace": MACE}
NAMES = (*UNIVERSAL, *FOREIGN)
