"""Small systems whose motion is known, on which integrators are tested."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from ase.data import atomic_masses, atomic_numbers

from course_lib.potentials.lennard_jones import ARGON_EPSILON, ARGON_SIGMA, pair_energy_and_slope


@dataclass(frozen=True)
class ModelSystem:
    """A potential, its force, the masses and an initial state.

    Attributes
    ----------
    potential : callable
        V(r); also for many frames at once, with the frames along the first axes.
    force : callable
        F(r) = -dV/dr, an array of the same shape as ``r``.
    m : float
        Mass.
    r, v : float or (N, 2) array
        Initial position and velocity.
    period : float
        Time after which the motion repeats, in the units of the system.
    """

    potential: Callable
    force: Callable
    m: float
    r: np.ndarray
    v: np.ndarray
    period: float

    def energy(self, r, v):
        """Potential plus kinetic energy of every frame, V(r) + sum m v^2 / 2; ``r`` and ``v`` are (T, ...)."""
        squares = np.asarray(v, float) ** 2
        return self.potential(r) + 0.5 * self.m * squares.reshape(len(squares), -1).sum(axis=1)


def harmonic_oscillator(k=1.0, m=1.0, r=1.0, v=0.0):
    """A mass on a spring, V = k r^2 / 2, F = -k r; r(t) = r cos(wt) + v/w sin(wt) with w = sqrt(k/m)."""
    return ModelSystem(lambda r: 0.5 * k * r**2, lambda r: -k * r, m, r, v, 2 * np.pi * np.sqrt(m / k))


def argon_dimer(stretch=1.3, epsilon=ARGON_EPSILON, sigma=ARGON_SIGMA):
    """Two argon atoms on a line, released at rest at a distance of ``stretch`` times sigma.

    r is their distance in Å and m the reduced mass, half the mass of an atom in u; energies in eV, times in
    ASE's unit. Between the two turning points the period is T = 2 int dr / sqrt(2 (E - V(r)) / m).

    Raises
    ------
    ValueError
        If the atoms start so close that they fly apart (V >= 0), or at the minimum, where nothing moves.
    """
    minimum = 2 ** (1 / 6)
    if not stretch > 1 or abs(stretch - minimum) < 1e-6:
        raise ValueError(f"stretch is {stretch}: start above 1 (closer, the pair flies apart) and not at the minimum.")
    m, r = atomic_masses[atomic_numbers["Ar"]] / 2, stretch * sigma
    return ModelSystem(
        lambda r: pair_energy_and_slope(r, epsilon, sigma)[0],
        lambda r: -pair_energy_and_slope(r, epsilon, sigma)[1],
        m,
        r,
        0.0,
        _dimer_period(stretch) * sigma * np.sqrt(2 * m / epsilon),
    )


def _dimer_period(stretch, points=2000):
    """Period in units of sigma sqrt(m_atom / epsilon), by quadrature between the turning points.

    With s = (sigma/r)^6 the turning points solve s^2 - s = s0^2 - s0, so that s = s0 and s = 1 - s0. Gauss-Chebyshev
    quadrature treats the inverse square roots at both ends exactly.
    """
    s = stretch**-6
    a, b = sorted([stretch, (1 - s) ** (-1 / 6)])
    r = (a + b) / 2 + (b - a) / 2 * np.cos(np.pi * (np.arange(points) + 0.5) / points)
    missing = 4 * (s**2 - s) - pair_energy_and_slope(r, 1.0, 1.0)[0]  # E - V = mu v^2 / 2 with mu = 1/2
    return 2 * np.pi / points * np.sum(np.sqrt((r - a) * (b - r) / (4 * missing)))


def gravity(r):
    """Forces between bodies of mass 1 with G = 1, F_i = sum_j (r_j - r_i) / |r_j - r_i|^3; ``r`` is (N, 2)."""
    d = r[None, :] - r[:, None]  # (N, N, 2), from i to j
    distance = np.sqrt(np.sum(d**2, axis=-1))
    np.fill_diagonal(distance, 1.0)  # a body does not pull itself: its d is zero
    return np.sum(d / distance[..., None] ** 3, axis=1)


def gravity_potential(r):
    """V = -sum_{i<j} 1 / |r_i - r_j| of bodies of mass 1 with G = 1; ``r`` is (..., N, 2)."""
    i, j = np.triu_indices(r.shape[-2], k=1)
    return -np.sum(1 / np.linalg.norm(r[..., i, :] - r[..., j, :], axis=-1), axis=-1)


def figure_eight():
    """Three equal bodies that chase one another along a figure eight; G = m = 1.

    Found by Moore 1993, doi:10.1103/PhysRevLett.70.3675; proved by Chenciner and Montgomery 2000,
    doi:10.2307/2661357, who print this start (computed by Simó).
    """
    r1, v3 = np.array([0.97000436, -0.24308753]), np.array([-0.93240737, -0.86473146])
    r, v = np.array([r1, -r1, 0 * r1]), np.array([-v3 / 2, -v3 / 2, v3])
    return ModelSystem(gravity_potential, gravity, 1.0, r, v, 6.32591398)


def lagrange_triangle():
    """Three equal bodies that turn as a rigid equilateral triangle, once in 2 pi; G = m = 1.

    Lagrange's solution of 1772. It is unstable: a small displacement grows as exp(t / sqrt(2)). The linearised
    motion has the exponents l^4 + l^2 + 27/4 (m1 m2 + m2 m3 + m3 m1) / M^2 = 0 in units of the angular velocity
    (Routh 1875, doi:10.1112/plms/s1-6.1.86), here l^4 + l^2 + 9/4 = 0.
    """
    angle = 2 * np.pi / 3 * np.arange(3)
    radius = 3 ** (-1 / 6)  # side 3^(1/3), for which the angular velocity is 1
    r = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return ModelSystem(gravity_potential, gravity, 1.0, r, np.stack([-r[:, 1], r[:, 0]], axis=1), 2 * np.pi)
