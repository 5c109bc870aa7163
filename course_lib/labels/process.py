"""A model that computes in another process, with the packages of an environment of its own."""

import os
import subprocess
import tempfile
import threading
import weakref
from pathlib import Path

from course_lib.labels.environments import ENVIRONMENTS, check_ready, folder, python_of
from course_lib.labels.worker.messages import receive, send

ROOT = Path(__file__).resolve().parents[2]
# After the environment's own packages, which must win.
SERVE = f"import sys; sys.path.append({str(ROOT)!r}); from course_lib.labels.worker.serve import serve; serve()"


class Process:
    """The other process: made at once, made again after it has died, ended with this object.

    Parameters
    ----------
    name : str
        Name of the environment.
    module : str
        Module of ``course_lib.labels.worker`` whose ``Model`` is loaded.
    settings : dict
        Arguments of the model.
    threads : int
        Number of threads.

    Raises
    ------
    ImportError
        If the environment is missing or broken.
    ValueError
        If the model cannot be loaded; the message says why.
    """

    def __init__(self, name, module, settings, threads):
        self._name = name
        self._first = {"module": module, "settings": settings, "threads": threads}
        self._child = None
        self.about = self._start()

    def ask(self, content, **arrays):
        """Send a question and wait for its answer.

        Returns
        -------
        content : dict
            Plain values.
        arrays : dict
            Name -> NumPy array.

        Raises
        ------
        ValueError
            With the sentence that the other side says; or if it has died.
        """
        if self._child is None:
            self._start()
        return self._exchange(content, arrays)

    def _start(self):
        check_ready(self._name)
        environment = os.environ | {
            "OMP_NUM_THREADS": str(self._first["threads"]),
            "MKL_NUM_THREADS": str(self._first["threads"]),
            "OMP_WAIT_POLICY": "PASSIVE",
        }
        said = tempfile.TemporaryFile()
        alone = (
            {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP} if os.name == "nt" else {"start_new_session": True}
        )
        child = subprocess.Popen(
            [str(python_of(self._name)), "-I", "-c", SERVE],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=said,
            env=environment,
            **alone,  # Ctrl-C is for this process only
        )
        self._child, self._said, self._turn = child, said, threading.Lock()
        self._close = weakref.finalize(self, close, child)
        try:
            return self._exchange(self._first, {})[0]
        except BaseException:
            self._end()  # half loaded
            raise

    def _exchange(self, content, arrays):
        """One question and its whole answer, in a thread that Ctrl-C cannot stop halfway: the pipe stays in step."""
        child, turn, answers = self._child, self._turn, []

        def talk():
            with turn:
                try:
                    send(child.stdin, content, **arrays)
                    answers.append(receive(child.stdout))
                except (OSError, EOFError, ValueError) as error:  # ValueError: the pipe was closed
                    answers.append(error)

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        while thread.is_alive():
            thread.join(0.5)  # Windows notices Ctrl-C only between two waits
        (answer,) = answers
        if isinstance(answer, Exception):
            raise self._died() from answer
        content, arrays = answer
        if content.get("broken"):
            raise self._broken(content["error"])
        if "error" in content:
            who = "" if content["ours"] else f"{ENVIRONMENTS[self._name]} did not work: "
            raise ValueError(f"{who}{content['error']}")
        return content, arrays

    def _died(self):
        """The sentence for a process that has ended by itself."""
        loading = not hasattr(self, "about")
        self._end()
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        status = self._status
        title = ENVIRONMENTS[self._name]
        if loading and status > 0 and lines:
            return self._broken(lines[-1])
        how = f"signal {-status}" if status < 0 else f"status {status}"
        return ValueError(
            f"The process of {title} has ended ({how}; the memory may be full): compute again, it starts anew."
        )

    def _broken(self, reason):
        return ImportError(
            f"The environment of {ENVIRONMENTS[self._name]} is broken ({reason}): remove the folder "
            f"{folder(self._name)} and run `course env {self._name}`."
        )

    def _end(self):
        self._close()  # the second time it does nothing
        if self._child is not None:
            self._status, self._child = self._child.returncode, None


def close(child):
    """End a process; what it had to say is lost."""
    if child.poll() is None:
        try:
            child.wait(0.05)  # it may be dying: then its status tells why
        except subprocess.TimeoutExpired:
            child.kill()
    child.wait()
    for pipe in (child.stdin, child.stdout):
        try:
            pipe.close()
        except OSError:  # what was not sent any more
            pass
