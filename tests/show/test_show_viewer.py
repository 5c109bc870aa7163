"""The 3D viewer, as far as it can be seen without a browser."""

import io
import subprocess
import sys

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule
from ase.spacegroup import crystal
from patience import HANGS

from course_lib.dynamics.trajectory import Trajectory
from course_lib.show import nglview_version
from course_lib.show.atoms_3d import Scene, ball_radii
from course_lib.show.nglview_version import frontend_versions
from course_lib.show.viewer import MOST_FRAMES, view
from course_lib.structures import argon_crystal, lgps


def run_python(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=HANGS)


def a_trajectory(frames):
    atoms = argon_crystal(repeat=1)
    positions = atoms.positions + np.arange(frames)[:, None, None] * 0.01
    zero = np.zeros(frames)
    return Trajectory(
        list(atoms.symbols), atoms.cell.array, atoms.pbc, np.arange(frames) * 10.0, positions, zero, zero, zero
    )


def texts(box):
    return " ".join(child.value for child in box.children[-1].children if isinstance(getattr(child, "value", 0), str))


def test_the_kernel_asks_for_the_browser_side_that_is_installed():
    expected, shipped = frontend_versions()
    assert expected == shipped is not None
    assert view(argon_crystal(1)).scene.widget._view_module_version == shipped


def test_nglview_as_shipped_still_needs_the_stub():
    """When this fails, nglview has mended its versions and course_lib.show.nglview_version can go."""
    printed = run_python("import nglview; print(nglview.NGLWidget._view_module_version.default_value)").stdout.split()[
        -1
    ]
    assert printed != nglview_version.shipped_version()


def test_nglview_imported_too_early_is_one_sentence():
    code = "import nglview\nfrom course_lib.show.nglview_version import import_nglview\nimport_nglview()"
    error = run_python(code).stderr.strip().splitlines()[-1]
    assert error.startswith("ImportError: The 3D viewer would stay empty") and "Restart the kernel" in error


def test_without_the_browser_side_a_still_picture_and_a_sentence_stand_in(monkeypatch):
    monkeypatch.setattr(nglview_version, "jupyter_path", lambda name: [])
    box = view(argon_crystal(2))
    assert "not installed completely" in box.children[1].value
    assert box.scene.widget.value[:4] == b"\x89PNG"
    before = box.scene.widget.value
    box.scene.move(box.scene.atoms.positions + np.array([2.0, 0, 0]))
    assert box.scene.widget.value != before


def test_the_notebook_keeps_a_picture_beside_the_viewer():
    data = view(lgps(), highlight="Li")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in data and data["image/png"].startswith("iVBOR")
    assert data["text/plain"] == "3D view of 50 atoms, 1 of 1 frames"


def test_a_long_trajectory_is_thinned_and_says_so():
    box = view(a_trajectory(3 * MOST_FRAMES))
    assert f"{MOST_FRAMES} of {3 * MOST_FRAMES} frames" in texts(box)
    assert "0.00 ps" in texts(box)


def test_a_short_trajectory_is_shown_whole():
    assert "(20 frames)" in texts(view(a_trajectory(20)))


def test_the_slider_moves_the_atoms_to_the_frame_it_names():
    trajectory = a_trajectory(100)
    box = view(trajectory, every=10)
    play, slider, label, _ = box.children[-1].children
    slider.value = 7
    np.testing.assert_array_equal(box.scene.atoms.positions, trajectory.positions[70])
    assert label.value == "0.70 ps" and slider.max == play.max == 9


def test_a_list_of_atoms_is_a_film():
    frames = [molecule("H2O"), molecule("H2O")]
    frames[1].positions += 1.0
    box = view(frames)
    box.children[-1].children[1].value = 1
    np.testing.assert_array_equal(box.scene.atoms.positions, frames[1].positions)


