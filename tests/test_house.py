"""The rooms of course_lib stand upon one another: imports go down the list, never up, also inside functions."""

import ast

import pytest

ROOMS = (  # from the ground to the roof; a new room is given its place here
    "arguments",
    "files",
    "xyz",
    "compiled",
    "settings",
    "structures",
    "learning",
    "potentials",
    "dynamics",
    "data",
    "analysis",
    "transport",
    "labels",
    "validation",
    "show",
)
ABOVE = ("course_checks", "course_command")  # they stand on the library


def rooms_of(root):
    return {path.stem for path in (root / "course_lib").iterdir() if path.suffix == ".py" or any(path.glob("*.py"))}


def imports(source, module):
    """Full names of all modules that a file imports, wherever in it, relative ones too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = module.split(".")[: -node.level] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{name}.{alias.name}" for alias in node.names)


def upward(source, module):
    """What a module of course_lib imports from rooms above its own, or from outside of the house."""
    house, room, *_ = module.split(".")
    floor = ROOMS.index(room) if house == "course_lib" else len(ROOMS)
    above = ABOVE[ABOVE.index(house) + 1 :] if house in ABOVE else ABOVE
    for name in imports(source, module):
        top, *rest = name.split(".")
        if top in above or (top == "course_lib" and rest and rest[0] in ROOMS[floor + 1 :]):
            yield ".".join([top, *rest][:3])


def modules(root):
    for path in sorted(path for house in ("course_lib", *ABOVE) for path in (root / house).rglob("*.py")):
        module = ".".join(path.relative_to(root).with_suffix("").parts)
        if module != "course_lib.__init__":
            yield module, path.read_text(encoding="utf-8")


def test_every_room_has_its_place(root):
    assert rooms_of(root) - {"__init__"} == set(ROOMS)


def test_imports_go_down(root):
    found = {module: list(upward(source, module)) for module, source in modules(root)}
    assert {module: up for module, up in found.items() if up} == {}


@pytest.mark.parametrize(
    ("source", "module", "up"),
    [
        ("from course_lib.show.style import COLOURS", "course_lib.analysis.rdf", ["course_lib.show.style"]),
        ("def f():\n    import course_checks.hint", "course_lib.show.run", ["course_checks.hint"]),
        ("if TYPE_CHECKING:\n    from course_lib import labels", "course_lib.data.x", ["course_lib.labels"]),
        ("from ..show import style", "course_lib.dynamics.x", ["course_lib.show.style"]),
        ("from ..base import B", "course_lib.potentials.deep.x", []),
        ("import course_command.cli", "course_checks.hint", ["course_command.cli"]),
        ("from course_checks.hint import check", "course_lib.show.run", ["course_checks.hint.check"]),
        ("import numpy\nfrom course_lib.arguments import whole", "course_checks.hint", []),
    ],
)
def test_an_upward_import_is_found_wherever_it_hides(source, module, up):
    assert list(upward(source, module)) == up
