"""One file of tests for every potential: what is true of any sum of site energies with exact forces."""

import numpy as np
import pytest
import torch
from ase import Atoms
from ase.build import bulk
from ase.constraints import FixAtoms
from matplotlib.figure import Figure
from scipy.spatial.transform import Rotation

from course_lib.dynamics.barostat import CellRescaling
from course_lib.dynamics.simulation import Simulation, simulate
from course_lib.dynamics.thermostats import Langevin
from course_lib.dynamics.velocities import thermal_velocities
from course_lib.learning.dataset import labelled
from course_lib.learning.loss import Loss
from course_lib.learning.training import train
from course_lib.learning.validation import errors
from course_lib.potentials.ace import ACE
from course_lib.potentials.base import Potential, PotentialCalculator
from course_lib.potentials.behler_parrinello import BehlerParrinello
from course_lib.potentials.cutoff import cosine_cutoff
from course_lib.potentials.fast_lennard_jones import FastLennardJones
from course_lib.potentials.gap import GAP
from course_lib.potentials.graph import Graph
from course_lib.potentials.lennard_jones import LennardJones
from course_lib.potentials.linear import LinearPotential
from course_lib.potentials.moment_tensor import MomentTensor
from course_lib.potentials.symmetry_functions import SymmetryFunctions
from course_lib.show.parity import draw_parity
from course_lib.structures import argon_crystal, ethanol


class Bells(Potential):
    """A toy family, written here to prove that nothing else is needed: e_i = sum_j w(Z_j) . bells(r_ij) + a layer."""

    def __init__(self, elements, cutoff=4.5, bells=6, seed=0):
        super().__init__(elements, cutoff)
        self.bells, self.seed = bells, seed
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.weights = torch.nn.Parameter(torch.randn(len(self.elements), bells).double() / 3)
            self.layer = torch.nn.Linear(bells, 1).double()

    def sites(self, graph):
        r = torch.linalg.vector_norm(graph.D, dim=1, keepdim=True)
        centres = torch.linspace(1, self.cutoff, self.bells, dtype=r.dtype)
        kind = torch.searchsorted(torch.tensor(self.numbers), graph.Z)
        each = self.weights[kind[graph.j]] * torch.exp(-((r - centres) ** 2)) * cosine_cutoff(r, self.cutoff)
        density = torch.zeros(len(graph.Z), self.bells, dtype=r.dtype).index_add(0, graph.i, each)
        return self.layer(torch.tanh(density))[:, 0]


class AsPotential:
    """A calculator of the course that is no fitted potential, in the same words."""

    def __init__(self, make, elements, cutoff):
        self.make, self.elements, self.cutoff = make, elements, cutoff

    def calculator(self):
        return self.make()

    def energy_and_forces(self, atoms):
        atoms = atoms.copy()
        atoms.calc = self.make()
        return atoms.get_potential_energy(), atoms.get_forces()

    def site_energies(self, atoms):
        atoms = atoms.copy()
        atoms.calc = self.make()
        return atoms.get_potential_energies()


def trained_looking(elements, r_c=4.5, **options):
    """A Behler-Parrinello potential with random weights and a scaling that brings its functions to life."""
    potential = BehlerParrinello(elements, SymmetryFunctions(elements, r_c=r_c, **options), hidden=(12, 12), seed=3)
    potential.standardise(potential.graph(structure(potential)))
    potential.E0, potential.scale = {symbol: -1.5 - k for k, symbol in enumerate(potential.elements)}, 2.0
    return potential


def with_weights(potential):
    """A linear potential with random weights, so scaled that its forces are of some eV/Å."""
    random = np.random.default_rng(3).normal(size=len(potential.coefficients))
    scale = potential.basis(Graph.of(structure(potential), potential.cutoff)).square().mean(dim=0).sqrt()
    with torch.no_grad():
        potential.coefficients.copy_(torch.from_numpy(random) / (1 + scale) / np.sqrt(len(random)))
    potential.E0 = {symbol: -1.5 - k for k, symbol in enumerate(potential.elements)}
    return potential


