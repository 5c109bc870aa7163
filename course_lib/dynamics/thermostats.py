"""What holds a simulation at a temperature; each is called once a step, after the integrator."""

import numpy as np
from ase import units


class VelocityRescaling:
    """Stochastic velocity rescaling, which samples the canonical ensemble and leaves diffusion nearly alone.

    After each step all velocities are multiplied by one number, drawn so that the kinetic energy relaxes to
    its canonical distribution within ``relaxation_fs``. Bussi, Donadio and Parrinello 2007,
    doi:10.1063/1.2408420, equation A7.

    Parameters
    ----------
    temperature : float
        Target in K; may be changed while the simulation runs.
    relaxation_fs : float
        Relaxation time of the kinetic energy in fs.
    seed : int
    """

    def __init__(self, temperature, relaxation_fs=100.0, seed=0):
        if not (np.isfinite(temperature) and temperature > 0):
            raise ValueError(f"The target temperature is {temperature} K: it must be above zero.")
        if not (np.isfinite(relaxation_fs) and relaxation_fs > 0):
            raise ValueError(f"The relaxation time is {relaxation_fs} fs: it must be above zero.")
        self.temperature, self.relaxation_fs = temperature, relaxation_fs
        self.random = np.random.default_rng(seed)

    def __call__(self, v, m, dt, degrees_of_freedom):
        """Velocities after the rescaling; ``v`` (N, 3), ``m`` (N, 1), ``dt`` in ASE's unit of time."""
        kinetic = 0.5 * np.sum(m * v**2)
        if kinetic == 0:
            raise ValueError("All velocities are zero: give the atoms a temperature before a thermostat scales it.")
        per_freedom = 0.5 * units.kB * self.temperature / kinetic
        keep = np.exp(-dt / (self.relaxation_fs * units.fs))
        first = self.random.normal()
        others = 2 * self.random.gamma((degrees_of_freedom - 1) / 2)  # sum of the other squared normals
        factor = (
            keep + per_freedom * (1 - keep) * (first**2 + others) + 2 * first * np.sqrt(per_freedom * keep * (1 - keep))
        )
        # alpha^2 is never negative; its sign follows equation A8 and matters only for very small systems.
        sign = np.sign(first + np.sqrt(keep / (per_freedom * (1 - keep)))) if keep > 0 else 1.0
        return v * np.sqrt(factor) * sign
