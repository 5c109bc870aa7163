"""How fast an error vanishes with the step."""

import numpy as np


def order_of_convergence(dt, error):
    """The power p of error = C dt^p: the slope of log(error) against log(dt), by least squares.

    Parameters
    ----------
    dt, error : (n,) arrays
        Two or more different steps and the size of the error of each, all above zero.

    Returns
    -------
    float
    """
    dt, error = np.asarray(dt, float), np.asarray(error, float)
    if dt.shape != error.shape or dt.ndim != 1 or len(np.unique(dt)) < 2:
        raise ValueError("Give as many errors as steps, for two or more different steps.")
    if not (np.all(dt > 0) and np.all(error > 0)):
        raise ValueError("Steps and errors must all be above zero: their logarithms are taken.")
    return float(np.polyfit(np.log(dt), np.log(error), 1)[0])
