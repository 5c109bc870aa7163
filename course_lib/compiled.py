"""Numba's compiler, whose machine code is kept where that is possible and made anew where it is not.

Numba's own ``njit(cache=True)`` stops the import where neither the folder of the code nor the home can be written,
stops at a damaged file, and does not read what is kept beside the code where nothing can be written there (an
installation for many, a graded submission). Here all of this costs the seconds of compiling, and nothing else.
"""

from contextlib import suppress
from pathlib import Path

import numba
from numba.core import caching


def njit(**options):
    """``numba.njit`` with machine code that is kept from one start of Python to the next.

    Parameters
    ----------
    **options
        Those of ``numba.njit``, but for ``cache``.
    """

    def compile_when_called(function):
        dispatcher = numba.njit(**options)(function)
        dispatcher._cache = _Kept(function)
        return dispatcher

    return compile_when_called


def kept_in(compiled):
    """The folder that holds the machine code of a compiled function.

    Parameters
    ----------
    compiled : function
        Made by :func:`njit`, and called.

    Returns
    -------
    Path or None
        None where it had to be compiled and no folder can be written: the next start of Python compiles it again.
    """
    cache = compiled._cache
    lost = isinstance(cache._impl.locator, _Beside) and compiled.stats.cache_misses
    return None if lost else Path(cache.cache_path)


class _Beside(caching.InTreeCacheLocator):
    """The folder of the code, also where it can only be read."""

    def ensure_cache_path(self):
        """Nothing is written here unless numba's own choice was this folder."""


class _BesideFiles(caching.CompileResultCacheImpl):
    _locator_classes = (_Beside,)


class _BesideCache(caching.FunctionCache):
    _impl_class = _BesideFiles


class _Files(caching.CompileResultCacheImpl):
    _locator_classes = (*caching.CompileResultCacheImpl._locator_classes, _Beside)


class _Kept(caching.FunctionCache):
    """Reads from where numba would write, then from beside the code, and takes every failure for an empty place."""

    _impl_class = _Files

    def __init__(self, function):
        super().__init__(function)
        self._beside = _BesideCache(function)

    def load_overload(self, sig, target_context):
        for read in (super().load_overload, self._beside.load_overload):
            try:
                if found := read(sig, target_context):
                    return found
            except Exception:  # a damaged pickle raises anything
                self.flush()
        return None

    def save_overload(self, sig, data):
        with suppress(OSError):  # a full disk, a folder that can only be read
            super().save_overload(sig, data)

    def flush(self):
        with suppress(OSError):
            super().flush()
