"""Calculators whose settings can be changed after they were made: all that follows from them is made anew."""

import inspect

from ase.calculators.calculator import Calculator


class Settings(Calculator):
    """The arguments of a calculator stay in attributes of the same names; ``set`` or an assignment changes them."""

    def set(self, **changes):
        """Change settings as if the calculator had been made with them: old results go, and a bad one changes nothing.

        Parameters
        ----------
        **changes
            Arguments of the class.

        Returns
        -------
        dict
            The changes.

        Raises
        ------
        ValueError
            For a setting that the calculator does not have, and where the class itself raises it.
        """
        check_names(self, changes, self._names())
        if changes:
            vars(self).update(vars(type(self)(**{name: getattr(self, name) for name in self._names()} | changes)))
        return changes

    def __setattr__(self, name, value):
        if name in vars(self) and name in self._names():
            self.set(**{name: value})
        else:
            super().__setattr__(name, value)

    def _names(self):
        return inspect.signature(type(self)).parameters


def check_names(calculator, changes, names):
    """One sentence for a setting that is not among ``names``."""
    if unknown := [name for name in changes if name not in names]:
        has = f"it has {', '.join(names)}" if names else "it has none"
        raise ValueError(f"{type(calculator).__name__} has no setting {unknown[0]}: {has}.")
