"""Each quantity of the card against an exact limit or a published figure, and the card as a whole."""

import importlib.util

import numpy as np
import pytest
from ase import Atoms, units
from ase.build import bulk, fcc100, fcc111
from ase.calculators.calculator import Calculator, all_changes
from ase.calculators.emt import EMT
from ase.calculators.lj import LennardJones
from ase.calculators.singlepoint import SinglePointCalculator
from ase.constraints import FixAtoms
from ase.optimize import FIRE

from course_lib.learning.dataset import labelled
from course_lib.potentials.behler_parrinello import BehlerParrinello
from course_lib.potentials.lennard_jones import ARGON_EPSILON, ARGON_SIGMA, pair_energy_and_slope
from course_lib.potentials.pair_crystal import ARGON_MASS, equilibrium, fcc_shells
from course_lib.validation.card import PARTS, card
from course_lib.validation.contacts import dimer
from course_lib.validation.crystal import elastic_constants, equation_of_state, phonons, pressure_at
from course_lib.validation.defects import migration_barrier, surface_energy, vacancy_energy
from course_lib.validation.motion import drift_of, energy_drift, first_peak
from course_lib.validation.prepare import at_rest, supercell
from course_lib.validation.softening import softening_slope

CUTOFF = 13.9  # Å, between two shells of the crystal in all cells of this file


class Weak(EMT):
    """EMT with forces 0.8 times too small."""

    def calculate(self, *args, **kwargs):
        super().calculate(*args, **kwargs)
        self.results["forces"] = 0.8 * self.results["forces"]


class Buckingham(Calculator):
    """Two atoms with A exp(-B r) - C / r^6, which falls without end at short distance."""

    implemented_properties = ("energy", "forces")

    def calculate(self, atoms=None, properties=None, system_changes=all_changes):
        super().calculate(atoms, properties, system_changes)
        r = atoms.get_distance(0, 1, mic=True)
        self.results = {"energy": self.energy(r), "forces": np.zeros((2, 3))}

    @staticmethod
    def energy(r):
        return 1e4 * np.exp(-4 * r) - 50 / r**6


@pytest.fixture
def potential():
    return LennardJones(epsilon=ARGON_EPSILON, sigma=ARGON_SIGMA, rc=CUTOFF)  # of ASE: it takes small cells


@pytest.fixture
def argon(potential):
    return at_rest(potential, bulk("Ar", "fcc", a=5.25), fmax=1e-4)


@pytest.fixture
def copper():
    return at_rest(EMT(), bulk("Cu"), fmax=1e-4)


@pytest.fixture
def exact():
    """Lattice constant, energy (eV) and bulk modulus (GPa) of the LJ crystal, from sums over its shells."""
    distance, count = fcc_shells()
    inside = distance * 5.25 < CUTOFF
    distance, count = distance[inside], count[inside]

    def energy(a):
        phi, _ = pair_energy_and_slope(a * distance, ARGON_EPSILON, ARGON_SIGMA)
        return 0.5 * np.sum(count * (phi - pair_energy_and_slope(CUTOFF, ARGON_EPSILON, ARGON_SIGMA)[0]))

    a, E = equilibrium(energy, 5.25)
    h = 0.01  # d2E/da2; at the minimum V d2E/dV2 = a^2 d2E/da2 / 9 V
    second = (energy(a + h) - 2 * energy(a) + energy(a - h)) / h**2
    return a, E, a**2 * second / (9 * a**3 / 4) / units.GPa


def test_the_equation_of_state_is_that_of_the_lattice_sums(potential, argon, exact):
    a, E, B = exact
    state = equation_of_state(potential, argon, range_of_volume=0.03)
    assert state.volume == pytest.approx(a**3 / 4, rel=1e-4)
    assert state.energy == pytest.approx(E, rel=1e-6)
    assert state.bulk_modulus == pytest.approx(B, rel=3e-3)


