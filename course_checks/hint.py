"""Messages of the checks: one sentence that helps, instead of a traceback."""

import functools
import site
import sysconfig
import traceback
from pathlib import Path

import course_checks
import course_lib

LIBRARIES = (
    *(str(Path(part.__file__).parent) for part in (course_checks, course_lib)),
    site.getusersitepackages(),
    *(sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib")),
)
NOT_THEIRS = (*LIBRARIES, "<__", "<frozen", "<string")  # files without lines of the student


class Hint(AssertionError):
    """Says what is wrong with an answer, and where to look; a notebook shows only this sentence."""

    def _render_traceback_(self):
        # IPython asks for this list of lines and shows it instead of a traceback.
        return [f"Not yet: {self}"]


def expect(condition, sentence):
    """Raise a :class:`Hint` with this sentence unless the condition holds."""
    if not condition:
        raise Hint(sentence)


def check(function):
    """Make a check say in one sentence where the student's function stops with an error.

    A traceback would show lines of the check, which contain the right answer.
    """

    @functools.wraps(function)
    def speaking(*arguments, **options):
        if arguments:
            expect(callable(arguments[0]), f"Give {function.__name__} the function itself: its name without brackets.")
        try:
            return function(*arguments, **options)
        except Hint:
            raise
        except Exception as error:
            raise Hint(where_it_stopped(error)) from error

    return speaking


def where_it_stopped(error):
    """The sentence for an error in a student's function: which error, and in which line."""
    said = f"{type(error).__name__}: {error}"
    lines = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(NOT_THEIRS)]
    if lines and type(error) is NotImplementedError and str(error):  # the placeholder for the student's code
        return f"{error} It stands in {lines[-1].name}."
    if lines:
        stopped = f"Your function stops with {said}, in line {lines[-1].lineno} of its cell: {lines[-1].line}"
        if "truth value of an array" in said:
            stopped += " (an array has no single truth value: choose with np.where, or use np.all or np.any)"
        return stopped
    if isinstance(error, TypeError) and "argument" in said:
        return f"Your function takes other arguments than those asked for ({error})."
    if isinstance(error, OSError | ImportError | MemoryError):
        return f"The check itself could not run ({said}): run `course doctor`."
    return f"What your function returns cannot be used here ({said}): look at its type and its shape."
