"""Style, still pictures, and errors as sentences."""

import io

import matplotlib
import numpy as np
import pytest
from ase import Atoms
from ase.data.colors import jmol_colors
from matplotlib.figure import Figure
from PIL import Image

from course_lib.show.atoms_3d import Scene
from course_lib.show.style import use_course_style
from course_lib.show.widget_with_picture import png, sentence


def pixels(data):
    return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def test_a_figure_of_the_course_fits_a_slide():
    with matplotlib.rc_context():
        use_course_style()
        height, width, _ = pixels(png(Figure())).shape
    assert width <= 900 and height <= 450  # of 1280 x 720, beside a title and a few lines of code


@pytest.mark.parametrize("symbol", ["Li", "S", "Ar"])
def test_a_still_picture_has_the_colour_of_the_element(symbol):
    atoms = Atoms(symbol, [[0, 0, 0]])
    seen = pixels(Scene(atoms).picture())
    assert np.mean(np.abs(seen - 255 * jmol_colors[atoms.numbers[0]]).max(axis=2) < 3) > 0.1


def test_a_still_picture_shows_the_cell_only_where_asked():
    def picture(cell, show):
        return Scene(Atoms("Ar", [[5, 5, 5]], cell=cell, pbc=bool(cell)), cell=show).picture()

    assert picture([10, 10, 10], True) != picture([10, 10, 10], False)
    assert picture(None, True) == picture(None, False)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (ValueError("The cell is too small."), "The cell is too small."),
        (FloatingPointError("It blew up at 3 fs."), "It blew up at 3 fs."),
        (KeyError("Ar"), "KeyError: 'Ar'"),
        (TypeError("bad operand type"), "TypeError: bad operand type"),
        (ZeroDivisionError(), "ZeroDivisionError: no message"),
    ],
)
def test_an_error_becomes_one_sentence(error, text):
    assert sentence(error) == text
