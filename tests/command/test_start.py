"""start.py, run for real on a small course of one module that needs nothing from a network."""

import ast
import errno
import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from patience import HANGS

ROOT = Path(__file__).resolve().parents[2]
BACKEND = """
import pathlib, time, zipfile

def build_editable(folder, config_settings=None, metadata_directory=None):
    here = pathlib.Path.cwd()
    exec((here / "while_building.py").read_text())
    info, name = "course_lib-0.1.dist-info", "course_lib-0.1-py3-none-any.whl"
    metadata = "Metadata-Version: 2.1\\nName: course-lib\\nVersion: 0.1\\nProvides-Extra: test\\n"
    wheel = "Wheel-Version: 1.0\\nGenerator: tests\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n"
    with zipfile.ZipFile(pathlib.Path(folder, name), "w") as file:
        file.writestr("course_lib.pth", str(here))
        file.writestr(f"{info}/METADATA", metadata)
        file.writestr(f"{info}/WHEEL", wheel)
        file.writestr(f"{info}/RECORD", f"course_lib.pth,,\\n{info}/METADATA,,\\n{info}/WHEEL,,\\n{info}/RECORD,,\\n")
    return name
"""
PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "course-lib"
version = "0.1"
[project.optional-dependencies]
test = []
"""
CLI = "import sys; print('course', *sys.argv[1:], flush=True); sys.exit(sys.argv[1] == 'doctor' and {sick})"


def hear_interrupts():
    """A test run in the background of a shell is deaf to Ctrl-C, and so would be what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Course:
    """A folder with the real start.py and a course that installs within seconds."""

    def __init__(self, folder):
        self.folder, self.venv = folder, folder / ".venv"
        for package in ("course_lib", "course_checks", "course_command"):
            (folder / package).mkdir(parents=True)
            (folder / package / "__init__.py").touch()
        shutil.copy(ROOT / "start.py", folder)
        files = {"backend.py": BACKEND, "pyproject.toml": PYPROJECT, "constraints.txt": "", "while_building.py": ""}
        for name, text in files.items():
            (folder / name).write_text(text)
        self.doctor(sick=0)
        # Neither this computer's package index nor its uv: what is asked here must not depend on them.
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PIP_", "UV_"))}
        paths = [path for path in os.environ["PATH"].split(os.pathsep) if not shutil.which("uv", path=path)]
        self.environment = kept | {
            "PATH": os.pathsep.join(paths),
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_NO_INDEX": "1",
            "NO_PROXY": "*",
        }

    def doctor(self, sick):
        (self.folder / "course_command" / "cli.py").write_text(CLI.format(sick=sick))

    def while_building(self, code):
        (self.folder / "while_building.py").write_text(code)

    def process(self, *arguments, **environment):
        return subprocess.Popen(
            [sys.executable, str(self.folder / "start.py"), *arguments],
            env=self.environment | environment,
            cwd=self.folder.parent,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            preexec_fn=None if os.name == "nt" else hear_interrupts,
        )

    def start(self, *arguments, **environment):
        """Run start.py to its end; its exit status and what it printed."""
        process = self.process(*arguments, **environment)
        output = process.communicate(timeout=HANGS)[0]
        return process.returncode, output

    def complete(self):
        return (self.venv / "course-lab-is-complete").exists()


@pytest.fixture
def course(tmp_path):
    return Course(tmp_path / "my course")  # a path with a space


def last_line(output):
    return output.strip().splitlines()[-1]


def wait_for(condition):
    end = time.time() + HANGS
    while not condition():
        assert time.time() < end
        time.sleep(0.05)