def test_elastic_constants_of_central_forces_obey_cauchy(potential, argon, exact):
    C, B = elastic_constants(potential, argon, strain=0.002)
    assert exact[2] == pytest.approx(B, rel=3e-3)
    assert C[0, 1] == pytest.approx(C[3, 3], rel=3e-3)  # C12 = C44 without pressure, each atom a centre of symmetry
    assert C[0, 0] == pytest.approx(C[2, 2]) and C[0, 3] == pytest.approx(0, abs=1e-3)


def test_positions_relax_inside_a_strained_cell():
    """In diamond the two atoms move against each other under shear: without this C44 is too large."""
    from ase.calculators.tersoff import Tersoff, TersoffParameters

    # Tersoff 1988, doi:10.1103/PhysRevB.38.9902 (T3); C44 and C11 of it: 69 and 143 GPa there.
    T3 = TersoffParameters(
        3, 1, 0, 100390, 16.217, -0.59825, 0.78734, 1.1e-6, 1.73222, 471.18, 2.85, 0.15, 2.4799, 1830.8
    )
    silicon = Tersoff({("Si", "Si", "Si"): T3})
    C, B = elastic_constants(silicon, at_rest(silicon, bulk("Si")))
    assert C[0, 0] == pytest.approx(143, abs=3) and C[3, 3] == pytest.approx(69, abs=2)
    assert pytest.approx(98, abs=2) == B


def test_optical_phonons_are_those_of_the_exact_dynamical_matrix(potential, argon, exact):
    """Gamma of the cubic cell holds X of the primitive one: D = sum_R Phi(R) (1 - cos q R) / m."""
    a = exact[0]
    steps = np.arange(-6, 7)
    R = np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    R = a / 2 * R[(R.sum(axis=1) % 2 == 0) & (R != 0).any(axis=1)]
    r = np.linalg.norm(R, axis=1)
    R, r = R[r < CUTOFF], r[r < CUTOFF]
    slope = pair_energy_and_slope(r, ARGON_EPSILON, ARGON_SIGMA)[1]
    h = 1e-4
    second = (pair_energy_and_slope(r + h, ARGON_EPSILON, ARGON_SIGMA)[1] - slope) / h
    outer = R[:, :, None] * R[:, None, :] / r[:, None, None] ** 2
    Phi = (second - slope / r)[:, None, None] * outer + (slope / r)[:, None, None] * np.eye(3)
    D = np.sum(Phi * (1 - np.cos(R @ [2 * np.pi / a, 0, 0]))[:, None, None], axis=0) / ARGON_MASS
    exact_thz = np.sqrt(np.linalg.eigvalsh(D)) * units.fs * 1000 / (2 * np.pi)
    cubic = at_rest(potential, bulk("Ar", "fcc", a=5.25, cubic=True), fmax=1e-4)
    found = phonons(potential, cubic, mesh=1)
    np.testing.assert_allclose(found.gamma[:3], 0, atol=1e-3)
    np.testing.assert_allclose(np.sort(found.gamma[3:]), np.sort(np.tile(exact_thz, 3)), rtol=3e-3)


def test_heavier_isotopes_vibrate_more_slowly(copper):
    light = copper.repeat((2, 1, 1))
    heavy = light.copy()
    heavy.set_masses(4 * light.get_masses())
    fast, slow = (phonons(EMT(), atoms, edge=5, mesh=3) for atoms in (light, heavy))
    assert slow.gamma[-1] == pytest.approx(fast.gamma[-1] / 2, rel=1e-6)  # omega = (k/m)^(1/2)


def test_a_crystal_that_is_no_minimum_has_an_imaginary_phonon():
    assert phonons(EMT(), bulk("Cu", "sc", a=2.4), edge=7).lowest < -0.5


def test_squeezed_copper_pushes_back(copper):
    B = equation_of_state(EMT(), copper).bulk_modulus
    assert pressure_at(EMT(), copper, 0.999) == pytest.approx(0.001 * B, rel=0.02)  # P = -B dV/V
    assert pressure_at(EMT(), copper) > 100


