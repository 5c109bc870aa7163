"""A widget that keeps a picture of itself, for wherever widgets cannot live."""

import base64
import html
import io

import ipywidgets as widgets
from matplotlib.backends.backend_agg import FigureCanvasAgg


def png(figure):
    """A matplotlib figure as the bytes of a PNG file; the figure need not belong to pyplot."""
    buffer = io.BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()


class Pictured(widgets.VBox):
    """A column of widgets whose output in the notebook also holds a PNG.

    JupyterLab shows the widget. Where there is none (a notebook that was not run, GitHub, nbconvert) the
    picture is shown instead.

    Parameters
    ----------
    children : sequence of ipywidgets.Widget
    describe : str
        One line that stands for it where not even pictures are shown.
    """

    def __init__(self, children=(), describe="", **kwargs):
        super().__init__(children, **kwargs)
        self.describe = describe
        self.picture = b""

    def _repr_mimebundle_(self, **kwargs):
        data = {**super()._repr_mimebundle_(**kwargs), "text/plain": self.describe}
        if self.picture:
            data["image/png"] = base64.b64encode(self.picture).decode()
        return data


def sentence(error):
    """An error as the one sentence that a student reads; the kind is named where the text alone says too little."""
    text = str(error).strip()
    plain = isinstance(error, ValueError | ArithmeticError | AssertionError | NotImplementedError) and " " in text
    return text if plain else f"{type(error).__name__}: {text or 'no message'}"


def notice(text):
    """A line of red text for an error, empty where there is none."""
    line = widgets.HTML()
    say(line, text)
    return line


def say(line, text):
    """Put ``text`` into a :func:`notice`."""
    line.value = f'<div style="color:#b00020; line-height:1.4">{html.escape(text)}</div>' if text else ""
