"""Names of workers: they say whose process it is, so that others of the host see when it has died."""

from __future__ import annotations

import os
import secrets
import socket


def worker_name() -> str:
    """host + pid + random: no two workers ever share a consumer name."""
    return f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def gone(worker: str) -> bool:
    """Whether a worker named `host-pid-random` is of this host and its process has ended."""
    host, _, rest = worker.rpartition("-")[0].rpartition("-")
    if host != socket.gethostname() or not rest.isdigit():
        return False
    if int(rest) == os.getpid():
        return True
    try:
        os.kill(int(rest), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
