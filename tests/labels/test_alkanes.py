"""Relaxed alkanes: computed and loaded are the same, and without tblite the lecture still has them."""

import numpy as np
import pytest

from course_lib.labels import alkanes
from course_lib.labels.alkanes import relaxed_alkane, vibrations
from course_lib.labels.xtb import has_tblite


@pytest.mark.skipif(not has_tblite(), reason="tblite is not installed here (Windows, Macs with Intel)")
@pytest.mark.parametrize(("n", "torsions", "hold"), [(4, (65,), False), (4, (120,), True), (5, (65, 295), False)])
def test_loaded_is_what_tblite_computes(n, torsions, hold):
    computed, loaded = (relaxed_alkane(n, torsions, hold, compute=compute) for compute in (True, False))
    assert loaded.info["loaded"] and not computed.info["loaded"]
    assert loaded.get_potential_energy() == pytest.approx(computed.get_potential_energy(), abs=2e-4)
    assert np.allclose(loaded.get_all_distances(), computed.get_all_distances(), atol=0.02)
    if hold:
        assert computed.get_dihedral(0, 1, 2, 3) == pytest.approx(torsions[0], abs=0.5)


@pytest.mark.skipif(not has_tblite(), reason="tblite is not installed here (Windows, Macs with Intel)")
def test_vibrations_too():
    atoms = relaxed_alkane(4, (180,))
    assert np.allclose(vibrations(atoms, True), vibrations(atoms, False), rtol=0.02)


def test_without_tblite_all_of_the_lecture_is_there(monkeypatch, script):
    made = script("alkanes")
    monkeypatch.setattr(alkanes, "has_tblite", lambda: False)
    jobs = [(4, (angle,), False) for angle in made.STARTS] + [(5, torsions, False) for torsions in made.PENTANES]
    for n, torsions, hold in jobs + [(4, (angle,), True) for angle in made.SCAN]:
        assert relaxed_alkane(n, torsions, hold).info["loaded"]
    assert len(vibrations(relaxed_alkane(4, (65,)))) == 3 * 14 - 6
    with pytest.raises(ValueError, match="was not shipped"):
        relaxed_alkane(4, (77.7,))
    with pytest.raises(ValueError, match="were not shipped"):
        vibrations(relaxed_alkane(5, (65, 65)))
