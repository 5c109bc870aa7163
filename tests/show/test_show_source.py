"""The source of a function, shown in place."""

import numpy as np
import pytest

from course_lib.dynamics.integrators import euler, velocity_verlet
from course_lib.dynamics.thermostats import VelocityRescaling
from course_lib.show.source import show_source


def test_the_code_is_shown_and_the_docstring_is_folded_away():
    shown = show_source(euler)
    assert repr(shown) == ("def euler(r, v, force, m, dt):\n    a = force(r) / m\n    return r + v * dt, v + a * dt")
    page = shown._repr_html_()
    folded = page[page.index("<details>") : page.index("</details>")]
    assert "energy grows" in folded and "energy grows" not in page.replace(folded, "")


def test_several_functions_stand_one_below_the_other():
    assert repr(show_source(euler, velocity_verlet)).count("def ") == 2


def test_a_class_keeps_the_docstrings_of_its_methods():
    text = repr(show_source(VelocityRescaling))
    assert "samples the canonical ensemble" not in text
    assert "Velocities after the rescaling" in text


def test_a_function_without_docstring_has_nothing_to_fold():
    def bare(x):
        return 2 * x

    shown = show_source(bare)
    assert "details" not in shown._repr_html_()
    assert repr(shown) == "def bare(x):\n    return 2 * x"


def test_markup_in_a_docstring_is_text():
    def risky():
        """See <script>alert(1)</script>."""

    assert "<script>" not in show_source(risky)._repr_html_()


def test_a_compiled_function_is_refused_in_one_sentence():
    with pytest.raises(ValueError, match="not written in Python"):
        show_source(np.dot)
