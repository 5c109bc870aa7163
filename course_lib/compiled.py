"""Numba's compiler with a cache of the machine code: if the cache cannot be used, the code is compiled again.

Numba's own ``njit(cache=True)`` has three problems. The import fails if neither the folder of the code nor the home
folder is writable. It fails at a damaged cache file. And it does not read the cache beside the code if that folder is
not writable (an installation for many users, a graded submission). Here these cases only cost the seconds of compiling.
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
        Options of ``numba.njit``, except ``cache``.
    """

    def compile_when_called(function):
        dispatcher = numba.njit(**options)(function)
        dispatcher._cache = _Kept(function)
        return dispatcher

    return compile_when_called


def kept_in(compiled):
    """The folder that holds the machine code of a function made by :func:`njit` that has been called.

    None if no folder is writable: the next start of Python then compiles the function again.
    """
    cache = compiled._cache
    lost = isinstance(cache._impl.locator, _Beside) and compiled.stats.cache_misses
    return None if lost else Path(cache.cache_path)


class _Beside(caching.InTreeCacheLocator):
    """The folder of the code, even if it is not writable."""

    def ensure_cache_path(self):
        """Do nothing: the folder exists."""


class _BesideFiles(caching.CompileResultCacheImpl):
    _locator_classes = (_Beside,)


class _BesideCache(caching.FunctionCache):
    _impl_class = _BesideFiles


class _Files(caching.CompileResultCacheImpl):
    _locator_classes = (*caching.CompileResultCacheImpl._locator_classes, _Beside)


class _Kept(caching.FunctionCache):
    """Reads numba's own cache, then the cache beside the code; any failure counts as an empty cache."""

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
        with suppress(OSError):  # a full disk, a folder that is not writable
            super().save_overload(sig, data)

    def flush(self):
        with suppress(OSError):
            super().flush()