def with_points(potential):
    """A GAP whose sparse points are environments of a disordered structure."""
    potential.standardise(Graph.of(structure(potential, 7), potential.cutoff))
    return potential


def structure(potential, seed=0):
    """A disordered periodic structure of the potential's elements, atoms no closer than 1 Å."""
    if potential.elements == ("Ar",):
        atoms = bulk("Ar", "fcc", a=5.4, cubic=True).repeat(4)
        atoms.rattle(0.3, seed=seed)
        return atoms
    random = np.random.default_rng(seed)
    atoms = bulk("Po", "sc", a=1.9).repeat(4)
    atoms.symbols = random.choice(potential.elements, len(atoms))
    atoms.positions += random.uniform(-0.35, 0.35, atoms.positions.shape)
    return atoms


def with_walls(potential):
    """The same with walls at distances that the structures have."""
    potential.walls.copy_(torch.tensor([[1.7, 2.0], [2.0, 2.2]]))
    potential.scale = 0.3
    return potential


POTENTIALS = {
    "lennard_jones": lambda: AsPotential(lambda: LennardJones(), ("Ar",), 8.5),
    "fast_lennard_jones": lambda: AsPotential(lambda: FastLennardJones(), ("Ar",), 8.5),
    "behler_parrinello": lambda: trained_looking(("H", "C", "O")),
    "behler_parrinello, one element": lambda: trained_looking(("Si",), radial=6, zetas=(1.0, 2.5)),
    "ace": lambda: with_weights(ACE(("Si",), 4.5, degrees=(6, 6, 5), l_max=3)),
    "ace, two elements": lambda: with_weights(ACE(("H", "O"), 3.5, degrees=(4, 3, 2), l_max=2)),
    "ace, with walls": lambda: with_walls(with_weights(ACE(("H", "O"), 3.5, degrees=(4, 3), l_max=2))),
    "moment tensor": lambda: with_weights(MomentTensor(("Si",), 4.5, level=12)),
    "moment tensor, two elements": lambda: with_weights(MomentTensor(("H", "O"), 3.5, level=6)),
    "gap": lambda: with_weights(with_points(GAP(("Si",), 4.5, number=4, l_max=3, sparse=12))),
    "gap, three elements": lambda: with_weights(with_points(GAP(("H", "C", "O"), 3.5, 3, 2, zeta=2, sparse=5))),
    "toy": lambda: Bells(("H", "O")),
}
FITTED = [name for name in POTENTIALS if "lennard" not in name]


@pytest.fixture(params=POTENTIALS)
def potential(request):
    return POTENTIALS[request.param]()


@pytest.fixture(params=FITTED)
def fitted(request):
    return POTENTIALS[request.param]()


def test_turning_moving_and_renaming_change_nothing(potential):
    atoms = structure(potential)
    energy, forces = potential.energy_and_forces(atoms)
    turn = Rotation.random(random_state=1).as_matrix()
    turned = atoms.copy()
    turned.set_cell(atoms.cell.array @ turn.T)
    turned.positions = atoms.positions @ turn.T + [3.1, -7.7, 0.4]
    order = np.random.default_rng(2).permutation(len(atoms))
    for other, expected in ((turned, forces @ turn.T), (atoms[order], forces[order])):
        if isinstance(potential, AsPotential) and potential.make().__class__ is LennardJones and other is turned:
            continue  # the lesson's minimum image knows orthorhombic cells only
        e, f = potential.energy_and_forces(other)
        assert e == pytest.approx(energy, abs=1e-8)
        assert np.allclose(f, expected, rtol=0, atol=1e-8)


def test_site_energies_add_up(potential):
    atoms = structure(potential)
    sites = potential.site_energies(atoms)
    assert sites.shape == (len(atoms),)
    assert np.sum(sites) == pytest.approx(potential.energy_and_forces(atoms)[0], abs=1e-9)
    assert np.ptp(sites) > 1e-3, "all sites alike: this structure tests nothing"


