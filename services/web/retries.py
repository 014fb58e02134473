"""When a webhook is tried again, and when an endpoint is left alone for a while. Pure.

The schedule is that of Standard Webhooks (https://www.standardwebhooks.com): quick at first, then over
a day. Jitter spreads endpoints that failed together.
"""

from __future__ import annotations

# Seconds after each failed attempt; the sum is a little over a day.
PAUSES = (5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 39_600)
JITTER = 0.2

TRIPPED_BY = 5  # failures in a row that open the circuit
OPEN_SECONDS = 60
OPEN_MOST_SECONDS = 3_600


def pause(attempts: int, chance: float) -> float | None:
    """Seconds until the next attempt after so many; None: it was the last. `chance` is 0 to 1."""
    if attempts > len(PAUSES):
        return None
    return PAUSES[attempts - 1] * (1 - JITTER + 2 * JITTER * chance)


def open_for(failures: int) -> float:
    """Seconds that an endpoint is left alone after so many failures in a row; 0: it is not."""
    if failures < TRIPPED_BY:
        return 0.0
    return float(min(OPEN_MOST_SECONDS, OPEN_SECONDS * 2 ** min(failures - TRIPPED_BY, 10)))
