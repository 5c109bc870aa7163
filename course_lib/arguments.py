"""Arguments that must be numbers, refused in one sentence where they are not."""

import numpy as np


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
