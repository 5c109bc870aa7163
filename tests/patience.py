"""The one limit in wall-clock time: it stops what never ends, and decides nothing on a busy computer."""

HANGS = 1800  # seconds
