"""A sender that is not Python: redis-cli in a container of its own, beside the services."""

from __future__ import annotations

import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

# A line is sent again until the server has acknowledged it, as a careful sender does. An entry may
# then stand in the log twice: the first time it was taken, but the answer was lost.
UNTIL_ACKNOWLEDGED = r"""
while IFS= read -r line; do
    while :; do
        reply=$(printf '%s\n' "$line" | redis-cli -h redis 2>&1)
        case "$reply" in [0-9]*-[0-9]*) break ;; esac
        sleep 0.2
    done
    printf '%s\n' "$reply"
done
"""


def xadd(fields: Mapping[str, str | bytes]) -> str:
    """The line of redis-cli that appends an entry to `articles.raw`; ASCII only."""
    return " ".join(
        ("XADD", "articles.raw", "*", *(quoted(part) for pair in fields.items() for part in pair))
    )


def quoted(value: str | bytes) -> str:
    """A string in redis-cli's double quotes, byte by byte where need be."""
    octets = value.encode() if isinstance(value, str) else value
    plain = (
        chr(octet) if 32 <= octet < 127 and octet not in b'"\\' else f"\\x{octet:02x}" for octet in octets
    )
    return f'"{"".join(plain)}"'


@dataclass
class Sender:
    """What is being sent. `acknowledged` grows: the ids of the entries that the server has taken."""

    process: subprocess.Popen[str]
    acknowledged: list[str] = field(default_factory=list)

    def wait_for(self, count: int, seconds: float = 120.0) -> None:
        """Wait until so many entries are acknowledged.

        Raises:
            TimeoutError: they are not, in this time.
        """
        deadline = time.monotonic() + seconds
        while len(self.acknowledged) < count:
            if time.monotonic() > deadline:
                raise TimeoutError(f"{len(self.acknowledged)} of {count} acknowledged after {seconds} s")
            time.sleep(0.05)


@contextmanager
def sending(network: str, lines: Sequence[str], per_second: float) -> Iterator[Sender]:
    """Send lines from a container in this network, in the background, a few a second."""
    command = ["docker", "run", "--rm", "--interactive", "--network", network]
    process = subprocess.Popen(
        [*command, "redis:8", "sh", "-c", UNTIL_ACKNOWLEDGED],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    sender = Sender(process)
    threads = [
        threading.Thread(target=_write, args=(process, lines, per_second), daemon=True),
        threading.Thread(target=_read, args=(sender,), daemon=True),
    ]
    for thread in threads:
        thread.start()
    try:
        yield sender
    except BaseException:
        process.kill()
        raise
    finally:
        for thread in threads:
            thread.join()
        process.wait()
        if process.stdout:
            process.stdout.close()


def _write(process: subprocess.Popen[str], lines: Sequence[str], per_second: float) -> None:
    assert process.stdin is not None
    try:
        for line in lines:
            process.stdin.write(f"{line}\n")
            process.stdin.flush()
            time.sleep(1 / per_second)
        process.stdin.close()
    except BrokenPipeError:
        return  # the test has failed and stops the sender


def _read(sender: Sender) -> None:
    assert sender.process.stdout is not None
    for line in sender.process.stdout:
        sender.acknowledged.append(line.strip())
