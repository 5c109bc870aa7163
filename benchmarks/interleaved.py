"""Several programs in turn on one job: CPU times, medians, ratios, a table and a file of rows."""

import argparse
import json
import os
import statistics
import time
from pathlib import Path

os.environ.update(OMP_NUM_THREADS="1", OPENMM_CPU_THREADS="1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

NUMBERS = ("ours", "theirs", "ratio")


def seconds(call, *arguments):
    """CPU time of one call."""
    begin = time.process_time()
    call(*arguments)
    return time.process_time() - begin


def repeated(call):
    """``run(n)`` that does ``call()`` n times."""

    def run(n):
        for _ in range(n):
            call()

    return run


def interleave(contestants, rounds, budget):
    """CPU seconds for one unit of work, (rounds,) for each contestant: each in its turn, ``budget`` seconds a turn."""
    work = {}
    for name, run in contestants.items():
        run(1)
        work[name] = max(1, round(budget / max(seconds(run, 2) / 2, 1e-6)))
    times = {name: [] for name in contestants}
    for _ in range(rounds):
        for name, run in contestants.items():
            times[name].append(seconds(run, work[name]) / work[name])
    return times


def compare(case, size, contestants, unit, to_unit, rounds, budget):
    """Rows of one interleaved run: ``contestants`` holds "ours" and the peers; a maker that fails is a row too."""
    ready, rows = {}, []
    for name, make in contestants.items():
        try:
            ready[name] = make()
        except (ImportError, OSError, RuntimeError) as reason:
            rows.append(row(case, size, name, None, None, unit, None, note=f"{type(reason).__name__}: {reason}"))
    times = interleave(ready, rounds, budget)
    for name in ready:
        if name != "ours":
            ratio = statistics.median(b / a for a, b in zip(times["ours"], times[name]))
            mine, their = (to_unit(statistics.median(times[who])) for who in ("ours", name))
            rows.append(row(case, size, name, mine, their, unit, ratio))
    return rows


def goal_row(case, size, ours, goal, unit, less_is_better=False):
    """What we measured, and what we wanted."""
    return row(case, size, "goal", ours, goal, unit, goal / ours if less_is_better else ours / goal)


def row(case, size, peer, ours, theirs, unit, ratio, **more):
    """One line of the table; ``ratio`` is above 1 where ours is better."""
    ours, theirs, ratio = (None if number is None else float(number) for number in (ours, theirs, ratio))
    names = {"case": case, "size": size, "peer": peer, "ours": ours, "theirs": theirs, "unit": unit, "ratio": ratio}
    return names | more


def table(description, make_rows):
    """Print the rows that ``make_rows(quick)`` yields as they come, and write them to ``--json FILE``."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--quick", action="store_true", help="small systems and short turns, to see that it runs")
    parser.add_argument("--json", type=Path, help="write the rows to this file")
    options = parser.parse_args()
    print(f"{'case':34} {'size':>8} {'peer':18} {'ours':>10} {'theirs':>10} {'ratio':>10}")
    rows = []
    for line in make_rows(options.quick):
        rows.append(line)
        numbers = (f"{line[key]:10.3g}" if line[key] is not None else f"{'absent':>10}" for key in NUMBERS)
        name = f"{line['case']:34} {line['size']:8} {line['peer']:18}"
        print(name, *numbers, f" {line['unit']} {line.get('note', '')}", flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
