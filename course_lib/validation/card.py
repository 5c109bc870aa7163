"""The card of a potential: everything that is worth knowing before it is used for a crystal, in one table."""

import html
from dataclasses import dataclass
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np
from tqdm.auto import tqdm

from course_lib.arguments import positive
from course_lib.validation.contacts import dimer
from course_lib.validation.crystal import IMAGINARY, elastic_constants, equation_of_state, phonons, pressure_at
from course_lib.validation.defects import PUBLISHED_BARRIERS, migration_barrier, surface_energy, vacancy_energy
from course_lib.validation.motion import energy_drift, first_peak
from course_lib.validation.prepare import at_rest, with_calculator
from course_lib.validation.softening import PUBLISHED_SLOPES, softening_slope

SQUEEZED = 0.6  # V/V0


class Row(NamedTuple):
    """One line of the card; ``value`` is NaN where it could not be computed, and ``how`` then says why.

    ``error`` is a standard error in the unit of the value, or what ``how`` says, None where there is none. Where a step
    twice as long changes much, the energy of the potential is not smooth.
    """

    quantity: str
    value: float
    unit: str
    error: float | None
    how: str


@dataclass(frozen=True)
class Card:
    """What :func:`card` found: ``print`` it, or end a cell with it; ``card["vacancy"]`` is a :class:`Row`."""

    title: str
    rows: tuple

    def __getitem__(self, quantity):
        """The row of a quantity."""
        for row in self.rows:
            if row.quantity == quantity:
                return row
        raise KeyError(f"The card has no {quantity!r}: it has {', '.join(row.quantity for row in self.rows)}.")

    def __str__(self):
        width = max(len(row.quantity) for row in self.rows)
        lines = [f"{row.quantity:{width}}  {_number(row):>16} {row.unit:12}  {row.how}" for row in self.rows]
        return "\n".join((self.title, *lines))

    def _repr_html_(self):
        head = "".join(f"<th style='text-align:left'>{name}</th>" for name in ("quantity", "value", "unit", "how"))
        lines = ((row.quantity, _number(row), row.unit, row.how) for row in self.rows)
        body = "".join(
            "<tr>" + "".join(f"<td style='text-align:left'>{html.escape(text)}</td>" for text in line) + "</tr>"
            for line in lines
        )
        return f"<table><caption>{html.escape(self.title)}</caption><tr>{head}</tr>{body}</table>"


def card(potential, crystal, facet=(1, 1, 1), ion="Li", frames=None, temperature=300.0, parts=None, progress=True):
    """The card of a potential for a crystal.

    Each quantity is a function of this room that can be called alone. What cannot be computed becomes a row that says
    why, and the rest goes on.

    Parameters
    ----------
    potential : Potential or ASE calculator
        What is tested.
    crystal : ase.Atoms
        A primitive or conventional cell, near its rest under this potential; it is relaxed first.
    facet : tuple of int
        Miller indices of the surface, in the conventional cell.
    ion : str
        Symbol of the ion whose migration barrier is computed.
    frames : list of ase.Atoms, optional
        Labelled frames off equilibrium, for the softening slope.
    temperature : float
        Of the two short runs, in K.
    parts : sequence of str, optional
        Names in ``PARTS``; by default all of them. A phonon takes a second, a barrier minutes.
    progress : bool
        Show a progress bar.

    Returns
    -------
    Card

    Raises
    ------
    ValueError
        If this is not a potential, not a crystal, or not a part.
    """
    start = with_calculator(potential, crystal)
    parts = list(PARTS) if parts is None else [parts] if isinstance(parts, str) else list(parts)
    if unknown := [part for part in parts if part not in PARTS]:
        raise ValueError(f"There is no part {unknown[0]!r} of a card: choose from {', '.join(PARTS)}.")
    asked = {"facet": facet, "ion": ion, "frames": frames, "T": positive("The temperature (K)", temperature)}
    rows = []
    try:
        atoms = at_rest(start.calc, start)
        rows.append(Row("cell volume", atoms.get_volume(), "Å^3", None, f"of {atoms.symbols}, cell and sites relaxed"))
    except Exception as error:  # the potential of others may raise anything
        atoms = start
        rows.append(_why("cell volume", "Å^3", error, "; the rows below are of the cell as it was given"))
    for part in tqdm(parts, desc="card", disable=not progress):
        quantity, unit, compute = PARTS[part]
        try:
            rows += compute(start.calc, atoms, asked)
        except Exception as error:
            rows.append(_why(quantity, unit, error))
    return Card(f"{_name(start.calc)} on {crystal.symbols}", tuple(rows))


def _name(calculator):
    """What people call a potential: ours by its family, a universal one by its network, any other by its class."""
    known = getattr(calculator, "potential", None) or getattr(calculator, "network", None) or calculator
    return getattr(known, "title", None) or type(known).__name__


def _eos(calculator, atoms, asked):
    state = equation_of_state(calculator, atoms)
    how = "Birch-Murnaghan, 9 volumes within 6 %"
    yield Row("E0", state.energy, "eV/atom", None, how)
    yield Row("V0", state.volume, "Å^3/atom", state.volume_error, how)
    yield Row("B0", state.bulk_modulus, "GPa", state.bulk_modulus_error, how)


