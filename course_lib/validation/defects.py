"""A crystal that is cut and broken: vacancy, surface, and an ion that hops into a vacancy."""

from typing import NamedTuple

import ase.build
import numpy as np
import spglib
from ase import Atoms, units
from ase.mep import NEB
from ase.optimize import BFGS

from course_lib.arguments import atoms_of_element, finite, positive, truth, whole
from course_lib.validation.prepare import at_rest, supercell, with_calculator

RATTLE = 0.02  # Å: breaks the symmetry, so that atoms around a vacancy can find the distorted minimum
# Migration into a vacancy by DFT (GGA) and NEB, eV: Chen, Ouyang, Song, Sun 2011, doi:10.1021/jp112202s.
PUBLISHED_BARRIERS = {"LiF": 0.729, "Li2O": 0.152}
VACUUM = 7.5  # Å on each side of a slab


class Defect(NamedTuple):
    """An energy (eV, or J/m^2 of a surface) and the number of atoms of the cell it was computed in."""

    energy: float
    atoms: int


def vacancy_energy(potential, crystal, edge=10.0, chemical_potential=None, fmax=0.03, steps=500):
    """Formation energy of a relaxed vacancy of the first atom, at constant cell, in eV.

    E_f = E(N - 1 atoms, relaxed) - E(N atoms) + mu

    Parameters
    ----------
    potential, crystal
        See :func:`course_lib.validation.prepare.with_calculator`; the crystal is at rest.
    edge : float
        Edges of the supercell are at least this long, in Å.
    chemical_potential : float, optional
        mu, the energy in eV of the atom where it goes; by default E(N)/N, for crystals of one element.
    fmax, steps
        See :func:`course_lib.validation.prepare.at_rest`.

    Returns
    -------
    Defect

    Raises
    ------
    ValueError
        For a compound without a chemical potential.
    """
    if chemical_potential is None and len(set(crystal.symbols)) > 1:
        raise ValueError(f"{crystal.symbols} is a compound: give the chemical_potential (eV) of the atom taken out.")
    whole_crystal = with_calculator(potential, supercell(crystal, edge))
    E, N = whole_crystal.get_potential_energy(), len(whole_crystal)
    mu = E / N if chemical_potential is None else finite("chemical_potential (eV)", chemical_potential)
    hole = whole_crystal.copy()
    del hole[0]
    hole.rattle(RATTLE, seed=0)
    return Defect(float(at_rest(potential, hole, False, fmax, steps).get_potential_energy() - E + mu), N)


def surface_energy(potential, crystal, facet=(1, 1, 1), thickness=8.0, relax=True, fmax=0.03, steps=500):
    """Energy of a facet, in J/m^2, of a slab that holds whole formula units.

    gamma = [E(slab) - N(slab) E(crystal)/N] / 2A

    The two sides of the slab may differ, then this is their mean. Facets are counted in the conventional cell, also
    where ``crystal`` is a primitive one; spglib finds it. Boettger 1994, doi:10.1103/PhysRevB.49.16798.

    Parameters
    ----------
    potential, crystal
        See :func:`course_lib.validation.prepare.with_calculator`; the crystal is at rest.
    facet : tuple of int
        Miller indices of the facet.
    thickness : float
        The slab is at least this thick, in Å; on both sides are 7.5 Å of vacuum.
    relax : bool
        Relax the positions; the cell stays.
    fmax, steps
        See :func:`course_lib.validation.prepare.at_rest`.

    Returns
    -------
    Defect
        Its energy is in J/m^2.
    """
    if np.shape(facet) != (3,) or not np.any(facet) or not all(isinstance(h, int | np.integer) for h in facet):
        raise ValueError(f"facet is {facet!r}: give three whole numbers that are not all zero, such as (1, 1, 1).")
    bulk = with_calculator(potential, crystal)
    sites = (bulk.cell.array, bulk.get_scaled_positions(), bulk.numbers)
    cell, places, numbers = spglib.standardize_cell(sites, symprec=0.01)
    unit = Atoms(numbers, scaled_positions=places, cell=cell, pbc=True)
    layers, slab = 1, ase.build.surface(unit, facet, 1)
    while np.ptp(slab.positions[:, 2]) < positive("thickness (Å)", thickness):
        layers += 1
        slab = ase.build.surface(unit, facet, layers)
    slab.center(VACUUM, axis=2)
    slab.pbc = True
    slab = at_rest(potential, slab, False, fmax, steps) if truth("relax", relax) else with_calculator(potential, slab)
    area = np.linalg.norm(np.cross(*slab.cell.array[:2]))
    E = slab.get_potential_energy() - len(slab) * bulk.get_potential_energy() / len(bulk)
    return Defect(float(E / (2 * area) * units.m**2 / units.J), len(slab))


def migration_barrier(potential, crystal, ion="Li", edge=8.0, images=3, fmax=0.05, steps=300):
    """Barrier in eV for an ion that hops into the nearest vacancy of its own kind, by a climbing nudged elastic band.

    Henkelman, Uberuaga and Jónsson 2000, doi:10.1063/1.1329672. The supercell stays neutral as a whole.

    Parameters
    ----------
    potential, crystal
        See :func:`course_lib.validation.prepare.with_calculator`; the crystal is at rest.
    ion : str
        Symbol of the ion that moves.
    edge : float
        Edges of the supercell are at least this long, in Å.
    images : int
        Number of images between the two ends.
    fmax, steps
        See :func:`course_lib.validation.prepare.at_rest`.

    Returns
    -------
    Defect

    Raises
    ------
    RuntimeError
        If the path does not come to rest in ``steps`` steps.
    """
    images = whole("images", images)
    crystal = with_calculator(potential, supercell(crystal, edge))
    hole, *others = atoms_of_element(crystal.get_chemical_symbols(), ion)
    if not others:
        raise ValueError(f"The supercell holds one {ion}: take a longer edge, so that another can hop.")
    hopper = min(others, key=lambda k: crystal.get_distance(hole, k, mic=True))
    start, end = crystal.copy(), crystal.copy()
    end.positions[hopper] -= crystal.get_distance(hole, hopper, mic=True, vector=True)
    del start[hole], end[hole]
    start, end = (at_rest(potential, atoms, False, fmax / 2, steps) for atoms in (start, end))
    path = [start, *(with_calculator(potential, start) for _ in range(images)), end]
    band = NEB(path, climb=True, method="improvedtangent", allow_shared_calculator=True)
    band.interpolate(mic=True)
    if not BFGS(band, logfile=None).run(fmax=positive("fmax (eV/Å)", fmax), steps=whole("steps", steps)):
        raise RuntimeError(f"The path of {ion} did not come to rest in {steps} steps: take more steps.")
    E = [image.get_potential_energy() for image in path]
    return Defect(float(max(E) - E[0]), len(crystal))
