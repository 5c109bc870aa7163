"""Messages between two processes: a line of JSON about them, then the bytes of NumPy arrays. No code is ever read."""

import json
import struct

import numpy as np

LENGTH = struct.Struct("<Q")


def send(pipe, content, **arrays):
    """Write one message.

    Parameters
    ----------
    pipe : binary file object
        Where to write.
    content : dict
        Plain values: text, numbers, lists.
    **arrays
        NumPy arrays.
    """
    arrays = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    about = {name: [array.dtype.str, array.shape] for name, array in arrays.items()}
    head = json.dumps([content, about]).encode()
    pipe.write(b"".join([LENGTH.pack(len(head)), head, *(array.tobytes() for array in arrays.values())]))
    pipe.flush()


def receive(pipe):
    """Read one message.

    Returns
    -------
    content : dict
        The plain values.
    arrays : dict
        Name -> NumPy array.

    Raises
    ------
    EOFError
        If the other side has ended.
    """
    (length,) = LENGTH.unpack(exactly(pipe, LENGTH.size))
    content, about = json.loads(exactly(pipe, length))
    arrays = {}
    for name, (kind, shape) in about.items():
        kind = np.dtype(kind)
        data = exactly(pipe, kind.itemsize * int(np.prod(shape)))
        arrays[name] = np.frombuffer(data, kind).reshape(shape).copy()
    return content, arrays


def exactly(pipe, n):
    """Read ``n`` bytes."""
    data = pipe.read(n)
    if len(data) < n:
        raise EOFError("the other process has ended")
    return data
