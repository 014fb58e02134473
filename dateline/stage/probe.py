"""``python -m dateline.stage.probe URL``: exit status 0 when a service says that it is alive.

The health check of a container. It asks the service rather than its port: a stuck service still
accepts connections, and answers 503.
"""

from __future__ import annotations

import sys
import urllib.error
import urllib.request

SECONDS = 4.0


def verdict(url: str) -> tuple[bool, str]:
    """Whether the service at `url` is alive, and what it answered (or why it could not be asked)."""
    try:
        with urllib.request.urlopen(url, timeout=SECONDS) as answer:
            return True, answer.read(2_000).decode("utf-8", "replace")
    except urllib.error.HTTPError as refusal:
        return False, f"{refusal.code}: {refusal.read(2_000).decode('utf-8', 'replace')}"
    except (OSError, ValueError) as error:
        return False, str(error)


def main() -> None:
    """Ask the address on the command line, print the answer, exit with 0 (alive) or 1."""
    alive, said = verdict(sys.argv[1])
    print(said)
    raise SystemExit(0 if alive else 1)


if __name__ == "__main__":
    main()
