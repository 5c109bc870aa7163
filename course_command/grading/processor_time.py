"""Processor time of a program and of all programs it has started; a busy computer does not change it."""

import psutil


def processor_seconds(pid):
    """User and system time of a process, of its children, and of their children.

    Parameters
    ----------
    pid : int
        Number of the process.

    Returns
    -------
    float
        Processor time in s, summed over all threads; 0 if the process has ended.
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
