"""The compiled engine as an ASE calculator."""

import numpy as np
from ase.calculators.calculator import PropertyNotImplementedError
from ase.stress import full_3x3_to_voigt_6_stress

from course_lib.arguments import check_atoms, positive
from course_lib.potentials import pair_engine
from course_lib.potentials.lennard_jones import ARGON_EPSILON, ARGON_SIGMA, SAYS_WHOSE, check_parameters
from course_lib.settings import Settings


class PairCalculator(Settings):
    """Energy, forces and stress of the pair potential in :func:`course_lib.potentials.pair_engine.pair`.

    It has the methods of an ASE calculator but not ASE's ``Calculator`` base class, whose bookkeeping takes longer
    than the forces on 1 000 atoms. It keeps the last results and returns them again as long as nothing has changed.

    Parameters
    ----------
    parameters : sequence of float
        Parameters of ``pair``, passed to it together with the squared distance.
    cutoff : float
        Distance in Å beyond which a pair has no energy.
    shift : bool
        Subtract phi(cutoff), so that a pair's energy is zero at the cutoff; forces do not change.
    skin : float
        Distance in Å by which the neighbour list reaches further than the cutoff.
    element : str
        The element these parameters are for; other elements are refused.

    Attributes
    ----------
    builds : int
        How often the neighbour list was built.
    """

    name = "pair engine"
    implemented_properties = ("energy", "energies", "forces", "stress", "free_energy")

    def __init__(self, parameters, cutoff, shift=True, skin=1.0, element="Ar"):
        self.parameters, self.kernel_parameters = parameters, np.array(parameters, float)
        self.cutoff, self.skin = positive("cutoff", cutoff), positive("skin", skin)
        self.shift, self.element, self.builds = shift, element, 0
        phi_at_cutoff = pair_engine.pair.py_func(self.cutoff**2, self.kernel_parameters)[0]
        self.phi_at_cutoff = float(phi_at_cutoff) if shift else 0.0
        self.reset()

    def reset(self):
        """Forget the last answer and the list of neighbours."""
        self.results = {}
        self._seen = self._frame = self._list = None

    # What ASE asks a calculator for.

    def get_potential_energy(self, atoms=None, force_consistent=False):
        """Energy in eV; nothing is smeared, so the force-consistent energy is the same."""
        return self.get_property("energy", atoms)

    def get_potential_energies(self, atoms=None):
        """Site energies (N,) in eV: half of each pair's energy."""
        return self.get_property("energies", atoms)

    def get_forces(self, atoms=None):
        """Forces (N, 3) in eV/Å."""
        return self.get_property("forces", atoms)

    def get_stress(self, atoms=None):
        """Stress (xx, yy, zz, yz, xz, xy) in eV/Å^3, without the kinetic part; for a periodic cell only."""
        return self.get_property("stress", atoms)

    def get_property(self, name, atoms=None, allow_calculation=True):
        """One of ``implemented_properties``; None if it is not known yet and ``allow_calculation`` is False."""
        if self.calculation_required(atoms, [name]):
            if not allow_calculation:
                return None
            self.calculate(atoms)
        if name not in self.results:
            raise PropertyNotImplementedError(
                f"There is no {name} here: the pair engine gives {', '.join(self.implemented_properties)}, "
                "and stress only where the cell is periodic along all three axes."
            )
        result = self.results[name]
        return result.copy() if isinstance(result, np.ndarray) else result

    def calculation_required(self, atoms, properties):
        """Whether the atoms differ from those of the last answer."""
        if atoms is None:
            return False
        return self._seen is None or not (np.array_equal(atoms.positions, self._seen) and self._same_frame(atoms))

    def calculate(self, atoms, properties=None, system_changes=None):
        """Compute all properties at once and store them in ``results``."""
        self._check(atoms)
        positions = np.array(atoms.positions, dtype=float, order="C")
        rows, virial = self._evaluate(positions, atoms)
        energy = float(rows[:, 3].sum())
        if not np.isfinite(energy) or abs(energy) > 1e30:
            self._refuse_overlap(positions)
        forces, site = np.ascontiguousarray(rows[:, :3]), rows[:, 3].copy()
        self.results = {"energy": energy, "free_energy": energy, "energies": site, "forces": forces}
        if atoms.pbc.all():
            self.results["stress"] = full_3x3_to_voigt_6_stress(-virial / atoms.get_volume())
        self._seen = positions

    def run(self, atoms, steps, dt):
        """Move ``atoms`` by ``steps`` steps of velocity Verlet at constant energy, without Python in between.

        Parameters
        ----------
        atoms : ase.Atoms
            Positions and momenta are changed in place.
        steps : int
            Number of steps.
        dt : float
            Time step in ASE's unit of time: ``ase.units.fs`` times the step in fs.

        Returns
        -------
        int
            Number of steps done. If it is smaller than ``steps``, the simulation blew up after that many steps, and
            ``atoms`` are unchanged.

        Raises
        ------
        ValueError
            For atoms with constraints, which the engine does not support.
        """
        self._check(atoms)
        if atoms.constraints:
            raise ValueError("Some atoms are held by constraints, which the engine ignores: use simulate().")
        r, cell, inverse, pbc = self.kernel_arrays(atoms.positions, atoms)
        m, v = atoms.get_masses(), np.array(atoms.get_velocities(), order="C")
        done, builds = pair_engine.run(
            int(steps), float(dt), r, v, m, cell, inverse, pbc, self.cutoff, self.skin, self.kernel_parameters
        )
        self.builds += builds
        self._list = None  # the next run begins with a new list in any case
        if done < steps or not np.isfinite(v).all():
            return min(done, steps - 1)
        atoms.positions = r
        atoms.set_velocities(v)
        return done

    def _evaluate(self, positions, atoms):
        """Rows of forces and site energies, and the virial; the neighbour list is rebuilt where it is too old."""
        arguments = self.phi_at_cutoff, self.kernel_parameters
        answer = None if self._list is None else self._list.evaluate(positions, *arguments)
        if answer is None:
            self._list = None
            self._list = pair_engine.PairList(*self.kernel_arrays(positions, atoms), self.cutoff, self.skin)
            self.builds += 1
            answer = self._list.evaluate(positions, *arguments)
        return answer

    def walker(self, atoms):
        """A function ``forces(r)`` for positions that move little from call to call: see :class:`Walker`."""
        self._check(atoms)
        return Walker(self, *self.kernel_arrays(atoms.positions, atoms)[1:])

    def kernel_arrays(self, positions, atoms):
        """Positions, cell, inverse and pbc for the kernels; refuse a neighbour list that does not fit into memory."""
        return pair_engine.as_kernel_arrays(positions, atoms.cell, atoms.pbc, self.cutoff + self.skin)

    def _same_frame(self, atoms):
        """Whether elements, cell and periodicity are those the list was made for."""
        return self._frame == _frame_of(atoms)

    def _check(self, atoms):
        """Refuse what cannot be calculated; discard the list if it was built for other atoms or another cell."""
        if self._same_frame(atoms):
            return
        check_atoms(atoms, (self.element,), SAYS_WHOSE)
        self.reset()
        self._frame = _frame_of(atoms)

    def _refuse_overlap(self, positions):
        place, _, _, _, start, near, _ = self._list.listed
        first = np.repeat(np.arange(len(positions)), np.diff(start.astype(int)))
        second = near[: len(first)]
        distance = np.linalg.norm(place[second] - place[first], axis=1)
        closest = np.argmin(distance)
        i, j = sorted(self._list.order[self._list.owner[[first[closest], second[closest]]].astype(int)])
        self.reset()
        raise ValueError(f"Atoms {i} and {j} lie on the same spot, {distance[closest]:.1e} Å apart: move one of them.")


