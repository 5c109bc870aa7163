"""How much processor time a program has used, with all that it has started: other programs do not change it."""

import psutil


def processor_seconds(pid):
    """User and system time of a process, of its children, and of their children.

    Parameters
    ----------
    pid : int

    Returns
    -------
    float
        In s, all threads together; 0 where there is no such process any more.
    """
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return 0.0
    return sum(map(_own_seconds, family))


def _own_seconds(process):
    try:
        times = process.cpu_times()
    except psutil.Error:  # it has just ended: its time is now in that of its parent
        return 0.0
    return times.user + times.system + times.children_user + times.children_system