def test_forces_are_minus_the_slope_of_the_energy(potential):
    atoms, h = structure(potential), 1e-4
    _, forces = potential.energy_and_forces(atoms)
    assert np.abs(forces).max() > 0.05 and np.allclose(forces.sum(axis=0), 0, atol=1e-9)
    for atom, axis in ((0, 0), (5, 1), (17, 2), (40, 0)):
        energies = []
        for step in (-2, -1, 1, 2):
            moved = atoms.copy()
            moved.positions[atom, axis] += step * h
            energies.append(potential.energy_and_forces(moved)[0])
        slope = np.dot([1, -8, 8, -1], energies) / (12 * h)
        assert forces[atom, axis] == pytest.approx(-slope, abs=2e-6 * max(1, np.abs(forces).max()))


def test_nothing_jumps_at_the_cutoff(fitted):
    """Two atoms pulled apart, and a third that comes in: energy and forces are continuous, and zero far away."""
    symbols = (fitted.elements * 3)[:3]
    alone = sum(fitted.energy_and_forces(Atoms(symbol, [[0, 0, 0]]))[0] for symbol in symbols)
    middle = fitted.cutoff
    for d in (1e-4, 1e-5):
        seen = []
        for r in (middle - d, middle + d):
            atoms = Atoms(symbols, [[0, 0, 0], [1.3, 0, 0], [0.65, np.sqrt(r**2 - 0.65**2), 0]])
            seen.append(fitted.energy_and_forces(atoms))
        assert abs(seen[0][0] - seen[1][0]) < 10 * d and np.abs(seen[0][1] - seen[1][1]).max() < 100 * d
    far = Atoms(symbols, [[0, 0, 0], [20, 0, 0], [0, 30, 0]])
    energy, forces = fitted.energy_and_forces(far)
    assert energy == pytest.approx(alone, abs=1e-12) and not forces.any()


def test_stress_is_the_slope_of_the_energy_by_strain(potential):
    """ASE's units, order and sign: dE/d(strain) / V, positive under tension; also with a left-handed cell."""
    atoms, h = structure(potential), 1e-5
    if isinstance(potential, AsPotential):
        atoms.positions += 0.1 * np.sin(atoms.positions)  # no symmetry left
    else:
        atoms.set_cell(atoms.cell.array @ [[1, 0.1, 0], [0, 1, -0.2], [0.05, 0, 1]], scale_atoms=True)
    left = atoms.copy()
    left.set_cell(atoms.cell.array[[1, 0, 2]])
    atoms.calc, left.calc = potential.calculator(), potential.calculator()
    stress = atoms.get_stress(voigt=False)
    assert np.abs(stress).max() > 1e-4 and np.allclose(left.get_stress(voigt=False), stress, atol=1e-12)
    for a, b in ((0, 0), (1, 1), (2, 2), (1, 2), (0, 2), (0, 1)):
        if potential.__class__ is AsPotential and potential.make().__class__ is LennardJones and a != b:
            continue  # the lesson's minimum image knows orthorhombic cells only
        energies = []
        for step in (-h, h):
            strained, bend = atoms.copy(), np.eye(3)
            bend[a, b] += step
            strained.set_cell(atoms.cell.array @ bend, scale_atoms=True)
            energies.append(potential.energy_and_forces(strained)[0])
        slope = (energies[1] - energies[0]) / (2 * h) / atoms.get_volume()
        assert stress[a, b] == pytest.approx(slope, abs=1e-6 * max(1, np.abs(stress).max()))


