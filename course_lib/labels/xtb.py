"""GFN2-xTB: semi-empirical tight binding, a thousand times cheaper than DFT and good enough to explore with."""

import importlib.util

from ase.calculators.calculator import all_changes
from threadpoolctl import ThreadpoolController

from course_lib.arguments import whole
from course_lib.labels.structure import check_structure
from course_lib.settings import check_names


def gfn2(threads=1):
    """GFN2-xTB as an ASE calculator: about a millisecond for energy and forces of ten atoms.

    Bannwarth, Ehlert and Grimme 2019, doi:10.1021/acs.jctc.8b01176; computed by tblite.

    Parameters
    ----------
    threads : int
        Number of OpenMP threads of tblite; one is fastest for a molecule.

    Returns
    -------
    ase.calculators.calculator.Calculator
        Energy in eV, forces in eV/Å.

    Raises
    ------
    ImportError
        If tblite is not installed; the message says what to do.
    """
    if not has_tblite():
        raise ImportError(
            "tblite is not installed: run `python -m pip install tblite==0.8.0` (there is none for Windows, nor for "
            "Macs with an Intel processor); until then the lectures show the shipped results it made."
        )
    threads = whole("threads", threads)
    from tblite.ase import TBLite

    libraries = ThreadpoolController()  # after the import of tblite, which loads libraries of its own

    class GFN2(TBLite):
        """TBLite with clearer error messages for a wrong structure or setting."""

        def set(self, **changes):
            check_names(self, changes, self.default_parameters)
            self._xtb = self._res = None  # otherwise TBLite would still use some of the old settings
            return super().set(**changes)

        def __setattr__(self, name, value):
            if name in self.default_parameters:
                self.set(**{name: value})
            else:
                super().__setattr__(name, value)

        def calculate(self, atoms=None, properties=None, system_changes=all_changes):
            atoms = self.atoms if atoms is None else atoms
            check_structure(atoms)
            if atoms.pbc.any() and not atoms.pbc.all():  # tblite would take it as periodic along all three
                raise ValueError("GFN2 knows molecules and crystals: set pbc to True or False in all three directions.")
            with libraries.limit(limits=threads):
                super().calculate(atoms, properties, system_changes)

    return GFN2(method="GFN2-xTB", verbosity=0)


def has_tblite():
    """Whether tblite is installed: it has no build for Windows, where the lectures show shipped results."""
    return importlib.util.find_spec("tblite") is not None
