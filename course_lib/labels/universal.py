"""Universal potentials, trained by others on most of the periodic table, by one function call."""

import importlib.util
import pickle
import warnings

from course_lib.arguments import whole
from course_lib.labels.foreign import MACE, M3GNet

FOREIGN = {"m3gnet": M3GNet, "mace": MACE}
UNIVERSAL = ("chgnet", *FOREIGN)


def universal(name="chgnet", weights=None, device=None, threads=1):
    """A pretrained universal potential as an ASE calculator.

    Parameters
    ----------
    name : {"chgnet", "m3gnet", "mace"}
        CHGNet 0.3.0 (Deng et al. 2023, doi:10.1038/s42256-023-00716-3); its weights come inside its package.
        M3GNet and MACE run in environments of their own, which `course env NAME` makes once: see
        :class:`course_lib.labels.foreign.M3GNet` and :class:`course_lib.labels.foreign.MACE`.
    weights : str or Path, optional
        For M3GNet a folder, for MACE a file, or a name that is downloaded once.
    device : {None, "cpu"}
        All run on the processor.
    threads : int
        Number of threads of torch. One is fastest on a busy laptop.

    Returns
    -------
    ase.calculators.calculator.Calculator
        Energy in eV, forces in eV/Å and, when asked for, stress in eV/Å^3.

    Raises
    ------
    ValueError
        For an unknown name, and if threads is not a whole number.
    ImportError
        If the package is not installed, or its weights cannot be read; the message says how to install it.
    """
    if name not in UNIVERSAL:
        raise ValueError(f"There is no universal potential {name!r} here: choose one of {', '.join(UNIVERSAL)}.")
    if name in FOREIGN:
        return FOREIGN[name](**({} if weights is None else {"weights": weights}), device=device, threads=threads)
    if weights is not None or device not in (None, "cpu"):
        raise ValueError("CHGNet's weights come inside its package, and it runs on the processor: leave both out.")
    if importlib.util.find_spec("chgnet") is None:
        raise ImportError(
            "CHGNet is not installed: run `python -m pip install chgnet==0.4.2` (Python 3.13, and ARM on Linux and "
            "Windows, need a C compiler for it); until then the lecture shows its shipped results."
        )
    import torch

    from course_lib.labels._chgnet import EnergyForcesCHGNet

    torch.set_num_threads(whole("threads", threads))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return EnergyForcesCHGNet()
        except (OSError, EOFError, KeyError, RuntimeError, pickle.UnpicklingError) as error:
            raise ImportError(
                "CHGNet's weights are missing or damaged: run `python -m pip install --force-reinstall --no-deps "
                "chgnet==0.4.2`; until then the lecture shows its shipped results."
            ) from error
