"""Standard output of a submission's kernel: stops a cell that prints without end."""

from ipykernel.iostream import OutStream

MOST_OUTPUT = 2 * 10**6  # characters that one cell may print


class OutputLimit(Exception):
    """A cell has printed too much."""


class LimitedStream(OutStream):
    """Raises an error in a cell that prints more than `MOST_OUTPUT`, instead of filling the memory of the grader."""

    _cell, _printed = None, 0

    def write(self, string):
        cell = self.parent_header.get("msg_id")
        if cell != self._cell:
            self._cell, self._printed = cell, 0
        self._printed += len(string)
        if self._printed > MOST_OUTPUT:
            raise OutputLimit(f"this cell printed more than {MOST_OUTPUT // 10**6} million characters")
        return super().write(string)
