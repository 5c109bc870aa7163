"""An object whose state can be saved and restored, so that a stopped simulation continues exactly."""

import inspect

import numpy as np


class Stateful:
    """Gives a thermostat or barostat ``state()``, ``restore(state)`` and a ``repr`` that names its parameters.

    The state consists of all attributes: numbers, arrays and random generators. Attributes in ``changeable`` may be set
    while it runs, and are checked; those in ``used_when_made`` would change nothing later, and setting them is refused.
    """

    changeable = {}  # noqa: RUF012  from a name to the function that checks a new value and returns it
    used_when_made = ()

    def __setattr__(self, name, value):
        if name in self.changeable:
            value = self.changeable[name](value)
        elif name in self.used_when_made and name in vars(self):
            raise AttributeError(
                f"{name} is used when a {type(self).__name__} is made, and cannot be changed: make a new one."
            )
        super().__setattr__(name, value)

    def state(self):
        """All attributes as plain numbers, lists and text, which JSON stores exactly."""
        return {name: _plain(value) for name, value in vars(self).items()}

    def restore(self, state):
        """Restore a state that :meth:`state` returned."""
        for name, value in state.items():
            present = getattr(self, name)
            if isinstance(present, np.random.Generator):
                present.bit_generator.state = value
            else:
                vars(self)[name] = np.array(value) if isinstance(present, np.ndarray) else value

    def __repr__(self):
        values = (f"{name}={_plain(getattr(self, name))!r}" for name in inspect.signature(type(self)).parameters)
        return f"{type(self).__name__}({', '.join(values)})"


def _plain(value):
    if isinstance(value, np.random.Generator):
        return value.bit_generator.state
    return value.tolist() if isinstance(value, np.ndarray | np.generic) else value
