"""The torsion angle of four atoms in a row: its time series, its conformers, its free energy."""

import numpy as np

from course_lib.analysis.unwrap import frames_of_positions


def dihedral(positions, four):
    """Torsion angle a-b-c-d of each frame: 180° is trans, 0° is cis.

    It is the angle between the planes abc and bcd, with the sign of IUPAC (positive where d is turned clockwise,
    seen along b-c), from the arctangent of sine and cosine as in Blondel and Karplus 1996 (J. Comput. Chem. 17, 1132),
    which loses no digits near 0° and 180°.

    Parameters
    ----------
    positions : (F, N, 3) array
        In Å, not wrapped into a cell.
    four : sequence of 4 int
        The atoms a, b, c, d.

    Returns
    -------
    (F,) array
        In degrees, from 0 to 360.
    """
    positions = frames_of_positions(positions)
    if len(set(four)) != 4:
        raise ValueError(f"The atoms {tuple(four)} are not four different ones: a torsion needs a, b, c and d.")
    a, b, c, d = (positions[:, atom] for atom in four)
    F, G, H = a - b, b - c, d - c
    A, B = np.cross(F, G), np.cross(H, G)
    sine = np.einsum("fx,fx->f", np.cross(B, A), G) / np.linalg.norm(G, axis=1)
    return np.degrees(np.arctan2(sine, np.einsum("fx,fx->f", A, B))) % 360
