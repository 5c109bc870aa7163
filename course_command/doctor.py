"""Check the set-up: for each part print ok, or one sentence on how to mend it.

Nothing beyond the standard library is imported before it is needed, so that a broken package gives one bad line and
does not end the check.
"""

import contextlib
import importlib
import importlib.metadata
import importlib.util
import json
import os
import platform
import sys
import time
from dataclasses import dataclass
from pathlib import Path

NEEDED = (
    *"numpy scipy matplotlib ase ipywidgets jupyterlab nbclassic nbconvert nbgrader psutil torch tqdm".split(),
    "course_lib.potentials.lennard_jones",
    "course_lib.potentials.pair_engine",
    "course_lib.dynamics.simulation",
)
AGAIN = "run `python3 start.py` again"
MEMORY_GB = 2  # the heaviest lecture with its kernel, JupyterLab and a browser tab
SALT = -3.383  # eV per atom of NaCl by SevenNet-0, from its own calculator
SLOW = 20_000  # atom-steps per second below which live simulations stutter


class Mend(Exception):
    """What is wrong and how to mend it, in one sentence."""


@dataclass(frozen=True)
class Line:
    """The result for one part of the set-up."""

    name: str
    ok: bool
    text: str
    essential: bool = False  # without it the course does not run

    def __str__(self):
        return f"{'ok  ' if self.ok else 'LOOK'}  {self.name:20s}  {self.text}"


def doctor():
    """Check every part; a list of :class:`Line`."""
    return list(lines())


def lines():
    """Like :func:`doctor`, but yields each line as soon as its check ends."""
    for name, check, essential in CHECKS:
        try:
            yield Line(name, True, check(), essential)
        except Mend as mend:
            yield Line(name, False, str(mend), essential)
        except (Exception, SystemExit) as error:  # a broken package can raise anything
            said = (str(error).strip().splitlines() or ["no message"])[0]
            yield Line(name, False, f"does not work ({type(error).__name__}: {said}): {AGAIN}.", essential)


def python():
    version = platform.python_version()
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        raise Mend(f"this is Python {version}: the course is tested on 3.11, 3.12 and 3.13, install one of them.")
    return f"{version} on {platform.system()} {platform.machine()}, {sys.executable}"


def packages():
    broken = []
    for name in NEEDED:
        try:
            importlib.import_module(name)
        except (Exception, SystemExit) as error:
            broken.append(f"{name} ({type(error).__name__})")
    if broken:
        raise Mend(f"these cannot be imported: {', '.join(broken)}; {AGAIN}.")
    return f"all {len(NEEDED)} that every lecture needs can be imported"


def versions():
    folders = (Path(__file__).resolve().parents[1], Path.cwd())
    file = next((folder / "constraints.txt" for folder in folders if (folder / "constraints.txt").is_file()), None)
    if file is None:
        return "not compared: the list of tested versions is in the folder of the course, run this there"
    tested = {}
    for row in file.read_text(encoding="utf-8").splitlines():
        name, _, version = row.partition("==")
        if version:
            tested.setdefault(name, set()).add(version.split(";")[0].strip())
    others, compared = [], 0
    for name, known in tested.items():
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):  # not needed on this system
            version = importlib.metadata.version(name).partition("+")[0]  # 2.13.0+cpu is a build of 2.13.0
            compared += 1
            if version not in known:
                others.append(f"{name} {version} (tested: {', '.join(sorted(known))})")
    if others:
        raise Mend(f"not the tested versions: {'; '.join(others)}; {AGAIN}, or `pip install -c constraints.txt .`.")
    return f"{compared} packages, all as tested together"


def kernel():
    from jupyter_client.kernelspec import KernelSpecManager

    command = KernelSpecManager().get_kernel_spec("python3").argv[0]
    # A bare "python" is this Python; a path may belong to another one that was registered under the same name.
    if os.path.dirname(command) and not os.path.samefile(command, sys.executable):
        raise Mend(f"notebooks would run in {command}: remove that kernel with `jupyter kernelspec remove python3`.")
    return "notebooks run in this Python"


def frontend(extension):
    """Version of a JupyterLab extension that the browser gets: the first one on Jupyter's path."""
    from jupyter_core.paths import jupyter_path

    for folder in jupyter_path("labextensions"):
        file = Path(folder, extension, "package.json")
        if file.is_file():
            return json.loads(file.read_text(encoding="utf-8"))["version"], file.parent
    raise Mend(f"the browser side {extension} is missing: {AGAIN}.")


