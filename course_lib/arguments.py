"""Arguments that must be numbers, refused in one sentence where they are not."""

import numpy as np


def positive(what, value, zero=False):
    """``value`` as a float above zero, or at zero where ``zero`` is allowed; a ValueError names ``what``."""
    if not _is_number(value) or value < 0 or (value == 0 and not zero):
        raise ValueError(f"{what} is {_plain(value)}: give a number above zero{', or zero' if zero else ''}.")
    return float(value)


def whole(what, value, least=1):
    """``value`` as an int of ``least`` or more; a ValueError names ``what``."""
    if not _is_number(value) or value != int(value) or value < least:
        raise ValueError(f"{what} is {_plain(value)}: give a whole number, {least} or more.")
    return int(value)


def _plain(value):
    """As the user wrote it: 0 and not np.int64(0)."""
    return repr(value.item() if isinstance(value, np.generic) else value)


def _is_number(value):
    """Whether it is one finite real number, of Python or NumPy, and no truth value."""
    array = np.asarray(value)
    return array.ndim == 0 and array.dtype.kind in "iuf" and bool(np.isfinite(array))
