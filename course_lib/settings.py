"""Calculators whose settings can be changed after they were made: all that follows from them is made anew."""

import inspect
from functools import wraps


class Settings:
    """The arguments of a calculator stay in attributes of the same names; ``set`` or an assignment changes them."""

    _settings = ()  # names of the arguments of the class
    _follow = ()  # those that were left to follow from the others

    def __init_subclass__(cls):
        super().__init_subclass__()
        cls._settings = tuple(inspect.signature(cls).parameters)
        make = cls.__init__

        @wraps(make)
        def __init__(self, *arguments, **settings):
            make(self, *arguments, **settings)
            vars(self)["_made"] = True

        cls.__init__ = __init__

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
        check_names(self, changes, self._settings)
        if changes:
            kept = {name: getattr(self, name) for name in self._settings if name not in self._follow}
            vars(self).update(vars(type(self)(**kept | changes)))
        return changes

    def __setattr__(self, name, value):
        if name in self._settings and name in vars(self):
            self.set(**{name: value})
        elif not (name.startswith("_") or hasattr(self, name)) and "_made" in vars(self):
            check_names(self, [name], self._settings)
        else:
            super().__setattr__(name, value)


def check_names(calculator, changes, names):
    """One sentence for a setting that is not among ``names``."""
    if unknown := [name for name in changes if name not in names]:
        has = f"it has {', '.join(names)}" if names else "it has none"
        raise ValueError(f"{type(calculator).__name__} has no setting {unknown[0]}: {has}.")
