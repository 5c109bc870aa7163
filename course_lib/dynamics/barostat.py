"""The pressure of atoms at one moment, and what holds a simulation at a pressure."""

from functools import partial

import numpy as np
from ase import units

from course_lib.arguments import finite, positive, whole
from course_lib.dynamics.constraints import movable
from course_lib.dynamics.saved_state import Stateful


class CellRescaling(Stateful):
    """Stochastic cell rescaling, isotropic: the volume follows the pressure, with the right fluctuations.

    dV = -(beta V / tau) (P_target - P - kT/V) dt + sqrt(2 kT beta V / tau) dW

    written for sqrt(V), in which the noise no longer depends on the volume:

    d sqrt(V) = -(beta sqrt(V) / 2 tau) (P_target - P - kT/2V) dt + sqrt(kT beta / 2 tau) dW

    Positions are scaled with the edge of the cell, velocities against it. Bernetti and Bussi 2020,
    doi:10.1063/5.0020514. It needs a thermostat beside it, whose temperature it takes. Atoms jump with the cell:
    measure diffusion at constant volume.

    Parameters
    ----------
    pressure_GPa : float
        Target; may be changed while the simulation runs.
    relaxation_fs : float
        tau in fs.
    compressibility_per_GPa : float
        beta, a rough value of the material's; it sets how fast the volume answers, not where it goes.
    every : int
        Act each so many steps; each time costs one stress and new neighbours.
    seed : int
    """

    changeable = {  # noqa: RUF012
        "pressure_GPa": partial(finite, "The target pressure (GPa)"),
        "relaxation_fs": partial(positive, "relaxation_fs"),
        "compressibility_per_GPa": partial(positive, "compressibility_per_GPa"),
        "every": partial(whole, "every"),
    }

    def __init__(self, pressure_GPa=0.0, relaxation_fs=1000.0, compressibility_per_GPa=1.0, every=10, seed=0):
        self.pressure_GPa, self.relaxation_fs, self.every = pressure_GPa, relaxation_fs, every
        self.compressibility_per_GPa, self.seed = compressibility_per_GPa, whole("seed", seed, least=0)
        self.random = np.random.default_rng(self.seed)

    def __call__(self, atoms, dt, temperature, free=None):
        """Scale cell, positions and velocities for a time ``dt`` (ASE's unit) at ``temperature`` (K)."""
        V, kT = atoms.get_volume(), units.kB * temperature
        rate = self.compressibility_per_GPa / units.GPa / (self.relaxation_fs * units.fs)  # beta / tau
        missing = self.pressure_GPa * units.GPa - pressure(atoms, free) - kT / (2 * V)
        root = np.sqrt(V) * (1 - 0.5 * rate * missing * dt) + np.sqrt(0.5 * kT * rate * dt) * self.random.normal()
        if not 0.5 < root**2 / V < 2:
            raise FloatingPointError(
                f"The barostat would change the volume from {V:.0f} to {root**2:.0f} Å^3 at once: start closer to the "
                "target pressure, or take a longer relaxation_fs."
            )
        scale = (root**2 / V) ** (1 / 3)
        v = atoms.get_velocities()
        atoms.set_cell(atoms.cell * scale, scale_atoms=True)
        atoms.set_velocities(v / scale)


def pressure(atoms, free=None):
    """Pressure at this moment in eV/Å^3 (divide by ``ase.units.GPa``): P = N k T / V + W / V.

    T is the kinetic temperature, and the virial W/V is minus a third of the trace of the calculator's stress.

    Parameters
    ----------
    atoms : ase.Atoms
        Periodic, with velocities and a calculator that gives stress.
    free : int, optional
        Free velocity components; 3N - 3, as where the total momentum is conserved, if not given.
    """
    if not np.all(atoms.pbc):
        raise ValueError("These atoms are not periodic in all directions: they have no volume, and so no pressure.")
    if not movable(atoms).all():
        raise ValueError("Some atoms are held by constraints, which bear part of the pressure: take them off.")
    n = len(atoms)
    ideal = 2 * atoms.get_kinetic_energy() * n / (max(3 * n - 3, 3) if free is None else free)  # N k T
    return ideal / atoms.get_volume() - np.mean(atoms.get_stress()[:3])
