"""Slices of MPtrj and MatPES, made here with EMT: what is read is what was computed, unit and sign included."""

import gzip
import json

import numpy as np
import pytest
from ase.build import bulk
from ase.calculators.emt import EMT
from ase.stress import full_3x3_to_voigt_6_stress, voigt_6_to_full_3x3_stress
from ase.units import GPa

from course_lib.data.universal_data import BEHIND_UNIVERSAL, read_universal_data
from course_lib.learning.dataset import check_frames, labels
from course_lib.learning.validation import errors

CORRECTION = -1.5  # eV per atom, as MP2020 adds some
STRETCH = np.array([[1.03, 0.01, 0], [0.01, 0.98, 0.02], [0, 0.02, 1.04]])


@pytest.fixture
def alloys():
    """Strained and shaken crystals of two systems, with EMT; no stress component is zero."""
    frames = []
    for n, cell in enumerate((bulk("Cu", cubic=True), bulk("CuAu", "rocksalt", a=5.0, cubic=True), bulk("Cu"))):
        cell.set_cell(cell.cell.array @ STRETCH, True)
        cell.rattle(0.05, seed=n)
        cell.calc = EMT()
        frames.append(cell)
    return frames


def structure(atoms):
    sites = zip(atoms.symbols, atoms.get_scaled_positions(wrap=False).tolist())
    listed = [{"species": [{"element": symbol, "occu": 1}], "abc": place, "label": symbol} for symbol, place in sites]
    return {"lattice": {"matrix": atoms.cell.array.tolist()}, "sites": listed}


def kbar_of_vasp(atoms):
    """VASP prints kbar, positive where the cell pushes outwards."""
    return -atoms.get_stress() / (0.1 * GPa)


def as_mptrj(frames):
    rows = {}
    for n, atoms in enumerate(frames):
        E = atoms.get_potential_energy()
        rows[f"mp-{n}"] = {
            f"mp-{n}-0-{n}": {
                "structure": structure(atoms),
                "energy_per_atom": E / len(atoms) + CORRECTION,
                "uncorrected_total_energy": E,
                "force": atoms.get_forces().tolist(),
                "stress": voigt_6_to_full_3x3_stress(kbar_of_vasp(atoms)).tolist(),
                "magmom": [0.5] * len(atoms) if n == 0 else None,
            }
        }
    return rows


def as_matpes(frames):
    return [
        {
            "structure": structure(atoms),
            "energy": atoms.get_potential_energy(),
            "forces": atoms.get_forces().tolist(),
            "stress": kbar_of_vasp(atoms).tolist(),
            "matpes_id": f"matpes-{n}",
        }
        for n, atoms in enumerate(frames)
    ]


def stress_from_strain(atoms, h=1e-4):
    """dE/d(strain) / V, symmetric, by central differences."""
    stress = np.zeros((3, 3))
    for a, b in np.ndindex(3, 3):
        for sign in (1, -1):
            strained, strain = atoms.copy(), np.eye(3)
            strain[a, b] += sign * h / 2
            strain[b, a] += sign * h / 2
            strained.set_cell(atoms.cell.array @ strain, scale_atoms=True)
            strained.calc = EMT()
            stress[a, b] += sign * strained.get_potential_energy() / (2 * h * atoms.get_volume())
    return full_3x3_to_voigt_6_stress(stress)


def write(folder, content, name="slice.json"):
    text = json.dumps(content).encode()
    (folder / name).write_bytes(gzip.compress(text) if name.endswith(".gz") else text)
    return folder / name


@pytest.mark.parametrize("form, name", [(as_mptrj, "slice.json"), (as_matpes, "slice.json.gz")])
def test_energy_forces_and_stress_are_those_that_were_computed(tmp_path, alloys, form, name):
    frames = read_universal_data(write(tmp_path, form(alloys), name), "Au-Cu", energy="raw")
    assert [len(atoms) for atoms in frames] == [8]
    known, made = labels(frames[0]), alloys[1]
    assert known.energy == pytest.approx(made.get_potential_energy())
    np.testing.assert_allclose(known.forces, made.get_forces())
    np.testing.assert_allclose(known.stress, stress_from_strain(frames[0]), atol=2e-6)  # eV/Å^3, unit, sign and order
    assert np.abs(known.stress).min() > 1e-4


