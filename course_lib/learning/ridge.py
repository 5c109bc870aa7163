"""Weights of a linear potential: ridge regression from rows that are computed in blocks."""

import numpy as np

from course_lib.arguments import positive


def solve_ridge(blocks, ridge):
    """The c that minimises |A c - b|^2 + sum_k ridge_k c_k^2.

    The whole of A is never in memory: each block updates the triangular matrix R of a QR decomposition of [A, b]. The
    memory needed is one block and a matrix of (K + 1)^2 numbers, and no digits are lost by forming A^T A. Hoerl and
    Kennard 1970, doi:10.1080/00401706.1970.10488634.

    Parameters
    ----------
    blocks : iterable of (n, K) and (n,) arrays
        Some rows of A and of b, already multiplied by the square root of their weight.
    ridge : float or (K,) array
        Zero or above. If it is 0 and several c are equally good, the one of smallest norm is taken.

    Returns
    -------
    (K,) array
        The solution c.
    """
    prices, R = [positive("ridge", price, zero=True) for price in np.atleast_1d(ridge)], None
    for A, b in blocks:
        rows = np.column_stack([A, b])
        R = np.linalg.qr(rows if R is None else np.vstack([R, rows]), mode="r")
    if R is None:
        raise ValueError("There are no rows to solve for: give at least one labelled frame.")
    if not np.isfinite(R).all():
        raise ValueError("Some rows are not finite numbers: check the labels and the basis functions.")
    K = R.shape[1] - 1
    A, b = np.vstack([R[:, :K], np.sqrt(prices) * np.eye(K)]), np.append(R[:, K], np.zeros(K))
    return np.linalg.lstsq(A, b, rcond=None)[0]
