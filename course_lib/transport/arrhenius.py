"""Activation energy and extrapolation of thermally activated quantities, with the full covariance of the fit."""

from dataclasses import dataclass

import numpy as np
from scipy.constants import physical_constants

from course_lib.arguments import positive

BOLTZMANN = physical_constants["Boltzmann constant in eV/K"][0]


@dataclass
class Arrhenius:
    """The line ln y = ln A - Ea / kT.

    Attributes
    ----------
    Ea : float
        Activation energy in eV.
    Ea_error : float
        Standard deviation of Ea in eV.
    ln_A : float
        Natural logarithm of the prefactor A, which has the unit of y.
    covariance : (2, 2) array
        Covariance matrix C of (ln A, Ea).
    chi2 : float
        Sum of squared residuals in units of their errors; near (points - 2) if the errors and the law are right.
    """

    Ea: float
    Ea_error: float
    ln_A: float
    covariance: np.ndarray
    chi2: float

    @property
    def prefactor(self):
        """A (for diffusion D0), in the unit of y, and the factor by which it is uncertain (one standard deviation)."""
        return float(np.exp(self.ln_A)), float(np.exp(np.sqrt(self.covariance[0, 0])))

    def at(self, temperature):
        """Value at a temperature, and the factor by which it is uncertain (one standard deviation, x/÷).

        y* = exp(a.beta) with a = (1, -1/kT*), and var(ln y*) = a^T C a with the full C. The errors of ln A and Ea are
        correlated; without their covariance the error at 300 K comes out far too large.

        Parameters
        ----------
        temperature : float
            T* in K.

        Returns
        -------
        value, factor : float
            y* in the unit of y, and the factor by which it is uncertain.
        """
        a = _rows(temperature)[0]
        value = np.exp(a @ [self.ln_A, self.Ea])
        return float(value), float(np.exp(np.sqrt(a @ self.covariance @ a)))


def fit_arrhenius(temperature, y, relative_error=None):
    """Weighted least squares of ln y against 1/kT.

    Fit D for the activation energy of diffusion. For that of a conductivity fit sigma * T, which by
    Nernst-Einstein gives the same.

    Parameters
    ----------
    temperature : (n,) array
        In K; two or more different ones.
    y : (n,) array
        Above zero.
    relative_error : (n,) array or float, optional
        One standard deviation of y over y, which is that of ln y. If not given, it is that of the points around their
        line, the same for all: this takes three temperatures, and chi2 is then points - 2 and says nothing.

    Returns
    -------
    Arrhenius
    """
    temperature, y, error = _checked(temperature, y, relative_error)
    A = _rows(temperature) / error[:, None]
    covariance = np.linalg.inv(A.T @ A)
    ln_A, Ea = covariance @ (A.T @ (np.log(y) / error))
    chi2 = np.sum((np.log(y) / error - A @ [ln_A, Ea]) ** 2)
    if relative_error is None:
        covariance, chi2 = covariance * chi2 / (len(y) - 2), len(y) - 2
    return Arrhenius(float(Ea), float(np.sqrt(covariance[1, 1])), float(ln_A), covariance, float(chi2))


def _checked(temperature, y, relative_error):
    """The arguments of the fit as arrays of equal shape; without errors, all are 1, and the fit scales them later."""
    temperature, y = np.atleast_1d(np.asarray(temperature, float)), np.atleast_1d(np.asarray(y, float))
    least = 3 if relative_error is None else 2
    if temperature.shape != y.shape or y.ndim != 1 or len(np.unique(temperature)) < least:
        raise ValueError(
            f"These are {y.size} values for {len(np.unique(temperature))} different temperatures: give one value per "
            "temperature, for two or more different temperatures, or three where there are no errors of the values."
        )
    error = np.broadcast_to(np.asarray(1.0 if relative_error is None else relative_error, float), y.shape)
    if not all(np.all(np.isfinite(x) & (x > 0)) for x in (temperature, y, error)):
        raise ValueError("Temperatures, values and errors must all be above zero and finite: logarithms are taken.")
    return temperature, y, error


def _rows(temperature):
    """a = (1, -1/kT), one row per temperature."""
    temperature = np.array([positive("The temperature (in K)", T) for T in np.atleast_1d(temperature)])
    return np.stack([np.ones_like(temperature), -1 / (BOLTZMANN * temperature)], axis=1)
