"""Molecular dynamics of silicon with an ACE fitted to public DFT data (mlearn, Zuo et al. 2020)."""

import numpy as np
from ase.build import bulk

from course_lib.dynamics.simulation import simulate
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.learning.dataset import read_frames
from course_lib.learning.loss import Loss
from course_lib.potentials.ace import ACE


def test_ten_picoseconds_of_silicon_conserve_energy(public_data):
    """64 atoms at 300 K: the total energy drifts by less than 0.1 meV/atom, and nothing blows up."""
    frames = read_frames(public_data / "mlearn" / "Si_training.xyz")
    potential = ACE(("Si",), 5.0, (8, 6, 5), l_max=3)
    potential.fit(frames[::12], Loss(30.0, 1.0, per_atom=True))
    atoms = bulk("Si", cubic=True).repeat(2)
    atoms.calc = potential.calculator()
    thermal_velocities(atoms, 600, seed=1)  # half of it goes into the bonds
    run = simulate(atoms, 5000, 2.0, every=10, progress=False)
    total = (run.potential_energy + run.kinetic_energy) / len(atoms)
    time_ps = np.arange(len(total)) * 0.02
    drift = np.polyfit(time_ps, total, 1)[0] * time_ps[-1]
    assert abs(drift) < 1e-4  # eV
    assert np.ptp(total) < 0.05 * np.ptp(run.potential_energy / len(atoms))
    assert 250 < np.mean(run.temperature[100:]) < 350
