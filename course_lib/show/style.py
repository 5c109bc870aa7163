"""One style for all figures of the course, readable from the last row and for colour-blind readers."""

import matplotlib
from cycler import cycler

# Okabe and Ito, Color Universal Design (2008), without black and with the pale yellow left out.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9")


def use_course_style():
    """Set matplotlib's defaults for the notebook: a figure that fits a slide, large labels, safe colours."""
    matplotlib.rcParams.update(
        {
            "figure.figsize": (7.5, 3.8),
            "figure.dpi": 100,
            "figure.constrained_layout.use": True,
            "font.size": 13,
            "axes.prop_cycle": cycler(color=COLOURS),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.grid": True,
            "grid.alpha": 0.3,
            "lines.linewidth": 2,
            "legend.frameon": False,
        }
    )
