"""Checks of the form of an answer, before its physics: it exists, has the right shape, and is a number."""

import numpy as np

from course_checks.hint import Hint, expect


def call(function, *arguments):
    """What a function returns, after a check that it did not change the arrays it was given."""
    given = [np.copy(a) if isinstance(a, np.ndarray) else a for a in arguments]
    out = function(*given)
    expect(
        all(np.array_equal(a, b) for a, b in zip(arguments, given) if isinstance(a, np.ndarray)),
        "Your function changes the arrays it was given (r += ... works in place): make a new array, as in r = r + ...",
    )
    return out


def name_mistake(got, sentences, unless=None, rtol=1e-6):
    """Raise the sentence that belongs to the wrong value ``got``; do nothing if ``got`` equals ``unless``.

    ``sentences`` is {sentence: wrong}, where ``wrong`` is one wrong value or a list of them. If the answer is a single
    number, ``wrong`` may also be an array of wrong values.
    """
    if unless is not None and np.isclose(got, unless, rtol=rtol):
        return
    tiny = 1e-10 if np.ndim(got) else 0.0  # arrays may hold zeros
    for sentence, wrong in sentences.items():
        for value in wrong if isinstance(wrong, list) else [wrong]:
            same = np.isclose(got, value, rtol=rtol, atol=tiny)
            expect(not (same.all() if np.ndim(got) else same.any()), sentence)


def given(value, what):
    """The answer, or a hint if there is none."""
    expect(value is not None, f"Your function returns nothing: end it with return and {what}.")
    return value


def two(out, what):
    """Two things that a function returned, or a hint."""
    given(out, what)
    several = isinstance(out, tuple | list) or (isinstance(out, np.ndarray) and out.ndim > 0)
    expect(several and len(out) == 2, f"Return two things, {what}.")
    return out


def truth(value, one):
    """The answer as True or False, or a hint; ``one`` says what the single answer is for."""
    given(value, "True or False")
    expect(np.shape(value) == (), f"Give one answer, True or False, {one}.")
    expect(isinstance(value, bool | np.bool_), f"Return True or False, and not {value!r}.")
    return bool(value)


def like(value, template, name):
    """The answer as an array of the same shape as ``template``, or a hint."""
    shape = _shape(given(value, f"the {name}"), name)
    expect(
        shape == template.shape,
        f"The {name} came out with shape {shape}, and {template.shape} is needed: keep one for each.",
    )
    expect(_numeric(value), f"The {name} must be numbers, and yours hold {_kind(value)}.")
    expect(np.all(np.isfinite(value)), f"The {name} came out infinite or not a number: is something divided by zero?")
    return np.asarray(value, float)


def number(value, name):
    """The answer as one finite number, or a hint."""
    shape = _shape(given(value, f"the {name}"), name)
    expect(shape == (), f"The {name} must be one number, and yours has the shape {shape}.")
    expect(_numeric(value), f"The {name} must be a number, and yours is {_kind(value)}: return the number itself.")
    expect(np.isfinite(value), f"The {name} came out as {value}: something is divided by zero or was never set.")
    return float(value)


def near(a, b):
    """Whether two answers are the same up to rounding."""
    return np.allclose(a, b, rtol=1e-8, atol=1e-10)


def _shape(value, name):
    try:
        return np.shape(value)
    except ValueError as error:
        raise Hint(f"The {name} came out as a list with parts of different lengths: return one array.") from error


def _numeric(value):
    """Whether these are real numbers, not words or complex numbers."""
    return np.asarray(value).dtype.kind in "biuf"


def _kind(value):
    kinds = {"U": "text", "O": "something else", "c": "complex numbers", "S": "text"}
    return kinds.get(np.asarray(value).dtype.kind, "something else")
