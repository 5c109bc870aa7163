"""What a person does in JupyterLab, for the browser tests: open, run all, click, look."""

import io
import re

import numpy as np
from patience import HANGS
from PIL import Image

# The notebook's model knows of all cells; what is scrolled out of sight need not be drawn.
CODE_CELLS = "jupyterapp.shell.currentWidget.content.widgets.filter(cell => cell.model.type === 'code')"
ALL_DONE = f"() => {CODE_CELLS}.every(cell => cell.model.executionState === 'idle' && cell.model.executionCount)"
ERRORS = f"""() => {CODE_CELLS}.flatMap(cell => cell.model.outputs.toJSON())
    .filter(output => output.output_type === 'error').map(output => output.ename + ': ' + output.evalue)"""
MARK_CELL = f"""([pattern, mark]) => {{
    {CODE_CELLS}.find(cell => new RegExp(pattern, 'm').test(cell.model.sharedModel.source)).node.id = mark;
}}"""
KERNEL_ANSWERS = """() => {
    const kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
    return kernel.requestExecute({code: '1 + 1', store_history: false}).done.then(() => true);
}"""


class JupyterPage:
    """One browser window.

    Parameters
    ----------
    page : playwright Page
    lab : str
        Address of the server.
    token : str
    screenshots : Path
        Folder for what was seen.
    """

    def __init__(self, page, lab, token, screenshots):
        self.page, self.lab, self.token, self.screenshots = page, lab, token, screenshots
        self.complaints = []
        page.set_default_timeout(HANGS * 1000)
        page.on("console", lambda message: message.type == "error" and self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def open(self, notebook):
        """Open a notebook in JupyterLab, without the file browser, and wait for its kernel."""
        self.page.goto(f"{self.lab}/lab/tree/{notebook}?token={self.token}&reset")
        self.page.locator(".jp-Notebook").wait_for()
        idle = "() => jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel?.status === 'idle'"
        self.page.wait_for_function(idle)
        self.page.evaluate("() => jupyterapp.shell.collapseLeft()")

    def run_all(self):
        """Run > Run All Cells; returns the errors of all cells when the last one is done."""
        self.start_run_all()
        return self.wait_until_run()

    def start_run_all(self):
        """Run > Run All Cells, without waiting."""
        self.page.evaluate("() => jupyterapp.commands.execute('notebook:clear-all-cell-outputs')")
        self.page.get_by_role("menuitem", name="Run", exact=True).click()
        self.page.get_by_role("menuitem", name="Run All Cells", exact=True).click()

    def wait_until_run(self):
        """Wait until every code cell is done; returns the errors of all cells."""
        self.page.wait_for_function(ALL_DONE)
        return self.page.evaluate(ERRORS)

    def cell(self, pattern):
        """The first code cell whose source matches, scrolled into sight."""
        mark = "cell-" + re.sub(r"\W", "", pattern)
        self.page.evaluate(MARK_CELL, [pattern, mark])
        cell = self.page.locator(f"#{mark}")
        for _ in range(4):  # cells above get their true height only once they have been in sight
            cell.evaluate("node => node.scrollIntoView()")
            self.page.wait_for_timeout(500)  # ms; the viewer, too, draws when it comes into sight
        return cell

    def wait_for_an_answer(self):
        """Run a cell; a kernel that is blocked never answers."""
        self.page.wait_for_function(KERNEL_ANSWERS)

    def open_slides(self, notebook):
        """Open a notebook in nbclassic, run all, and press Alt+R; returns the number of cells with an error."""
        self.page.set_viewport_size({"width": 1280, "height": 720})
        self.page.goto(f"{self.lab}/nbclassic/notebooks/{notebook}?token={self.token}")
        ready = "() => { const k = window.Jupyter?.notebook?.kernel; return k?.is_connected() && k?.widget_manager; }"
        self.page.wait_for_function(ready)
        # ms; the widget manager first asks the kernel for widgets that exist already, and cells that run before the
        # answer show none of theirs. No event says that it is done.
        self.page.wait_for_timeout(5000)
        self.page.evaluate("() => { Jupyter.notebook.clear_all_output(); Jupyter.notebook.execute_all_cells(); }")
        code = "Jupyter.notebook.get_cells().filter(cell => cell.cell_type === 'code')"
        self.page.wait_for_function(f"() => {code}.every(cell => cell.input_prompt_number > 0)")
        self.page.evaluate("() => Jupyter.notebook.select(0)")
        self.page.keyboard.press("Escape")
        self.page.keyboard.press("Alt+r")
        self.page.wait_for_function("() => window.Reveal?.isReady()")
        return self.page.locator(".output_error").count()

    def go_to_slide(self, pattern):
        """Move to the first slide whose code matches, all its fragments shown; returns it."""
        find = """pattern => {
            const here = cell => cell.cell_type === 'code' && new RegExp(pattern, 'm').test(cell.get_text());
            const slide = Jupyter.notebook.get_cells().find(here).element.closest('section')[0];
            const at = Reveal.getIndices(slide);
            Reveal.slide(at.h, at.v, 99);
        }"""
        self.page.evaluate(find, pattern)
        self.page.wait_for_timeout(1500)  # ms; the viewer draws when it comes into sight
        return self.page.locator(".slides section.present section.present")

    def shut_down_kernels(self):
        """Leave no kernel behind: the next test starts afresh."""
        kernels, token = f"{self.lab}/api/kernels", {"params": {"token": self.token}}
        for kernel in self.page.request.get(kernels, **token).json():
            self.page.request.delete(f"{kernels}/{kernel['id']}", **token)

    def widget_complaints(self):
        """Console errors that speak of widgets or of the viewer."""
        about = re.compile("widget|nglview|comm|WebGL", re.IGNORECASE)
        return [text for text in self.complaints if about.search(text)]

    def shot(self, name, target=None):
        """Keep a screenshot as a file; returns its pixels, (height, width, 3)."""
        data = (target or self.page).screenshot(path=str(self.screenshots / f"{name}.png"))
        return np.asarray(Image.open(io.BytesIO(data)).convert("RGB")).astype(int)


def ink(pixels):
    """Share of pixels that differ from the corner's colour: 0 for an empty canvas."""
    return np.mean(np.abs(pixels - pixels[2, 2]).max(axis=2) > 24)


def change(before, after):
    """Share of pixels that differ between two pictures of the same size."""
    return np.mean(np.abs(before - after).max(axis=2) > 24)
