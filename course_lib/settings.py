"""Calculators whose settings can be changed later: everything that depends on the settings is then computed again."""

import inspect
from functools import wraps


class Settings:
    """Keeps the arguments of a calculator in attributes of the same names; ``set`` or an assignment changes them."""

    _settings = ()  # names of the arguments of the class
    _follow = ()  # settings that were not given and are computed from the others

    def __init_subclass__(cls):
        super().__init_subclass__()
        cls._settings = tuple(inspect.signature(cls).parameters)
        note_the_end(cls)

    def set(self, **changes):
        """Change settings and discard old results; an invalid value raises an error and changes nothing.

        Parameters
        ----------
        **changes
            New values of arguments of the class.

        Returns
        -------
        dict
            The changes.

        Raises
        ------
        ValueError
            For a setting that the calculator does not have, and for a value that the class refuses.
        """
        check_names(self, changes, self._settings)
        if changes:
            kept = {name: getattr(self, name) for name in self._settings if name not in self._follow}
            vars(self).update(vars(type(self)(**kept | changes)))
        return changes

    def __setattr__(self, name, value):
        if name in self._settings and name in vars(self):
            self.set(**{name: value})
        elif "_made" in vars(self) and not (name in self._settings or name.startswith("_") or hasattr(self, name)):
            check_names(self, [name], self._settings)
        else:
            super().__setattr__(name, value)


def note_the_end(cls):
    """Let objects of a class have ``_made`` once their whole ``__init__``, also that of a subclass, is done."""
    make = cls.__init__

    @wraps(make)
    def __init__(self, *arguments, **settings):
        make(self, *arguments, **settings)
        if type(self) is cls:
            vars(self)["_made"] = True

    cls.__init__ = __init__


def check_names(calculator, changes, names):
    """Refuse a setting that is not among ``names``."""
    if unknown := [name for name in changes if name not in names]:
        has = f"it has {', '.join(names)}" if names else "it has none"
        raise ValueError(f"{type(calculator).__name__} has no setting {unknown[0]}: {has}.")
