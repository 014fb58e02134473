"""Lua scripts: one file each, run by hash, loaded again when the server has forgotten them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from functools import cache
from importlib import resources
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from dateline.stage.commits import Argument

INCLUDE = re.compile(r"^-- include (\w+)\n", re.MULTILINE)

__all__ = ["Argument", "run", "run_each", "source"]


@cache
def source(package: str, name: str) -> str:
    """The text of `lua/<name>.lua` in `package`; `-- include NAME` stands for `lua/_<NAME>.lua` here."""
    text = (resources.files(package) / "lua" / f"{name}.lua").read_text()
    return INCLUDE.sub(lambda found: _part(found[1]), text)


def _part(name: str) -> str:
    return (resources.files("dateline.stage") / "lua" / f"_{name}.lua").read_text()


@cache
def _digest(package: str, name: str) -> str:
    return hashlib.sha1(source(package, name).encode(), usedforsecurity=False).hexdigest()


async def run(
    redis: Redis, name: str, keys: Sequence[str], args: Sequence[Argument], package: str = "dateline.stage"
) -> Any:
    """Run a script. All `keys` must lie in one hash slot (a test computes them)."""
    try:
        return await redis.evalsha(_digest(package, name), len(keys), *keys, *args)
    except NoScriptError:
        return await redis.eval(source(package, name), len(keys), *keys, *args)


async def run_each(
    redis: Redis,
    name: str,
    calls: Sequence[tuple[Sequence[str], Sequence[Argument]]],
    package: str = "dateline.stage",
) -> list[Any]:
    """Run a script once for each (keys, arguments), in order, in one round trip; it must be repeatable."""
    pipe = redis.pipeline(transaction=False)
    for keys, args in calls:
        pipe.evalsha(_digest(package, name), len(keys), *keys, *args)
    try:
        return list(await pipe.execute())
    except NoScriptError:
        return [await run(redis, name, keys, args, package) for keys, args in calls]
