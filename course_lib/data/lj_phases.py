"""The phase diagram of the Lennard-Jones system: solid, liquid and gas."""

from dataclasses import dataclass

import numpy as np

from course_lib.data.readers import read_table

TRIPLE_T = 0.694  # in epsilon / k: Mastny and de Pablo 2007, doi:10.1063/1.2753149
CRITICAL_T = 1.3035  # of the equation of state of Thol et al. 2016


@dataclass
class Phases:
    """Densities of coexisting phases, in units of epsilon and sigma.

    Attributes
    ----------
    T : (n,) array
        Temperature in epsilon / k, from the triple point up.
    gas, liquid : (n,) arrays
        Number densities in sigma^-3 of coexisting gas and liquid; NaN above the critical point.
    freezing, melting : (n,) arrays
        Number densities in sigma^-3 of coexisting liquid and crystal.
    """

    T: np.ndarray
    gas: np.ndarray
    liquid: np.ndarray
    freezing: np.ndarray
    melting: np.ndarray

    @classmethod
    def load(cls, path):
        """Read the table that ``tools/make_data/lj_phases.py`` makes."""
        return cls(**read_table(path))

    def phase(self, T, density):
        """What is stable at a temperature and a density, in words.

        Parameters
        ----------
        T : float
            Temperature in epsilon / k.
        density : float
            Number density in sigma^-3.
        """
        if T < self.T[0]:
            return "crystal" if density >= self.melting[0] else "crystal and gas"
        gas, liquid, freezing, melting = (
            np.interp(T, self.T, line) for line in (self.gas, self.liquid, self.freezing, self.melting)
        )
        if density >= melting:
            return "crystal"
        if density > freezing:
            return "crystal and liquid"
        if T >= CRITICAL_T or np.isnan(gas):
            return "fluid, above the critical point"
        if density >= liquid:
            return "liquid"
        return "gas" if density <= gas else "liquid and gas"
