"""Checks of the arguments of functions, numbers and atoms: what cannot be used is refused in one sentence."""

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols
from ase.geometry import complete_cell


def positive(what, value, zero=False):
    """A number above zero, or zero too where ``zero`` allows it, as a float.

    Raises
    ------
    ValueError
        For anything else: text, lists, truth values, NaN, infinity, negative numbers. The message begins with ``what``,
        the name of the argument with its unit if it has one; so it does in all functions below.
    """
    if not _is_number(value) or value < 0 or (value == 0 and not zero):
        raise ValueError(f"{what} is {_plain(value)}: give a number above zero{', or zero' if zero else ''}.")
    return float(value)


def finite(what, value):
    """A finite number, as a float.

    Raises
    ------
    ValueError
        For anything else.
    """
    if not _is_number(value):
        raise ValueError(f"{what} is {_plain(value)}: give a finite number.")
    return float(value)


def whole(what, value, least=1):
    """A whole number, ``least`` or more, as an int; 10.0 counts as 10.

    Raises
    ------
    ValueError
        For anything else.
    """
    if not _is_number(value) or value != int(value) or value < least:
        raise ValueError(f"{what} is {_plain(value)}: give a whole number, {least} or more.")
    return int(value)


def interval(what, value):
    """The two numbers at which something begins and ends, as floats.

    Raises
    ------
    ValueError
        For anything else; the second may be below the first.
    """
    if not isinstance(value, tuple | list | np.ndarray) or len(value) != 2 or not all(map(_is_number, value)):
        raise ValueError(f"{what} is {value!r}: give two numbers, the first and the last.")
    return float(value[0]), float(value[1])


def index(what, value, n):
    """A number from 0 to n - 1 that chooses one of ``n``; -1 is the last one.

    Raises
    ------
    ValueError
        For anything else.
    """
    if whole(what, value, least=-n) >= n:
        raise ValueError(f"{what} is {_plain(value)}: there are 0 to {n - 1}.")
    return int(value) % n


def chosen_atoms(what, chosen, n):
    """Indices, or a mask, that choose some of ``n`` atoms, each one once.

    Returns
    -------
    (M,) array of int
        The indices, from 0 to n - 1.

    Raises
    ------
    ValueError
        For anything else.
    """
    given = np.asarray(chosen)
    if given.dtype == bool and given.shape == (n,):
        return np.flatnonzero(given)
    if given.dtype == bool or given.ndim != 1 or (len(given) and given.dtype.kind not in "iu"):
        found = f"{given.dtype} of the shape {given.shape}"
        raise ValueError(f"{what} is {found}: give a list of indices, or {n} booleans.")
    if np.any((given < -n) | (given >= n)):
        raise ValueError(f"{what} goes from atom {given.min()} to {given.max()}: there are 0 to {n - 1}.")
    if len(np.unique(given % n)) < len(given):
        raise ValueError(f"{what} names an atom twice: give each index once; a mask is made of True and False.")
    return given.astype(int) % n


def atoms_of_element(symbols, symbol):
    """Indices of all atoms of one element; for an element that is not there, the error names those that are."""
    found = np.flatnonzero(np.array(symbols) == symbol) if isinstance(symbol, str) else []
    if len(found) == 0:
        raise ValueError(f"There is no {symbol} here: there are {', '.join(sorted(set(symbols)))}.")
    return found


def truth(what, value):
    """True or False, of Python or NumPy.

    Raises
    ------
    ValueError
        For anything else.
    """
    if not isinstance(value, bool | np.bool_):
        raise ValueError(f"{what} is {value!r}: give True or False.")
    return bool(value)


def time_step(time, what="time_fs", unit="fs"):
    """The step of a time axis, from one frame to the next.

    Parameters
    ----------
    time : (F,) array
        Times of two or more frames, equally spaced.
    what, unit : str
        Name and unit of the time axis, for the error message.

    Returns
    -------
    float
        The time step, in the unit of ``time``.

    Raises
    ------
    ValueError
        For fewer frames, for times that are not finite numbers, and for times that do not increase evenly.
    """
    time = np.asarray(time, float)
    if time.ndim != 1 or len(time) < 2:
        raise ValueError(f"{what} has the shape {time.shape}: a time axis holds the times of 2 frames or more.")
    if not np.isfinite(time).all():
        raise ValueError(f"{what} holds a time that is not a finite number: give the time of every frame in {unit}.")
    steps = np.diff(time)
    if steps.min() <= 0:
        at = int(np.argmin(steps > 0))
        raise ValueError(
            f"{what} goes from {time[at]:g} to {time[at + 1]:g} {unit} at frame {at + 1}: every frame must be later "
            "than the one before."
        )
    mean = (time[-1] - time[0]) / len(steps)
    if np.abs(time - time[0] - mean * np.arange(len(time))).max() > 0.01 * mean:
        raise ValueError(
            f"{what} has steps from {steps.min():g} to {steps.max():g} {unit}: the frames must be equally spaced."
        )
    return float(mean)


def list_of_elements(elements):
    """Symbols of elements, one or several, as a list of str; anything that is not an element is refused."""
    elements = list(elements) if np.iterable(elements) and not isinstance(elements, str) else [elements]
    if unknown := [symbol for symbol in elements if not (isinstance(symbol, str) and atomic_numbers.get(symbol))]:
        raise ValueError(f"There is no element {unknown[0]!r}: name elements by their symbols.")
    return list(map(str, elements))


def check_elements(elements):
    """Symbols of elements, each one once, as a tuple sorted by atomic number.

    Raises
    ------
    ValueError
        For something that is not an element, an element named twice, and no element at all.
    """
    elements = list_of_elements(elements)
    if len(set(elements)) != len(elements) or not elements:
        raise ValueError(f"The elements are {elements}: name at least one element, and none of them twice.")
    return tuple(sorted(elements, key=atomic_numbers.get))


def check_atoms(atoms, elements=None, who="This potential"):
    """Refuse atoms for which nothing can be computed.

    Parameters
    ----------
    atoms : ase.Atoms
        The structure to check.
    elements : sequence of str, optional
        Symbols of the allowed elements; other elements are refused.
    who : str
        Name of what was made for these elements: the error message about other elements begins with it.

    Raises
    ------
    ValueError
        If ``atoms`` is not ``ase.Atoms``; if there are no atoms; for other elements or element X; for positions or cell
        vectors that are not finite numbers; if the structure is periodic along a direction without a cell vector; if
        the cell vectors lie in a plane.
    """
    if not isinstance(atoms, Atoms):
        raise ValueError(f"This is {type(atoms).__name__}, not a structure: give ase.Atoms.")
    if len(atoms) == 0:
        raise ValueError("There are no atoms: give at least one.")
    found = {chemical_symbols[number] for number in set(atoms.numbers.tolist())}
    if elements is not None and (others := sorted(found - set(elements))):
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
    """The value as the user wrote it: 0 and not np.int64(0)."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def _is_number(value):
    """Whether ``value`` is one finite real number, of Python or NumPy, and not a truth value."""
    try:
        array = np.asarray(value)
    except ValueError:  # a list with parts of different lengths
        return False
    return array.ndim == 0 and array.dtype.kind in "iuf" and bool(np.isfinite(array))