def test_a_compiled_twin_equals_the_definition(fitted):
    for atoms in (structure(fitted), Atoms(fitted.elements[:1], [[0, 0, 0]])):
        graph = Graph.of(atoms, fitted.cutoff)
        sites, forces, virial = fitted.evaluate(graph)  # nothing kept: the definition in torch
        kept = fitted.evaluate(fitted.graph(atoms))
        for found, expected in zip(kept, (sites, forces, virial)):
            assert torch.allclose(found, expected, rtol=0, atol=1e-10)
        results = fitted.predict(atoms)
        E0 = [fitted.E0[symbol] for symbol in atoms.symbols]
        assert np.allclose(results["energies"], sites.numpy() + E0, rtol=0, atol=1e-10)
        assert np.allclose(results["forces"], forces.numpy(), rtol=0, atol=1e-10)
        if atoms.pbc.all():
            found = (virial[0] / graph.volume).numpy()
            assert np.allclose(results["stress"], found[[0, 1, 2, 1, 0, 0], [0, 1, 2, 2, 2, 1]], rtol=0, atol=1e-10)


def test_the_rows_of_a_compiled_fit_are_those_of_the_definition():
    for name in ("ace, two elements", "moment tensor", "gap, three elements"):
        potential = POTENTIALS[name]()
        frames = [structure(potential)[:9], structure(potential, 1)]
        graph = Graph.of(frames, potential.cutoff)
        for found, expected in zip(potential.design(graph), LinearPotential.design(potential, graph)):
            assert torch.allclose(found, expected, rtol=1e-9, atol=1e-9 * float(expected.abs().max()))


def test_a_batch_equals_its_frames_one_by_one(fitted):
    frames = [structure(fitted, seed=4), Atoms(fitted.elements[:1], [[0, 0, 0]]), structure(fitted, seed=5)[:7]]
    together = fitted.evaluate(fitted.graph(frames))
    alone = [fitted.evaluate(fitted.graph(atoms)) for atoms in frames]
    for found, parts in zip(together, zip(*alone)):
        assert torch.allclose(found, torch.cat(parts), rtol=0, atol=1e-10)


def test_second_derivatives_are_right(fitted):
    """What training with forces rests on: by edges and weights, against finite differences."""
    atoms = structure(fitted)[:5]
    atoms.pbc = False
    graph = Graph.of(atoms, fitted.cutoff)
    D = graph.D.clone().requires_grad_()
    assert torch.autograd.gradgradcheck(lambda D: fitted.sites(graph.with_edges(D)).sum(), D, atol=1e-5)
    weights = list(fitted.parameters())
    kept = fitted.graph(atoms)

    def force_norm(part):
        return fitted.evaluate(part, learn=True).forces.square().sum()

    slopes = torch.autograd.grad(force_norm(kept), weights, allow_unused=True)
    for weight, slope in zip(weights, slopes):
        if slope is not None and len(weight):
            before, at, h = weight.data.clone(), (0,) * weight.dim(), 1e-5
            values = []
            for step in (-h, h):
                weight.data[at] = before[at] + step
                values.append(float(force_norm(graph).detach()))
            weight.data.copy_(before)
            expected = (values[1] - values[0]) / (2 * h)
            assert float(slope[at]) == pytest.approx(expected, rel=1e-4, abs=1e-6 * float(slope.abs().max() + 1))


def test_nothing_changes_the_dtype(fitted):
    atoms = structure(fitted)
    energy, forces = fitted.energy_and_forces(atoms)
    fitted.float()
    e, f = fitted.energy_and_forces(atoms)
    assert {tensor.dtype for tensor in fitted.parameters()} == {torch.float32}
    assert e == pytest.approx(energy, rel=1e-4) and np.allclose(f, forces, atol=1e-3 * np.abs(forces).max())
    frames = [labelled(atoms, energy, forces), labelled(structure(fitted, 1), energy, forces)]
    for dtype in (torch.float32, torch.float64):
        fitted.to(dtype)
        train(fitted, frames, frames, epochs=1, progress=False)
        assert {tensor.dtype for tensor in fitted.parameters()} == {dtype}


