"""The instantaneous pressure, and a barostat that keeps a simulation at a given pressure."""

from functools import partial

import numpy as np
from ase import units

from course_lib.arguments import finite, positive, whole
from course_lib.dynamics.constraints import movable
from course_lib.dynamics.saved_state import Stateful


class CellRescaling(Stateful):
    """Stochastic cell rescaling, isotropic: the volume follows the pressure, with the right fluctuations.

    dV = -(beta V / tau) (P_target - P - kT/V) dt + sqrt(2 kT beta V / tau) dW

    This is integrated as an equation for sqrt(V), in which the noise does not depend on the volume:

    d sqrt(V) = -(beta sqrt(V) / 2 tau) (P_target - P - kT/2V) dt + sqrt(kT beta / 2 tau) dW

    Positions are multiplied by the same factor as the edges of the cell, velocities are divided by it. Bernetti and
    Bussi 2020, doi:10.1063/5.0020514. The barostat needs a thermostat and uses its temperature. Atoms jump with the
    cell: measure diffusion at constant volume.

    Parameters
    ----------
    pressure_GPa : float
        Target pressure in GPa; may be changed while the simulation runs.
    relaxation_fs : float
        Relaxation time tau of the volume in fs.
    compressibility_per_GPa : float
        Rough value of the compressibility beta of the material in 1/GPa. It sets how fast the volume changes, not its
        mean value.
    every : int
        Number of steps between two changes of the volume. Each change costs one stress and a new neighbour list.
    seed : int
        Seed of the random numbers.
    """

    changeable = {  # noqa: RUF012
        "pressure_GPa": partial(finite, "The target pressure (GPa)"),
        "relaxation_fs": partial(positive, "relaxation_fs"),
        "compressibility_per_GPa": partial(positive, "compressibility_per_GPa"),
        "every": partial(whole, "every"),
    }
    used_when_made = ("seed",)

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

    T is the kinetic temperature, and W/V is minus a third of the trace of the calculator's stress.

    Parameters
    ----------
    atoms : ase.Atoms
        Periodic atoms with velocities and a calculator that gives stress.
    free : int, optional
        Number of free velocity components; by default 3N - 3, for conserved total momentum.
    """
    if not np.all(atoms.pbc):
        raise ValueError("These atoms are not periodic in all directions: they have no volume, and so no pressure.")
    if not movable(atoms).all():
        raise ValueError("Some atoms are held by constraints, which bear part of the pressure: take them off.")
    n = len(atoms)
    ideal = 2 * atoms.get_kinetic_energy() * n / (max(3 * n - 3, 3) if free is None else free)  # N k T
    return ideal / atoms.get_volume() - np.mean(atoms.get_stress()[:3])
