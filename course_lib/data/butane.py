"""The shipped torsion angles of butane: GFN2-xTB molecular dynamics at two temperatures (``make_butane.py``)."""

import json
from dataclasses import dataclass

import numpy as np

from course_lib.data.shipped import FOLDER, checked_path

FILE = "butane_torsion.npz"
COMMAND = "python -m course_lib.data.make_butane"
CARBONS = (0, 1, 2, 3)  # of ase.build.molecule("trans-butane"), in the order of the chain


@dataclass
class TorsionSeries:
    """The torsion angle of butane's carbon chain while the molecule moves.

    Attributes
    ----------
    angle : dict
        Temperature in K: (runs, F) array of angles in degrees, 0 to 360.
    frame_ps : float
        Time between two values in ps.
    temperature : dict
        Temperature in K: mean kinetic temperature of each run in K.
    about : dict
        How it was made.
    """

    angle: dict
    frame_ps: float
    temperature: dict
    about: dict

    def provenance(self):
        """What is shown, how, when and on what it was computed."""
        about = self.about
        length = ", ".join(
            f"{a.shape[0]} x {a.shape[1] * self.frame_ps:.0f} ps at {T} K" for T, a in self.angle.items()
        )
        return "\n".join(
            [
                f"shown: the shipped file {FILE}, {length}; {about['method']}",
                f"made:  {about['made_on']}, {about['cpu_minutes']} CPU minutes on {about['made_with']}",
                f"again: {COMMAND}",
            ]
        )


def load_butane(folder=FOLDER):
    """Read the shipped torsion angles after their checksum.

    Parameters
    ----------
    folder : Path
        Another folder, for tests.

    Returns
    -------
    TorsionSeries

    Raises
    ------
    FileNotFoundError, ValueError
        Where the file is missing or damaged; both name the command that makes it anew.
    """
    with np.load(checked_path(FILE, COMMAND, folder)) as file:
        about = json.loads(str(file["about"]))
        temperatures = about["temperatures_K"]
        angle = {T: file[f"centidegrees_{T}K"] / 100 for T in temperatures}
        kinetic = {T: file[f"temperature_{T}K"] for T in temperatures}
    return TorsionSeries(angle, about["frame_ps"], kinetic, about)
