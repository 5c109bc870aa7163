"""Integrators and model systems against exact solutions, published values and a high-order solver."""

import numpy as np
import pytest
from ase import units
from scipy.integrate import solve_ivp

from course_lib.analysis.convergence import order_of_convergence
from course_lib.dynamics.integrators import (
    INTEGRATORS,
    euler,
    integrate,
    leapfrog,
    remember_last,
    symplectic_euler,
    velocity_verlet,
)
from course_lib.dynamics.model_systems import (
    argon_dimer,
    figure_eight,
    gravity,
    gravity_potential,
    harmonic_oscillator,
    lagrange_triangle,
)
from course_lib.potentials.lennard_jones import ARGON_EPSILON, ARGON_SIGMA

DIMER = argon_dimer(1.3, epsilon=1.0, sigma=1.0)
PER_TIME = np.sqrt(1 / (2 * DIMER.m))  # one ASE time unit in sigma sqrt(m_atom / epsilon), for epsilon = sigma = 1


def exact(system, times):
    """Positions and velocities by an eighth-order Runge-Kutta method with tight tolerances."""
    shape, size = np.shape(system.r), np.size(system.r)

    def slope(_, y):
        return np.concatenate([y[size:], np.ravel(system.force(y[:size].reshape(shape))) / system.m])

    start = np.concatenate([np.ravel(system.r), np.ravel(system.v)])
    y = solve_ivp(slope, (0, times[-1]), start, "DOP853", times, rtol=1e-13, atol=1e-13).y.T
    return y[:, :size].reshape(-1, *shape), y[:, size:].reshape(-1, *shape)


def run(step, system, t_end, steps):
    return integrate(step, system.r, system.v, system.force, system.m, t_end / steps, steps)


# ---- order of convergence


@pytest.mark.parametrize("step, order", [(euler, 1), (symplectic_euler, 1), (leapfrog, 2), (velocity_verlet, 2)])
@pytest.mark.parametrize("system", ["oscillator", "dimer", "eight"])
def test_order_of_convergence(step, order, system):
    system = {"oscillator": harmonic_oscillator(v=1.0), "dimer": DIMER, "eight": figure_eight()}[system]
    t_end = system.period / 4.1
    r, _ = exact(system, [0, t_end])
    steps = 400 * 2 ** np.arange(4)
    error = [np.max(np.abs(run(step, system, t_end, n)[1][-1] - r[-1])) for n in steps]
    assert order_of_convergence(t_end / steps, error) == pytest.approx(order, abs=0.05)


def test_verlet_errors_of_the_oscillator_are_the_published_ones():
    t_end, right = 10.0, np.array([np.cos(10.0), -np.sin(10.0)])

    def error(steps):
        _, r, v = run(velocity_verlet, harmonic_oscillator(), t_end, steps)
        return np.linalg.norm([r[-1], v[-1]] - right)  # distance in the plane of position and velocity

    assert [error(n) for n in (200, 400, 800)] == pytest.approx([9.039e-4, 2.259e-4, 5.649e-5], rel=1e-3)


@pytest.mark.parametrize("r, v, orders", [(1.0, 1.0, (1, 1)), (1.0, 0.0, (1, 2)), (0.0, 1.0, (2, 1))])
def test_an_unlucky_start_makes_symplectic_euler_look_second_order(r, v, orders):
    # Its velocities lie half a step behind its positions: a start at rest hides that in the velocity, a start at
    # the centre hides it in the position.
    n, t_end = 200 * 2 ** np.arange(4), 1.0
    right = np.array([r * np.cos(t_end) + v * np.sin(t_end), v * np.cos(t_end) - r * np.sin(t_end)])
    paths = [run(symplectic_euler, harmonic_oscillator(r=r, v=v), t_end, k) for k in n]
    errors = np.abs([[path[1][-1], path[2][-1]] - right for path in paths])
    measured = [order_of_convergence(1 / n, column) for column in errors.T]
    assert measured == pytest.approx(orders, abs=0.05)


def test_order_of_a_power_law():
    assert order_of_convergence([0.1, 0.03, 0.02], 7 * np.array([0.1, 0.03, 0.02]) ** 3) == pytest.approx(3)


