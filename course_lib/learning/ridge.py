"""Weights of a linear potential: ridge regression from rows that are computed in blocks."""

import numpy as np
from scipy.linalg import lstsq

from course_lib.arguments import positive


def solve_ridge(blocks, ridge):
    """The c that minimises |A c - b|^2 + sum_k ridge_k c_k^2, as far as double precision knows it.

    Hoerl and Kennard 1970, doi:10.1080/00401706.1970.10488634; see :func:`triangle` for the memory that is needed.

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
    prices = [positive("ridge", price, zero=True) for price in np.atleast_1d(ridge)]
    return solve_triangle(triangle(blocks), prices)


def solve_triangle(R, prices):
    """As :func:`solve_ridge`, from what :func:`triangle` gave and the checked ridge of each c (or one for all)."""
    K = R.shape[1] - 1
    if np.size(prices) not in (1, K):
        raise ValueError(f"There are {K} coefficients and {np.size(prices)} ridges: give one for all, or one for each.")
    A, b = np.vstack([R[:, :K], np.diag(np.broadcast_to(np.sqrt(prices), K))]), np.append(R[:, K], np.zeros(K))
    # Where the rows determine a combination of c by rounding errors only, it is taken as zero; otherwise terms of 1e12
    # could cancel. By QR, in a quarter of the time of singular values.
    rounding = max(A.shape) * np.finfo(float).eps
    return lstsq(A, b, cond=rounding, lapack_driver="gelsy", check_finite=False)[0]


def triangle(blocks):
    """The triangular matrix R of a QR decomposition of [A, b]: |A c - b| = |R [c, -1]| for every c.

    The whole of A is never in memory: rows are collected until there are as many as columns, and then update R. The
    memory needed is one block and some matrices of (K + 1)^2 numbers, and no digits are lost by forming A^T A.

    Parameters
    ----------
    blocks : iterable of (n, K) and (n,) arrays
        Some rows of A and of b.

    Returns
    -------
    (rows, K + 1) array
        With at most K + 1 rows.
    """
    R, new = None, []
    for A, b in blocks:
        new.append(np.column_stack([A, b]))
        if sum(map(len, new)) >= new[0].shape[1]:
            R, new = _updated(R, new), []
    if new:
        R = _updated(R, new)
    if R is None:
        raise ValueError("There are no rows to solve for: give at least one labelled frame.")
    if not np.isfinite(R).all():
        raise ValueError("Some rows are not finite numbers: check the labels and the basis functions.")
    return R


def _updated(R, new):
    return np.linalg.qr(np.vstack(new if R is None else [R, *new]), mode="r")
