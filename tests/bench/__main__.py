"""The benchmarks: `./tests/run bench [NAME…]`, or `python -m tests.bench`.

With `--quick` to try them, with `--long` for as long as a campaign takes where that is longer.

Prints one table with the budgets of addon/ARCHITECTURE.md. Exit status 1 where one is missed. What
can be is measured against something else in the same run: a busy machine is slow for both.
"""

import sys
from importlib import import_module
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "addon"))

from tests.bench.table import Row, lines

NAMES = (
    "decision",
    "connections",
    "forwarding",
    "bell",
    "audit",
    "keeping",
    "memory",
    "hostile",
    "pack",
    "pages",
    "readers",
    "save",
)


def main(arguments: list[str]) -> int:
    if {"-h", "--help"} & {*arguments}:
        print(__doc__, f"The benchmarks are {', '.join(NAMES)}.", sep="\n")
        return 0
    quick = "--quick" in arguments
    chosen = [a for a in arguments if not a.startswith("-")] or list(NAMES)
    unknown = sorted({*chosen} - {*NAMES})
    if unknown:
        print(f"unknown: {', '.join(unknown)}; known are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    rows: list[Row] = []
    for name in chosen:
        print(f"measuring {name} …", file=sys.stderr, flush=True)
        bench = import_module(f"tests.bench.{name}")
        if "--long" in arguments and hasattr(bench, "measure_long"):
            rows += bench.measure_long()
        else:
            rows += bench.measure(quick=quick)
    print("\n".join(lines(rows)))
    return 0 if all(row.met for row in rows) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