def test_a_vacancy_of_a_pair_potential_costs_the_cohesive_energy():
    """Without relaxation it is exactly E(N)/N; relaxation takes a few percent at most."""
    potential = LennardJones(epsilon=ARGON_EPSILON, sigma=ARGON_SIGMA, rc=2.45 * ARGON_SIGMA)  # between two shells
    argon = at_rest(potential, bulk("Ar", "fcc", a=5.28), fmax=1e-4)
    cohesive = -argon.get_potential_energy()
    found, N = vacancy_energy(potential, argon, edge=17, fmax=0.002)
    assert N == 125 and 0.95 * cohesive < found < cohesive


def test_facets_are_counted_in_the_conventional_cell_whatever_the_cell(copper):
    a = copper.cell.lengths()[0] * np.sqrt(2)
    cubic = at_rest(EMT(), bulk("Cu", cubic=True))
    for facet, build in (((1, 1, 1), fcc111), ((1, 0, 0), fcc100)):
        slab = build("Cu", (1, 1, 6), a=a, vacuum=8, periodic=True)
        slab.calc = EMT()
        area = np.linalg.norm(np.cross(*slab.cell.array[:2]))
        gamma = (slab.get_potential_energy() - 6 * copper.get_potential_energy()) / (2 * area) * units.m**2 / units.J
        for crystal in (copper, cubic):
            assert surface_energy(EMT(), crystal, facet, relax=False).energy == pytest.approx(gamma, rel=5e-3)
    assert surface_energy(EMT(), copper).energy < surface_energy(EMT(), copper, relax=False).energy


def test_a_slab_of_a_compound_holds_whole_formula_units():
    salt = bulk("CuAu", "rocksalt", a=5.2)
    relaxed = surface_energy(EMT(), salt, (1, 0, 0), relax=False)
    assert relaxed.atoms % 2 == 0 and np.isfinite(relaxed.energy)


def test_the_barrier_is_the_energy_of_the_symmetric_saddle(copper):
    """By symmetry the saddle of a hop into a neighbouring vacancy is the middle of the way."""
    found = migration_barrier(EMT(), copper, "Cu", edge=7, images=1)
    cell = supercell(copper, 7)
    hopper = 1 + int(np.argmin(cell.get_distances(0, range(1, len(cell)), mic=True)))
    E = []
    for half in (0, 0.5):
        atoms = cell.copy()
        atoms.positions[hopper] += half * atoms.get_distance(hopper, 0, mic=True, vector=True)
        atoms.set_constraint(FixAtoms([hopper - 1] if half else []))
        del atoms[0]
        atoms.set_constraint(FixAtoms([hopper - 1] if half else []))
        atoms.calc = EMT()
        FIRE(atoms, logfile=None).run(fmax=0.01)
        E.append(atoms.get_potential_energy())
    assert found.energy == pytest.approx(E[1] - E[0], abs=0.01)


def test_a_dimer_of_lennard_jones_is_lennard_jones(potential):
    curve = dimer(potential, ("Ar", "Ar"), points=571)
    r, depth = curve.well
    assert r == pytest.approx(2 ** (1 / 6) * ARGON_SIGMA, abs=0.01)
    near = pair_energy_and_slope(0.3, ARGON_EPSILON, ARGON_SIGMA)[0]
    assert depth == pytest.approx(ARGON_EPSILON, rel=0.02)  # at 10 Å the pair and its copies still attract a little
    assert curve.energy[0] == pytest.approx(near, rel=1e-6) and curve.turnover is None


def test_the_distance_where_repulsion_ends_is_found():
    curve = dimer(Buckingham(), ("Ar", "Ar"), points=571)
    r = np.linspace(0.3, 1.6, 100_000)
    assert curve.turnover == pytest.approx(r[np.argmax(Buckingham.energy(r))], abs=0.02)
    assert curve.energy[0] < -1000


