"""How a check speaks: one sentence that helps, instead of a traceback."""


class Hint(AssertionError):
    """What is wrong with an answer, and where to look; a notebook shows the sentence and nothing else."""

    def _render_traceback_(self):
        # IPython asks for this list of lines and shows it instead of a traceback.
        return [f"Not yet: {self}"]


def expect(condition, sentence):
    """Raise a :class:`Hint` with this sentence unless the condition holds."""
    if not condition:
        raise Hint(sentence)
