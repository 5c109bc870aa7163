"""Label 60 frames of LGPS with a universal potential: the set on which lecture 09 compares, fine-tunes and tests.

    python tools/make_data/lgps_frames.py --teacher chgnet      # or sevennet-l3i5; a minute of one core

They are the first 60 frames of ``lgps_distilled.py``: the first 30 are the test of the distilled potentials, which
never learned from them, and the next 30 are for learning. With --keep FOLDER the labels are read from where that script
has kept them.
"""

import time

from ase.io import write
from lgps_distilled import TEACHERS, TEST, first_frames, labelled_frames
from shipping import made_with, parser, ship

from course_lib.labels.distillation import label
from course_lib.labels.universal import universal
from course_lib.learning.dataset import labelled, labels

FRAMES = 60


def make(name, folder):
    start, teacher = time.process_time(), universal(name)
    known = labelled_frames(teacher, name, folder) if folder else label(first_frames()[:FRAMES], teacher)
    frames = []
    for n, atoms in enumerate(known[:FRAMES]):
        one = labels(atoms)
        plain = labelled(atoms, one.energy, one.forces, one.stress)
        plain.info = {"part": "test" if n < TEST else "learn"}
        plain.set_masses(None)  # each atom's own: a kept file has them written out
        frames.append(plain)
    ship(
        "lgps_frames",
        lambda path: write(path, frames, format="extxyz"),
        how=f"the first {FRAMES} frames of lgps_distilled.py (from the shipped CHGNet runs at 500, 650 and 850 K; "
        f"cells strained at random; a third of them rattled by 0.08 Å), labelled by {name}",
        made_with=made_with("torch", "ase"),
        cost=f"{time.process_time() - start:.0f} CPU seconds",
        teacher=name,
    )


def main():
    options = parser(__doc__)
    options.add_argument("--teacher", choices=TEACHERS, help="one of them; otherwise both")
    options.add_argument("--keep", help="folder where lgps_distilled.py has kept its labels")
    arguments = options.parse_args()
    for name in [arguments.teacher] if arguments.teacher else TEACHERS:
        make(name, arguments.keep)


if __name__ == "__main__":
    main()
