"""Softening: predicted forces that are weaker than the labelled ones, all by one factor."""

import numpy as np

from course_lib.analysis.error_bars import jackknife
from course_lib.learning.validation import errors

# Mean slopes over ten materials, off equilibrium, in matcalc's notebook "Running Softening Benchmark"; of the effect
# itself: Deng et al. 2025, doi:10.1038/s41524-024-01500-6. Both are weights of matgl, others than universal() loads.
PUBLISHED_SLOPES = {"CHGNet-MPtrj-2023.12.1": 0.79, "M3GNet-MP-2021.2.8-DIRECT": 0.84}
AT_REST = 0.05  # eV/Å: a root mean square force below this says nothing about strength


def softening_slope(potential, frames):
    """The slope of predicted over labelled force components, by least squares through the origin.

    s = sum F F* / sum F*^2, with F predicted and F* labelled; s < 1 means that the energy surface is too soft. Its
    error leaves out whole blocks of frames (jackknife), since the forces of one frame belong together.

    Parameters
    ----------
    potential : Potential or ASE calculator
        What is tested.
    frames : list of ase.Atoms
        Four or more frames off equilibrium, labelled with energies and forces.

    Returns
    -------
    course_lib.analysis.error_bars.Mean
        The slope and its standard error.

    Raises
    ------
    ValueError
        For fewer frames, frames without forces, and frames at rest.
    """
    if len(frames) < 4:
        raise ValueError(f"{len(frames)} labelled frames: give four or more, the error comes from leaving some out.")
    found = [errors(potential, [atoms]) for atoms in frames]
    if not all(len(one.force) for one in found):
        raise ValueError("Some frames have no labelled forces: the slope compares forces.")
    top = np.array([one.force @ one.force_label for one in found])
    bottom = np.array([one.force_label @ one.force_label for one in found])
    rms = np.sqrt(bottom.sum() / sum(len(one.force) for one in found))
    if rms < AT_REST:
        raise ValueError(
            f"The labelled forces are {rms:.3f} eV/Å: these frames are at rest, take hot or strained ones."
        )
    return jackknife(lambda a, b: a.sum() / b.sum(), top, bottom, blocks=min(20, len(frames) // 2))