def test_a_drift_is_found_with_its_error_and_none_where_there_is_none():
    random, t = np.random.default_rng(0), np.arange(400) / 100
    seen = drift_of(t, 5 + 0.7 * t + random.normal(scale=0.5, size=400))
    assert abs(seen.slope - 0.7) < 3 * seen.error < 0.3
    tries = [drift_of(t, random.normal(scale=0.5, size=400)) for _ in range(200)]
    assert 0.85 < np.mean([abs(one.slope) < 2 * one.error for one in tries]) < 0.99
    with pytest.raises(ValueError, match="give 40 or more"):
        drift_of(t[:30], t[:30])


def test_a_short_run_of_argon_keeps_its_energy_and_its_neighbours(potential, argon):
    drift = energy_drift(potential, argon, temperature=20, steps=60, timestep_fs=5, edge=10)
    assert abs(drift.slope) < 0.1 + 3 * drift.error  # meV/atom/ps; the kinetic energy is 2.6 meV/atom
    peak = first_peak(potential, argon, temperature=20, steps=100, timestep_fs=5, edge=10)
    assert peak.r == pytest.approx(argon.cell.lengths()[0], abs=0.1)


def shaken(n, scale=0.1):
    frames = []
    for seed in range(n):
        atoms = bulk("Cu", cubic=True)
        atoms.rattle(scale, seed=seed)
        atoms.calc = EMT()
        frames.append(labelled(atoms, atoms.get_potential_energy(), atoms.get_forces()))
    return frames


def test_the_softening_slope_is_the_factor_of_the_forces():
    slope, error = softening_slope(Weak(), shaken(8))
    assert slope == pytest.approx(0.8) and error == pytest.approx(0, abs=1e-12)


def test_the_error_of_the_slope_covers_noise():
    random, frames = np.random.default_rng(1), []
    for atoms in shaken(40):
        known = atoms.calc.results
        noisy = known["forces"] / 0.9 + random.normal(scale=0.3, size=known["forces"].shape)
        frames.append(labelled(atoms, known["energy"], noisy))
    slope, error = softening_slope(EMT(), frames)
    attenuated = 0.9 / (1 + 0.3**2 / np.mean((shaken(40)[0].get_forces() / 0.9) ** 2))
    assert 0.001 < error < 0.05 and abs(slope - attenuated) < 0.05


@pytest.mark.parametrize(
    "frames, sentence",
    [
        (shaken(2), "2 labelled frames: give four or more"),
        (shaken(4, scale=1e-4), "these frames are at rest"),
        ([labelled(bulk("Cu"), energy=0.0)] * 4, "no labelled forces"),
    ],
)
def test_frames_that_say_nothing_about_softening_are_refused(frames, sentence):
    with pytest.raises(ValueError, match=sentence):
        softening_slope(EMT(), frames)


def test_the_card_of_copper_has_every_row_and_says_what_is_missing():
    found = card(EMT(), bulk("Cu"), frames=shaken(8), parts=set(PARTS) - {"rdf", "drift"}, progress=False)
    assert found["B0"].value == pytest.approx(found["B from stress"].value, rel=0.01)
    assert found["softening slope"].value == pytest.approx(1)
    missing = [row for row in found.rows if np.isnan(row.value)]
    assert [row.how for row in missing] == ["not computed: There is no Li here: there are Cu."]
    text, page = str(found), found._repr_html_()
    assert text.startswith("EMT on Cu") and "134.4" in text and "134.4" in page and "–" in text
    assert len(text.splitlines()) == 1 + len(found.rows) == page.count("<tr>")
    with pytest.raises(KeyError, match="The card has no 'colour': it has cell volume"):
        found["colour"]


def test_a_potential_of_our_own_has_a_card_too():
    crystal, potential = bulk("Cu"), BehlerParrinello(("Cu",))
    found = card(potential, crystal, parts="squeezed", progress=False)
    assert found.title == "BehlerParrinello on Cu"
    assert found["pressure"].value == pytest.approx(pressure_at(potential.calculator(), at_rest(potential, crystal)))


