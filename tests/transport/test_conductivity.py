"""Nernst-Einstein and Arrhenius: published numbers, and other people's code."""

import numpy as np
import pytest
import scipy.constants as si
from scipy.optimize import curve_fit
from scipy.stats import linregress

from course_lib.data.lgps_published import (
    MEASURED_LI_DENSITY,
    MEASURED_SIGMA,
    PFP_D,
    PFP_LOG10_D,
    PFP_TEMPERATURE,
)
from course_lib.structures import lgps
from course_lib.transport.arrhenius import BOLTZMANN, fit_arrhenius
from course_lib.transport.conductivity import CM2_PER_S, diffusivity, nernst_einstein


def test_twelve_millisiemens_at_300_K_is_a_d_of_92e_9():
    assert MEASURED_LI_DENSITY * 1e24 == pytest.approx(2.10e22, rel=1e-3)  # in 1/cm^3
    assert diffusivity(MEASURED_SIGMA, MEASURED_LI_DENSITY, 300) * CM2_PER_S == pytest.approx(9.2e-8, rel=5e-3)


def test_nernst_einstein_is_the_formula_in_si_units():
    D, density, T = 0.37, 0.0205, 650.0  # Å^2/ps, 1/Å^3, K
    in_si = (density * 1e30) * si.e**2 * (D * 1e-8) / (si.k * T)  # S/m
    assert nernst_einstein(D, density, T) == pytest.approx(in_si / 100, rel=1e-12)
    assert diffusivity(nernst_einstein(D, density, T), density, T) == pytest.approx(D, rel=1e-12)


def test_charge_and_haven_ratio():
    one = nernst_einstein(1.0, 0.02, 500)
    assert nernst_einstein(1.0, 0.02, 500, charge=2) == pytest.approx(4 * one)
    assert nernst_einstein(1.0, 0.02, 500, charge=-1) == pytest.approx(one)
    assert nernst_einstein(1.0, 0.02, 500, haven_ratio=0.5) == pytest.approx(2 * one)


@pytest.mark.parametrize(
    "window, Ea, sigma",
    [(PFP_TEMPERATURE <= 723, 0.253, 0.012), (np.isin(PFP_TEMPERATURE, [623, 823, 1023]), 0.139, 0.150)],
)
def test_the_published_table_says_what_its_temperature_window_says(window, Ea, sigma):
    fit = fit_arrhenius(PFP_TEMPERATURE[window], PFP_D[window], relative_error=0.1)
    assert fit.Ea == pytest.approx(Ea, abs=6e-4)
    assert nernst_einstein(fit.at(300)[0], 20 / lgps().get_volume(), 300) == pytest.approx(sigma, rel=0.02)


def test_the_published_fit_over_all_temperatures_is_found_again():
    """The example's own line through its eight points: slope -1.0857 of log10 D against 1000/T, and 215.4 meV."""
    fit = fit_arrhenius(PFP_TEMPERATURE, 10**PFP_LOG10_D, relative_error=0.1)
    assert fit.Ea * 1000 == pytest.approx(215.4, abs=0.1)
    assert fit.ln_A / np.log(10) == pytest.approx(-3.1354, abs=1e-3)


@pytest.mark.parametrize(
    "temperatures, error, factor",
    [
        (np.linspace(600, 1000, 4), 0.10, 1.51),
        (np.linspace(500, 1000, 5), 0.05, 1.13),
        ([600, 800, 1000], 0.15, 1.90),
    ],
)
def test_what_an_extrapolation_to_300_K_costs(temperatures, error, factor):
    y = np.exp(-0.22 / (BOLTZMANN * np.asarray(temperatures)))
    fit = fit_arrhenius(temperatures, y, error)
    assert fit.at(300)[1] == pytest.approx(factor, abs=0.01)
    without = np.diag(np.diag(fit.covariance))  # the mistake: ln A and Ea taken as independent
    a = np.array([1, -1 / (BOLTZMANN * 300)])
    assert np.exp(np.sqrt(a @ without @ a)) > 1 + 1.5 * (factor - 1)


def test_dropping_the_covariance_makes_51_percent_into_105():
    fit = fit_arrhenius(np.linspace(600, 1000, 4), np.ones(4), 0.1)
    a = np.array([1, -1 / (BOLTZMANN * 300)])
    assert np.exp(np.sqrt(a**2 @ np.diag(fit.covariance))) == pytest.approx(2.05, abs=0.01)


def test_the_stated_factor_holds_the_truth():
    random, T, Ea = np.random.default_rng(1), np.array([500.0, 650.0, 850.0]), 0.2
    error = np.array([0.15, 0.08, 0.06])
    true = np.exp(-Ea / (BOLTZMANN * T))
    inside = []
    for _ in range(500):
        value, factor = fit_arrhenius(T, true * np.exp(error * random.normal(size=3)), error).at(300)
        inside.append(abs(np.log(value) + Ea / (BOLTZMANN * 300)) < 1.96 * np.log(factor))
    assert np.mean(inside) == pytest.approx(0.95, abs=0.03)


