"""The Lennard-Jones fluid of our engine against equations of state, NIST's Monte Carlo and Rahman's liquid argon."""

import numpy as np
import pytest
from ase import units

from course_lib.analysis.error_bars import block_average
from course_lib.analysis.rdf import radial_distribution
from course_lib.data.catalogue import load
from course_lib.data.lj_phases import CRITICAL_T
from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.thermostats import VelocityRescaling
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.potentials.fast_lennard_jones import FastLennardJones
from course_lib.potentials.lennard_jones import ARGON_EPSILON, ARGON_SIGMA, long_range_correction, pressure_tail
from course_lib.structures import argon_crystal
from course_lib.transport.blocks import diffusion_blocks
from course_lib.transport.velocity_autocorrelation import velocity_autocorrelation

KELVIN, STEP = ARGON_EPSILON / units.kB, 10.8  # one unit of T in K; 0.005 units of time in fs


def liquid(T, density, repeat, cutoff, shift=False):
    """Melted and cooled Lennard-Jones atoms at a reduced temperature and density, and their thermostat."""
    atoms = argon_crystal(repeat, lattice_constant=(4 / density) ** (1 / 3) * ARGON_SIGMA)
    atoms.calc = FastLennardJones(cutoff=cutoff * ARGON_SIGMA, shift=shift)
    thermal_velocities(atoms, 3 * T * KELVIN, seed=0)
    bath = VelocityRescaling(2 * T * KELVIN, 200, seed=0)
    simulate(atoms, 1000, STEP, bath, progress=False)
    bath.temperature = T * KELVIN
    simulate(atoms, 4000, STEP, bath, progress=False)
    return atoms, bath


# T, density, then pressure and energy an atom: Thol et al. 2016, doi:10.1063/1.4945000, and Kolafa and Nezbeda 1994,
# doi:10.1016/0378-3812(94)80001-4; at 0.85 NIST's Monte Carlo lies within 0.003 of both. All in reduced units.
STATES = [
    (1.0, 0.75, (0.39958, 0.39391), (-5.22125, -5.21878)),
    (0.85, 0.82, (0.55114, 0.54164), (-5.79547, -5.79568)),
    (2.0, 0.7, (3.03196, 3.02858), (-4.30240, -4.30064)),
    (1.5, 0.5, (0.41697, 0.41674), (-3.32402, -3.32874)),
]


@pytest.mark.parametrize(("T", "density", "pressures", "energies"), STATES)
def test_energy_and_pressure_are_those_of_the_equation_of_state(T, density, pressures, energies):
    cutoff = 4.0
    atoms, bath = liquid(T, density, 5, cutoff)
    run = simulate(atoms, 12_000, STEP, bath, every=10, progress=False, keep=("pressure",))
    n, V, rc = len(atoms), atoms.get_volume(), cutoff * ARGON_SIGMA
    U = block_average((run.potential_energy + long_range_correction(n, V, ARGON_EPSILON, ARGON_SIGMA, rc)) / n)
    P = block_average(run.pressure * units.GPa + pressure_tail(n, V, ARGON_EPSILON, ARGON_SIGMA, rc))
    unit = ARGON_EPSILON / ARGON_SIGMA**3
    U, U_error, P, P_error = U.value / ARGON_EPSILON, U.error / ARGON_EPSILON, P.value / unit, P.error / unit
    assert U_error < 0.01 and P_error < 0.05
    # the two equations differ by up to 0.01; 500 atoms differ from infinitely many by no more
    assert min(energies) - 4 * U_error - 0.005 < U < max(energies) + 4 * U_error + 0.005, (U, U_error)
    assert min(pressures) - 4 * P_error - 0.01 < P < max(pressures) + 4 * P_error + 0.01, (P, P_error)


def test_rahmans_argon():
    """Rahman 1964, doi:10.1103/PhysRev.136.A405: 864 atoms, 94.4 K, 1.374 g/cm^3, D = 2.43e-5 cm^2/s.

    Peaks of g(r) as in three runs of another program: 2.83-2.86 at 3.64-3.71 Å, .60-.62 at 5.2-5.3, 1.26-1.27 at 7.0.
    """
    density = 1.374 / (39.948 * units._amu * 1e27) * ARGON_SIGMA**3
    atoms, bath = liquid(94.4 / KELVIN, density, 6, cutoff=2.25)
    bath.relaxation_fs = 1000
    run = simulate(atoms, 8000, 10.0, bath, every=4, progress=False, keep=("velocities",))
    assert run.temperature.mean() == pytest.approx(94.4, abs=1.0)
    slope = diffusion_blocks(run.positions, 0.04, window=(2, 8))
    kubo = velocity_autocorrelation(run, max_fs=3000)
    assert slope.error < 0.01 and kubo.D_error[-1] < 0.01  # Å^2/ps = 1e-4 cm^2/s
    assert slope.D == pytest.approx(0.243, abs=4 * slope.error + 0.01)
    assert kubo.D[-1] == pytest.approx(slope.D, abs=4 * np.hypot(slope.error, kubo.D_error[-1]))
    assert kubo.C.min() < 0, "the atoms bounce back from the cage of their neighbours"
    found = radial_distribution([run.atoms(i) for i in range(0, len(run), 40)], 12.0, 200)
    for low, high, best, r, g in (
        (3.2, 4.5, np.argmax, 3.68, 2.85),
        (4.5, 6.2, np.argmin, 5.25, 0.61),
        (6.2, 8.0, np.argmax, 7.0, 1.265),
    ):
        inside = np.flatnonzero((found.r > low) & (found.r < high))
        at = inside[best(found.g[inside])]
        assert found.r[at] == pytest.approx(r, abs=0.15) and found.g[at] == pytest.approx(g, abs=0.04)


def test_the_map_of_phases_holds_what_is_known_of_it():
    phases = load("lj_phases")
    at = lambda T, line: np.interp(T, phases.T, line)  # noqa: E731
    # the other equation of state, Kolafa and Nezbeda 1994, solved by the same program
    assert at(0.7, phases.liquid) == pytest.approx(0.84277, abs=0.001)
    assert at(1.0, phases.gas) == pytest.approx(0.02946, abs=0.0005)
    # the triple point: freezing line and boiling line meet in one liquid
    assert phases.freezing[0] == pytest.approx(phases.liquid[0], abs=0.002)
    assert np.all(phases.melting > phases.freezing)
    below = phases.T < CRITICAL_T - 1e-4
    assert np.all(np.diff(phases.liquid[below]) < 0) and np.all(np.diff(phases.gas[below]) > 0)
    for T, density, name in (
        (0.5, 0.5, "crystal and gas"), (0.5, 1.05, "crystal"), (0.8, 0.9, "crystal and liquid"), (0.8, 0.82, "liquid"),
        (0.8, 0.3, "liquid and gas"), (0.8, 0.002, "gas"), (1.5, 0.3, "fluid, above the critical point"),
        (1.5, 1.1, "crystal"),
    ):  # fmt: skip
        assert phases.phase(T, density) == name
