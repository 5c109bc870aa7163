"""Import nglview in such a way that its browser side works.

nglview 4.0.1 asks for version 4.0 of its browser side but ships 3.1.5, so that the viewer stays empty
(https://github.com/nglviewer/nglview/issues/1088). The version it asks for is in the module ``nglview._frontend``.
Here a module of that name is made before nglview is first imported; it asks for the version that is installed.
"""

import importlib.util
import json
import sys
import types
from pathlib import Path

from jupyter_core.paths import jupyter_path

FRONTEND = "nglview-js-widgets"


def shipped_version():
    """Version of nglview's browser side that JupyterLab finds, or None if there is none."""
    for folder in jupyter_path("labextensions"):
        package = Path(folder, FRONTEND, "package.json")
        if package.is_file():
            try:
                return json.loads(package.read_text(encoding="utf-8"))["version"]
            except (ValueError, KeyError):
                return None
    return None


def import_nglview():
    """nglview, asking for the browser side that is installed.

    Raises
    ------
    ImportError
        If nglview or its browser side is missing, or if nglview was imported before this was called.
    """
    version = shipped_version()
    if importlib.util.find_spec("nglview") is None or version is None:
        raise ImportError("The 3D viewer is not installed completely: run `pip install --force-reinstall nglview`.")
    if "nglview" not in sys.modules:
        frontend = types.ModuleType("nglview._frontend")
        frontend.__frontend_version__ = version
        sys.modules["nglview._frontend"] = frontend
    import nglview

    if _expected(nglview) != version:
        raise ImportError(
            f"The 3D viewer would stay empty: the kernel asks for version {_expected(nglview)} of its browser side and "
            f"{version} is installed. Restart the kernel, and import course_lib.show.viewer before nglview."
        )
    return nglview


def frontend_versions():
    """Versions of the browser side that the kernel asks for and that is installed: equal, or the viewer stays empty."""
    return _expected(import_nglview()), shipped_version()


def _expected(nglview):
    return nglview.NGLWidget.class_traits()["_view_module_version"].default_value
