"""The users of the Redis server, each with the least rights that its work needs, as lines of an ACL file.

Who names no user is `default`. A server judges the transactions in its AOF by the rights of `default` when it
loads them, and drops what these do not allow (seen with Redis 8.0: a restart lost every commit). So the ACL
file always gives `default` every right, switched off or not, and `after_loading` restricts it when the data
is there. The server takes ACL SETUSER while it loads, too; a PING it does not, hence the transaction of both.

Redis grants commands on keys, not arguments: who may XADD to a stream may also give it explicit ids or cut
it (`MAXLEN`), and who may form a group on a stream may act for any group of it. What follows from that is
in docs/security.md. A command is allowed where one grant allows it with all its keys; inside a script
each command is judged by itself, and the script's keys must be granted together, for reading and writing.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from dateline.feeds import due_key, feeds_key
from dateline.streams import Names

MODES = ("contract", "closed", "open")
"""What one who names no user may do: what the contract lets anybody do, nothing, everything."""

_CONNECTION = (
    "ping auth hello echo reset quit select client|setinfo client|setname client|getname client|id command "
    "acl|whoami time info multi exec discard"
)
_SCRIPT = "eval evalsha type exists"
_READING = (
    "exists type ttl pttl get mget getrange strlen hget hmget hgetall hlen hexists hkeys hscan "
    "zrange zrangebyscore zrevrange zrevrangebyscore zscore zmscore zcard zcount zrank zrevrank zscan "
    "smembers sismember smismember scard sscan xread xrange xrevrange xlen xinfo xpending "
    "scan dbsize eval_ro evalsha_ro memory|usage object|encoding"
)
_GROUP = "xreadgroup xack xgroup|create xgroup|createconsumer xgroup|delconsumer xpending xclaim xautoclaim"
_LEASE = "get set pexpire del hincrby hset hget"
_STATE = "hget hmget hgetall hscan hset hdel hincrby hexists"
_LOG_READER = f"{_SCRIPT} xread xrange xlen xinfo xtrim"


@dataclass(frozen=True, slots=True)
class Grant:
    """Commands on keys (patterns). Commands without keys count wherever they are granted."""

    commands: str
    keys: tuple[str, ...] = ()
    mode: str = "RW"

    def rule(self) -> str:
        """As Redis writes it."""
        start = "~" if self.mode == "RW" else f"%{self.mode}~"
        patterns = [f"{start}{key}" for key in self.keys]
        return " ".join([*patterns, *(f"+{command}" for command in self.commands.split())])


@dataclass(frozen=True, slots=True)
class User:
    """One user: who it is for, and what is granted to it beside the connection itself."""

    name: str
    purpose: str
    grants: tuple[Grant, ...] = ()
    further: str = ""  # commands that take no keys
    rights: str = ""  # instead of grants, as Redis writes it


def users(names: Names) -> tuple[User, ...]:
    """All users but the default one: senders and readers first, then the services, then who runs it all."""
    return (*_people(names), *_services(names), *_operators())


def acl_file(names: Names, passwords: Mapping[str, str], mode: str) -> str:
    """The lines of an ACL file (`aclfile`). Passwords go in as SHA-256 only: they must be long and random.

    Raises:
        ValueError: no such mode.
        KeyError: a user has no password.
    """
    if mode not in MODES:
        raise ValueError(f"{mode!r} is none of {', '.join(MODES)}")
    state = "off" if mode == "closed" else "on"
    lines = [f"user default {state} nopass ~* &* +@all"]
    for user in users(names):
        digest = hashlib.sha256(passwords[user.name].encode()).hexdigest()
        lines.append(f"user {user.name} on #{digest} {_rights(user)}")
    # For the server's own health check. Anybody may be it: it may ask whether the server is there.
    lines.append("user probe on nopass resetkeys resetchannels -@all +ping")
    return "".join(f"{line}\n" for line in lines)


def after_loading(names: Names, mode: str) -> tuple[str, ...]:
    """The command that gives `default` its rights, to be sent in one transaction with a PING (see above)."""
    rights = {"closed": "off ~* &* +@all", "open": "on nopass ~* &* +@all"}.get(mode) or _contract(names)
    return ("ACL", "SETUSER", "default", "reset", *_selectors_whole(rights))


def _selectors_whole(rights: str) -> list[str]:
    """Words, but a selector (in parentheses) is one argument."""
    return re.findall(r"\([^)]*\)|\S+", rights)


def _rights(user: User) -> str:
    if user.rights:
        return f"resetkeys resetchannels -@all {user.rights}"
    selectors = [f"({grant.rule()})" for grant in user.grants]
    base = Grant(f"{_CONNECTION} {user.further}").rule()
    return " ".join(["resetkeys resetchannels -@all", base, *selectors])


def _contract(names: Names) -> str:
    grants = (
        Grant(f"{_READING} keys", _everything(names), "R"),
        Grant("xadd", (names.raw, names.control), "W"),
        Grant(f"{_GROUP} xgroup|destroy xgroup|setid xinfo", (names.published,)),
    )
    return f"on nopass {_rights(User('default', '', grants, 'client|list config|get slowlog|get'))}"


def _everything(names: Names) -> tuple[str, ...]:
    """Patterns of every key under a namespace."""
    return (f"{names.prefix}*", f"{{{names.prefix}*") if names.prefix else ("*",)


def _people(names: Names) -> tuple[User, ...]:
    outcomes = Grant("xread xrange xrevrange xlen xinfo", (names.outcomes,), "R")
    stories = Grant(
        "exists type ttl get mget getrange strlen zrange zrangebyscore zrevrange zrevrangebyscore zscore "
        "zcard zcount zscan smembers sismember scard xread xrange xrevrange xlen xinfo",
        (names.published, names.index, names.erased, names.story("*")),
        "R",
    )
    group = Grant(_GROUP, (names.published,))
    return (
        User("sender", "sends raw articles", (Grant("xadd", (names.raw,), "W"), outcomes)),
        User("editor", "sends acts", (Grant("xadd", (names.control,), "W"), stories)),
        User("subscriber", "reads stories by its own cursor", (stories,)),
        User("group", "reads stories in a consumer group", (stories, group)),
    )


def _services(names: Names) -> tuple[User, ...]:
    return (
        User("ingest", "the service ingest", _ingest(names)),
        User("cluster", "the service cluster", _cluster(names)),
        User("publish", "the service publish", _publish(names), "config|get"),
        User("web", "the HTTP door", _web(names)),
        User("feeds", "the service feeds", _feeds(names)),
    )


def _ingest(names: Names) -> tuple[Grant, ...]:
    streams = (names.raw, names.control)
    beside = tuple(names.beside(stream, "*") for stream in streams)
    settled = tuple(names.beside(stream, "settled") for stream in streams)
    written = tuple(names.beside(stream, what) for stream in streams for what in ("outcomes", "dead"))
    shards = (names.articles("*"), names.of_shard("ingest", "*", "*"))
    return (
        Grant(
            f"{_SCRIPT} {_GROUP} {_STATE} xinfo xrange xlen xtrim zadd zscore zremrangebylex",
            (*streams, *beside),
        ),
        Grant("del", settled),
        Grant("xadd", written),
        Grant(f"{_SCRIPT} {_STATE} hsetnx expire xadd xinfo xlen", shards),
        Grant(f"{_SCRIPT} get set expire", (names.home("*"),)),
        Grant("xlen", (names.stories("*"),), "R"),
    )


def _ordered(names: Names, stage: str, stream: str, *written: str) -> tuple[Grant, ...]:
    """What an ordered stage needs: its state, its lease, its log to read and trim, dead letters."""
    dead = names.dead(stream)
    lease = tuple(names.of_shard(stage, "*", what) for what in ("lease", "ledger"))
    return (
        Grant(f"{_SCRIPT} {_STATE} hlen xadd xinfo", (names.of_shard(stage, "*", "*"), dead, *written)),
        Grant(f"{_SCRIPT} {_LEASE}", lease),
        Grant(_LOG_READER, (stream,)),
        Grant(_SCRIPT, (stream, lease[1])),  # what was deleted unread; its commands are granted above
        Grant(f"{_SCRIPT} xtrim xlen", (dead,)),
    )


def _cluster(names: Names) -> tuple[Grant, ...]:
    return _ordered(names, "cluster", names.articles("*"), names.stories("*"))


def _publish(names: Names) -> tuple[Grant, ...]:
    budget = names.beside(names.published, "llm_tokens.*")
    return (
        *_ordered(names, "publish", names.stories("*")),
        Grant(
            f"{_SCRIPT} hget hset hincrby xadd xinfo xlen xtrim",
            (names.published, names.beside(names.published, "*")),
        ),
        Grant(f"{_SCRIPT} hget hset zadd zrem", (names.index, names.beside(names.index, "*"))),
        Grant(f"{_SCRIPT} getrange set", (names.story("*"),)),
        Grant("incrby decrby expire", (budget,)),
        Grant("xadd", (names.control,), "W"),
    )


def _dead(names: Names) -> tuple[str, ...]:
    streams = (names.raw, names.control, names.articles("*"), names.stories("*"))
    return tuple(names.dead(stream) for stream in streams)


def _web(names: Names) -> tuple[Grant, ...]:
    return (
        Grant(_READING, _everything(names), "R"),
        Grant("xadd", (names.raw, names.control), "W"),
        Grant("xdel", _dead(names)),
    )


def _feeds(names: Names) -> tuple[Grant, ...]:
    return (
        Grant(f"{_SCRIPT} hget hset hexists zadd zrem zrangebyscore", (feeds_key(names), due_key(names))),
        Grant("xadd", (names.raw,), "W"),
    )


def _operators() -> tuple[User, ...]:
    data = "~* +@read +@write +eval_ro +evalsha_ro -@dangerous -@admin -function"
    data = f"{data} {Grant(_CONNECTION).rule()}"
    return (
        User("operator", "the command line: acts, dead letters, feeds, export, import, replay", rights=data),
        User(
            "keeper",
            "gives who names no user their rights when the server has started",
            rights="+multi +exec +ping +acl|setuser",
        ),
        User("admin", "administers the server", rights="~* &* +@all"),
    )