def load(folder):
    """start.py of a folder as a module, for what can be asked without running it."""
    spec = importlib.util.spec_from_file_location("start", folder / "start.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_first_and_second_start_and_the_tests(course):
    status, output = course.start("--no-browser")
    assert status == 0 and "Installing the course" in output, output
    assert "course doctor\n" in output, "the set-up checks itself"
    assert last_line(output) == "course lab --no-browser"
    assert course.complete()
    assert re.search(r"Trying chgnet: did not work", output), "a part that cannot be had must not stop the set-up"

    log = (course.folder / ".start" / "install.log").read_text()
    status, output = course.start()
    assert (status, output) == (0, "course lab\n"), "a second start only opens the course"
    assert (course.folder / ".start" / "install.log").read_text() == log, "and installs nothing"

    status, output = course.start("test", "-k", "newton")
    assert status == 0 and "Installing what the tests need" in output and "doctor" not in output
    assert last_line(output) == "course test -k newton"
    assert course.start("test")[1] == "course test\n"


def test_with_uv_where_there_is_one(course):
    uv = shutil.which("uv", path=str(Path(sys.executable).parent)) or shutil.which("uv")
    if uv is None:
        pytest.skip("there is no uv on this computer")
    paths = os.pathsep.join([str(Path(uv).parent), course.environment["PATH"]])
    status, output = course.start("test", PATH=paths)
    assert status == 0 and "with pip" not in output and "Fetching uv" not in output, output
    assert "uv pip install" in (course.folder / ".start" / "install.log").read_text().replace(uv, "uv")


def test_changed_requirements_make_it_anew(course):
    course.start()
    old = (course.venv / "course-lab-is-complete").read_text()
    (course.folder / "constraints.txt").write_text("numpy==2.4.6\n")
    status, output = course.start()
    assert status == 0 and "out of date" in output and "Installing the course" in output
    assert (course.venv / "course-lab-is-complete").read_text() != old
    assert not (course.folder / ".venv-before").exists()

    course.while_building("raise SystemExit('broken')")
    (course.folder / "constraints.txt").write_text("numpy==2.4.5\n")
    status, output = course.start()
    assert status == 1 and "The earlier set-up is back" in output, output
    assert course.complete() and not (course.folder / ".venv-before").exists()


def test_killed_half_way_is_made_anew(course):
    course.while_building("time.sleep(600)")
    process = course.process()
    wait_for(lambda: "course_lib" in read(course) or process.poll() is not None)
    process.kill()
    process.wait()
    assert course.venv.exists() and not course.complete()
    course.while_building("")
    status, output = course.start()
    assert status == 0 and "half-made" in output and course.complete(), output


def read(course):
    """Command lines of pip as the log has them once the virtual environment is there."""
    log = course.folder / ".start" / "install.log"
    return "course_lib" if log.exists() and "-m venv" in log.read_text() else ""


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT for another process")
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_stopped_half_way_leaves_nothing(course, name):
    course.while_building("time.sleep(600)")
    process = course.process()
    wait_for(lambda: read(course) or process.poll() is not None)
    process.send_signal(getattr(signal, name))
    output = process.communicate(timeout=HANGS)[0]
    assert process.returncode == 1 and "Stopped" in last_line(output) and "Traceback" not in output
    assert not course.venv.exists()


def test_only_one_at_a_time(course):
    course.while_building("time.sleep(600)")
    process = course.process()
    try:
        wait_for(lambda: course.venv.exists() or process.poll() is not None)
        status, output = course.start()
        assert status == 1 and last_line(output).startswith("Another start.py is setting up the course"), output
        assert course.venv.exists()
    finally:
        process.kill()
        process.wait()


def test_no_network(course):
    offline = {"PIP_NO_INDEX": "", "PIP_INDEX_URL": "http://127.0.0.1:9/simple"}
    status, output = course.start(**offline)
    assert status == 1 and "Installing" not in output, "one small download is enough to know"
    assert (
        last_line(output) == "The package index cannot be reached: check the network (or the proxy), then start again."
    )
    assert "Traceback" not in output and not course.venv.exists()


def test_disk_that_fills_up(course):
    course.while_building(f"raise OSError({errno.ENOSPC}, {os.strerror(errno.ENOSPC)!r})")
    status, output = course.start()
    assert status == 1 and last_line(output).startswith("The disk is full: the course needs about"), output
    assert not course.venv.exists()


def test_too_little_disk_is_said_at_once(course):
    script = course.folder / "start.py"
    script.write_text(re.sub(r"^DISK_GB = \d+", "DISK_GB = 10**9", script.read_text(), flags=re.M))
    status, output = course.start()
    assert status == 1 and last_line(output).startswith("The disk is full") and not course.venv.exists()


def test_set_up_that_the_doctor_finds_broken(course):
    course.doctor(sick=1)
    status, output = course.start()
    assert status == 1 and "do not work together" in last_line(output)
    assert not course.venv.exists()


@pytest.mark.parametrize(
    "spoil, said",
    [
        ("sys.version_info = (3, 10, 4)", "This is Python 3.10, and the course runs on Python 3.11, 3.12 and 3.13"),
        ("sys.version_info = (3, 14, 0)", "This is Python 3.14, and the course runs on Python 3.11, 3.12 and 3.13"),
        ("sys.modules['ensurepip'] = None", "This Python comes without its venv module: on Debian and Ubuntu run"),
        ("sys.modules['venv'] = None", "This Python comes without its venv module: on Debian and Ubuntu run"),
    ],
)
def test_unsuitable_python(course, spoil, said):
    code = f"import runpy, sys; {spoil}; sys.argv = ['start.py']; runpy.run_path('start.py', run_name='__main__')"
    done = subprocess.run([sys.executable, "-c", code], cwd=course.folder, capture_output=True, text=True)
    assert done.returncode == 1 and done.stderr.strip().startswith(said) and "Traceback" not in done.stderr
    assert not course.venv.exists()


def test_an_old_python_can_read_it():
    tree = ast.parse((ROOT / "start.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    imported = {
        name.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    }
    imported |= {node.module.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= sys.stdlib_module_names


@pytest.mark.parametrize(
    "printed, sentence",
    [
        ("failed to copy file: No space left on device (os error 28)", "The disk is full"),
        ("OSError: [Errno 28] No space left on device: 'x'", "The disk is full"),
        ("There is not enough space on the disk. (os error 112)", "The disk is full"),
        ("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]", "The certificate"),
        ("client error (Connect): invalid peer certificate: UnknownIssuer", "The certificate"),
        ("tcp connect error: Connection refused (os error 111)", "The package index cannot be reached"),
        ("dns error: failed to lookup address information", "The package index cannot be reached"),
        ("connection broken by 'NewConnectionError('<pip._vendor", "The package index cannot be reached"),
        ("PermissionError: [WinError 32] The process cannot access the file", "A file in"),
        ("no version of torch==2.13.0: No solution found when resolving", "The package index has no suitable build"),
        ("ERROR: No matching distribution found for torch==2.13.0", "The package index has no suitable build"),
        ("Resolved 170 packages in 2s\nbuild of x failed", "The set-up stopped (build of x failed)"),
    ],
)
def test_sentence_for_what_uv_and_pip_say(printed, sentence):
    assert load(ROOT).explain("Resolved 170 packages in 2s\n" + printed).startswith(sentence)


def test_uv_looks_where_pip_looks(course, monkeypatch):
    subprocess.run([sys.executable, "-m", "venv", str(course.venv)], check=True)
    for name in list(os.environ):
        if name.startswith(("PIP_", "UV_")) or name in ("SSL_CERT_FILE", "HTTPS_PROXY", "HTTP_PROXY"):
            monkeypatch.delenv(name)
    told = {
        "PIP_CONFIG_FILE": os.devnull,
        "PIP_INDEX_URL": "https://index.example/simple",
        "PIP_EXTRA_INDEX_URL": "https://one.example https://two.example",
        "PIP_FIND_LINKS": "/wheels /more/wheels",
        "PIP_CERT": "/certificate.pem",
        "UV_NO_INDEX": "set by hand",
    }
    for name, value in told.items():
        monkeypatch.setenv(name, value)
    uv = load(course.folder).settings_for_uv()
    assert uv["UV_DEFAULT_INDEX"] == "https://index.example/simple"
    assert uv["UV_INDEX"] == "https://one.example https://two.example"
    assert uv["UV_FIND_LINKS"] == "/wheels,/more/wheels"
    assert uv["SSL_CERT_FILE"] == "/certificate.pem"
    assert uv["UV_NO_INDEX"] == "set by hand", "what is set for uv itself counts more"
    assert "HTTPS_PROXY" not in uv
