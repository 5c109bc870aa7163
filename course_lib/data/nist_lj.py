"""NIST's reference calculations for the Lennard-Jones fluid.

Energies and virials of four configurations in reduced units (epsilon = sigma = 1), and the mean energy of a liquid
from Monte Carlo: NIST Standard Reference Simulation Website, doi:10.18434/T4M88Q, public domain.
"""

# The values of NIST, five digits: U and the virial W at cutoff 3, the long-range correction U_LRC, U at cutoff 4.
PUBLISHED = {
    1: (-4351.5, -568.67, -198.49, -4467.5),
    2: (-690.00, -568.46, -24.230, -704.60),
    3: (-1146.7, -1164.9, -49.622, -1175.4),
    4: (-16.790, -46.249, -0.54517, -17.060),
}
# Mean energy per atom of the liquid at T = 0.85 by density: Monte Carlo, cutoff 3 and long-range correction.
LIQUID_ENERGY = {0.776: -5.5121, 0.82: -5.7947, 0.86: -6.0305, 0.90: -6.2391}