def test_twice_the_cell_has_twice_the_energy(potential):
    atoms = structure(potential)
    energy, forces = potential.energy_and_forces(atoms)
    double, f = potential.energy_and_forces(atoms.repeat((2, 1, 1)))
    assert double == pytest.approx(2 * energy, rel=1e-12)
    assert np.allclose(f, np.tile(forces, (2, 1)), atol=1e-9)


def test_a_cell_smaller_than_the_cutoff_is_as_good_as_many_of_them(fitted):
    random = np.random.default_rng(5)
    cell = [[2.6, 0.0, 0.0], [0.9, 2.4, 0.0], [-0.4, 0.5, 2.7]]
    symbols = (fitted.elements * 2)[:2]
    places = np.array([[0, 0, 0], [1.3, 1.2, 1.3]]) + random.uniform(-0.2, 0.2, (2, 3))
    small = Atoms(symbols, places, cell=cell, pbc=True)
    many = small.repeat((4, 4, 4))
    energy, forces = fitted.energy_and_forces(small)
    e, f = fitted.energy_and_forces(many)
    assert e == pytest.approx(64 * energy, rel=1e-11)
    assert np.allclose(f, np.tile(forces, (64, 1)), atol=1e-9)


def test_under_ase_the_numbers_are_the_same_and_energy_is_conserved(potential):
    atoms = structure(potential)
    energy, forces = potential.energy_and_forces(atoms)
    atoms.calc = potential.calculator()
    assert atoms.get_potential_energy() == pytest.approx(energy, abs=1e-12)
    assert np.allclose(atoms.get_forces(), forces, atol=1e-12)
    assert np.sum(atoms.get_potential_energies()) == pytest.approx(energy, abs=1e-9)

    def strays(dt_fs):
        moving = structure(potential)
        moving.calc = potential.calculator()
        thermal_velocities(moving, 50, seed=1)
        run = simulate(moving, round(10 / dt_fs), dt_fs, every=1, progress=False)
        total = run.potential_energy + run.kinetic_energy
        return np.abs(total - total[0]).max()

    assert strays(0.25) < 0.35 * strays(0.5), "the error of the energy must fall with the square of the time step"


def test_in_the_loop_of_a_simulation_the_forces_are_the_same(fitted):
    """The loop asks for forces alone; with a thermostat, a barostat and a fixed atom the path is that through ASE."""
    atoms = structure(fitted)
    forces, expected, before = fitted.force_function(atoms), fitted.predict(atoms)["forces"], atoms.positions.copy()
    atoms.positions[0] += 0.1  # these atoms may go on: the function has its own
    assert np.allclose(forces(before), expected, rtol=0, atol=1e-12)

    class ThroughASE(PotentialCalculator):
        force_function = None

    def run(calculator, fixed):
        atoms = structure(fitted)
        atoms.calc = calculator(fitted)
        atoms.set_constraint(FixAtoms([1] * fixed))
        thermal_velocities(atoms, 100, seed=1)
        barostat = CellRescaling(0.0, 1000.0, 0.1, every=5, seed=3) if atoms.pbc.all() and not fixed else None
        Simulation(atoms, 0.1, Langevin(100, seed=2), barostat=barostat).run(10)
        return np.concatenate([atoms.positions, atoms.cell.array])

    for fixed in (0, 1):
        assert np.allclose(run(PotentialCalculator, fixed), run(ThroughASE, fixed), rtol=0, atol=1e-9)


def test_saved_and_loaded_it_is_the_same(fitted, tmp_path):
    atoms = structure(fitted)
    fitted.save(tmp_path / "p.npz")
    again = type(fitted).load(tmp_path / "p.npz")
    assert again.elements == fitted.elements and again.cutoff == fitted.cutoff
    assert again.energy_and_forces(atoms)[0] == fitted.energy_and_forces(atoms)[0]
    assert np.array_equal(again.energy_and_forces(atoms)[1], fitted.energy_and_forces(atoms)[1])


