"""The vibrational spectrum against exact oscillations."""

import numpy as np
import pytest
from ase import units

from course_lib.analysis.spectrum import LIGHT, vibrational_spectrum
from course_lib.dynamics.trajectory import Trajectory


def swinging(wavenumbers, kT=0.03, frames=2000, dt_fs=2.0):
    """One hydrogen atom for each wavenumber (1/cm), swinging along x with energy kT."""
    t, n = np.arange(frames) * dt_fs, len(wavenumbers)
    m = 1.008
    v = np.zeros((frames, n, 3))
    v[:, :, 0] = np.sqrt(2 * kT / m) * units.fs * np.cos(2 * np.pi * LIGHT * np.outer(t, wavenumbers))
    none = np.zeros(frames)
    return Trajectory(["H"] * n, np.zeros((3, 3)), np.zeros(3, bool), t, 0 * v, none, none, none, velocities=v)


def test_a_line_where_the_oscillator_is_with_the_area_of_equipartition():
    lines = (900.0, 1600.0, 3700.0)
    x, S = vibrational_spectrum(swinging(lines))
    for line in lines:
        near = np.abs(x - line) < 150
        assert x[near][np.argmax(S[near])] == pytest.approx(line, abs=3)
        assert np.trapezoid(S[near], x[near]) == pytest.approx(0.03, rel=0.01)  # kT
    assert np.trapezoid(S, x) == pytest.approx(0.09, rel=0.01)


def test_the_width_is_that_of_the_piece():
    def width(length_fs):
        x, S = vibrational_spectrum(swinging([1600.0]), length_fs)
        above = x[S > S.max() / 2]
        return above[-1] - above[0]

    # the main lobe of a Hann window: Harris 1978, doi:10.1109/PROC.1978.10837, table 1
    for length, one_point in ((1000, 9), (2000, 5)):
        assert width(length) == pytest.approx(1.44 / (length * LIGHT), abs=one_point)


def test_what_cannot_be_a_spectrum_gets_one_sentence():
    run = swinging([1600.0], frames=100)
    for length in (4, 1000):
        with pytest.raises(ValueError, match="take a length between 8 frames and the whole"):
            vibrational_spectrum(run, length)
    run.velocities[5] = np.nan
    with pytest.raises(ValueError, match="velocities are not finite"):
        vibrational_spectrum(run)
    run.velocities = None
    with pytest.raises(ValueError, match="holds no velocities"):
        vibrational_spectrum(run)


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda t: t**1.01, "steps from .* equally spaced"),
        (lambda t: np.where(t > 100, t + 2, t), "steps from 2 to 4 fs"),
        (lambda t: t[::-1], "from 198 to 196 fs at frame 1: every frame must be later"),
        (lambda t: np.where(t == 100, 98, t), "from 98 to 98 fs at frame 50"),
        (lambda t: np.where(t == 100, np.nan, t), "not a finite number"),
        (lambda t: t[:1], "2 frames or more"),
    ],
    ids=["uneven", "a gap", "falling", "doubled", "NaN", "one frame"],
)
def test_a_time_axis_must_be_even(spoil, sentence):
    run = swinging([1600.0], frames=100)
    run.time_fs = spoil(run.time_fs)
    with pytest.raises(ValueError, match=sentence):
        vibrational_spectrum(run)


def test_isotopes_have_their_own_mass():
    """Deuterium that moves like hydrogen has twice its energy."""

    class Deuterated(Trajectory):
        def atoms(self, frame):
            atoms = super().atoms(frame)
            atoms.set_masses([2.014] * len(atoms))
            return atoms

    light = swinging([1600.0])
    x, heavy = vibrational_spectrum(Deuterated(**vars(light)))
    assert heavy == pytest.approx(2.014 / 1.008 * vibrational_spectrum(light)[1])
    assert np.trapezoid(heavy, x) == pytest.approx(0.03 * 2.014 / 1.008, rel=0.01)
