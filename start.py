"""Set up the course and open it. Standard library only.

python3 start.py                 # make .venv, install, check, open JupyterLab on the welcome notebook
python3 start.py --no-browser    # print the address instead of opening it
python3 start.py test            # the same set-up, then all tests; what follows goes to pytest
"""

import argparse
import ast
import contextlib
import hashlib
import importlib.util
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BEFORE = ROOT / ".venv-before"  # the last complete set-up, while a newer one is being made
NOTES = ROOT / ".start"  # a log and a lock
CONSTRAINTS = ROOT / "constraints.txt"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = str(BIN / ("python.exe" if WINDOWS else "python"))
PIP = [PYTHON, "-I", "-m", "pip", "install", "--disable-pip-version-check"]

UV = "uv==0.13.9"
CPU_TORCH = "https://download.pytorch.org/whl/cpu"  # PyTorch's own index of its small builds
DISK_GB = 3
# What may have to be built: each is tried on its own, and the course opens without it.
PARTS = {
    "chgnet": [],
    "pyscf": ["--only-binary", "pyscf"],
    "sevenn": [],
    "tblite": ["--only-binary", "tblite"],
}

FULL = f"The disk is full: the course needs about {DISK_GB} GB; make room and start again."
CERTIFICATE = (
    "The certificate of the package index is not trusted: behind a company's firewall set PIP_CERT to the file with "
    "its certificate, then start again."
)
OFFLINE = "The package index cannot be reached: check the network (or the proxy), then start again."
CAUSES = {
    r"no space left|errno 28\b|os error (28|112)\b|not enough space|disk quota": FULL,
    r"certificate.?verify.?failed|invalid peer certificate|SSLError": CERTIFICATE,
    r"connection (refused|reset|broken|error|timed|abort)|connectionerror|connect error|trying to connect|timed out"
    r"|name resolution|failed to (resolve|lookup)|dns error|unreachable|proxyerror|error sending request": OFFLINE,
    r"permission denied|access is denied|os error (5|13|32)\b|winerror (5|32)\b": (
        f"A file in {ROOT} cannot be written: close every program that uses the course and see that the folder is "
        "yours, then start again."
    ),
    r"no matching distribution|no solution found|not found in the package registry|no versions? of": (
        "The package index has no suitable build of a package for this computer "
        f"({platform.system()} {platform.machine()}, Python {platform.python_version()}): try Python 3.12, or a "
        "computer with 64-bit Linux or Windows, or macOS 14 on Apple silicon."
    ),
}


class Trouble(Exception):
    """What is wrong and how to mend it, in one sentence."""


def main(arguments):
    check_python()
    sys.stdout.reconfigure(errors="replace")  # a path may hold letters that a Windows console lacks
    if arguments[:1] == ["test"]:
        goal, rest = "test", arguments[1:]
    else:
        parser = argparse.ArgumentParser(usage="start.py [--no-browser]  or  start.py test [arguments for pytest]")
        parser.add_argument("--no-browser", action="store_true", help="print the address instead of opening it")
        goal, rest = "lab", ["--no-browser"] * parser.parse_args(arguments).no_browser
    with only_one():
        set_up(goal)
    os.chdir(ROOT)
    command = [PYTHON, "-m", "course_command.cli", goal, *rest]
    sys.stdout.flush()
    if not WINDOWS:
        os.execv(PYTHON, command)  # one process: what stops it stops the course
    signal.signal(signal.SIGINT, lambda *_: None)  # Ctrl-C is for JupyterLab, which asks before it stops
    return subprocess.call(command)


def check_python():
    major, minor = sys.version_info[:2]
    if not (3, 11) <= (major, minor) <= (3, 13):
        raise Trouble(
            f"This is Python {major}.{minor}, and the course runs on Python 3.11, 3.12 and 3.13: install one of them "
            f"(python.org), then run for example `{'py -3.12' if WINDOWS else 'python3.12'} start.py`."
        )
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        raise Trouble(
            f"This Python comes without its venv module: on Debian and Ubuntu run `sudo apt install "
            f"python{major}.{minor}-venv`, elsewhere install Python from python.org, then start again."
        )


@contextlib.contextmanager
def only_one():
    """Hold a lock that the system frees even where this process is killed."""
    NOTES.mkdir(exist_ok=True)
    with open(NOTES / "lock", "a") as lock:
        try:
            if WINDOWS:
                import msvcrt

                lock.seek(0)
                msvcrt.locking(lock.fileno(), msvcrt.LK_NBLCK, 1)
            else:
                import fcntl

                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise Trouble("Another start.py is setting up the course here: wait until it is done.") from None
        yield


