"""The source code of a function, shown in the notebook where the function is used."""

import ast
import html
import inspect
import textwrap

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

CLASS = "course-source"
COLOURS = {  # JupyterLab's own, which follow its theme, and what stands for them elsewhere
    "k kn kd kc ow": ("keyword", "#008000"),
    "s s1 s2 sa si sd se": ("string", "#ba2121"),
    "c1 cm": ("comment", "#408080"),
    "mi mf": ("number", "#080"),
    "nb bp": ("builtin", "#008000"),
    "nf nc": ("def", "#00f"),
    "o": ("operator", "#7800c2"),
}
STYLE = "<style>{}</style>".format(
    "".join(
        ", ".join(f".{CLASS} .{kind}" for kind in kinds.split())
        + f" {{color: var(--jp-mirror-editor-{name}-color, {plain})}} "
        for kinds, (name, plain) in COLOURS.items()
    )
)


class show_source:
    """Show the code of one or more functions, with each docstring folded away.

    Parameters
    ----------
    *functions : callable
        Functions or classes written in Python. This call must be the last line of the cell.
    """

    def __init__(self, *functions):
        self._parts = [_split(function) for function in functions]

    def __repr__(self):
        return "\n\n".join(code for _, _, code in self._parts)

    def _repr_html_(self):
        return "".join(
            f"<details><summary><code>{html.escape(name)}</code>: what it says about itself</summary>"
            f"<pre>{html.escape(doc)}</pre></details>{_coloured(code)}"
            if doc
            else _coloured(code)
            for name, doc, code in self._parts
        )


def _split(function):
    """Name, docstring, and code without it."""
    try:
        source = textwrap.dedent(inspect.getsource(function))
    except (OSError, TypeError) as error:
        raise ValueError(f"The source of {function!r} cannot be shown: it is not written in Python.") from error
    lines, doc, definition = source.splitlines(), "", ast.parse(source).body[0]
    if isinstance(definition, ast.FunctionDef | ast.ClassDef) and ast.get_docstring(definition):
        doc, text = ast.get_docstring(definition), definition.body[0]
        del lines[text.lineno - 1 : text.end_lineno]
    return f"{function.__module__}.{function.__qualname__}", doc, "\n".join(lines)


def _coloured(code):
    return STYLE + highlight(code, PythonLexer(), HtmlFormatter(cssclass=CLASS, prestyles="margin:0; padding:4px 8px"))