def widgets():
    from packaging.requirements import Requirement

    kernel_side = importlib.metadata.version("ipywidgets")
    browser_side = importlib.metadata.version("jupyterlab_widgets")
    wanted = [Requirement(row) for row in importlib.metadata.requires("ipywidgets")]
    wanted = next(one for one in wanted if one.name.replace("-", "_") == "jupyterlab_widgets")
    if browser_side not in wanted.specifier:
        raise Mend(f"sliders would be dead: ipywidgets {kernel_side} needs {wanted}, not {browser_side}; {AGAIN}.")
    installed = importlib.metadata.files("jupyterlab_widgets")
    own = next(file for file in installed if file.match("jupyterlab-manager/package.json")).locate()
    version, folder = frontend("@jupyter-widgets/jupyterlab-manager")
    if version != json.loads(Path(own).read_text(encoding="utf-8"))["version"]:
        raise Mend(f"sliders may be dead: the browser gets version {version} from {folder}; delete that folder.")
    return f"ipywidgets {kernel_side} and jupyterlab_widgets {browser_side} (browser side {version}) match"


def viewer():
    from course_lib.show.nglview_version import frontend_versions

    try:
        expected, served = frontend_versions()
    except ImportError as error:  # its message is already the sentence
        raise Mend(str(error)) from error
    if expected != served:
        raise Mend(f"it would stay empty: the kernel asks for {expected} and the browser gets {served}; {AGAIN}.")
    return f"nglview {importlib.metadata.version('nglview')}, kernel and browser side both {served}"


def slides():
    for name, tested in (("nbclassic", "1.3.3"), ("rise", "5.7.1")):
        version = importlib.metadata.version(name)
        if version != tested:
            raise Mend(f"{name} is {version}: widgets on slides are known to live only with {tested}; {AGAIN}.")
    return "nbclassic 1.3.3 with rise 5.7.1, the pair in which widgets live on slides"


def torch():
    torch = importlib.import_module("torch")
    if torch.version.cuda is None:
        return f"{torch.__version__}, build for the CPU"
    if torch.cuda.is_available():
        return f"{torch.__version__}, build for CUDA {torch.version.cuda}, on {torch.cuda.get_device_name()}"
    return f"{torch.__version__}, build for CUDA {torch.version.cuda}; it runs on the CPU as there is no usable GPU"


def threads():
    torch = importlib.import_module("torch")
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    waiting = os.environ.get("OMP_WAIT_POLICY", "")
    if waiting.upper() != "PASSIVE":
        raise Mend(f"OMP_WAIT_POLICY is {waiting!r}: set it to PASSIVE, or a loaded computer becomes very slow.")
    return f"{cores} cores, {torch.get_num_threads()} threads of torch, idle threads sleep"


def memory():
    psutil = importlib.import_module("psutil")
    found = psutil.virtual_memory()
    free, total = found.available, found.total
    with contextlib.suppress(OSError, ValueError):  # in a container, such as a JupyterHub, the smaller limit counts
        limit = int(Path("/sys/fs/cgroup/memory.max").read_text())
        used = int(Path("/sys/fs/cgroup/memory.current").read_text())
        free, total = min(free, limit - used), min(total, limit)
    if free < MEMORY_GB * 1e9:
        raise Mend(f"{free / 1e9:.1f} of {total / 1e9:.1f} GB are free and {MEMORY_GB} GB are needed: close something.")
    return f"{free / 1e9:.1f} of {total / 1e9:.1f} GB free"


def engines():
    from course_command.engines import run_engines

    folder = run_engines()
    if folder is None:
        raise Mend(
            "each notebook compiles them anew, which takes seconds, because neither the folder of the course nor your "
            "home folder is writable: set NUMBA_CACHE_DIR to a writable folder."
        )
    return f"compiled, as exact as NumPy, kept in {folder}"


def speed():
    from course_lib.dynamics.simulation import Simulation
    from course_lib.dynamics.velocities import thermal_velocities
    from course_lib.potentials.lennard_jones import LennardJones
    from course_lib.structures import argon_crystal

    atoms = argon_crystal(4)
    atoms.calc = LennardJones()
    thermal_velocities(atoms, 60)
    simulation = Simulation(atoms, timestep_fs=4.0)
    simulation.run(10)  # the first steps also build the neighbour list
    start, before = time.perf_counter(), simulation.steps_done
    while (elapsed := time.perf_counter() - start) < 1.0:
        simulation.run(10)
    steps = (simulation.steps_done - before) / elapsed
    rate = steps * len(atoms)
    text = f"{len(atoms)} argon atoms: {steps:.0f} time steps per second ({rate / 1000:.0f} thousand atom-steps/s)"
    if rate < SLOW:
        raise Mend(f"{text} is slow: close other programs, or run on mains power.")
    return text