def set_up(goal):
    """Make .venv what ``goal`` needs: complete and marked so, else as it was before, else gone."""
    if BEFORE.exists() and not stamp("lab").exists():  # an earlier start was killed while it made a newer one
        remove(VENV)
        BEFORE.rename(VENV)
    if not ready("lab"):
        complete = stamp("lab").exists()
        if VENV.exists():
            print(".venv is", "out of date" if complete else "half-made (a start was interrupted)", "and is made anew.")
        remove(BEFORE)
        if not complete:
            remove(VENV)
        if shutil.disk_usage(ROOT).free < DISK_GB * 1e9:
            raise Trouble(FULL)
        try:
            if complete:
                VENV.rename(BEFORE)
        except OSError:
            raise Trouble("The .venv is in use: close JupyterLab and every window of it, then start again.") from None
        try:
            make(goal)
        except BaseException:
            remove(VENV)
            if complete:
                BEFORE.rename(VENV)
                print(f"\nThe earlier set-up is back in place; it opens with: {BIN / 'course'} lab")
            raise
        remove(BEFORE)
    if goal == "test" and not ready("test"):
        install("Installing what the tests need", ["--editable", ".[test]"])
        mark("test")


def stamp(goal):
    return VENV / f"course-{goal}-is-complete"


def fingerprint():
    """A checksum that changes when .venv must be made again: other requirements, another Python, another folder."""
    parts = [repr((str(ROOT), sys.version_info[:2])).encode(), CONSTRAINTS.read_bytes()]
    return hashlib.sha256(b"".join([*parts, (ROOT / "pyproject.toml").read_bytes()])).hexdigest()


def ready(goal):
    try:
        known = stamp(goal).read_text() == fingerprint()
        imports = [PYTHON, "-I", "-c", "import course_checks, course_lib"]
        return known and subprocess.call(imports, stderr=subprocess.DEVNULL) == 0
    except OSError:
        return False


def mark(goal):
    stamp(goal).write_text(fingerprint())


def remove(folder):
    for _ in range(5):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.5)  # a virus scanner or a dying process may still hold a file
    raise Trouble(f"{folder} cannot be removed: close every program that uses it, delete it, and start again.")


def make(goal):
    """From an empty place to a complete, checked and marked .venv."""
    print(f"Setting up the course in {VENV} (the first time only; a few minutes).")
    run("Making .venv", [sys.executable, "-m", "venv", str(VENV)], must=True)
    if not shutil.which("uv"):  # the first, small download: it fails within seconds where there is no network
        worked, output = run("Fetching uv, which installs fast", [*PIP, "--retries=1", "--timeout=20", UV])
        if not worked and explain(output) in (FULL, CERTIFICATE, OFFLINE):
            raise Trouble(explain(output))
    if small_torch_answers():
        torch = re.search(r"^torch==\S+", CONSTRAINTS.read_text(), re.M).group()
        install("Installing PyTorch's small build", ["--no-deps", "--index-url", CPU_TORCH, torch], must=False)
    install("Installing the course", ["--editable", ".[test]" if goal == "test" else "."])
    for part, options in PARTS.items():
        if subprocess.call([PYTHON, "-I", "-c", f"import importlib.util as u; exit(not u.find_spec('{part}'))"]):
            install(f"Trying {part}", [*options, part], must=False)
    print("Checking the set-up", flush=True)
    if subprocess.call([PYTHON, "-m", "course_command.cli", "doctor"], cwd=ROOT):
        raise Trouble("The packages are there and do not work together: the lines above say what to do.")
    mark("lab")
    if goal == "test":
        mark("test")


def install(what, requirements, must=True):
    """With uv where it can be had, with pip otherwise."""
    requirements = ["--constraint", str(CONSTRAINTS), *requirements]
    uv = shutil.which("uv", path=str(BIN)) or shutil.which("uv")
    if uv:
        command = [uv, "pip", "install", "--python", PYTHON, "--build-constraints", str(CONSTRAINTS), *requirements]
        worked, output = run(what, command, env=settings_for_uv())
        if worked or not must:
            return
        if explain(output) == FULL:
            raise Trouble(FULL)
        what += " with pip"
    run(what, [*PIP, *requirements], must=must)


