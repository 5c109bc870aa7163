"""The loop of the other process: load a model once, then answer one question after the other."""

import importlib
import os
import warnings

from ase import Atoms

from course_lib.labels.worker.messages import receive, send


def serve():
    """Answer on standard output what is asked on standard input, until that is closed.

    The first question names the module that loads the model, and its settings. An error of it, or of a calculation,
    goes back as one sentence.
    """
    questions, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what a package prints must not come between the answers
    warnings.simplefilter("ignore")
    answer = load
    while True:
        try:
            content, arrays = receive(questions)
        except EOFError:
            return
        try:
            answer, content, arrays = answer(content, arrays)
        except Exception as error:
            lines = str(error).strip().splitlines() or ["no message"]
            plain = isinstance(error, ValueError | FileNotFoundError)
            content = {"error": lines[0] if plain else f"{type(error).__name__}: {lines[0]}", "ours": plain}
            content["broken"] = answer is load and isinstance(error, ImportError)
            arrays = {}
        send(answers, content, **arrays)


def load(content, arrays):
    """Load the model; from then on the questions are structures."""
    import torch

    torch.set_num_threads(content["threads"])
    module = importlib.import_module(f"course_lib.labels.worker.{content['module']}")
    model = module.Model(**content["settings"])

    def calculate(content, arrays):
        atoms = Atoms(**arrays)
        return calculate, {}, model.calculate(atoms, stress=content["stress"])

    return calculate, {"elements": [int(z) for z in model.elements], "about": model.about}, {}