def universal_potential():
    if importlib.util.find_spec("chgnet") is None:
        raise Mend(
            "CHGNet is not installed (no ready build for Python 3.13, nor for ARM on Linux and Windows): lecture 10 "
            "shows its shipped trajectories instead; for live runs install a C compiler (on 3.13: or use Python 3.12), "
            "delete .venv and start again."
        )
    import numpy as np

    from course_lib.labels.universal import universal
    from course_lib.structures import lgps

    crystal = lgps()
    crystal.calc = universal("chgnet")
    start = time.perf_counter()
    energy = crystal.get_potential_energy() / len(crystal)
    if not np.isfinite(energy):
        raise Mend(f"CHGNet gives {energy} eV per atom for LGPS: {AGAIN}.")
    seconds = time.perf_counter() - start
    return f"CHGNet: LGPS has {energy:.3f} eV per atom; {len(crystal)} atoms took {seconds:.1f} s"


def second_universal_potential():
    if importlib.util.find_spec("sevenn") is None:
        raise Mend(
            "SevenNet is not installed (it comes where CHGNet does): shipped results take its place; "
            "to run it, use Python 3.12 on a computer with an Intel or AMD processor, or a Mac."
        )
    from ase.build import bulk

    from course_lib.labels.universal import universal

    salt = bulk("NaCl", "rocksalt", a=5.64)
    start = time.perf_counter()
    salt.calc = universal("sevennet")
    energy = salt.get_potential_energy() / 2
    if abs(energy - SALT) > 0.01:
        raise Mend(f"SevenNet gives {energy:.3f} eV per atom for NaCl instead of {SALT}: {AGAIN}.")
    return f"SevenNet: NaCl has {energy:.3f} eV per atom; loading took {time.perf_counter() - start:.1f} s"


def quantum_chemistry():
    if importlib.util.find_spec("pyscf") is None:
        raise Mend(
            "PySCF is not installed (there is none for Windows): the lectures show the shipped tables it made instead; "
            "to run it, use Linux, macOS, or WSL on Windows."
        )
    pyscf = importlib.import_module("pyscf")
    energy = pyscf.gto.M(atom="H 0 0 0; H 0 0 0.74", verbose=0).RHF().kernel()
    if not -1.2 < energy < -1.0:  # -1.117 Hartree in STO-3G, the basis taken by default
        raise Mend(f"PySCF gives {energy:.3f} Hartree for H2 instead of -1.117: {AGAIN}.")
    return f"PySCF {pyscf.__version__}: H2 has {energy:.3f} Hartree (Hartree-Fock, STO-3G)"


def tight_binding():
    if importlib.util.find_spec("tblite") is None:
        raise Mend(
            "tblite is not installed (there is none for Windows, nor for Macs with an Intel processor): the lectures "
            "show the shipped results it made instead; to run it, use Linux, a newer Mac, or WSL on Windows."
        )
    from ase.build import molecule

    from course_lib.labels.xtb import gfn2

    water = molecule("H2O")
    water.calc = gfn2()
    energy = water.get_potential_energy()
    if abs(energy + 137.968) > 0.01:  # tblite's own example
        raise Mend(f"GFN2-xTB gives {energy:.3f} eV for H2O instead of -137.968: {AGAIN}.")
    return f"tblite {importlib.metadata.version('tblite')}: H2O has {energy:.3f} eV (GFN2-xTB)"


def own_environments():
    from course_lib.labels.environments import ENVIRONMENTS, state

    found = {name: state(name) for name in ENVIRONMENTS}
    if old := [name for name, is_so in found.items() if is_so == "out of date"]:
        raise Mend(f"the environment of {ENVIRONMENTS[old[0]]} is of an older course: run `course env {old[0]}` again.")
    words = {"ready": "ready", "missing": "not made (`course env {name}` makes it, if you want it)"}
    return "; ".join(f"{ENVIRONMENTS[name]} {words[is_so].format(name=name)}" for name, is_so in found.items())


CHECKS = (
    ("Python", python, True),
    ("packages", packages, True),
    ("tested versions", versions, False),
    ("notebook kernel", kernel, False),
    ("sliders", widgets, False),
    ("3D viewer", viewer, False),
    ("slides", slides, False),
    ("torch", torch, True),
    ("threads", threads, False),
    ("memory", memory, False),
    ("engines", engines, False),
    ("speed", speed, False),
    ("universal potential", universal_potential, False),
    ("second universal", second_universal_potential, False),
    ("own environments", own_environments, False),
    ("quantum chemistry", quantum_chemistry, False),
    ("tight binding", tight_binding, False),
)
