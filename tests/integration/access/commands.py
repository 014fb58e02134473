"""Commands by user: what each may do, and what it is refused."""

from __future__ import annotations

from redis import Redis
from redis.exceptions import NoPermissionError, ResponseError

FAR_ID = f"{2**64 - 1}-{2**64 - 1}"

STORY = "XREAD COUNT 1 STREAMS stories.published 0"
MAY: dict[str, tuple[str, ...]] = {
    "sender": ("XADD articles.raw * title t", "XREAD STREAMS {articles.raw}.outcomes 0", "INFO memory"),
    "editor": ("XADD articles.control * act note body {}", STORY),
    "subscriber": (
        STORY, "XINFO STREAM stories.published", "XRANGE stories.published - +", "GET story:none",
        "ZREVRANGE stories.index 0 -1", "SMEMBERS stories.erased",
    ),
    "group": (
        "XGROUP CREATE stories.published mine 0 MKSTREAM",
        "XREADGROUP GROUP mine me STREAMS stories.published >",
        "XACK stories.published mine 1-1",
        "XAUTOCLAIM stories.published mine me 0 0", STORY, "GET story:none",
    ),
    "": (
        "XADD articles.raw * title t", "XADD articles.control * act note body {}", STORY,
        "XGROUP CREATE stories.published anybody 0 MKSTREAM",
        "XREADGROUP GROUP anybody me STREAMS stories.published >", "XACK stories.published anybody 1-1",
        "XPENDING stories.published anybody", "XINFO GROUPS stories.published", "XINFO STREAM articles.raw",
        "XRANGE {articles.raw}.dead - +", "XLEN articles:{all}", "GET story:none", "KEYS story:*", "DBSIZE",
        "SCAN 0", "CONFIG GET maxmemory", "XGROUP DESTROY stories.published anybody",
    ),
}  # fmt: skip  # a table
"""By user ("": one who names none): commands that are theirs."""

DESTRUCTIVE = (
    "FLUSHALL", "FLUSHDB", "SHUTDOWN", "CONFIG SET maxmemory 1", "ACL LIST",
    "ACL SETUSER me on nopass ~* +@all", "SCRIPT FLUSH", "MONITOR", "REPLICAOF NO ONE", "CLIENT KILL ID 1",
    "MODULE LIST", "SAVE", "SWAPDB 0 1", "FUNCTION FLUSH",
)  # fmt: skip  # a row of values
NOT_ON_STREAMS = (
    "XADD stories.published * a b", "XADD stories.published MAXLEN 1 * a b",
    f"XADD stories.published {FAR_ID} a b", "XTRIM stories.published MAXLEN 1", "XDEL stories.published 1-1",
    "DEL stories.published", "DEL story:none", "SET story:none x", "ZADD stories.index 1 x",
    "XADD articles:{all} * a b", "XADD articles:{all} MAXLEN 1 * a b", "XADD stories:{all} * a b",
    "XDEL articles.raw 1-1", "XTRIM articles.raw MAXLEN 0", "DEL articles.raw", "RENAME articles.raw b",
    "UNLINK articles.raw", "SET articles.raw x", "XADD {articles.raw}.dead * a b",
    "XGROUP DESTROY articles.raw dateline-ingest",
    "XREADGROUP GROUP dateline-ingest me STREAMS articles.raw >",
    "XACK articles.raw dateline-ingest 1-1", "HSET cluster:{all}:ledger position 9-9",
    "SET cluster:{all}:lease me", "EVAL return 0 articles.raw",
)  # fmt: skip  # a row of values
NOT: dict[str, tuple[str, ...]] = {
    "sender": (
        "XADD articles.control * act a", "XRANGE articles.raw - +", "XINFO STREAM articles.raw",
        "XREAD STREAMS stories.published 0", "GET story:none", "KEYS *", "SCAN 0", "GET cluster:{all}:lease",
        "XRANGE {articles.raw}.dead - +", "CONFIG GET maxmemory",
    ),
    "editor": ("XADD articles.raw * title t", "XRANGE articles.control - +", "KEYS *", "SCAN 0"),
    "subscriber": (
        "XADD articles.raw * title t", "XADD articles.control * act a", "XRANGE articles.raw - +",
        "XRANGE {articles.raw}.outcomes - +", "XRANGE articles:{all} - +", "HGETALL publish:{all}:drafts",
        "KEYS *", "SCAN 0", "XGROUP CREATE stories.published mine 0", "CONFIG GET maxmemory",
        "XREADGROUP GROUP mine me STREAMS stories.published >", "XGROUP DESTROY stories.published mine",
    ),
    "group": (
        "XADD articles.raw * title t", "XADD articles.control * act a", "XRANGE articles.raw - +",
        "XGROUP DESTROY stories.published mine", "XGROUP SETID stories.published mine 0",
        "XGROUP CREATE articles.raw mine 0", "XGROUP CREATE articles:{all} mine 0 MKSTREAM", "KEYS *",
        "SCAN 0",
    ),
    "": (),
}  # fmt: skip  # a table
"""By user: what it is refused, beside DESTRUCTIVE and NOT_ON_STREAMS."""

SERVICES_NOT: dict[str, tuple[str, ...]] = {
    "ingest": (
        "XADD articles.raw * title t", "DEL articles.raw", "XADD stories.published * a b", "GET story:none",
        "XADD stories:{all} * a b", "DEL articles:{all}", "SET articles:{all} x",
        "XTRIM articles:{all} MAXLEN 0",
        "SET cluster:{all}:lease me", "XGROUP DESTROY articles.raw dateline-ingest", "KEYS *",
    ),
    "cluster": (
        "XADD articles:{all} * a b", "XADD articles:{all} MAXLEN 1 * a b", "DEL articles:{all}",
        "XADD articles.raw * title t", "XADD stories.published * a b", "XTRIM stories:{all} MAXLEN 0",
        "DEL stories:{all}", "SET publish:{all}:lease me", "XRANGE articles.raw - +", "KEYS *",
    ),
    "publish": (
        "XADD stories:{all} * a b", "XADD articles:{all} * a b", "XADD articles.raw * title t",
        "DEL stories.published", "SET stories.published x", "DEL story:none", "SET cluster:{all}:lease me",
        "XRANGE articles:{all} - +", "CONFIG SET maxmemory 1", "KEYS *",
    ),
    "web": (
        "XADD stories.published * a b", "DEL articles.raw", "XDEL articles.raw 1-1", "SET story:none x",
        "XADD articles:{all} * a b", "XTRIM {articles.raw}.dead MAXLEN 0", "EVAL return 0 articles.raw",
        "KEYS *",
    ),
    "feeds": ("XRANGE articles.raw - +", "XADD articles.control * act a", "GET story:none", "KEYS *"),
    "operator": ("KEYS *",),
}  # fmt: skip  # a table


def refused(client: Redis, command: str) -> bool:
    """Whether the server says that this user may not."""
    words = command.split(" ", 2) if command.startswith("EVAL") else command.split()
    if command.startswith("EVAL"):
        words = ["EVAL", "return 0", "1", words[2].split()[-1]]
    try:
        client.execute_command(*words)
    except NoPermissionError:
        return True
    except ResponseError:
        return False  # it may, and only then was something else wrong
    return False
