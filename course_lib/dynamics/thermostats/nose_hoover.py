"""A Nosé-Hoover chain, which samples the canonical ensemble without random numbers."""

import numpy as np
from ase import units

from course_lib.arguments import whole
from course_lib.dynamics.thermostats.base import Thermostat, kinetic_energy


class NoseHooverChain(Thermostat):
    """A friction that is itself a dynamical variable, with a second friction that acts on the first, and so on.

    dv/dt = F/m - w_1 v,  dw_1/dt = (2K - g kT)/Q_1 - w_1 w_2,  dw_k/dt = (Q_(k-1) w_(k-1)^2 - kT)/Q_k - w_k w_(k+1)

    with Q_1 = g kT tau^2, Q_k = kT tau^2 and g free velocity components. Deterministic, reversible, and the
    energy of atoms and chain together is conserved. One link alone (Nosé-Hoover) does not sample a harmonic
    oscillator; a chain does. Martyna, Klein and Tuckerman 1992, doi:10.1063/1.463940; integrated half before and half
    after the step as in Martyna, Tuckerman, Tobias and Klein 1996, doi:10.1080/00268979600100761.

    Parameters
    ----------
    temperature : float
        Target temperature in K.
    relaxation_fs : float
        Relaxation time tau in fs: the chain responds within about 2 pi tau. Keep tau above 10 time steps.
    links : int
        Length of the chain: its number of friction variables.
    """

    used_when_made = ("links",)

    def __init__(self, temperature, relaxation_fs=100.0, links=3):
        super().__init__(temperature, relaxation_fs)
        self.links = links = whole("links", links)
        self.w, self.turned = np.zeros(links), np.zeros(links)  # w_k and its integral over time

    def step(self, integrator, r, v, force, m, dt, free):
        """Half of the chain's motion, the integrator's step, the other half."""
        r, v = integrator(r, self._half(v, m, dt / 2, free), force, m, dt)
        return r, self._half(v, m, dt / 2, free)

    def _half(self, v, m, h, free):
        """Propagate the chain by a time ``h``; returns the scaled velocities."""
        kT, w = units.kB * self.temperature, self.w
        g = np.array([free] + [1] * (self.links - 1))  # degrees of freedom that each link controls
        Q = g * kT * (self.relaxation_fs * units.fs) ** 2

        def kick(k, kinetic):  # half of h: half its drag, its push, half its drag
            drag = np.exp(-w[k + 1] * h / 4) if k + 1 < self.links else 1.0
            push = 2 * kinetic - free * kT if k == 0 else Q[k - 1] * w[k - 1] ** 2 - kT
            w[k] = (w[k] * drag + push / Q[k] * h / 2) * drag

        kinetic = kinetic_energy(v, m)
        for k in reversed(range(self.links)):
            kick(k, kinetic)
        scale = np.exp(-w[0] * h)
        self.turned += w * h
        for k in range(self.links):
            kick(k, kinetic * scale**2)
        self.heat_absorbed = float(np.sum(0.5 * Q * w**2 + g * kT * self.turned))
        return v * scale
