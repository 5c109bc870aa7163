"""A widget with a still picture, which is shown where widgets do not work."""

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
    """A column of widgets whose output in the notebook also contains a PNG picture.

    JupyterLab shows the widget. Where widgets do not work (a notebook that was not run, GitHub, nbconvert), the
    picture is shown instead.

    Parameters
    ----------
    children : sequence of ipywidgets.Widget
        The widgets of the column.
    describe : str
        One line of text that is shown where pictures are not shown either.
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


def picture_widget():
    """A widget for a picture in its own size, or as wide as the page with its margin of 2 px if that is less."""
    return widgets.Image(format="png", layout=widgets.Layout(align_self="flex-start", max_width="calc(100% - 4px)"))


def sentence(error):
    """An error as one sentence for students; the kind of error is named if its text alone is not clear."""
    text = str(error).strip()
    plain = isinstance(error, ValueError | ArithmeticError | AssertionError | NotImplementedError) and " " in text
    return text if plain else f"{type(error).__name__}: {text or 'no message'}"


def notice(text):
    """A line of red text for an error message; it may be empty."""
    line = widgets.HTML()
    say(line, text)
    return line


def say(line, text):
    """Put ``text`` into a :func:`notice`."""
    line.value = f'<div style="color:#b00020; line-height:1.4">{html.escape(text)}</div>' if text else ""