def test_bad_input_gets_one_sentence(fitted, tmp_path):
    atoms = structure(fitted)
    broken = atoms.copy()
    broken.positions[3] = np.nan
    foreign = atoms.copy()
    foreign.symbols[0] = "Xe"
    close = atoms.copy()
    close.positions[0] = close.positions[1]
    no_cell = Atoms(fitted.elements[:1], [[0, 0, 0]], pbc=True)
    for wrong, sentence in (
        (broken, "not finite numbers"),
        (foreign, "the structure holds Xe"),
        (close, "same spot"),
        (Atoms(), "no atoms"),
        (no_cell, "no cell vector"),
    ):
        with pytest.raises(ValueError, match=sentence):
            fitted.energy_and_forces(wrong)
        with pytest.raises(ValueError, match=sentence):
            fitted.graph(wrong)
        if len(wrong):
            wrong.calc = fitted.calculator()
            with pytest.raises(ValueError, match=sentence):
                wrong.get_forces()
    with pytest.raises(FileNotFoundError, match="no potential"):
        type(fitted).load(tmp_path / "none.npz")
    (tmp_path / "bad.npz").write_bytes(b"nonsense")
    with pytest.raises(ValueError, match="cannot be read"):
        type(fitted).load(tmp_path / "bad.npz")
    other = type("Other", (type(fitted),), {})
    fitted.save(tmp_path / "p.npz")
    with np.load(tmp_path / "p.npz") as file:
        whole = dict(file)
    for part in sorted(set(whole) - {"potential"}):
        if part != "walls":  # files from before there were walls are read
            np.savez(tmp_path / "part.npz", **{name: array for name, array in whole.items() if name != part})
            with pytest.raises(ValueError, match=r"part\.npz is not whole .*: save it again"):
                type(fitted).load(tmp_path / "part.npz")
        np.savez(tmp_path / "part.npz", **whole | {part: np.append(whole[part], 0.0)})
        with pytest.raises(ValueError, match=r"part\.npz is not whole .*: save it again"):
            type(fitted).load(tmp_path / "part.npz")
    with pytest.raises(ValueError, match="load it with"):
        other.load(tmp_path / "p.npz")


def test_a_calculator_notices_that_its_potential_was_trained(fitted):
    atoms = structure(fitted)
    atoms.calc = fitted.calculator()
    before = atoms.get_potential_energy()
    energy, forces = fitted.energy_and_forces(atoms)
    frames = [labelled(atoms, energy + 1, forces + 0.1), labelled(structure(fitted, 1), energy - 1, forces)]
    train(fitted, frames, frames, epochs=2, progress=False)
    assert atoms.get_potential_energy() == fitted.energy_and_forces(atoms)[0] != before


def test_atoms_without_neighbours_have_forces_that_are_numbers(fitted):
    alone = Atoms(fitted.elements[:1], [[0, 0, 0]])
    forces = fitted.energy_and_forces(alone)[1]
    assert forces.dtype == float and not forces.any()
    with pytest.raises(ValueError, match="There are no frames"):
        fitted.graph([])


def test_other_edges_have_other_energies(fitted):
    """What is kept belongs to the edges it was computed for."""
    graph = fitted.graph(structure(fitted))
    moved = graph.with_edges(1.05 * graph.D)
    assert not moved.kept and not torch.allclose(fitted.sites(moved), fitted.sites(graph))


def test_a_potential_is_not_yet_a_calculator(fitted):
    atoms = structure(fitted)
    atoms.calc = fitted
    with pytest.raises(AttributeError, match=r"write atoms\.calc = potential\.calculator\(\)"):
        atoms.get_forces()
    molecule = Atoms(fitted.elements[:1], [[0, 0, 0]], calculator=fitted.calculator())
    with pytest.raises(NotImplementedError, match="not periodic in all directions"):
        molecule.get_stress()