@pytest.mark.parametrize(
    "dt, error, says",
    [
        ([0.1], [1.0], "two or more different steps"),
        ([0.1, 0.1], [1.0, 2.0], "two or more different steps"),
        ([0.1, 0.2], [1.0], "as many errors as steps"),
        ([0.1, 0.2], [0.0, 1.0], "above zero"),
        ([0.1, -0.2], [1.0, 1.0], "above zero"),
    ],
)
def test_order_refuses_what_has_no_order(dt, error, says):
    with pytest.raises(ValueError, match=says):
        order_of_convergence(dt, error)


# ---- energy


def test_euler_multiplies_the_energy_of_the_oscillator_by_1_plus_h_squared_a_step():
    h, oscillator = 0.1, harmonic_oscillator(v=0.3)
    _, r, v = integrate(euler, oscillator.r, oscillator.v, oscillator.force, 1.0, h, 100)
    energy = oscillator.energy(r, v)
    assert energy[1:] / energy[:-1] == pytest.approx(np.full(100, 1 + h**2), rel=1e-12)


SHADOWS = [
    (symplectic_euler, lambda r, v, h: v**2 + r**2 - h * r * v),
    (velocity_verlet, lambda r, v, h: v**2 + (1 - h**2 / 4) * r**2),
    (leapfrog, lambda r, v, h: (1 - h**2 / 4) * v**2 + r**2),
]


@pytest.mark.parametrize("step, shadow", SHADOWS)
def test_shadow_energies_are_conserved_to_rounding(step, shadow):
    h = 0.1
    _, r, v = integrate(step, 1.0, 0.3, lambda r: -r, 1.0, h, 20_000)
    assert np.max(np.abs(shadow(r, v, h) / shadow(r[0], v[0], h) - 1)) < 2e-13


@pytest.mark.parametrize("step", [symplectic_euler, leapfrog, velocity_verlet])
def test_above_two_over_omega_every_symplectic_integrator_blows_up(step):
    def reach(h):
        return np.max(np.abs(integrate(step, 1.0, 0.3, lambda r: -r, 1.0, h, 200)[1]))

    assert reach(1.99) < 25
    assert reach(2.01) > 1e6


def test_dimer_energy_drift_is_the_published_one():
    steps, dt = 20_000, 0.005

    def drift(step):
        _, r, v = integrate(step, DIMER.r, DIMER.v, DIMER.force, DIMER.m, dt / PER_TIME, steps)
        energy = DIMER.energy(r, v)
        return np.max(np.abs(energy - energy[0])), r

    assert drift(velocity_verlet)[0] == pytest.approx(2.6e-4, rel=0.03)
    assert drift(symplectic_euler)[0] == pytest.approx(1.4e-2, rel=0.03)
    assert drift(euler)[1][-1] > 10  # the pair flies apart


@pytest.mark.parametrize("step", [euler, symplectic_euler, leapfrog, velocity_verlet])
def test_a_cloud_of_starts_keeps_its_area_where_the_step_is_symplectic(step):
    dimer, ps = argon_dimer(), 1000 * units.fs
    angle = np.linspace(0, 2 * np.pi, 1000, endpoint=False)
    r, v = 4.25 + 0.1 * np.cos(angle), 0.2 * np.sin(angle) / ps
    _, r, v = integrate(step, r, v, dimer.force, dimer.m, 10 * units.fs, 400)
    first, last = (np.sum(r[n] * np.roll(v[n], -1) - v[n] * np.roll(r[n], -1)) for n in (0, -1))
    assert last / first > 2 if step is euler else last / first == pytest.approx(1, abs=0.01)


# ---- the dimer


def test_dimer_period_in_reduced_units():
    assert DIMER.period * PER_TIME == pytest.approx(0.76712736, abs=1e-8)
    barely = argon_dimer(2 ** (1 / 6) + 1e-4, 1.0, 1.0)
    assert barely.period * PER_TIME == pytest.approx(0.58771975, abs=1e-6)


def test_dimer_against_published_trajectory():
    r, v = exact(DIMER, np.array([0, DIMER.period / 2, 5 / PER_TIME]))
    assert r[1] == pytest.approx(1.03945068, abs=1e-8)  # inner turning point
    assert r[2] == pytest.approx(1.04143984, abs=1e-8)
    assert v[2] / PER_TIME == pytest.approx(0.28883100, abs=1e-7)
    _, r_verlet, v_verlet = run(velocity_verlet, DIMER, 5 / PER_TIME, 50_000)
    assert r_verlet[-1] == pytest.approx(1.04143984, abs=4e-6)
    assert v_verlet[-1] / PER_TIME == pytest.approx(0.28883100, abs=4e-5)


