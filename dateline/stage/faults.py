"""Which errors are the server's (wait and try again) and which are an entry's (count an attempt)."""

from __future__ import annotations

import asyncio
import traceback
from pathlib import Path

from redis import exceptions as redis_errors

BACKOFF_SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)


def is_infrastructure(error: BaseException) -> bool:
    """True for whatever comes from Redis or the network: it blocks a stage, it never costs an entry."""
    return isinstance(error, redis_errors.RedisError | OSError | asyncio.TimeoutError)


def is_missing_group(error: BaseException) -> bool:
    """True when the group, or the stream with it, is gone (Redis 7.0 says UNBLOCKED to a waiting reader)."""
    said = ("NOGROUP", "UNBLOCKED")
    return isinstance(error, redis_errors.ResponseError) and str(error).startswith(said)


def backoff(failures: int) -> float:
    """Seconds to wait after so many infrastructure errors in a row (2 s at most)."""
    return BACKOFF_SECONDS[min(failures, len(BACKOFF_SECONDS)) - 1] if failures else 0.0


def in_words(error: BaseException) -> str:
    """One line that names the error and what it says."""
    return f"{type(error).__name__}: {error}".splitlines()[0][:500]


def kind(error: BaseException) -> str:
    """What it is and where it was raised, without its message: that may hold what an article says."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" in {Path(frames[-1].filename).name}, line {frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"