def argon_frames(seeds):
    frames = []
    for seed in seeds:
        atoms = argon_crystal(2, lattice_constant=5.2 + 0.05 * (seed % 5))
        atoms.rattle(0.12, seed=seed)
        atoms.calc = FastLennardJones(cutoff=5.0)
        labels = atoms.get_potential_energy(), atoms.get_forces(), atoms.get_stress()
        frames.append(labelled(atoms, *labels))
    return frames


def test_a_toy_family_does_everything_that_a_potential_does(tmp_path):
    """Train with stress, save, load, run under a thermostat and a barostat, be drawn: with no other line anywhere."""
    frames, valid = argon_frames(range(12)), argon_frames(range(20, 24))
    toy = Bells(["Ar"], cutoff=5.0, bells=12)
    before = errors(toy, valid, check_units=False)
    settings = {"epochs": 100, "batch": 4, "learning_rate": 0.03, "progress": False}
    history = train(toy, frames, valid, Loss(1.0, 1.0, lambda_W=0.1), **settings)
    after = errors(toy, valid)
    assert after.force_mae < 0.5 * before.force_mae and after.stress_mae < 0.5 * before.stress_mae
    assert history.valid_loss[history.best] < 0.2 * history.valid_loss[0]
    toy.save(tmp_path / "toy.npz")
    again = Bells.load(tmp_path / "toy.npz")
    assert again.bells == 12 and again.energy_and_forces(valid[0])[0] == toy.energy_and_forces(valid[0])[0]
    atoms = argon_crystal(2)
    atoms.calc = again.calculator()
    thermal_velocities(atoms, 40, seed=1)
    path = simulate(atoms, 100, 4, Langevin(40), every=10, barostat=CellRescaling(), progress=False, keep=("pressure",))
    assert np.isfinite(path.pressure).all() and np.ptp(path.cells[:, 0, 0]) > 0
    figure = Figure()
    draw_parity(figure, after)
    assert len(figure.axes) == 3  # energy, forces, stress


def test_symmetry_functions_are_those_of_the_paper():
    """Against the sums of Behler 2011, doi:10.1063/1.3553717, equations 6 and 8, written as plain loops."""
    functions = SymmetryFunctions(("H", "C", "O"), r_c=3.0, radial=3, zetas=(1.0, 4.0), eta_angular=0.05)
    potential = BehlerParrinello(("H", "C", "O"), functions)
    atoms = ethanol()
    atoms.rattle(0.05, seed=2)
    G = potential.graph(atoms).kept["G"].numpy()
    assert np.allclose(potential.functions(Graph.of(atoms, 3.0)).numpy(), G, rtol=0, atol=1e-12)
    f_c = lambda r: 0.5 * (np.cos(np.pi * r / 3.0) + 1) if r < 3.0 else 0.0  # noqa: E731
    r, symbols, eta = atoms.get_all_distances(), atoms.get_chemical_symbols(), functions.eta_radial
    for i in range(len(atoms)):
        others = [j for j in range(len(atoms)) if j != i]
        expected = [
            sum(np.exp(-eta * (r[i, j] - R_s) ** 2) * f_c(r[i, j]) for j in others if symbols[j] == element)
            for element in ("H", "C", "O")
            for R_s in functions.centres
        ]
        for pair in functions.pairs:
            for zeta in (1.0, 4.0):
                for lam in (1, -1):
                    total = 0.0
                    for n, j in enumerate(others):
                        for k in others[n + 1 :]:
                            if sorted((symbols[j], symbols[k])) == sorted(pair):
                                cos = np.cos(np.radians(atoms.get_angle(j, i, k)))
                                bell = np.exp(-0.05 * (r[i, j] ** 2 + r[i, k] ** 2 + r[j, k] ** 2))
                                fff = f_c(r[i, j]) * f_c(r[i, k]) * f_c(r[j, k])
                                total += 2 ** (1 - zeta) * (1 + lam * cos) ** zeta * bell * fff
                    expected.append(total)
        assert np.allclose(G[i], expected, rtol=1e-10, atol=1e-12)
