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
    run.velocities = None
    with pytest.raises(ValueError, match="holds no velocities"):
        vibrational_spectrum(run)
