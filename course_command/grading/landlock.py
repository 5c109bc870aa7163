"""Close files and the network to this process and its children for good, on Linux (kernel 5.13 or later).

Landlock lets any process give up rights without being root. The numbers below are those of
https://docs.kernel.org/userspace-api/landlock.html.
"""

import ctypes
import os
import struct
import sys
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
ABI_VERSION, RULE_PATH_BENEATH, NO_NEW_PRIVILEGES = 1, 1, 38
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR, TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
CONNECT_TCP = 1 << 1
SCOPE_SIGNAL = 1 << 1
READ = EXECUTE | READ_FILE | READ_DIR


def abi():
    """Version of Landlock on this machine; 0 if there is none."""
    if sys.platform != "linux":
        return 0
    return max(0, _system_call(CREATE_RULESET, None, ctypes.c_size_t(0), ABI_VERSION))


def restrict(readable, writable):
    """From now on allow only files under these paths, no connections, and no signals to processes outside.

    This holds for the calling thread and all threads and processes it starts: call it before any other thread starts.

    Returns
    -------
    bool
        False if the system has no Landlock; then nothing has changed.
    """
    version = abi()
    if not version:
        return False
    every = (1 << (13 + (version >= 2) + (version >= 3))) - 1
    rights = [every, CONNECT_TCP, SCOPE_SIGNAL][: 1 + (version >= 4) + (version >= 6)]
    ruleset = struct.pack(f"={len(rights)}Q", *rights)
    handle = _checked(CREATE_RULESET, ruleset, ctypes.c_size_t(len(ruleset)), 0)
    for paths, access in ((readable, READ), (writable, every)):
        for path in filter(os.path.exists, paths):
            _allow(handle, path, access)
    _checked_prctl(NO_NEW_PRIVILEGES)
    _checked(RESTRICT_SELF, handle, 0)
    os.close(handle)
    return True


def without(path, closed):
    """The parts of the tree at ``path`` without the ``closed`` paths: Landlock can add rights, not remove them."""
    path, inside = Path(path).resolve(), [c for c in closed if c.is_relative_to(path)]
    if any(path.is_relative_to(c) for c in closed):
        return []
    if not inside:
        return [path]
    return [part for child in path.iterdir() if not child.is_symlink() for part in without(child, inside)]


def _allow(ruleset, path, access):
    handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
    if not os.path.isdir(path):
        access &= EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE
    _checked(ADD_RULE, ruleset, RULE_PATH_BENEATH, struct.pack("=Qi", access, handle), 0)
    os.close(handle)


def _system_call(number, *arguments):
    return ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *arguments)


def _checked(number, *arguments):
    result = _system_call(number, *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock: {os.strerror(error)}")
    return result


def _checked_prctl(option):
    if ctypes.CDLL(None, use_errno=True).prctl(option, 1, 0, 0, 0):
        error = ctypes.get_errno()
        raise OSError(error, f"prctl: {os.strerror(error)}")
