"""Run notebooks top to bottom, store their real outputs without widget state, and print time and memory of each.

python tools/refresh_notebooks.py lectures/01_newton.ipynb lectures/02_lennard_jones.ipynb
python tools/refresh_notebooks.py            # every lecture and every solution
python tools/refresh_notebooks.py --check    # run and measure, write nothing
python tools/refresh_notebooks.py --sources  # renew only the code that show_source shows, in seconds
"""

import argparse
import ast
import time
from pathlib import Path

import nbformat
from jupyter_core.utils import run_sync
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[1]
WIDGET = "application/vnd.jupyter.widget-view+json"
IMPORTS = ast.Import, ast.ImportFrom
MEASURE = "import psutil; print(psutil.Process().memory_info().rss, sum(psutil.Process().cpu_times()[:2]))"


def run(path):
    """Execute one notebook; returns it with the wall seconds, CPU seconds and MB of memory it took."""
    notebook = nbformat.read(path, as_version=4)
    # store_widget_state=False: a saved widget is dead on opening and hides the picture beside it
    client = NotebookClient(
        notebook, timeout=600, store_widget_state=False, resources={"metadata": {"path": path.parent}}
    )
    start = time.perf_counter()
    with client.setup_kernel():
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
        wall = time.perf_counter() - start
        printed = []
        run_sync(client.kc.execute_interactive)(MEASURE, store_history=False, output_hook=printed.append)
    rss, cpu = next(m["content"]["text"] for m in printed if m["msg_type"] == "stream").split()
    return notebook, wall, float(cpu), float(rss) / 1e6


def renew_sources(path):
    """Run all imports of a notebook and the cells that show source code, and store what these show."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    lines = [ast.unparse(node) for cell in code for node in _statements(cell) if isinstance(node, IMPORTS)]
    shown = [cell for cell in code if "show_source(" in cell.source]
    sources = ["\n".join(lines), *(cell.source for cell in shown)]
    short = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(short, timeout=600, resources={"metadata": {"path": path.parent}}).execute()
    for cell, new in zip(shown, short.cells[1:]):
        for old, output in zip(_pages(cell), _pages(new), strict=True):
            old.data = output.data
    nbformat.write(notebook, path)


def _pages(cell):
    return [output for output in cell.outputs if "text/html" in output.get("data", {})]


def _statements(cell):
    try:
        return ast.parse(cell.source).body
    except SyntaxError:  # a magic or an await
        return []


def tidy(notebook):
    """Drop what differs from run to run or is dead when the notebook is opened."""
    notebook.metadata.pop("widgets", None)
    notebook.metadata["kernelspec"] = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    notebook.metadata.pop("language_info", None)
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", []):
            if len(output.get("data", {})) > 1:
                output["data"].pop(WIDGET, None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("--sources", action="store_true", help="renew only the code that is shown")
    arguments = parser.parse_args()
    every = sorted(ROOT.glob("lectures/*.ipynb")) + sorted(ROOT.glob("solutions/*/*.ipynb"))
    if arguments.sources:
        for path in arguments.notebooks or sorted(ROOT.glob("lectures/*.ipynb")):
            renew_sources(path.resolve())
        return
    print(f"{'notebook':40s} {'wall s':>8s} {'CPU s':>8s} {'MB':>6s}")
    for path in arguments.notebooks or every:
        notebook, wall, cpu, memory = run(path.resolve())
        print(f"{path.name:40s} {wall:8.1f} {cpu:8.1f} {memory:6.0f}", flush=True)
        if not arguments.check:
            tidy(notebook)
            nbformat.write(notebook, path)


if __name__ == "__main__":
    main()
