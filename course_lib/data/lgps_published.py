"""Published measurements and simulations of LGPS, with which lecture 10 compares its results."""

import numpy as np

# Molecular dynamics with the universal potential PFP 2.0.0: 50 atoms, 1 ns each, one time origin, a line through all
# lags, no error bars. Preferred Computational Chemistry, example "MD Li diffusion in LGPS",
# https://github.com/matlantis-pfcc/matlantis-contrib, viewer.en.ipynb; log10 of D in cm^2/s.
PFP_TEMPERATURE = np.array([423.0, 523.0, 623.0, 723.0, 823.0, 923.0, 973.0, 1023.0])  # K
PFP_LOG10_D = np.array([-5.8024, -5.1932, -4.7562, -4.5832, -4.3320, -4.3435, -4.2910, -4.3414])
PFP_D = 10**PFP_LOG10_D * 1e4  # Å^2/ps

# Experiment: Kamaya et al. 2011, doi:10.1038/nmat3066 (12 mS/cm at room temperature, 24 kJ/mol = 0.25 eV); the
# activation energies that others found go down to 0.22 eV (Kuhn et al. 2013, Energy Environ. Sci. 6, 3548).
MEASURED_SIGMA = 0.012  # S/cm at 300 K
MEASURED_EA = (0.22, 0.25)  # eV
MEASURED_LI_DENSITY = 20 / (8.69407**2 * 12.5994)  # 1/Å^3, from the measured cell of the same paper
