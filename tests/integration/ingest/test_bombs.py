"""Every entry that is made to cost, at full size, through all three stages, in a process whose time and
memory are bounded."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
MEMORY = 1_500 * 2**20  # bytes of address space, the interpreter, its libraries and the model included
CPU_SECONDS = 240  # for all of them; about 25 are needed: what is quadratic in a megabyte needs hours

PROGRAM = f"""
import resource
resource.setrlimit(resource.RLIMIT_AS, ({MEMORY}, {MEMORY}))
resource.setrlimit(resource.RLIMIT_CPU, ({CPU_SECONDS}, {CPU_SECONDS}))
from tests.unit.ingest.bombs import entries
from tests.unit.ingest.test_hostile import check
from services.ingest.clean import clean
from tests.integration.ingest.downstream import pass_on
from tests.unit.ingest.wire import ARRIVED, NO_OUTLETS
before = None
for name, entry in entries():
    print(name, flush=True)
    found = clean(entry, arrived=ARRIVED, registry=NO_OUTLETS)
    check(found)
    if getattr(found, "article", None):
        pass_on(found.article, before or found.article)
        before = found.article
print("all done")
"""


def test_all_bombs_within_bounded_time_and_memory():
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=False
    )
    lines = ran.stdout.splitlines()
    assert lines[-1] == "all done", f"at {lines[-1]!r}: {ran.stderr[-1500:]}"