def _elastic(calculator, atoms, asked):
    (C, B), (C2, B2) = (elastic_constants(calculator, atoms, strain) for strain in (0.005, 0.01))
    how = "strains of 0.5 %, sites relaxed; ± its change with strains of 1 %"
    yield Row("B from stress", B, "GPa", abs(B2 - B), f"Voigt's average, {how}")
    for name, i, j in (("C11", 0, 0), ("C12", 0, 1), ("C44", 3, 3)):
        yield Row(name, C[i, j], "GPa", abs(C2[i, j] - C[i, j]), f"along the cell's x, y, z, {how}")


def _squeezed(calculator, atoms, asked):
    pressure = pressure_at(calculator, atoms, SQUEEZED)
    yield Row("pressure", pressure, "GPa", None, f"at V/V0 = {SQUEEZED}, sites not relaxed; it must be large")


def _phonons(calculator, atoms, asked):
    found, twice = (phonons(calculator, atoms, displacement=d) for d in (0.02, 0.04))
    how = f"phonopy, {found.supercell} atoms moved by 0.02 Å; ± its change with 0.04 Å"
    if len(atoms) > 1:
        top = found.gamma[-1]
        yield Row("optical phonon", top, "THz", abs(twice.gamma[-1] - top), f"the highest at Gamma; {how}")
    verdict = "imaginary: this is no minimum" if found.lowest < IMAGINARY else "none is imaginary"
    lowest, error = round(found.lowest, 3) + 0.0, round(abs(twice.lowest - found.lowest), 3)  # 1e-8 THz are rounding
    yield Row("lowest phonon", lowest, "THz", error, f"{verdict} on 5 x 5 x 5 wave vectors; {how}")


def _vacancy(calculator, atoms, asked):
    energy, N = vacancy_energy(calculator, atoms)
    yield Row("vacancy", energy, "eV", None, f"{N - 1} atoms, sites relaxed, cell held")


def _surface(calculator, atoms, asked):
    energy, N = surface_energy(calculator, atoms, asked["facet"])
    name = "".join(map(str, asked["facet"]))
    yield Row("surface", energy, "J/m^2", None, f"({name}), slab of {N} atoms, sites relaxed")


def _contacts(calculator, atoms, asked):
    for pair in combinations_with_replacement(sorted(set(atoms.symbols)), 2):
        name, curve = "-".join(pair), dimer(calculator, pair)
        r, depth = curve.well
        yield Row(f"{name} well", depth, "eV", None, f"two atoms alone, lowest at {r:.2f} Å")
        falls = f"falls again below {curve.turnover:.2f} Å: atoms can fall into each other" if curve.turnover else None
        yield Row(f"{name} contact", curve.energy[0], "eV", None, f"at 0.3 Å; {falls or 'rises all the way inwards'}")


def _drift(calculator, atoms, asked):
    slope, error = energy_drift(calculator, atoms, asked["T"])
    seen = "seen" if abs(slope) > 2 * error else f"not seen, it is below {abs(slope) + 2 * error:.1g}"
    yield Row("energy drift", slope, "meV/atom/ps", error, f"{seen}; NVE, 200 steps of 2 fs, {asked['T']:g} K")


def _rdf(calculator, atoms, asked):
    r, error, height = first_peak(calculator, atoms, asked["T"])
    yield Row("first peak of g(r)", r, "Å", error, f"height {height:.2f}; NVT, 300 steps of 2 fs, {asked['T']:g} K")


def _barrier(calculator, atoms, asked):
    energy, N = migration_barrier(calculator, atoms, asked["ion"])
    published = PUBLISHED_BARRIERS.get(atoms.symbols.get_chemical_formula("metal", empirical=True))
    known = f"; DFT {published} (Chen et al. 2011, doi:10.1021/jp112202s)" if published and asked["ion"] == "Li" else ""
    yield Row(f"{asked['ion']} barrier", energy, "eV", None, f"into a vacancy, NEB of 3 images, {N - 1} atoms{known}")


def _softening(calculator, atoms, asked):
    if asked["frames"] is None:
        raise ValueError("No labelled frames were given: card(..., frames=...) compares forces.")
    slope, error = softening_slope(calculator, asked["frames"])
    known = ", ".join(f"{name} {value}" for name, value in PUBLISHED_SLOPES.items())
    how = f"predicted over labelled forces of {len(asked['frames'])} frames; means in matcalc's benchmark: {known}"
    yield Row("softening slope", slope, "", error, f"{how}; Deng et al. 2025, doi:10.1038/s41524-024-01500-6")


PARTS = {  # name: the row that stands for it where it fails, its unit, and the function
    "eos": ("B0", "GPa", _eos),
    "elastic": ("B from stress", "GPa", _elastic),
    "squeezed": ("pressure", "GPa", _squeezed),
    "phonons": ("lowest phonon", "THz", _phonons),
    "vacancy": ("vacancy", "eV", _vacancy),
    "surface": ("surface", "J/m^2", _surface),
    "contacts": ("contact", "eV", _contacts),
    "drift": ("energy drift", "meV/atom/ps", _drift),
    "rdf": ("first peak of g(r)", "Å", _rdf),
    "barrier": ("barrier", "eV", _barrier),
    "softening": ("softening slope", "", _softening),
}


def _why(quantity, unit, error, more=""):
    """A row for what could not be computed, with the first sentence of the error."""
    text = (str(error) or type(error).__name__).strip().splitlines()[0]
    return Row(quantity, np.nan, unit, None, f"not computed: {text}{more}")


def _number(row):
    if np.isnan(row.value):
        return "–"
    return f"{row.value:.4g}" if row.error is None else f"{row.value:.4g} ± {row.error:.2g}"
