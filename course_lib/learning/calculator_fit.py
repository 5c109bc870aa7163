"""Fit the parameters of a calculator to total energies: for example Lennard-Jones to quantum chemistry."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from course_lib.arguments import finite
from course_lib.learning.dataset import check_frames, fit_reference_energies, labels


class CalculatorFit(NamedTuple):
    """The result of :func:`fit_calculator`.

    Attributes
    ----------
    parameters : dict of float
        The best value of each parameter, by name.
    errors : dict of float
        Standard error of each parameter, assuming independent deviations of equal size; NaN if the frames do not
        determine the parameters.
    E0 : dict of float
        Energy of a free atom of each element in eV.
    rmse : float
        Root mean square deviation of the energies in meV per atom.
    """

    parameters: dict
    errors: dict
    E0: dict
    rmse: float


def fit_calculator(make, frames, start, fit_E0=True, check_units=True):
    """Least squares: the parameters, and the E0 of each element, that make sum_n [(E*_n - E_n) / N_n]^2 smallest.

    Forces are not needed. A frame may be any structure the calculator can compute: a pair, a cluster, a crystal with
    one atom in its cell.

    Parameters
    ----------
    make : callable
        ``make(**parameters)`` returns an ASE calculator; for example ``FastLennardJones``.
    frames : list of ase.Atoms
        Frames labelled with total energies in eV.
    start : dict of float
        Initial value of each parameter, in the units of ``make``: ``{"epsilon": 0.01, "sigma": 3.4}``. No value may be
        0, because the size of the steps is proportional to it.
    fit_E0 : bool
        True if the labels contain the energies of the free atoms, as total energies of quantum mechanics do; False
        for energies relative to free atoms.
    check_units : bool
        Refuse energies that seem to be partly in Hartree.

    Returns
    -------
    CalculatorFit

    Raises
    ------
    ValueError
        For frames without energies, for fewer frames than unknowns, and if the search does not converge.
    """
    check_frames(frames, needs=("energy",), check_units=check_units)
    names, x0 = list(start), np.array([finite(name, value) for name, value in start.items()])
    if not names or not x0.all():
        raise ValueError(f"The start is {start}: give at least one parameter, and none of them 0.")
    elements = sorted({symbol for atoms in frames for symbol in atoms.symbols}) if fit_E0 else []
    if len(frames) < len(names) + len(elements):
        raise ValueError(f"{len(frames)} energies cannot fix {len(names) + len(elements)} unknowns: take more frames.")
    N = np.array([len(atoms) for atoms in frames])
    E = np.array([labels(atoms).energy for atoms in frames])
    shares = np.array([[np.sum(atoms.symbols == symbol) for symbol in elements] for atoms in frames]) / N[:, None]
    first = fit_reference_energies(frames, elements) if fit_E0 else {}
    E = (E - [sum(first.get(symbol, 0.0) for symbol in atoms.symbols) for atoms in frames]) / N

    def rest_and_E0(x):
        """Deviation per atom of each frame, with the best E0 for these parameters, and that E0."""
        calculator, rest = make(**dict(zip(names, x * x0))), -E
        for n, atoms in enumerate(frames):
            copy = atoms.copy()
            copy.calc = calculator
            rest[n] += copy.get_potential_energy() / len(atoms)
        more = np.linalg.lstsq(shares, -rest, rcond=None)[0]
        return rest + shares @ more, more

    tight = dict.fromkeys(("xtol", "ftol", "gtol"), 1e-12)
    best = least_squares(lambda x: rest_and_E0(x)[0], np.ones(len(names)), x_scale="jac", **tight)
    if not best.success:
        raise ValueError(f"The search did not end ({best.message}): begin closer to the answer.")
    deviations, freedom = best.fun, len(frames) - len(names) - len(elements)
    curvature = best.jac.T @ best.jac
    fixed = freedom > 0 and np.linalg.cond(curvature) < 1e14
    variance = np.linalg.inv(curvature) * np.sum(deviations**2) / freedom if fixed else np.full_like(curvature, np.nan)
    return CalculatorFit(
        dict(zip(names, map(float, best.x * x0))),
        dict(zip(names, map(float, np.sqrt(np.diag(variance)) * np.abs(x0)))),
        {symbol: first[symbol] + float(extra) for symbol, extra in zip(elements, rest_and_E0(best.x)[1])},
        float(1000 * np.sqrt(np.mean(deviations**2))),
    )
