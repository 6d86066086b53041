"""Measures the product against bare tools on the same server and prints ratios.

`python -m benchmarks [--quick] [--rows N] [--only TEXT] [name …]`
"""

from __future__ import annotations

import argparse
import signal
import time
from collections.abc import Callable, Iterable, Mapping

from benchmarks import (
    backup,
    crowd,
    evolution,
    introspection,
    job_latency,
    memory,
    read_cache,
    schema_reading,
    sql_generation,
    throughput,
    under_load,
)
from benchmarks.comparing import Comparison, Plan, print_head, print_lines

BENCHMARKS: Mapping[str, Callable[[Plan], Iterable[Comparison]]] = {
    "sql_generation": sql_generation.measure,
    "schema_reading": schema_reading.measure,
    "read_cache": read_cache.measure,
    "introspection": introspection.measure,
    "evolution": evolution.measure,
    "under_load": under_load.measure,
    "job_latency": job_latency.measure,
    "backup": backup.measure,
    "throughput": throughput.measure,
    "memory": memory.measure,
    "crowd": crowd.measure,
}
"""All there is, in the order in which it runs."""


def main() -> None:
    """Run those asked for, all if none is."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few rounds, small amounts")
    parser.add_argument("--rows", type=int, help="rows of the table under load (1,000,000)")
    parser.add_argument("--only", default="", help="changes under load whose names contain this")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(BENCHMARKS))
    options = parser.parse_args()
    unknown = set(options.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    # So that nothing is left behind when it is told to stop.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    plan = Plan(is_quick=options.quick, rows=options.rows, only=options.only)
    print_head()
    for name in options.names or BENCHMARKS:
        began = time.monotonic()
        print_lines(BENCHMARKS[name](plan))
        print(f"  {name} took {time.monotonic() - began:.0f} s", flush=True)


if __name__ == "__main__":
    main()
