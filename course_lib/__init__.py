"""Machine learning for molecular simulation: the library behind the lectures."""

import os

# Must stand before anything imports torch: two busy OpenMP threads that spin while they wait turn a 0.5 s
# step of a universal potential into one of 17 s on a loaded laptop.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__version__ = "0.2.0"
