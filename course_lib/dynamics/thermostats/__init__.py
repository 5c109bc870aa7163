"""Thermostats, which keep a simulation at a given temperature; one per file."""

from course_lib.dynamics.thermostats.andersen import Andersen
from course_lib.dynamics.thermostats.berendsen import Berendsen
from course_lib.dynamics.thermostats.langevin import Langevin
from course_lib.dynamics.thermostats.nose_hoover import NoseHooverChain
from course_lib.dynamics.thermostats.velocity_rescaling import VelocityRescaling

__all__ = ["Andersen", "Berendsen", "Langevin", "NoseHooverChain", "VelocityRescaling"]
