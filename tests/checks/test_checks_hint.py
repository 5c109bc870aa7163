"""An answer that stops with an error is told so in one sentence, without the lines of the check."""

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import Calculator
from IPython.core.interactiveshell import InteractiveShell

from course_checks.first_mlip import check_cutoff, check_loss
from course_checks.hint import Hint, check, expect, where_it_stopped

CELL = """
def loss(E, E_label, F, F_label, lambda_E, lambda_F):
    energy = lamda_E * (E - E_label) ** 2
    return energy
"""


def test_the_sentence_names_the_error_and_the_students_own_line():
    def answer(r, r_c):
        f = np.cos(r)
        return f @ np.ones(1)  # of another length

    with pytest.raises(Hint, match=r"stops with ValueError: .*, in line \d+ of its cell: return f @ np.ones\(1\)"):
        check_cutoff(answer)
    with pytest.raises(Hint, match=r"takes other arguments than those asked for .*takes 1 positional argument"):
        check_cutoff(lambda r: r)
    with pytest.raises(Hint, match="parts of different lengths"):
        check_cutoff(lambda r, r_c: [1, [2, 3]])


def test_a_notebook_shows_nothing_of_the_check():
    shell = InteractiveShell.instance()
    shell.run_cell(CELL)
    shell.user_ns["check_loss"] = check_loss
    error = shell.run_cell("check_loss(loss)").error_in_exec
    assert isinstance(error, Hint)
    shown = "\n".join(error._render_traceback_())
    assert "NameError: name 'lamda_E' is not defined" in shown and "in line 2 of its cell: energy = lamda_E" in shown
    assert "right" not in shown and len(shown.splitlines()) == 1
    assert isinstance(error.__cause__, NameError)  # for whoever looks into the traceback of the grader


def test_what_waits_to_be_written_and_what_is_wrong_stay_what_they_are():
    def empty(*arguments):
        raise NotImplementedError("Your turn: replace this line with your own code.")

    def bare(*arguments):
        raise NotImplementedError

    with pytest.raises(Hint, match=r"^Your turn: replace this line with your own code\. It stands in empty\.$"):
        check_cutoff(empty)
    with pytest.raises(Hint, match=r"stops with NotImplementedError: , in line \d+"):
        check_cutoff(bare)
    with pytest.raises(Hint, match=r"stops with PropertyNotImplementedError"):
        check_cutoff(lambda r, r_c: Calculator().get_property("stress", Atoms("H")))
    with pytest.raises(Hint, match="Give check_cutoff the function itself"):
        check_cutoff(None)

    said = where_it_stopped(FileNotFoundError("no table"))  # no line of a student's in its traceback
    assert said == "The check itself could not run (FileNotFoundError: no table): run `course doctor`."

    @check
    def always(answer):
        """What it is about."""
        expect(False, "No.")

    assert always.__doc__ == "What it is about."
    with pytest.raises(Hint, match=r"^No\.$"):
        always(empty)