@pytest.mark.parametrize("form", [as_mptrj, as_matpes])
def test_the_frames_are_taken_by_the_rest_of_the_course(tmp_path, alloys, form):
    frames = read_universal_data(write(tmp_path, form(alloys)), "Cu", energy="raw")
    check_frames(frames, needs=("energy", "forces", "stress"))
    found = errors(EMT(), frames)
    assert (found.energy_mae, found.force_mae, found.stress_mae) == pytest.approx((0, 0, 0), abs=1e-8)


def test_the_energy_of_mptrj_is_corrected_unless_the_raw_one_is_asked_for(tmp_path, alloys):
    path = write(tmp_path, as_mptrj(alloys))
    corrected, raw = (read_universal_data(path, "Cu", energy=which)[0] for which in ("corrected", "raw"))
    assert corrected.get_potential_energy() - raw.get_potential_energy() == pytest.approx(CORRECTION * len(raw))
    assert corrected.info["id"] == "mp-0-0-0" and corrected.get_magnetic_moments().tolist() == [0.5] * 4


def test_a_damaged_archive_is_one_sentence(tmp_path, alloys):
    path = write(tmp_path, as_matpes(alloys), "slice.json.gz")
    damaged = bytearray(path.read_bytes())
    middle = len(damaged) // 2
    damaged[middle : middle + 20] = bytes(20)
    path.write_bytes(damaged)
    with pytest.raises(ValueError, match=r"slice\.json\.gz cannot be read as JSON"):
        read_universal_data(path, "Cu")


@pytest.mark.parametrize("absent", [None, []])
def test_a_frame_without_stress_has_no_stress_label(tmp_path, alloys, absent):
    rows = as_mptrj(alloys)
    rows["mp-1"]["mp-1-0-1"]["stress"] = absent
    assert labels(read_universal_data(write(tmp_path, rows), "Cu-Au")[0]).stress is None


@pytest.mark.parametrize(
    "system, sentence",
    [
        ("Li-P-S", r"There is no Li-P-S in slice\.json: it holds Au-Cu, Cu\."),
        ("Au", "There is no Au in"),
        ("Li-Qq", "There is no element 'Qq'"),
        ("Cu-Cu", "none of them twice"),
    ],
)
def test_a_system_that_is_not_there_is_one_sentence(tmp_path, alloys, system, sentence):
    with pytest.raises(ValueError, match=sentence):
        read_universal_data(write(tmp_path, as_matpes(alloys)), system)


@pytest.mark.parametrize(
    "content, sentence",
    [
        (b"{", "cannot be read as JSON"),
        (b'{"a": 1}', "neither a list .* nor materials with frames"),
        (b"[]", "it holds nothing"),
        (b'[{"energy": 1}]', r"slice\.json: 0 cannot be read \(KeyError\('structure'\)\)"),
        (b"[1]", "cannot be read"),
    ],
)
def test_a_bad_file_is_one_sentence(tmp_path, content, sentence):
    path = tmp_path / "slice.json"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=sentence):
        read_universal_data(path, "Cu")


def test_what_cannot_be_used_is_one_sentence(tmp_path, alloys, monkeypatch):
    with pytest.raises(FileNotFoundError, match="There is no file"):
        read_universal_data(tmp_path / "absent.json", "Cu")
    rows = as_matpes(alloys)
    path = write(tmp_path, rows)
    with pytest.raises(ValueError, match="choose corrected or raw"):
        read_universal_data(path, "Cu", energy="free")
    monkeypatch.setattr("course_lib.data.universal_data.LARGEST", 10)
    with pytest.raises(ValueError, match="cut out the system you need first"):
        read_universal_data(path, "Cu")
    monkeypatch.undo()
    rows[0]["structure"]["sites"][0]["species"].append({"element": "Au", "occu": 0.5})
    with pytest.raises(ValueError, match="a site is shared by several elements"):
        read_universal_data(write(tmp_path, rows), "Cu")


def test_chgnet_multiplies_by_the_same_number():
    """The independent source of the unit and the sign: how CHGNet's own training reads MPtrj."""
    dataset = pytest.importorskip("chgnet.data.dataset")
    with open(dataset.__file__, encoding="utf-8") as file:
        assert "# Convert VASP stress" in (text := file.read()) and "(-0.1)" in text


def test_every_set_says_where_it_comes_from():
    assert {"MPtrj", "Alexandria"} < {one.name for one in BEHIND_UNIVERSAL}
    assert all(one.source.startswith("10.") and all(one) for one in BEHIND_UNIVERSAL)
