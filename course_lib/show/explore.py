"""Sliders beside a figure that is redrawn while they move."""

import ipywidgets as widgets
from matplotlib.figure import Figure

from course_lib.show.widget_with_picture import Pictured, notice, picture_widget, png, say, sentence


def explore(draw, *, manual=False, figsize=None, **controls):
    """A figure with controls; this call must be the last line of the cell.

    Parameters
    ----------
    draw : callable
        ``draw(figure, **values)`` draws on an empty matplotlib figure.
    manual : bool
        Draw only when the button is pressed, for drawings that take long.
    figsize : (float, float), optional
        Width and height of the figure in inches; by default those of the course style.
    **controls
        One for each argument of ``draw``: a widget with a value, a tuple ``(smallest, largest, step, start)``
        for a slider, or a list of choices.

    Returns
    -------
    Pictured
        The widget; its ``.controls`` holds the controls by name. The first picture is drawn at once, and an error in
        it is raised. Later errors are shown under the controls, and the last picture stays.
    """
    controls = {name: _control(name, spec) for name, spec in controls.items()}
    image, trouble = picture_widget(), notice("")

    def redraw(_=None):
        try:
            image.value = _drawn(draw, figsize, controls)
            say(trouble, "")
        except Exception as error:
            say(trouble, sentence(error))

    row = list(controls.values())
    if manual:
        button = widgets.Button(description="Draw", icon="refresh", layout=widgets.Layout(width="90px"))
        button.on_click(redraw)
        row.append(button)
    else:
        for control in controls.values():
            control.observe(redraw, "value")

    image.value = _drawn(draw, figsize, controls)
    wrap = widgets.Layout(flex_flow="row wrap", align_items="center")
    shown = Pictured([widgets.Box(row, layout=wrap), trouble, image], describe="Interactive figure")
    shown.picture, shown.controls = image.value, controls
    shown.image, shown.trouble, shown.redraw = image, trouble, redraw
    return shown


def _drawn(draw, figsize, controls):
    figure = Figure(figsize=figsize)
    draw(figure, **{name: control.value for name, control in controls.items()})
    return png(figure)


def _control(name, spec):
    """The widget for one control, which may be given in a short form."""
    label = name.replace("_", " ")
    look = {"description": label, "style": {"description_width": "initial"}}
    if isinstance(spec, tuple) and len(spec) == 4:
        low, high, step, start = spec
        if not (low < high and low <= start <= high and step > 0):
            raise ValueError(
                f"The slider {name} goes from {low} to {high} in steps of {step} and starts at {start}: give smallest, "
                "largest, step and start, in this order."
            )
        kind = widgets.IntSlider if all(isinstance(number, int) for number in spec) else widgets.FloatSlider
        return kind(value=start, min=low, max=high, step=step, continuous_update=True, **look)
    if isinstance(spec, list) and spec:
        return widgets.Dropdown(options=spec, **look)
    if isinstance(spec, widgets.Widget) and hasattr(spec, "value"):
        if not spec.description:
            spec.description = label
        return spec
    raise ValueError(
        f"{name} is {spec!r}: give a tuple (smallest, largest, step, start), a list of choices, or a widget."
    )