def _frame_of(atoms):
    """All but the positions, to compare at each step: bytes compare faster than arrays."""
    return atoms.numbers.tobytes(), atoms.cell.array.tobytes(), atoms.pbc.tobytes()


class Walker:
    """Forces straight from the engine, for a simulation in which a thermostat acts between the steps.

    Attributes
    ----------
    blown_up : bool
        Whether a position was not a finite number, or an atom moved further in one step than in any real simulation.
        From then on the forces are zero.
    """

    def __init__(self, calculator, cell, inverse, pbc):
        self._calculator, self._frame = calculator, (cell, inverse, pbc)
        self._pairs, self.blown_up = None, False

    def __call__(self, r):
        """Forces (N, 3) in eV/Å at the positions ``r`` (N, 3) in Å."""
        calculator = self._calculator
        potential = 0.0, calculator.kernel_parameters
        answer = None if self._pairs is None else self._pairs.evaluate(r, *potential)
        if answer is None:
            self.blown_up |= self._pairs is not None and self._pairs.leapt
            if self.blown_up:
                return np.zeros_like(r)
            self._pairs = pair_engine.PairList(r, *self._frame, calculator.cutoff, calculator.skin)
            calculator.builds += 1
            answer = self._pairs.evaluate(r, *potential)
        return answer[0][:, :3]


class FastLennardJones(PairCalculator):
    """Lennard-Jones atoms of one element: :class:`course_lib.potentials.lennard_jones.LennardJones`, compiled.

    It has the same constructor and gives the same numbers. The cell may be any periodic cell, even one smaller than
    the cutoff. The first use compiles the engine (some seconds, once per computer) or loads it (less than a second).

    Parameters
    ----------
    epsilon : float
        Depth of the well in eV; the default is argon.
    sigma : float
        Distance of zero energy in Å.
    cutoff : float, optional
        Cutoff in Å. If not given, it is 2.5 sigma and follows sigma when sigma is changed later.
    shift, skin, element
        See :class:`PairCalculator`.
    """

    name = "fast Lennard-Jones"

    def __init__(self, epsilon=ARGON_EPSILON, sigma=ARGON_SIGMA, cutoff=None, shift=True, skin=1.0, element="Ar"):
        self._follow = ("cutoff",) if cutoff is None else ()
        self.epsilon, self.sigma, cutoff = check_parameters(epsilon, sigma, cutoff)
        super().__init__((self.epsilon, self.sigma), cutoff, shift, skin, element)
