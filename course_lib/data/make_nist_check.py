"""Make the table that lecture 02 shows: our Lennard-Jones energies of NIST's four reference configurations.

    python -m course_lib.data.make_nist_check --data FOLDER     # about a second

FOLDER holds nist_lj/c1.txt to c4.txt, NIST's files, which the course does not ship.
"""

import argparse
import time
from datetime import date

from course_lib.data.nist_lj import COLUMNS, COMMAND, PUBLISHED, TABLE, our_row
from course_lib.data.table import write_table


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", help="folder that holds nist_lj/; else COURSE_PUBLIC_DATA or ../shared/data")
    arguments = parser.parse_args()
    cpu = time.process_time()
    rows = [our_row(number, arguments.data) for number in PUBLISHED]
    about = [
        "Our energy U, virial W and long-range correction U_LRC of NIST's four Lennard-Jones configurations",
        "reduced units; cutoff 3 or 4, no shift; LennardJones of course_lib.potentials.lennard_jones, float64",
        f"made on {date.today().isoformat()} in {time.process_time() - cpu:.1f} CPU seconds by: {COMMAND}",
        "licence: CC BY 4.0",
    ]
    print("wrote", write_table(TABLE, about, COLUMNS, rows))


if __name__ == "__main__":
    main()
