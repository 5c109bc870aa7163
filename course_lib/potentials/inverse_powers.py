"""Pair potentials that are sums of inverse powers of the distance, and how they are fitted to a table of energies."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class InversePowers:
    """phi(r) = sum_k c_k (scale/r)^p_k; Lennard-Jones is the case of the two powers 12 and 6.

    Attributes
    ----------
    powers : (K,) array
        The powers p_k.
    coefficients : (K,) array
        The c_k in eV.
    scale : float
        Reference length in Å, chosen so that the coefficients have similar sizes.
    """

    powers: np.ndarray
    coefficients: np.ndarray
    scale: float

    def __call__(self, r, derivative=0):
        """phi(r) in eV, or its first or second derivative (eV/Å, eV/Å^2); ``r`` of any shape, in Å."""
        r = np.asarray(r, float)[..., None]
        p, factor = np.asarray(self.powers, float), 1.0
        for n in range(derivative):
            factor = -factor * (p + n) / r
        return np.sum(self.coefficients * factor * (self.scale / r) ** p, axis=-1)


def lennard_jones_pair(epsilon, sigma):
    """phi(r) = 4 epsilon [(sigma/r)^12 - (sigma/r)^6] as :class:`InversePowers`; epsilon in eV, sigma in Å."""
    return InversePowers(np.array([12, 6]), np.array([4 * epsilon, -4 * epsilon]), sigma)


def fit_inverse_powers(r, energy, powers, weights=None):
    """Least squares: the c_k that make sum_n w_n [sum_k c_k r_n^-p_k - E_n]^2 smallest.

    Parameters
    ----------
    r, energy : (n,) arrays
        Distances in Å and energies in eV.
    powers : sequence of int
        At most as many as there are points.
    weights : (n,) array, optional
        Zero or above; all one if not given.

    Returns
    -------
    InversePowers
    """
    r, energy, powers = np.asarray(r, float), np.asarray(energy, float), np.asarray(list(powers))
    weights = np.ones_like(r) if weights is None else np.asarray(weights, float)
    _check(r, energy, powers, weights)
    scale = np.exp(np.mean(np.log(r)))
    root = np.sqrt(weights)
    design = (scale / r[:, None]) ** powers  # (n, K)
    coefficients = np.linalg.lstsq(root[:, None] * design, root * energy, rcond=None)[0]
    return InversePowers(powers, coefficients, scale)


def fit_lennard_jones(r, energy, weights=None):
    """The epsilon and sigma of the Lennard-Jones potential nearest to a table of pair energies.

    With A = 4 epsilon sigma^12 and B = 4 epsilon sigma^6 the potential A r^-12 - B r^-6 is linear in A and B:
    the fit has one solution and needs no starting guess.

    Parameters
    ----------
    r, energy, weights
        As in :func:`fit_inverse_powers`.

    Returns
    -------
    epsilon, sigma : float
        In eV and Å.

    Raises
    ------
    ValueError
        For energies in which the fit finds no well (not both A and B above zero).
    """
    pair = fit_inverse_powers(r, energy, (12, 6), weights)
    repulsion, attraction = pair.coefficients * [1, -1]
    if not (repulsion > 0 and attraction > 0):
        raise ValueError(
            "These energies have no well that Lennard-Jones could follow: check their sign and units, and that the "
            "distances reach from the wall to beyond the minimum."
        )
    sigma6 = repulsion / attraction  # in units of scale^6
    return attraction / (4 * sigma6), pair.scale * sigma6 ** (1 / 6)


def _check(r, energy, powers, weights):
    if not (r.ndim == 1 and r.shape == energy.shape == weights.shape):
        raise ValueError("Give one energy, and one weight if any, for each distance.")
    if not (np.all(np.isfinite(r)) and np.all(r > 0) and np.all(np.isfinite(energy))):
        raise ValueError("Every distance must be above zero and every energy a finite number.")
    if not (np.all(np.isfinite(weights)) and np.all(weights >= 0)):
        raise ValueError("Every weight must be zero or above.")
    if len(np.unique(powers)) != len(powers) or len(powers) == 0:
        raise ValueError("Give one or more different powers.")
    points = np.count_nonzero(weights)
    if points < len(powers):
        raise ValueError(f"{points} points cannot fix {len(powers)} coefficients: take more points or fewer powers.")
