"""``make bench``: every benchmark, one after the other (some five minutes)."""

from __future__ import annotations

import subprocess
import sys

BENCHMARKS = (
    ("benchmarks.unordered", "50000"),
    ("benchmarks.ingest", "2000"),
    ("benchmarks.pipeline", "60"),
    ("benchmarks.cluster", "10000"),
    ("benchmarks.web_front", "10000"),
    ("benchmarks.web_events", "1000"),
)


def main() -> None:
    for module, argument in BENCHMARKS:
        print(f"\n== {module} {argument}", flush=True)
        subprocess.run([sys.executable, "-m", module, argument], check=True)


if __name__ == "__main__":
    main()
