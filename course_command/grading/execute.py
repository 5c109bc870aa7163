"""Execute a submission so that it can lose its own points but not stop the run: nbgrader's Execute, fenced in."""

import contextlib
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_client.manager import AsyncKernelManager
from jupyter_core.utils import run_sync
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from nbgrader.preprocessors import Execute
from nbgrader.utils import is_grade
from traitlets import Float, Integer, List, Unicode

from course_command.grading.kernel import SETTINGS
from course_command.grading.processor_time import processor_seconds

TIME_OUT, NO_TIME_LEFT, KERNEL_DIED = "CellTimeoutError", "NoTimeLeft", "KernelDied"
KERNEL_LOG = ".kernel.log"
LOOK_EVERY = 0.5  # seconds
MOST_RECEIVED = 10**7  # characters of output, pictures among them, that are kept of one cell
KEPT_VARIABLES = ("PATH", "PYTHONPATH", "LANG", "TZ", "LD_LIBRARY_PATH", "USERNAME", "NBGRADER_EXECUTION")
KEPT_PREFIXES = ("LC_", "OMP_", "MKL_", "OPENBLAS_", "SYSTEM", "WINDIR", "COMSPEC", "PATHEXT", "PROCESSOR_", "NUMBER_")
HOMES = ("HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "TMPDIR", "TEMP", "TMP")


class FencedKernelManager(AsyncKernelManager):
    """Starts `course_command.grading.kernel`, whatever kernel the notebook names."""

    def format_kernel_cmd(self, extra_arguments=None):
        file = os.path.realpath(self.connection_file)
        return [sys.executable, "-P", "-m", "course_command.grading.kernel", "-f", file, *(extra_arguments or [])]


class FencedExecute(Execute):
    """nbgrader's Execute in a folder of its own, with a clean environment and limits on time, memory and output.

    Time is processor time, so that a busy computer changes no grade; wall time only limits code that sleeps or waits
    for ever. A cell that runs out of time loses its own points. If the kernel dies, or a notebook has used all its
    time, the cells from there on lose their points; earlier points are kept, and every cell that was not run says why.
    """

    total_seconds = Float(600, help="processor time for all cells of one notebook, in seconds").tag(config=True)
    patience = Float(10, help="seconds that may pass for each second of processor time allowed").tag(config=True)
    memory_gb = Float(8, help="memory for one notebook, in GB (Linux)").tag(config=True)
    closed = List(Unicode(), help="folders and files that a submission must not open (Linux)").tag(config=True)
    timeout = Integer(60, help="processor time for one cell, in seconds").tag(config=True)
    iopub_timeout = Integer(60, help="seconds that may pass until a cell that was stopped has ended").tag(config=True)
    startup_timeout = Integer(600, help="seconds that may pass until a kernel has started").tag(config=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, kernel_manager_class=FencedKernelManager, **kwargs)

    def preprocess(self, nb, resources, km=None):
        beside = Path(resources["metadata"]["path"] or ".")
        with TemporaryDirectory(prefix="course-run-", ignore_cleanup_errors=True) as folder:
            # The notebook itself stays away: it holds the hidden tests by now.
            shutil.copytree(beside, folder, ignore=shutil.ignore_patterns("*.ipynb"), dirs_exist_ok=True)
            self.work = Path(folder).resolve()
            self.begin, self.over, self.unstoppable, self.group = None, None, 0, None
            with (self.work / KERNEL_LOG).open("w+") as self.kernel_log:
                try:
                    nb, resources = self._run(nb, resources, km)
                finally:
                    self._end_what_it_started()
        for cell in filter(is_grade, nb.cells):
            for output in cell.get("outputs", []):
                if output.output_type == "stream":
                    output.name = "stdout"  # nbgrader takes a warning or a progress bar on stderr for a failed test
        return nb, resources

    def _run(self, nb, resources, km):
        try:
            return super().preprocess(nb, resources, km)
        except RuntimeError as error:  # the kernel did not start
            self.kernel_log.seek(0)
            raise RuntimeError(f"{error}. {' '.join(self.kernel_log.read().split()[-60:])}") from None

    def preprocess_cell(self, cell, resources, index):
        if cell.cell_type != "code" or not cell.source.strip():
            return cell, resources
        self.received = 0
        self.cell_begin = self._now()
        self.begin = self.begin or self.cell_begin
        if self.over is None and (reason := self._out_of_time("all cells together", self.begin, self.total_seconds)):
            self.over = NO_TIME_LEFT, reason
        if self.over is None:
            try:
                return super().preprocess_cell(cell, resources, index)
            except DeadKernelError:
                self.over = KERNEL_DIED, "the kernel died in this cell or an earlier one (exit, crash or out of memory)"
            except CellTimeoutError:  # it was interrupted and goes on, or there is more output than can be read
                _fail(cell, TIME_OUT, "the cell did not come to an end")
                self.unstoppable += 1
                if self.unstoppable > 1:
                    self.over = NO_TIME_LEFT, "a cell could not be stopped"
                return cell, resources
        _fail(cell, *self.over)
        return cell, resources

    def process_message(self, msg, cell, cell_index):
        if msg["msg_type"] in ("stream", "display_data", "update_display_data", "execute_result"):
            parts = (msg["content"].get("text", ""), *msg["content"].get("data", {}).values())
            self.received += sum(len(str(part)) for part in parts)
            if self.received > MOST_RECEIVED:
                return None
        return super().process_message(msg, cell, cell_index)

    async def async_start_new_kernel(self, **kwargs):
        # What goes past Jupyter (warnings of the kernel, output of C code) must not flood the grader's screen.
        quiet = {"stdout": self.kernel_log, "stderr": self.kernel_log}
        await super().async_start_new_kernel(cwd=str(self.work), env=self._environment(), **quiet, **kwargs)
        self.group = getattr(self.km.provisioner, "pgid", None)

    start_new_kernel = run_sync(async_start_new_kernel)

    def _end_what_it_started(self):
        """Programs that the submission has left running in the background are in the process group of its kernel."""
        if self.group and sys.platform != "win32":
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.group, signal.SIGKILL)

    def _get_timeout(self, cell):
        """After how many seconds nbclient calls `_async_handle_timeout`; without a cell it asks whether all is well."""
        return LOOK_EVERY if cell is not None else self.startup_timeout

    async def _async_handle_timeout(self, timeout, cell=None):
        if cell is not None:
            reason = self._out_of_time("the cell", self.cell_begin, self.timeout)
            reason = reason or self._out_of_time("all cells together", self.begin, self.total_seconds)
            if not reason:
                return None  # nbclient goes on waiting
            self.error_on_timeout = {"ename": TIME_OUT, "evalue": reason, "traceback": [f"{TIME_OUT}: {reason}"]}
        return await super()._async_handle_timeout(timeout, cell)

    def _now(self):
        return processor_seconds(self.km.provisioner.pid), time.monotonic()

    def _out_of_time(self, what, begin, seconds):
        """A sentence about the time limit that was exceeded since ``begin``; empty if none was."""
        processor, wall = (now - then for now, then in zip(self._now(), begin))
        if processor > seconds:
            return f"{what} used more than {seconds:g} s of processor time"
        if wall > seconds * self.patience:
            return f"{what} took longer than {seconds * self.patience:g} s, {max(processor, 0):.0f} s of them at work"
        return ""

    def _environment(self):
        kept = {k: v for k, v in os.environ.items() if k in KEPT_VARIABLES or k.upper().startswith(KEPT_PREFIXES)}
        settings = {"memory_gb": self.memory_gb, "closed": self.closed, "writable": [str(self.work)]}
        fonts = self.work / ".matplotlib"
        fonts.mkdir(exist_ok=True)
        for cache in _font_caches():  # else matplotlib would look through all fonts of the machine for every student
            shutil.copy(cache, fonts)
        own = {"MPLCONFIGDIR": str(fonts), "PYTHONNOUSERSITE": "1", SETTINGS: json.dumps(settings)}
        one_thread = {"OMP_NUM_THREADS": "1"}  # unless the grader says otherwise: several use up the time faster
        return one_thread | kept | dict.fromkeys(HOMES, str(self.work)) | own


def _fail(cell, name, sentence):
    cell.outputs.append(nbformat.v4.new_output("error", ename=name, evalue=sentence, traceback=[f"{name}: {sentence}"]))


def _font_caches():
    import matplotlib

    return Path(matplotlib.get_cachedir()).glob("fontlist*.json")
