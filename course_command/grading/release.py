"""Make the students' notebooks in ``exercises/`` from ``solutions/``, with nbgrader."""

from contextlib import contextmanager

from nbgrader.converters import GenerateAssignment

from course_command.grading.notebooks import marks, read_notebook


@contextmanager
def fresh_release(course, name):
    """Release one assignment into a workshop and the gradebook; yields the workshop.

    Raises
    ------
    ValueError
        If there is no such assignment, if nothing in it is marked as an answer, or if nbgrader refuses the solution.
    """
    _check_solution(course.solution(name), name)
    with course.workshop() as workshop:
        course.bring("source", name, workshop)
        try:
            course.run(GenerateAssignment, workshop, name)
        except ValueError as error:
            raise ValueError(f"{name} cannot be released: {_explained(str(error))}") from None
        yield workshop


def _check_solution(path, name):
    """Refuse a notebook that would be released with its solution."""
    if not any(marks(cell).get("solution") for cell in read_notebook(path.read_bytes()).cells):
        raise ValueError(
            f"{name} cannot be released: none of its cells is marked as an answer, so students would get all of it. In "
            "JupyterLab's *Create Assignment* make the cells that students write autograded answers, with the solution "
            "between ### BEGIN SOLUTION and ### END SOLUTION, and the checks autograder tests with points."
        )


def release(course, name):
    """Bring ``exercises/NAME`` up to date; returns a sentence on what has changed.

    No file is changed if the release fails or if nothing has changed.
    """
    with course.alone(name), fresh_release(course, name) as workshop:
        change = difference(workshop.folder("release") / name, course.folder("release") / name)
        if change != "unchanged":
            course.take("release", name, workshop)
    return change


def difference(new, old):
    """What has changed between two folders of one assignment, in a sentence; "unchanged" if nothing has."""
    if not old.is_dir():
        return "new"
    after, before = _contents(new), _contents(old)
    parts = []
    for file in sorted(after.keys() | before.keys()):
        if file not in before:
            parts.append(f"{file} is new")
        elif file not in after:
            parts.append(f"{file} is gone")
        elif after[file] != before[file]:
            changed = _changed_cells(after[file], before[file]) if file.endswith(".ipynb") else ""
            parts.append(f"{file} has changed{changed}")
    return "; ".join(parts) or "unchanged"


def _contents(folder):
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def _changed_cells(after, before):
    try:
        new, old = _graded_cells(after), _graded_cells(before)
    except ValueError:
        return ""
    parts = [f"new {i}" for i in new if i not in old] + [f"without {i}" for i in old if i not in new]
    parts += [i for i in new if i in old and (new[i].source, new[i].metadata) != (old[i].source, old[i].metadata)]
    return f" ({', '.join(parts) or 'outside the graded cells'})"


def _graded_cells(data):
    return {marks(cell)["grade_id"]: cell for cell in read_notebook(data).cells if marks(cell)}


def _explained(reason):
    if "Cannot add or remove cells" in reason:
        return (
            "graded cells were added or removed, but students have been graded on the earlier ones. Export the grades,"
            " move gradebook.db away, and grade again; or give the new version another name."
        )
    return reason
