"""Make the LGPS trajectories that lecture 10 ships: CHGNet molecular dynamics at three temperatures.

    python tools/make_data/lgps.py            # all of them, 73 CPU minutes on one core and 10 of equilibration
    python tools/make_data/lgps.py --only 650 # one temperature
    python tools/make_data/lgps.py --ps 0.2   # a rehearsal, which writes nothing

Ctrl-C keeps the frames made so far.
"""

from shipping import made_with, parser, ship

from course_lib.labels.lgps import LENGTH_PS, run_lgps


def main():
    options = parser(__doc__)
    options.add_argument("--only", type=int, choices=LENGTH_PS, help="temperature in K")
    options.add_argument("--ps", type=float, help="length of each run: a rehearsal that writes nothing")
    arguments = options.parse_args()
    for temperature in [arguments.only] if arguments.only else LENGTH_PS:
        run = run_lgps(temperature, arguments.ps or LENGTH_PS[temperature])
        about = run.about
        print(about)
        if arguments.ps is None:
            ship(
                "lgps",
                run.save,
                how=f"{about['potential']}; {about['ensemble']}, {run.time_fs[-1] / 1000:.0f} ps after "
                f"{about['equilibration_ps']} ps of equilibration",
                made_with=made_with("torch", "ase"),
                cost=f"{about['cpu_minutes']} CPU minutes",
                temperature=temperature,
            )


if __name__ == "__main__":
    main()