def settings_for_uv():
    """The environment for uv: where pip was told to look for packages, uv looks too."""
    command = [PYTHON, "-I", "-m", "pip", "config", "list"]
    listed = subprocess.run(command, stdout=subprocess.PIPE, encoding="utf-8", errors="replace").stdout
    found = re.findall(r"^(.*)\.([\w-]+)=(['\"].*)$", listed, re.M)
    pip = {name: ast.literal_eval(value) for place, name, value in sorted(found, key=lambda one: one[0] == ":env:")}
    uv = {
        "UV_DEFAULT_INDEX": pip.get("index-url"),
        "UV_INDEX": " ".join(pip.get("extra-index-url", "").split()),
        "UV_INDEX_STRATEGY": "unsafe-best-match" if "extra-index-url" in pip else None,  # pip's way with several
        "UV_FIND_LINKS": ",".join(pip.get("find-links", "").split()),
        "UV_NO_INDEX": "1" if pip.get("no-index", "").lower() in ("1", "true", "yes", "on") else None,
        "UV_INSECURE_HOST": " ".join(pip.get("trusted-host", "").split()),
        "SSL_CERT_FILE": pip.get("cert"),
        "HTTP_PROXY": pip.get("proxy"),
        "HTTPS_PROXY": pip.get("proxy"),
        "UV_SYSTEM_CERTS": "1",  # trust what this computer trusts, as pip does
    }
    return {name: value for name, value in uv.items() if value} | dict(os.environ)


def small_torch_answers():
    """Whether to take torch from PyTorch's own index: on Linux without an NVIDIA GPU, where it answers at once."""
    nvidia = shutil.which("nvidia-smi") or os.path.exists("/proc/driver/nvidia/version")
    if not sys.platform.startswith("linux") or nvidia or os.environ.get("PIP_NO_INDEX"):
        return False
    ask = f"import urllib.request as u; u.urlopen('{CPU_TORCH}/torch/', timeout=3)"
    with contextlib.suppress(subprocess.TimeoutExpired):  # another process, as a silent name server cannot be stopped
        return subprocess.call([sys.executable, "-c", ask], stderr=subprocess.DEVNULL, timeout=5) == 0
    return False


def run(what, command, env=None, must=False):
    """Run a command under a line that shows what it does; returns whether it worked, and its output."""
    lines, start, live = [], time.time(), sys.stdout.isatty()
    width = shutil.get_terminal_size().columns - 1
    print(f"  {what} ...", end="" if live else "\n", flush=True)
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "encoding": "utf-8", "errors": "replace"}
    with subprocess.Popen(command, cwd=ROOT, env=env, **pipe) as child:

        def listen():
            with contextlib.suppress(ValueError):  # whoever stops the set-up closes the pipe, perhaps before we read
                lines.extend(child.stdout)

        try:
            reader = threading.Thread(target=listen, daemon=True)
            reader.start()
            while reader.is_alive():
                reader.join(0.2)
                if live:
                    now = f"  {what} ... {time.time() - start:.0f} s  {lines[-1].strip() if lines else ''}"
                    print("\r" + now[:width].ljust(width), end="", flush=True)
        except BaseException:
            child.kill()
            raise
    print("\r" + " " * width + "\r" if live else "", end="")
    print(
        f"  {what}: {'done' if child.returncode == 0 else 'did not work'} after {time.time() - start:.0f} s", flush=True
    )
    output = "".join(lines)
    with contextlib.suppress(OSError), open(NOTES / "install.log", "a", encoding="utf-8") as log:
        log.write(f"\n$ {' '.join(command)}\n{output}")
    if must and child.returncode:
        raise Trouble(explain(output))
    return child.returncode == 0, output


def explain(output):
    """The sentence for what a failed command, or Python itself, has said last."""
    said = output.strip().splitlines()[-40:]
    if shutil.disk_usage(ROOT).free < 1e8:  # ensurepip, for one, does not say so
        return FULL
    for pattern, sentence in CAUSES.items():
        if re.search(pattern, "\n".join(said), re.I):
            return sentence
    return f"The set-up stopped ({said[-1] if said else 'no message'}): see {NOTES / 'install.log'}, then start again."


if __name__ == "__main__":
    for name in {"SIGTERM", "SIGHUP"} & set(dir(signal)):
        if signal.getsignal(getattr(signal, name)) == signal.SIG_DFL:  # nohup ignores SIGHUP, and so do we then
            signal.signal(getattr(signal, name), lambda *_: sys.exit("Stopped."))
    try:
        sys.exit(main(sys.argv[1:]))
    except (Trouble, OSError) as error:
        sys.exit(f"\n{error if isinstance(error, Trouble) else explain(str(error))}")
    except KeyboardInterrupt:
        sys.exit("\nStopped, and nothing half-made is left behind: start again whenever you like.")