def test_each_frame_is_wrapped_into_its_own_cell():
    """Along the periodic directions only, by whole cell vectors."""
    cell = np.array([[4.0, 0, 0], [1.5, 5.0, 0], [0.3, 0.7, 6.0]])
    positions = np.random.default_rng(1).normal(scale=20, size=(50, 3))
    frames = [Atoms("Ar50", positions, cell=size * cell, pbc=[True, True, False]) for size in (1, 1.5)]
    box = view(frames, wrap=True)
    for number, atoms in enumerate(frames):
        box.children[-1].children[1].value = number
        inside = box.scene.atoms.positions
        shift = (inside - positions) @ np.linalg.inv(atoms.cell)
        np.testing.assert_allclose(shift, np.round(shift), atol=1e-9)
        np.testing.assert_allclose(shift[:, 2], 0, atol=1e-12)
        fractional = inside @ np.linalg.inv(atoms.cell)
        assert np.all((fractional[:, :2] > -1e-6) & (fractional[:, :2] < 1 + 1e-6))


def test_the_given_atoms_are_left_alone():
    atoms = argon_crystal(2)
    atoms.positions += 30.0
    before = atoms.positions.copy()
    view(atoms, wrap=True)
    np.testing.assert_array_equal(atoms.positions, before)


def test_the_highlighted_element_is_the_largest():
    atoms = lgps()
    radii, lithium = ball_radii(atoms, "Li"), atoms.numbers == 3
    assert radii[lithium].min() > 1.5 * radii[~lithium].max()


@pytest.mark.parametrize("far", [-2000.0, 15_000.0, 1e6])
def test_atoms_far_from_the_origin_keep_their_distances(far):
    ethanol = molecule("CH3CH2OH")
    ethanol.positions += far
    seen = ase.io.read(io.StringIO(Scene(ethanol).pdb()), format="proteindatabank")
    np.testing.assert_allclose(seen.get_all_distances(), ethanol.get_all_distances(), atol=0.002)
    box = view([ethanol, ethanol])
    box.children[-1].children[1].value = 1
    np.testing.assert_allclose(box.scene.widget._coordinates_dict[0], seen.positions, atol=0.001)


def test_a_structure_from_a_cif_file_through_a_traj_file_is_shown(tmp_path):
    """ASE reads occupancies into ``info``; its traj file makes their keys text, at which its writers stop."""
    rocksalt = crystal(["Na", "Cl"], [(0, 0, 0), (0.5, 0.5, 0.5)], spacegroup=225, cellpar=[5.6] * 3 + [90] * 3)
    rocksalt.info["occupancy"] = {0: {"Na": 1.0}, 1: {"Cl": 1.0}}
    rocksalt.write(tmp_path / "salt.traj")
    box = view(ase.io.read(tmp_path / "salt.traj"))
    assert box.describe == "3D view of 8 atoms, 1 of 1 frames" and box.picture[:4] == b"\x89PNG"


@pytest.mark.parametrize(
    ("what", "options", "sentence"),
    [
        (Atoms(), {}, "no atoms"),
        ([], {}, "nothing to show"),
        (None, {}, "This is NoneType, not a structure"),
        ([1, 2], {}, "This is int, not a structure"),
        (molecule("H2O", pbc=True), {}, "direction that has no cell vector"),
        (Atoms("Ar2", [[0, 0, 0], [10_001, 0, 0]]), {}, "spread over more than 9999 Å"),
        ([molecule("H2O"), molecule("CH4")], {}, "same atoms"),
        (Atoms("Ar", [[np.nan, 0, 0]]), {}, "not finite"),
        (molecule("H2O"), {"highlight": "Li"}, "no Li to highlight: the structure has H, O"),
        (molecule("H2O"), {"every": 0}, "every is 0"),
    ],
)
def test_bad_input_is_one_sentence(what, options, sentence):
    with pytest.raises(ValueError, match=sentence):
        view(what, **options)


def test_a_trajectory_without_times_counts_its_frames():
    timed = a_trajectory(frames=3)
    box = view(Trajectory(timed.symbols, timed.cell, timed.pbc, positions=timed.positions))
    assert "frame 0" in texts(box) and "ps" not in texts(box)
