"""A small assignment and students with everything that goes wrong, made by code for `test_grading.py`."""

import json

import nbformat
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

NAME = "50_spring"
MAXIMUM = 6  # 1 for the force, 2 for the energy, 3 for the answer in words


def marked(cell, grade_id, points=None, solution=False, locked=False):
    """Give a cell nbgrader's metadata."""
    cell.metadata["nbgrader"] = {
        "schema_version": 3,
        "grade_id": grade_id,
        "grade": points is not None,
        "solution": solution,
        "locked": locked,
        "task": False,
    } | ({"points": points} if points is not None else {})
    return cell


def stub(code):
    """Source of a solution cell, of which the code after the first line is the solution."""
    head, *body = code.splitlines()
    return "\n".join([head, "    ### BEGIN SOLUTION", *body, "    ### END SOLUTION"])


FORCE = "def force(k, x):\n    return -k * x"
ENERGY = "def energy(k, x):\n    return 0.5 * k * x**2"
HIDDEN = "### BEGIN HIDDEN TESTS\nassert energy(3.0, secret_x := 7.0) == 73.5\n### END HIDDEN TESTS"


def solution():
    """The source notebook: text, a locked set-up, two functions with tests, a question in words."""
    return new_notebook(
        cells=[
            new_markdown_cell("# A spring\n\nA mass on a spring feels $F = -kx$."),
            marked(new_code_cell("import math"), "setup", locked=True),
            marked(new_code_cell(stub(FORCE)), "force", solution=True),
            marked(
                new_code_cell('assert force(2.0, 3.0) == -6.0, "A spring pulls back: mind the sign."'),
                "test_force",
                points=1,
                locked=True,
            ),
            new_markdown_cell("Now the energy."),
            marked(new_code_cell(stub(ENERGY)), "energy", solution=True),
            marked(
                new_code_cell(f"assert math.isclose(energy(2.0, 3.0), 9.0)\n{HIDDEN}"),
                "test_energy",
                points=2,
                locked=True,
            ),
            new_markdown_cell("Why is the energy never negative?"),
            marked(new_markdown_cell("It is a square."), "why", points=3, solution=True),
        ],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)", "language": "python"}},
    )


class Submission:
    """A released notebook in the hands of a student."""

    def __init__(self, released):
        self.notebook = nbformat.from_dict(json.loads(json.dumps(released)))

    def index(self, grade_id):
        """Position of a cell."""
        ids = [cell.metadata.get("nbgrader", {}).get("grade_id") for cell in self.notebook.cells]
        return ids.index(grade_id)

    def write(self, **cells):
        """Replace the text of cells."""
        for grade_id, source in cells.items():
            self.notebook.cells[self.index(grade_id)].source = source
        return self

    def solve(self):
        """Right code, and an answer in words."""
        return self.write(force=FORCE, energy=ENERGY, why="A square times a positive constant.")

    def delete(self, grade_id):
        """Delete a cell."""
        del self.notebook.cells[self.index(grade_id)]
        return self

    def paste(self, grade_id, source):
        """Copy a cell with all its metadata to before itself, and change the text of the copy."""
        at = self.index(grade_id)
        copy = nbformat.from_dict(json.loads(json.dumps(self.notebook.cells[at])))
        copy.update(id="pasted", source=source)
        self.notebook.cells.insert(at, copy)
        return self

    def strip(self, ids=False):
        """Lose all cell metadata, as some tools do, and the cell ids too."""
        for cell in self.notebook.cells:
            cell.metadata.clear()
            if ids:
                cell.id = nbformat.v4.new_code_cell().id
        return self

    def tell(self, metadata):
        """Metadata of a tool."""
        self.notebook.metadata.update(nbformat.from_dict(metadata))
        return self

    def tag(self, grade_id, tag):
        """Give a cell a tag."""
        self.notebook.cells[self.index(grade_id)].metadata["tags"] = [tag]
        return self

    def bytes(self):
        """The file."""
        return nbformat.writes(self.notebook).encode()
