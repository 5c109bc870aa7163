"""From a diffusion coefficient to an ionic conductivity: the Nernst-Einstein equation, with all units written out."""

import numpy as np
from scipy.constants import e, k  # elementary charge in C, Boltzmann constant in J/K

from course_lib.arguments import finite, positive

CM2_PER_S = 1e-4  # 1 Å^2/ps = 1e-16 cm^2 / 1e-12 s
CM3_PER_A3 = 1e-24


def nernst_einstein(D, density, temperature, charge=1, haven_ratio=1.0):
    """sigma = rho (z e)^2 D / (k T H_R), the conductivity of ions of which each carries its charge alone.

    Parameters
    ----------
    D : float or array
        Diffusion coefficient of the tagged ion in Å^2/ps.
    density : float
        rho, mobile ions per volume, in 1/Å^3.
    temperature : float or array
        T in K.
    charge : float
        z, in elementary charges.
    haven_ratio : float
        H_R = D / D_sigma; 1 when the ions move independently, below 1 when they help one another.

    Returns
    -------
    float or array
        sigma in S/cm.
    """
    for T in np.ravel(temperature):
        positive("The temperature (in K)", T)
    for each in np.ravel(D):
        positive("The diffusion coefficient (in Å^2/ps)", each, zero=True)
    rho = positive("The density (in ions per Å^3)", density) / CM3_PER_A3  # 1/cm^3
    charge, haven_ratio = finite("The charge", charge), positive("The Haven ratio", haven_ratio)
    D = np.asarray(D) * CM2_PER_S  # cm^2/s
    return rho * (charge * e) ** 2 * D / (k * np.asarray(temperature, float) * haven_ratio)


def diffusivity(sigma, density, temperature, charge=1):
    """D_sigma in Å^2/ps, the charge diffusion coefficient of a conductivity ``sigma`` in S/cm."""
    for each in np.ravel(sigma):
        positive("The conductivity (in S/cm)", each, zero=True)
    return np.asarray(sigma) / nernst_einstein(1.0, density, temperature, charge)
