"""A setting of a calculator acts or is refused, whenever it is given."""

import importlib.util

import pytest
from ase.build import bulk, molecule

from course_lib.dynamics.simulation import Simulation
from course_lib.labels import plane_wave
from course_lib.labels.dft import DFT
from course_lib.labels.plane_wave import PlaneWave
from course_lib.labels.universal import universal
from course_lib.labels.xtb import gfn2
from course_lib.learning.dataset import labels
from course_lib.potentials.behler_parrinello import BehlerParrinello
from course_lib.potentials.fast_lennard_jones import FastLennardJones


def needs(package):
    return pytest.mark.skipif(importlib.util.find_spec(package) is None, reason=f"{package} is not installed here")


def energy_with(calculator):
    hydrogen = molecule("H2")
    hydrogen.calc = calculator
    return hydrogen.get_potential_energy()


@needs("pyscf")
def test_dft_changed_afterwards_is_dft_made_so():
    hydrogen = molecule("H2")
    hydrogen.calc = DFT(basis="sto-3g")
    assert hydrogen.get_potential_energy() != pytest.approx(energy_with(DFT("b3lyp", "sto-3g")), abs=0.1)
    assert hydrogen.calc.set(functional="b3lyp") == {"functional": "b3lyp"}
    assert hydrogen.get_potential_energy() == pytest.approx(energy_with(DFT("b3lyp", "sto-3g")), abs=1e-6)
    hydrogen.calc.basis = "def2-svp"
    assert hydrogen.get_potential_energy() == pytest.approx(energy_with(DFT("b3lyp")), abs=1e-6)


@needs("pyscf")
def test_a_refused_setting_of_dft_changes_nothing():
    dft = DFT()
    with pytest.raises(ValueError, match="DFT has no setting xc: it has functional, basis, grid"):
        dft.set(xc="b3lyp")
    with pytest.raises(ValueError, match="grid level is 12"):
        dft.set(functional="b3lyp", grid=12)
    with pytest.raises(ValueError, match="no functional 'pbq'"):
        dft.functional = "pbq"
    with pytest.raises(ValueError, match="density_fit is 'no': give True or False"):
        dft.set(density_fit="no")
    assert (dft.functional, dft.grid) == ("pbe", 1)


def test_plane_waves_changed_afterwards_are_those_made_so(monkeypatch):
    monkeypatch.setattr(plane_wave.shutil, "which", lambda name: f"/usr/bin/{name}")  # a run is not asked for
    waves, made_so = PlaneWave(), PlaneWave("LDA", cutoff=300, kpoints=(2, 2, 4))
    waves.set(functional="LDA", kpoints=(2, 2, 4))
    waves.cutoff = 300
    assert waves.abinit_settings() == made_so.abinit_settings() != PlaneWave().abinit_settings()
    assert waves.folder == made_so.folder != PlaneWave().folder
    with pytest.raises(ValueError, match="PlaneWave has no setting ecut: it has functional, cutoff"):
        waves.set(ecut=300)


@needs("tblite")
def test_gfn2_takes_the_settings_of_tblite_and_no_others():
    tight_binding = gfn2()
    neutral = energy_with(tight_binding)
    tight_binding.set(charge=1, multiplicity=2)
    assert energy_with(tight_binding) > neutral + 10  # eV: an electron was taken away
    tight_binding.charge, tight_binding.multiplicity = 0, 1
    assert energy_with(tight_binding) == pytest.approx(neutral, abs=1e-6)
    with pytest.raises(ValueError, match="GFN2 has no setting functional: it has method, charge"):
        tight_binding.set(functional="pbe")


@needs("tblite")
@pytest.mark.parametrize("threads", [1, 2])
def test_gfn2_runs_on_its_threads(threads, monkeypatch):
    from tblite import ase
    from threadpoolctl import threadpool_info

    seen, create = [], ase._create_api_calculator
    monkeypatch.setattr(ase, "_create_api_calculator", lambda *a: (seen.extend(threadpool_info()), create(*a))[1])
    energy_with(gfn2(threads))
    assert {library["num_threads"] for library in seen if library["user_api"] == "openmp"} == {threads}


