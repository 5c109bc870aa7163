"""What checks ask of an answer before its physics: that it is there, has the right shape, and is a number."""

import numpy as np

from course_lib.checks.hint import Hint, expect


def name_mistake(got, sentences, unless=None, rtol=1e-8):
    """Raise the sentence whose wrong values are these, ``unless`` they are right."""
    if unless is not None and np.isclose(got, unless, rtol=rtol):
        return
    for sentence, wrong in sentences.items():
        expect(not any(np.allclose(got, value, rtol=rtol, atol=1e-10) for value in wrong), sentence)


def two(out, what):
    """Two things that a function returned, or a sentence."""
    expect(out is not None, f"Your function returns nothing: end it with return, {what}.")
    several = isinstance(out, tuple | list) or (isinstance(out, np.ndarray) and out.ndim > 0)
    expect(several and len(out) == 2, f"Return two things, {what}.")
    return out


def like(value, template, name):
    """The answer as an array of the shape of ``template``, or a sentence."""
    expect(value is not None, f"Your function returns nothing: end it with return and the {name}.")
    shape = _shape(value, name)
    expect(
        shape == template.shape,
        f"For an input of shape {template.shape} the {name} came out with shape {shape}: keep one for each.",
    )
    expect(_numeric(value), f"The {name} must be numbers, and yours hold {_kind(value)}.")
    expect(np.all(np.isfinite(value)), f"The {name} came out infinite or not a number: is something divided by zero?")
    return np.asarray(value, float)


def number(value, name):
    """The answer as one finite number, or a sentence."""
    expect(value is not None, f"Your function returns nothing: end it with return and the {name}.")
    shape = _shape(value, name)
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
    """Whether these are real numbers: no words, no complex ones."""
    return np.asarray(value).dtype.kind in "biuf"


def _kind(value):
    kinds = {"U": "text", "O": "something else", "c": "complex numbers", "S": "text"}
    return kinds.get(np.asarray(value).dtype.kind, "something else")
