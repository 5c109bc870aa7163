"""Run by the Python of an environment: print what its worker says of weights that it cannot use, a line for each.

Arguments: the checkout, the module of the worker, its settings but the weights as JSON, then the weights.
"""

import importlib
import json
import sys

checkout, module, settings, *all_weights = sys.argv[1:]
sys.path.append(checkout)
worker = importlib.import_module(f"course_lib.labels.worker.{module}")
for weights in all_weights:
    try:
        worker.Model(weights=weights, **json.loads(settings))
    except ValueError as error:
        print("SAID:", error)