@needs("tblite")
def test_threads_are_a_whole_number():
    with pytest.raises(ValueError, match="threads is 0: give a whole number"):
        gfn2(threads=0)


@needs("chgnet")
def test_chgnet_has_no_such_settings():
    with pytest.raises(ValueError, match="has no setting threads: it has network"):
        universal("chgnet").set(threads=2)
    with pytest.raises(ValueError, match=r"threads is 1\.5: give a whole number"):
        universal("chgnet", threads=1.5)


@needs("tblite")
def test_a_periodic_direction_without_a_cell_vector_is_one_sentence():
    ethanol = molecule("CH3CH2OH")
    ethanol.pbc = True
    ethanol.calc = gfn2()
    with pytest.raises(ValueError, match="periodic along a direction that has no cell vector"):
        ethanol.get_potential_energy()


@pytest.mark.parametrize(
    "calculator", [pytest.param(f, marks=needs(p)) for f, p in ((universal, "chgnet"), (gfn2, "tblite"))]
)
def test_the_stress_of_a_left_handed_cell_is_the_slope_of_its_energy(calculator):
    """Two cell vectors exchanged are the same crystal: the same pressure, -dE/dV."""
    salt = bulk("NaCl", "rocksalt", a=5.9)
    calc = calculator()
    salt.calc = calc
    right = salt.get_stress()
    other = salt.copy()
    other.set_cell(salt.cell[[1, 0, 2]])
    assert salt.cell.handedness * other.cell.handedness == -1
    energies = []
    for stretch in (1.005, 0.995):
        stretched = other.copy()
        stretched.set_cell(other.cell * stretch, scale_atoms=True)
        stretched.calc = calc
        energies.append(stretched.get_potential_energy())
    slope = (energies[0] - energies[1]) / (other.get_volume() * (1.005**3 - 0.995**3))
    other.calc = calc
    assert other.get_stress() == pytest.approx(right, abs=1e-5)
    assert other.get_stress()[:3].mean() == pytest.approx(slope, rel=0.03)


@pytest.mark.parametrize("calculator", [FastLennardJones(), DFT()])
def test_an_attribute_that_means_nothing_is_refused(calculator):
    with pytest.raises(ValueError, match=f"{type(calculator).__name__} has no setting rc: it has"):
        calculator.rc = 6.0


def test_what_a_potential_was_made_of_cannot_be_changed():
    potential = BehlerParrinello(["Ar"])
    for name in ("cutoff", "elements", "functions"):
        with pytest.raises(AttributeError, match=f"{name} is used when a potential is made"):
            setattr(potential, name, 4.0)
    potential.scale, potential.E0 = 2.0, {"Ar": -1.0}
    atoms = bulk("Ar", a=5.4, cubic=True)
    atoms.calc = potential
    with pytest.raises(AttributeError, match=r"write atoms.calc = potential.calculator\(\)"):
        labels(atoms)
    atoms.calc = FastLennardJones
    with pytest.raises(ValueError, match=r"atoms.calc is a class and not yet a calculator: write FastLennardJones\(\)"):
        Simulation(atoms, 1.0)


def test_a_subclass_sets_what_it_likes_while_it_is_made():
    class Counting(FastLennardJones):
        def __init__(self, cutoff=8.0):
            super().__init__(cutoff=cutoff)
            self.calls = 0

    counting = Counting()
    counting.calls += 1
    with pytest.raises(ValueError, match="Counting has no setting rc: it has cutoff"):
        counting.rc = 6.0

    class Named(BehlerParrinello):
        def __init__(self, elements, seed=0):
            super().__init__(elements, seed=seed)
            self.elements, self.seed = tuple(elements), seed

    named = Named(["Ar"])
    with pytest.raises(AttributeError, match="seed is used when a potential is made"):
        named.seed = 1
