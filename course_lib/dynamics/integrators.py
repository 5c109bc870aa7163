"""One time step of Newton's equations, by the four methods of the lecture.

Every integrator has the same form, ``step(r, v, force, m, dt) -> (r, v)``: positions and velocities at time t
go in, those at t + dt come out. Any units will do, as long as force * dt**2 / m is a length.
"""

from collections.abc import Callable

import numpy as np

from course_lib.arguments import positive, whole

Force = Callable[[np.ndarray], np.ndarray]
Step = Callable[..., tuple[np.ndarray, np.ndarray]]  # step(r, v, force, m, dt) -> (r, v)


def euler(r, v, force, m, dt):
    """The recipe as the lecture writes it: the positions move with the old velocity (order 1, energy grows).

    r(t+dt) = r(t) + v(t) dt,  v(t+dt) = v(t) + F(r(t))/m dt
    """
    a = force(r) / m
    return r + v * dt, v + a * dt


def symplectic_euler(r, v, force, m, dt):
    """Kick first, then move with the *new* velocity: order 1, and yet the energy stays bounded.

    v(t+dt) = v(t) + F(r(t))/m dt,  r(t+dt) = r(t) + v(t+dt) dt
    """
    v = v + force(r) / m * dt
    return r + v * dt, v


def leapfrog(r, v, force, m, dt):
    """Half a move, a whole kick, half a move: velocity and position leap over one another (order 2).

    r(t+dt/2) = r(t) + v(t) dt/2,  v(t+dt) = v(t) + F(r(t+dt/2))/m dt,  r(t+dt) = r(t+dt/2) + v(t+dt) dt/2

    Two half moves in a row make a whole one: written with r at the half steps this is symplectic Euler's kick
    and move; it is one order better only because both are read at the same time.
    """
    r = r + v * dt / 2
    v = v + force(r) / m * dt
    return r + v * dt / 2, v


def velocity_verlet(r, v, force, m, dt):
    """Half a kick, a whole move, half a kick: the work-horse of molecular dynamics (order 2).

    v(t+dt/2) = v(t) + F(r(t))/m dt/2,  r(t+dt) = r(t) + v(t+dt/2) dt,  v(t+dt) = v(t+dt/2) + F(r(t+dt))/m dt/2

    Verlet 1967, doi:10.1103/PhysRev.159.98; with velocities, Swope, Andersen, Berens and Wilson 1982,
    doi:10.1063/1.442716.
    """
    v = v + force(r) / m * dt / 2
    r = r + v * dt
    return r, v + force(r) / m * dt / 2


INTEGRATORS = {step.__name__: step for step in (euler, symplectic_euler, leapfrog, velocity_verlet)}


def remember_last(force):
    """A force function that does not compute the same positions twice.

    Velocity Verlet asks for F(r(t+dt)) at the end of one step and again at the start of the next; with this
    the second answer costs nothing.
    """
    last_r = last_f = None

    def remembered(r):
        nonlocal last_r, last_f
        if last_r is None or not np.array_equal(r, last_r):
            last_r, last_f = np.array(r), force(r)
        return last_f

    return remembered


def integrate(step, r, v, force, m, dt, steps):
    """Do ``steps`` time steps and keep the positions and velocities of each of them.

    Parameters
    ----------
    step : callable
        One of the integrators above.
    r, v : array_like
        Positions and velocities at t = 0, two arrays of the same shape.
    force : callable
        ``force(r)`` returns an array of the same shape as ``r``.
    m : float or array_like
        Mass; an array of shape (N, 1) for N particles of different mass.
    dt : float
        Time step, above zero.
    steps : int
        Number of steps, one or more.

    Returns
    -------
    t : (steps + 1,) array
        Times, from 0 on.
    r, v : (steps + 1, ...) arrays
        Positions and velocities at these times.

    Raises
    ------
    ValueError
        For a time step, a mass or a number of steps that is not above zero, for positions and velocities of
        different shapes, and if a position is no longer a finite number.
    """
    dt, steps = positive("The time step", dt), whole("steps", steps)
    if not np.all(np.asarray(m) > 0):
        raise ValueError(f"The mass is {m}: every mass must be above zero.")
    r, v = np.asarray(r, float), np.asarray(v, float)
    if r.shape != v.shape:
        raise ValueError(f"Positions have the shape {r.shape} and velocities {v.shape}: give both the same.")
    force = remember_last(force)
    rs, vs = np.empty((steps + 1, *r.shape)), np.empty((steps + 1, *v.shape))
    rs[0], vs[0] = r, v
    for n in range(steps):
        rs[n + 1], vs[n + 1] = r, v = step(r, v, force, m, dt)
        if not np.all(np.isfinite(r)):
            raise ValueError(f"The positions are no longer finite after step {n + 1}: try a smaller time step.")
    return np.arange(steps + 1) * dt, rs, vs