def test_dimer_in_argons_units_is_the_reduced_one_scaled():
    argon = argon_dimer()
    tau = ARGON_SIGMA * np.sqrt(39.948 / ARGON_EPSILON)  # sigma sqrt(m_atom / epsilon), in ASE's unit of time
    assert argon.period == pytest.approx(0.76712736 * tau, rel=1e-7)
    assert argon.period / units.fs == pytest.approx(1650.4, abs=0.1)
    r, _ = exact(argon, np.array([0, argon.period / 2]))
    assert r[-1] == pytest.approx(1.03945068 * ARGON_SIGMA, abs=1e-7)


@pytest.mark.parametrize("stretch", [0.9, 1.0, 2 ** (1 / 6), np.nan])
def test_dimer_that_never_comes_back_is_refused(stretch):
    with pytest.raises(ValueError, match="start above 1"):
        argon_dimer(stretch)


# ---- forces, time reversal


def test_the_two_errors_of_a_finite_difference():
    """Truncation h^p on the right of the valley, rounding 1e-16/h on the left, for the pair of the lecture."""
    dimer, r = argon_dimer(), 4.5  # Å

    def error(h, one_side):
        left = r if one_side else r - h
        return np.abs(-(dimer.potential(r + h) - dimer.potential(left)) / (r + h - left) / dimer.force(r) - 1)

    coarse = np.logspace(-4, -2, 20)
    assert order_of_convergence(coarse, error(coarse, True)) == pytest.approx(1, abs=0.02)
    assert order_of_convergence(coarse, error(coarse, False)) == pytest.approx(2, abs=0.02)
    fine, near_best = np.logspace(-14, -13, 50), np.logspace(-5.3, -4.7, 50)
    assert np.median(error(fine, False)) > 1e-4
    assert np.median(error(near_best, False)) < 1e-9
    assert np.median(error(np.logspace(-8.3, -7.7, 50), True)) < 1e-6


@pytest.mark.parametrize("system", [harmonic_oscillator(k=2.5), argon_dimer(), figure_eight(), lagrange_triangle()])
def test_force_is_minus_the_slope_of_the_potential(system):
    r, h = np.asarray(system.r, float), 1e-5
    shifts = np.eye(r.size).reshape(r.size, *r.shape) * h
    slope = [(system.potential(r + d) - system.potential(r - d)) / (2 * h) for d in shifts]
    assert system.force(r) == pytest.approx(-np.reshape(slope, r.shape), rel=1e-7, abs=1e-9)


@pytest.mark.parametrize(
    "step, returns", [(euler, False), (symplectic_euler, False), (leapfrog, True), (velocity_verlet, True)]
)
def test_who_comes_home_when_time_is_turned_round(step, returns):
    dimer = argon_dimer()
    dt, steps = 10 * units.fs, 1000
    _, r, v = integrate(step, dimer.r, dimer.v, dimer.force, dimer.m, dt, steps)
    _, back, _ = integrate(step, r[-1], -v[-1], dimer.force, dimer.m, dt, steps)
    missed = abs(back[-1] - dimer.r)
    assert missed < 1e-9 if returns else missed > 1e-3  # Å


# ---- three bodies


def test_gravity_of_three_bodies_against_the_sum_written_out():
    r = np.random.default_rng(1).normal(size=(3, 2))
    force = [sum((r[j] - r[i]) / np.linalg.norm(r[j] - r[i]) ** 3 for j in range(3) if j != i) for i in range(3)]
    assert gravity(r) == pytest.approx(np.array(force), rel=1e-12)
    assert gravity_potential(r) == pytest.approx(
        -sum(1 / np.linalg.norm(r[i] - r[j]) for i in range(3) for j in range(i)), rel=1e-12
    )


def test_figure_eight_closes_and_the_bodies_follow_one_another():
    eight = figure_eight()
    r, v = exact(eight, eight.period * np.array([0, 1 / 3, 1]))
    assert r[2] == pytest.approx(eight.r, abs=1e-7)
    assert v[2] == pytest.approx(eight.v, abs=1e-7)
    followed = [np.abs(r[1] - eight.r[order]).max() for order in ([1, 2, 0], [2, 0, 1])]
    assert min(followed) < 1e-7
    _, walked, _ = run(velocity_verlet, eight, eight.period, 6000)
    assert walked[-1] == pytest.approx(eight.r, abs=1e-5)