def test_the_fit_is_that_of_scipy():
    T, error = np.array([450.0, 600.0, 700.0, 950.0]), np.array([0.3, 0.1, 0.12, 0.05])
    y = np.array([0.02, 0.19, 0.35, 1.5])
    fit = fit_arrhenius(T, y, error)
    best, covariance = curve_fit(
        lambda T, ln_A, Ea: ln_A - Ea / (BOLTZMANN * T), T, np.log(y), sigma=error, absolute_sigma=True
    )
    assert (fit.ln_A, fit.Ea) == pytest.approx(best, rel=1e-6)
    np.testing.assert_allclose(fit.covariance, covariance, rtol=1e-5)
    residual = (np.log(y) - best[0] + best[1] / (BOLTZMANN * T)) / error
    assert fit.chi2 == pytest.approx(np.sum(residual**2))
    assert fit.Ea_error == pytest.approx(np.sqrt(covariance[1, 1]))


def test_the_prefactor_has_its_error():
    T, error = np.array([450.0, 600.0, 700.0, 950.0]), np.array([0.3, 0.1, 0.12, 0.05])
    D0, factor = fit_arrhenius(T, 7.0 * np.exp(-0.2 / (BOLTZMANN * T)), error).prefactor
    C = np.linalg.inv(np.einsum("i,ij,ik->jk", error**-2, *[np.stack([np.ones(4), -1 / (BOLTZMANN * T)], 1)] * 2))
    assert (D0, factor) == pytest.approx((7.0, np.exp(np.sqrt(C[0, 0]))), rel=1e-9)


def test_without_errors_the_scatter_of_the_points_is_the_error():
    T = np.array([450.0, 600.0, 700.0, 950.0])
    y = np.array([0.02, 0.19, 0.35, 1.5])
    fit, line = fit_arrhenius(T, y), linregress(1 / (BOLTZMANN * T), np.log(y))
    assert (fit.Ea, fit.Ea_error) == pytest.approx((-line.slope, line.stderr), rel=1e-9)
    assert fit.prefactor == pytest.approx((np.exp(line.intercept), np.exp(line.intercept_stderr)), rel=1e-9)
    assert fit.chi2 == 2
    with pytest.raises(ValueError, match=r"2 values for 2 different temperatures.*or three where there are no errors"):
        fit_arrhenius(T[:2], y[:2])


def test_sigma_times_T_has_the_activation_energy_of_D():
    T, D = np.array([500.0, 650.0, 850.0]), np.array([0.15, 0.5, 1.1])
    sigma = nernst_einstein(D, 0.0205, T)
    of_D, of_sigma_T = fit_arrhenius(T, D, 0.1), fit_arrhenius(T, sigma * T, 0.1)
    assert of_sigma_T.Ea == pytest.approx(of_D.Ea, rel=1e-12)
    assert of_sigma_T.at(300)[0] / 300 == pytest.approx(nernst_einstein(of_D.at(300)[0], 0.0205, 300), rel=1e-9)
    assert fit_arrhenius(T, sigma, 0.1).Ea < of_D.Ea - 0.04  # sigma alone: wrong by about kT


@pytest.mark.parametrize(
    "call, sentence",
    [
        (lambda: nernst_einstein(1.0, 0.02, 0), "temperature .in K. is 0: give a number above zero"),
        (lambda: nernst_einstein(1.0, 0.0, 300), "density .in ions per Å.3. is 0.0: give a number above zero"),
        (lambda: diffusivity(1.0, 0.02, -1), "temperature .in K. is -1"),
        (lambda: fit_arrhenius([300, 300], [1, 2], 0.1), "two or more different temperatures"),
        (lambda: fit_arrhenius([300, 400], [1, 2, 3], 0.1), "one value per temperature"),
        (lambda: fit_arrhenius([300, 400], [1, -2], 0.1), "logarithms are taken"),
        (lambda: fit_arrhenius([300, 400], [1, 2], 0), "logarithms are taken"),
        (lambda: fit_arrhenius([300, 400], [1, 2], 0.1).at(0), "temperature .in K. is 0"),
    ],
)
def test_bad_input_is_one_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()


@pytest.mark.parametrize(
    "arguments, sentence",
    [
        ((np.nan, 0.02, 300), r"diffusion coefficient \(in Å\^2/ps\) is nan: give a number above zero, or zero"),
        ((-1.0, 0.02, 300), r"diffusion coefficient .* is -1.0"),
        ((1.0, 0.0, 300), r"density .* is 0.0"),
        ((1.0, 0.02, [300, np.inf]), r"temperature \(in K\) is inf"),
        ((1.0, 0.02, 300, np.nan), "charge is nan: give a finite number"),
        ((1.0, 0.02, 300, 1, 0.0), "Haven ratio is 0.0: give a number above zero"),
    ],
)
def test_what_is_no_conductivity(arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        nernst_einstein(*arguments)


def test_what_is_no_diffusivity():
    with pytest.raises(ValueError, match=r"conductivity .in S/cm. is -0\.1: give a number"):
        diffusivity(-0.1, 0.02, 300)
