"""The kernel in which submissions run, started with ``python -P -m course_command.grading.kernel``.

Files beside the notebook can be imported but shadow nothing, memory and file sizes are limited, and on Linux the rest
of the disk is closed (see `course_command.grading.landlock`). All this is set before any line of the submission runs.
"""

import json
import os
import sys
from pathlib import Path

import course_checks
import course_lib
from course_command.grading import landlock

SETTINGS = "COURSE_KERNEL"  # environment variable with the settings, as JSON
LARGEST_FILE = 10**9  # bytes that a submission may write into one file


def main():
    """Restrict this process, then run an ordinary Jupyter kernel."""
    settings = json.loads(os.environ.pop(SETTINGS))
    sys.path.append("")
    if sys.platform != "win32":
        limit(int(settings["memory_gb"] * 1e9))
    close_the_rest(settings)
    from ipykernel.kernelapp import launch_new_instance

    launch_new_instance(outstream_class="course_command.grading.output.LimitedStream")


def limit(memory):
    """Limit memory in bytes (a cell that asks for more gets a MemoryError; macOS ignores this) and file size."""
    import resource

    for kind, value in ((resource.RLIMIT_DATA, memory), (resource.RLIMIT_FSIZE, LARGEST_FILE)):
        hard = resource.getrlimit(kind)[1]
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(kind, (value, value))


def close_the_rest(settings):
    """Close the disk except for Python, the system's libraries and the work folder, without the ``closed`` paths."""
    closed = [Path(path).resolve() for path in settings["closed"]]
    python = [sys.prefix, sys.base_prefix, sys.base_exec_prefix, *filter(None, sys.path)]
    system = ["/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/etc", "/opt", "/nix/store", "/sys", "/proc"]
    course = [Path(__file__).parents[1], *(Path(part.__file__).parent for part in (course_lib, course_checks))]
    paths = [*python, *system, *course]
    readable = [part for path in paths if os.path.exists(path) for part in landlock.without(path, closed)]
    connection_file = sys.argv[sys.argv.index("-f") + 1]
    landlock.restrict([*readable, connection_file], [*settings["writable"], "/dev"])


if __name__ == "__main__":
    main()
