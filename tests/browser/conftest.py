"""A real JupyterLab and a real browser, for the tests that click."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_page import JupyterPage
from patience import HANGS

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge")
# Software WebGL: the 3D viewer draws without a graphics card. The rest keeps the browser off the network.
FLAGS = [
    "--no-sandbox",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WIDGET = re.compile(r"^(view|explore)\(|LiveSimulation\(|run_with_progress\(", re.MULTILINE)
NO_BROWSER = "NO BROWSER: nothing was tested in JupyterLab. Install chromium, or run `playwright install chromium`."


@pytest.fixture(scope="module")  # while it lives an event loop runs, and other tests start their own
def browser():
    """A headless browser. Without one: a loud skip on a person's machine, a failure where CI is set."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = next(filter(None, map(shutil.which, BROWSERS)), playwright.chromium.executable_path)
        if not Path(path).is_file():
            (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(NO_BROWSER)
        chromium = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="package")
def course(tmp_path_factory, root):
    """A copy of the lectures that the browser may write to, without what nobody looks at.

    Every cell of the lectures is run, and its output compared, by a test of its own (nbval). Here each lecture ends
    with its last widget, and potentials are trained for two epochs.
    """
    folder = tmp_path_factory.mktemp("course")
    shutil.copytree(root / "lectures", folder / "lectures")
    for path in folder.glob("lectures/*.ipynb"):
        lecture = nbformat.read(path, as_version=4)
        last = max(n for n, cell in enumerate(lecture.cells) if WIDGET.search(cell.source))
        del lecture.cells[last + 1 :]
        for cell in lecture.cells:
            cell.source = re.sub(r"\bepochs=\d+", "epochs=2", cell.source)
        nbformat.write(lecture, path)
    return folder


@pytest.fixture(scope="package")
def lab(course, tmp_path_factory):
    """Address and token of a JupyterLab started by `course lab`, without the settings of this computer."""
    home = tmp_path_factory.mktemp("home")
    places = {f"JUPYTER_{name}_DIR": str(home / name.lower()) for name in ("CONFIG", "DATA", "RUNTIME")}
    settings = home / "config" / "jupyter_lab_config.json"
    settings.parent.mkdir()
    settings.write_text('{"LabApp": {"expose_app_in_browser": true}}')  # so that a test can ask which cells are done
    log = home / "server.log"
    with log.open("w") as file:
        command = [sys.executable, "-m", "course_command.cli", "lab", "--no-browser"]
        environment = {**os.environ, **places, "PYTHONUNBUFFERED": "1"}
        server = subprocess.Popen(command, cwd=course, env=environment, stdout=file, stderr=subprocess.STDOUT)
    try:
        yield _address(server, log)
    finally:
        server.terminate()
        server.wait(timeout=HANGS)


def _address(server, log):
    end = time.monotonic() + HANGS
    while time.monotonic() < end and server.poll() is None:
        if found := re.search(r"(http://127.0.0.1:\d+)/\S*token=(\w+)", log.read_text()):
            return found.groups()
        time.sleep(0.3)
    pytest.fail(f"`course lab` gave no address within {HANGS} s:\n{log.read_text()[-2000:]}")


@pytest.fixture
def jupyter(browser, lab, root):
    """A new window on the lab; screenshots go to ``screenshots/`` or to the folder of COURSE_SCREENSHOTS."""
    folder = Path(os.environ.get("COURSE_SCREENSHOTS", root / "screenshots"))
    folder.mkdir(parents=True, exist_ok=True)
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    session = JupyterPage(page, *lab, folder)
    yield session
    session.shut_down_kernels()
    page.close()
