"""Execute a submission so that it can cost its own points but not the run: nbgrader's Execute, fenced in."""

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

TIME_OUT, NO_TIME_LEFT, KERNEL_DIED = "CellTimeoutError", "NoTimeLeft", "KernelDied"
KERNEL_LOG = ".kernel.log"
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

    A cell that runs out of time costs its cell. A kernel that dies, or a notebook that has used all its time, costs the
    cells from there on; the points before are kept, and every cell that was not run says why.
    """

    total_seconds = Float(600, help="time for all cells of one notebook").tag(config=True)
    memory_gb = Float(8, help="memory for one notebook, in GB (Linux)").tag(config=True)
    closed = List(Unicode(), help="folders and files that a submission must not open (Linux)").tag(config=True)
    timeout = Integer(60, help="time for one cell, in seconds").tag(config=True)
    iopub_timeout = Integer(20, help="time for reading what a cell has left behind, in seconds").tag(config=True)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, kernel_manager_class=FencedKernelManager, **kwargs)
        self.timeout_func = self._seconds_left

    def preprocess(self, nb, resources, km=None):
        beside = Path(resources["metadata"]["path"] or ".")
        with TemporaryDirectory(prefix="course-run-", ignore_cleanup_errors=True) as folder:
            # The notebook itself stays away: it holds the hidden tests by now.
            shutil.copytree(beside, folder, ignore=shutil.ignore_patterns("*.ipynb"), dirs_exist_ok=True)
            self.work = Path(folder).resolve()
            self.deadline, self.over, self.unstoppable, self.group = None, None, 0, None
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
        self.deadline = self.deadline or time.monotonic() + self.total_seconds
        if self.over is None and time.monotonic() > self.deadline:
            self.over = NO_TIME_LEFT, f"all cells together took longer than {self.total_seconds:.0f} s"
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

    def _seconds_left(self, cell):
        return max(1, min(self.timeout, round(self.deadline - time.monotonic())))

    def _environment(self):
        kept = {k: v for k, v in os.environ.items() if k in KEPT_VARIABLES or k.upper().startswith(KEPT_PREFIXES)}
        settings = {"memory_gb": self.memory_gb, "closed": self.closed, "writable": [str(self.work)]}
        fonts = self.work / ".matplotlib"
        fonts.mkdir(exist_ok=True)
        for cache in _font_caches():  # else matplotlib would look through all fonts of the machine for every student
            shutil.copy(cache, fonts)
        own = {"MPLCONFIGDIR": str(fonts), "PYTHONNOUSERSITE": "1", SETTINGS: json.dumps(settings)}
        return kept | dict.fromkeys(HOMES, str(self.work)) | own


def _fail(cell, name, sentence):
    cell.outputs.append(nbformat.v4.new_output("error", ename=name, evalue=sentence, traceback=[f"{name}: {sentence}"]))


def _font_caches():
    import matplotlib

    return Path(matplotlib.get_cachedir()).glob("fontlist*.json")