def separation(system, displacement, t_end, steps=4000):
    moved = system.r.copy()
    moved[0, 0] += displacement
    dt = t_end / steps
    t, r, _ = integrate(velocity_verlet, system.r, system.v, system.force, system.m, dt, steps)
    _, other, _ = integrate(velocity_verlet, moved, system.v, system.force, system.m, dt, steps)
    return t, np.linalg.norm((other - r).reshape(len(r), -1), axis=1)


def test_the_triangle_loses_its_way_as_routh_computed():
    t, apart = separation(lagrange_triangle(), 1e-9, 24.0)
    window = t > 24.0 - 4 * np.pi  # two turns: the wobble averages out
    rate = np.polyfit(t[window], np.log(apart[window]), 1)[0]
    assert rate == pytest.approx(1 / np.sqrt(2), abs=0.01)


def test_the_figure_eight_forgives_small_displacements():
    eight = figure_eight()
    t, apart = separation(eight, 1e-6, 10 * eight.period)
    after = np.interp(eight.period * np.array([5, 10]), t, apart) / 1e-6
    r, _ = exact(eight, eight.period * np.array([0, 5, 10]))
    moved = figure_eight()
    moved.r[0, 0] += 1e-6
    other, _ = exact(moved, eight.period * np.array([0, 5, 10]))
    right = np.linalg.norm((other - r).reshape(3, -1), axis=1)[1:] / 1e-6
    assert after == pytest.approx(right, rel=0.01)
    assert after[1] / after[0] == pytest.approx(2, abs=0.1)  # in proportion to time: no chaos here


# ---- the loop


def test_all_steps_are_kept_and_evenly_spaced():
    t, r, v = integrate(velocity_verlet, [[0.0, 1.0]], [[1.0, 0.0]], lambda r: -r, 1.0, 0.1, 7)
    assert t == pytest.approx(np.arange(8) / 10)
    assert r.shape == v.shape == (8, 1, 2)
    assert set(INTEGRATORS) == {"euler", "symplectic_euler", "leapfrog", "velocity_verlet"}


def test_each_atom_has_its_own_mass():
    m = np.array([[1.0], [4.0]])
    _, r, _ = integrate(velocity_verlet, np.ones((2, 3)), np.zeros((2, 3)), lambda r: -r, m, 0.001, 1000)
    assert r[-1] == pytest.approx(np.cos(1 / np.sqrt(m)) * np.ones((2, 3)), abs=1e-6)


def test_the_force_is_computed_once_a_step():
    calls = []
    integrate(velocity_verlet, 1.0, 0.0, lambda r: calls.append(1) or -r, 1.0, 0.1, 50)
    assert len(calls) == 51


def test_a_remembered_force_is_not_mixed_up_when_positions_change_in_place():
    force, r = remember_last(lambda r: -r), np.ones(3)
    assert force(r)[0] == -1
    r[0] = 5.0
    assert force(r)[0] == -5


@pytest.mark.parametrize(
    "change, says",
    [
        ({"dt": -0.1}, "time step is -0.1: give a number above zero"),
        ({"dt": 0.0}, "time step is .*: give a number above zero"),
        ({"dt": np.nan}, "time step is .*: give a number above zero"),
        ({"m": 0.0}, "every mass must be above zero"),
        ({"m": np.array([1.0, -1.0])}, "every mass must be above zero"),
        ({"steps": 0}, "steps is 0: give a whole number, 1 or more"),
        ({"v": [0.0, 0.0]}, "velocities .*: give both the same"),
        ({"r": np.nan}, "no longer finite after step 1"),
    ],
)
def test_bad_input_is_one_clear_sentence(change, says):
    good = {"r": 1.0, "v": 0.0, "force": lambda r: -r, "m": 1.0, "dt": 0.1, "steps": 10}
    with pytest.raises(ValueError, match=says):
        integrate(velocity_verlet, **(good | change))


def test_a_blow_up_is_said_not_returned():
    with np.errstate(over="ignore", invalid="ignore"), pytest.raises(ValueError, match="try a smaller time step"):
        integrate(velocity_verlet, 1.0, 0.0, lambda r: -(r**3), 1.0, 3.0, 1000)
