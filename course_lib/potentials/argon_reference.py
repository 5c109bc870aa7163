"""An accurate pair potential of argon from the literature, with which our ab initio table is compared."""

from math import factorial

import numpy as np
from ase import units

C6 = 64.30  # the dispersion coefficients in atomic units
C8, C10 = 1623.0, 49060.0
A, B = 748.3, 2.031  # strength (Hartree) and steepness (1/Bohr) of the wall


def tang_toennies(r):
    """Energy of two argon atoms in eV; ``r`` in Å, of any shape.

    phi(r) = A exp(-b r) - sum_n f_2n(b r) C_2n / r^2n for 2n = 6, 8, 10 with the damping
    f_2n(x) = 1 - exp(-x) sum_{k=0}^{2n} x^k / k!.
    Tang and Toennies 2003, doi:10.1063/1.1543944, built from measured dispersion coefficients and the measured well.
    """
    r = np.asarray(r, float) / units.Bohr
    x = B * r
    energy = A * np.exp(-x)
    for power, coefficient in ((6, C6), (8, C8), (10, C10)):
        damping = 1 - np.exp(-x) * sum(x**k / factorial(k) for k in range(power + 1))
        energy = energy - damping * coefficient / r**power
    return energy * units.Hartree
