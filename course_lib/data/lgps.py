"""The shipped LGPS trajectories: CHGNet molecular dynamics at three temperatures (``make_lgps_trajectories.py``)."""

from course_lib.data.shipped import FOLDER, checked_path
from course_lib.dynamics.trajectory import Trajectory

LENGTH_PS = {850: 25, 650: 40, 500: 50}  # temperature in K: production in ps; slow ions need more time
COMMAND = "python -m course_lib.data.make_lgps_trajectories --only {temperature}"


def file_name(temperature):
    """Name of the shipped file of one temperature (K)."""
    return f"lgps_{temperature}K.npz"


def load_lgps(temperature, folder=FOLDER):
    """Read a shipped trajectory after its checksum.

    Parameters
    ----------
    temperature : {500, 650, 850}
        In K.
    folder : Path
        Another folder, for tests.

    Returns
    -------
    Trajectory
        Of all 50 atoms; ``about["file"]`` names the file it came from.

    Raises
    ------
    ValueError
        For a temperature that is not shipped and for a damaged file.
    FileNotFoundError
        Where the file is missing. Both name the command that makes it anew.
    """
    if temperature not in LENGTH_PS:
        raise ValueError(f"There is no shipped LGPS run at {temperature} K: choose {', '.join(map(str, LENGTH_PS))}.")
    name = file_name(temperature)
    trajectory = Trajectory.load(checked_path(name, COMMAND.format(temperature=temperature), folder))
    trajectory.about["file"] = name
    return trajectory


def provenance(trajectory):
    """What is being shown: a shipped file or a run of one's own, how, when and on what it was computed."""
    about = trajectory.about
    shown = f"the shipped file {about['file']}" if "file" in about else "a run computed here"
    return "\n".join(
        [
            f"shown: {shown}, {trajectory.time_fs[-1] / 1000:.0f} ps of {about['ensemble']}",
            f"       after {about['equilibration_ps']} ps of equilibration; {about['potential']}",
            f"made:  {about['made_on']}, {about['cpu_minutes']} CPU minutes on {about['made_with']}",
            f"again: {about['command']}",
        ]
    )
