"""What a function is given, refused in one sentence where it cannot be used: numbers, times, and atoms."""

import numpy as np
from ase import Atoms
from ase.geometry import complete_cell


def positive(what, value, zero=False):
    """A number that must be above zero, or at zero where ``zero`` allows it.

    Parameters
    ----------
    what : str
        Its name, with its unit where it has one: the sentence begins with it.
    value : object
    zero : bool

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For anything else: text, lists, truth values, NaN, infinity, numbers below.
    """
    if not _is_number(value) or value < 0 or (value == 0 and not zero):
        raise ValueError(f"{what} is {_plain(value)}: give a number above zero{', or zero' if zero else ''}.")
    return float(value)


def finite(what, value):
    """Any number but NaN and infinity.

    Parameters
    ----------
    what : str
        Its name, with its unit where it has one: the sentence begins with it.
    value : object

    Returns
    -------
    float

    Raises
    ------
    ValueError
        For anything else.
    """
    if not _is_number(value):
        raise ValueError(f"{what} is {_plain(value)}: give a finite number.")
    return float(value)


def whole(what, value, least=1):
    """A whole number of ``least`` or more, 10.0 as well as 10.

    Parameters
    ----------
    what : str
        Its name: the sentence begins with it.
    value : object
    least : int

    Returns
    -------
    int

    Raises
    ------
    ValueError
        For anything else.
    """
    if not _is_number(value) or value != int(value) or value < least:
        raise ValueError(f"{what} is {_plain(value)}: give a whole number, {least} or more.")
    return int(value)


def time_step(time, what="time_fs", unit="fs"):
    """The even spacing of a time axis: what every Fourier transform and every lag counted in frames takes for granted.

    Parameters
    ----------
    time : (F,) array
        Two frames or more. Rounded times pass: each may lie off the even axis by 1 % of the step.
    what, unit : str
        The name of the axis and its unit, for the sentence.

    Returns
    -------
    float
        In the unit of ``time``.

    Raises
    ------
    ValueError
        For times that are not one finite number per frame, that stand still or fall, or that are unevenly spaced.
    """
    time = np.asarray(time)
    if time.ndim != 1 or time.dtype.kind not in "iuf" or len(time) < 2:
        raise ValueError(
            f"{what} has the shape {time.shape}: give one time in {unit} per frame, for two frames or more."
        )
    time = time.astype(float)
    if not np.isfinite(time).all():
        raise ValueError(f"{what} of frame {np.argmin(np.isfinite(time))} is not a finite number: give it in {unit}.")
    steps = np.diff(time)
    if steps.min() <= 0:
        at = np.argmax(steps <= 0)
        raise ValueError(
            f"{what} does not grow: frame {at} is at {time[at]:.6g} {unit} and frame {at + 1} at {time[at + 1]:.6g} "
            f"{unit}. Put the frames in order, each once."
        )
    step = (time[-1] - time[0]) / len(steps)
    if np.abs(time - time[0] - step * np.arange(len(time))).max() > 0.01 * step:
        raise ValueError(
            f"{what} is uneven, with steps from {steps.min():.6g} to {steps.max():.6g} {unit}: give frames that are "
            "equally far apart in time, such as every tenth of the denser ones."
        )
    return float(step)


def check_atoms(atoms, elements=None, who="This potential"):
    """Refuse atoms for which nothing can be computed.

    Parameters
    ----------
    atoms : ase.Atoms
    elements : sequence of str, optional
        Others are refused.
    who : str
        What was made for these elements: the sentence about others begins with it.

    Raises
    ------
    ValueError
        For something that is not ``ase.Atoms``; without atoms; with other elements or element X; with positions or cell
        vectors that are not finite numbers; where ``pbc`` asks for copies along a direction without a cell vector, or
        the cell vectors lie in a plane.
    """
    if not isinstance(atoms, Atoms):
        raise ValueError(f"This is {type(atoms).__name__}, not a structure: give ase.Atoms.")
    if len(atoms) == 0:
        raise ValueError("There are no atoms: give one at least.")
    if elements is not None and (others := sorted(set(atoms.symbols) - set(elements))):
        raise ValueError(f"{who} was made for {', '.join(elements)}, and the structure holds {', '.join(others)}.")
    if atoms.numbers.min() < 1:
        raise ValueError("Atoms of element X have no atomic number: name the element of every atom.")
    if not (np.isfinite(atoms.positions).all() and np.isfinite(atoms.cell.array).all()):
        raise ValueError(
            "Some positions or cell vectors are not finite numbers: the structure is broken or the simulation blew up."
        )
    if np.any(atoms.pbc & ~atoms.cell.any(axis=1)):
        raise ValueError("The structure is periodic along a direction that has no cell vector: set atoms.cell.")
    if atoms.pbc.any() and abs(np.linalg.det(complete_cell(atoms.cell))) < 1e-9:
        raise ValueError("The cell has no volume: its vectors lie in a plane; set atoms.cell.")


def _plain(value):
    """As the user wrote it: 0 and not np.int64(0)."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def _is_number(value):
    """Whether it is one finite real number, of Python or NumPy, and no truth value."""
    try:
        array = np.asarray(value)
    except ValueError:  # a list with parts of different lengths
        return False
    return array.ndim == 0 and array.dtype.kind in "iuf" and bool(np.isfinite(array))
