"""The soft memory mark: reading stops before the server must refuse writes."""

from __future__ import annotations

import time
from dataclasses import dataclass

from redis.asyncio import Redis

from dateline.metrics import MEMORY_CEILING, MEMORY_USED


@dataclass
class MemoryMark:
    """Asks the server for its memory at most once a second."""

    redis: Redis
    share: float
    asked: float = 0.0
    full: bool = False

    async def passed(self) -> bool:
        """Whether used memory is above the mark (never, when the server has no ceiling)."""
        if time.monotonic() - self.asked >= 1.0:
            self.asked = time.monotonic()
            info = await self.redis.info("memory")
            ceiling = int(info.get("maxmemory", 0))
            used = int(info["used_memory"])
            MEMORY_USED.set(used)
            MEMORY_CEILING.set(ceiling)
            self.full = ceiling > 0 and used > self.share * ceiling
        return self.full
