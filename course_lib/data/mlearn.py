"""The public mlearn data: DFT energies and forces of silicon, lithium and other elements, read and never shipped."""

from course_lib.data.public import public_file
from course_lib.learning.dataset import read_frames

SOURCE = "github.com/materialsvirtuallab/mlearn (Zuo et al. 2020, doi:10.1021/acs.jpca.9b08723), as extended XYZ"


def load_mlearn(element, part, folder=None):
    """Frames of one element: PBE energies in eV and forces in eV/Å; ``info["group"]`` says how they were made.

    Parameters
    ----------
    element : str
        Such as "Si" or "Li".
    part : {"training", "test"}
    folder : str or Path, optional
        The folder of public data (see :func:`course_lib.data.public.public_file`).

    Returns
    -------
    list of ase.Atoms

    Raises
    ------
    FileNotFoundError
        Where the file is not there; the sentence says where to get it.
    """
    if part not in ("training", "test"):
        raise ValueError(f"There is no part {part!r}: choose training or test.")
    return read_frames(public_file(f"mlearn/{element}_{part}.xyz", SOURCE, folder), (element,))
