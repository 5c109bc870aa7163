"""Make the table of coexistence lines of the Lennard-Jones fluid that lecture 03 draws.

    python -m pip install teqp          # in an environment of its own: nothing else of the course needs it
    python tools/make_data/lj_phases.py

Gas and liquid: the equation of state of Thol et al. 2016, doi:10.1063/1.4945000, solved by teqp of NIST
(Bell, Deiters and Leal 2022, doi:10.1021/acs.iecr.2c00237). Liquid and crystal: equations 20 and 21 of Mastny and
de Pablo 2007, doi:10.1063/1.2753149, fitted to their simulations.
"""

import numpy as np
from shipping import made_with, parser, ship_table

from course_lib.data.lj_phases import CRITICAL_T, TRIPLE_T

MELTING = (0.908629, -0.041510, 0.514632, -0.708590, 0.428351, -0.095229)  # density of the crystal
FREEZING = (0.90735, -0.27120, 0.91784, -1.16270, 0.68012, -0.15284)  # and of the liquid beside it


def beside_each_other(T, coefficients):
    """Density at the liquid-crystal line: rho = beta^(-1/4) sum_k c_k beta^k, beta = 1/T."""
    return T**0.25 * sum(c * T**-k for k, c in enumerate(coefficients))


def gas_and_liquid(model, temperatures):
    """Coexisting densities (gas, liquid) at each temperature; each solution starts from the last one."""
    liquid, gas, found = 0.8437, 0.0019, []
    for T in temperatures:
        liquid, gas = model.pure_VLE_T(T, liquid, gas, 50)
        found.append((gas, liquid))
    return found


def main():
    parser(__doc__).parse_args()
    import teqp

    model = teqp.make_model({"kind": "LJ126_TholJPCRD2016", "model": {}})
    critical_T, critical_density = model.solve_pure_critical(CRITICAL_T, 0.31)
    below = np.append(np.linspace(TRIPLE_T, 1.28, 60), critical_T - 0.02 * 0.6 ** np.arange(12))
    above = np.linspace(critical_T + 0.001, 2.0, 30)
    pairs = [*gas_and_liquid(model, below), (critical_density,) * 2, *[(np.nan, np.nan)] * len(above)]
    rows = [
        (T, gas, liquid, beside_each_other(T, FREEZING), beside_each_other(T, MELTING))
        for T, (gas, liquid) in zip([*below, critical_T, *above], pairs, strict=True)
    ]
    ship_table(
        "lj_phases",
        dict.fromkeys(("T", "gas", "liquid", "freezing", "melting"), ".5f"),
        rows,
        how="gas and liquid: equation of state of Thol et al. 2016, doi:10.1063/1.4945000, solved by teqp; freezing "
        "and melting: Mastny and de Pablo 2007, doi:10.1063/1.2753149",
        made_with=made_with("teqp"),
        cost="less than a second",
    )


if __name__ == "__main__":
    main()