def test_a_potential_that_fails_makes_rows_that_say_why():
    broken = SinglePointCalculator(bulk("Si"), energy=1.0)
    found = card(broken, bulk("Si"), parts=("elastic", "vacancy", "contacts", "softening"), progress=False)
    assert len(found.rows) == 5 and all(
        np.isnan(row.value) and row.how.startswith("not computed: ") for row in found.rows
    )
    salt = card(EMT(), bulk("CuAu", "rocksalt", a=5.2), parts="vacancy", progress=False)
    assert "CuAu is a compound: give the chemical_potential" in salt["vacancy"].how


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda: card("chgnet", bulk("Cu")), "This is 'chgnet': give an ASE calculator or a fitted potential"),
        (lambda: card(EMT, bulk("Cu")), "give an ASE calculator"),
        (lambda: card(EMT(), Atoms("Cu")), "Cu is not periodic in all directions"),
        (lambda: card(EMT(), "Cu"), "This is str, not a structure"),
        (lambda: card(EMT(), bulk("Cu"), parts="colour"), "There is no part 'colour' of a card: choose from eos"),
        (lambda: card(EMT(), bulk("Cu"), temperature=-1), "The temperature"),
        (lambda: surface_energy(EMT(), bulk("Cu"), (0, 0, 0)), "give three whole numbers that are not all zero"),
        (lambda: surface_energy(EMT(), bulk("Cu"), "111"), "give three whole numbers"),
        (lambda: equation_of_state(EMT(), bulk("Cu", a=4.5)), "The energy has no minimum from"),
        (lambda: equation_of_state(EMT(), bulk("Cu"), 0.7), "give less than 0.5"),
        (lambda: elastic_constants(EMT(), bulk("Cu"), 0.2), "give 0.05 or less"),
        (lambda: pressure_at(EMT(), bulk("Cu"), 0), "ratio"),
        (lambda: phonons(EMT(), bulk("Cu"), displacement=0), "displacement"),
        (lambda: vacancy_energy(EMT(), bulk("Cu"), edge=-1), "The edge"),
        (lambda: dimer(EMT(), ("Cu",)), "pair is Cu: give two symbols"),
        (lambda: dimer(EMT(), ("Cu", "Qq")), "There is no element 'Qq'"),
        (lambda: dimer(EMT(), ("Cu", "Cu"), (0, 5)), "distances go from 0.0 to 5.0"),
        (lambda: migration_barrier(EMT(), bulk("Cu"), "Li"), "There is no Li here"),
        (lambda: energy_drift(EMT(), bulk("Cu"), steps=10), "steps is 10: give a whole number, 40 or more"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


def test_what_does_not_come_to_rest_is_one_sentence():
    atoms = bulk("Cu", cubic=True)
    atoms.rattle(0.2, seed=0)
    with pytest.raises(RuntimeError, match="did not come to rest in 1 steps"):
        at_rest(EMT(), atoms, steps=1)


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("chgnet") is None, reason="CHGNet IS NOT INSTALLED HERE")
def test_the_card_of_chgnet_for_silicon_shows_its_known_failures():
    """Too soft, as Deng et al. 2025 found it (doi:10.1038/s41524-024-01500-6): measured are 15.5 THz and 98 GPa."""
    from course_lib.labels.universal import universal

    found = card(universal("chgnet"), bulk("Si"), parts=("eos", "phonons", "vacancy", "contacts"), progress=False)
    assert found["optical phonon"].value == pytest.approx(11.9, abs=0.3)
    assert found["B0"].value == pytest.approx(78, abs=5)
    assert found["vacancy"].value == pytest.approx(0.87, abs=0.05)  # DFT: about 3.5 eV
    assert "atoms can fall into each other" in found["Si-Si contact"].how
