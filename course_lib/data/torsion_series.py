"""The torsion angle of a molecule while it moves, at several temperatures."""

import json
from dataclasses import dataclass

import numpy as np


@dataclass
class TorsionSeries:
    """The torsion angle of butane's carbon chain while the molecule moves.

    Attributes
    ----------
    angle : dict
        {temperature in K: (runs, F) array of angles in degrees, 0 to 360}.
    frame_ps : float
        Time between two values in ps.
    temperature : dict
        {target temperature in K: (runs,) array of the mean kinetic temperature of each run in K}.
    """

    angle: dict
    frame_ps: float
    temperature: dict

    @classmethod
    def load(cls, path):
        """Read the file that ``tools/make_data/butane_torsion.py`` makes."""
        with np.load(path) as file:
            about = json.loads(str(file["about"]))
            temperatures = about["temperatures_K"]
            angle = {T: file[f"centidegrees_{T}K"] / 100 for T in temperatures}
            return cls(angle, about["frame_ps"], {T: file[f"temperature_{T}K"] for T in temperatures})
