"""Connections to the server, and how long a call waits for one that does not answer."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import redis
import redis.asyncio
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    ConnectionError,
    MasterDownError,
    ReadOnlyError,
    RedisError,
    TimeoutError,
)
from redis.retry import Retry

from dateline.client.errors import DatelineError, ServerRefused, Unreachable
from dateline.client.plans import Command, Plan
from dateline.login import with_login

log = logging.getLogger("dateline.client")

T = TypeVar("T")
DEFAULT_URL = "redis://127.0.0.1:6379/0"
SOFT_SHARE = 0.8
_WAITS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_PASSING = (ConnectionError, TimeoutError, BusyLoadingError, ReadOnlyError, MasterDownError, OSError)
_OPTIONS: dict[str, Any] = {
    "socket_timeout": 30,
    "socket_connect_timeout": 5,
    "health_check_interval": 15,
    "protocol": 2,
    "decode_responses": False,
}

_UNPARSED = ("XCLAIM", "XPENDING")  # redis-py parses their answers by how its own methods asked


def _as_it_is(response: Any, **kwargs: Any) -> Any:  # noqa: ARG001  # the protocol names them
    return response


@dataclass
class Patience:
    """How long a plan has waited for the server. `seconds` None: for ever, once it has answered."""

    seconds: float
    lasting: bool = False
    answered: bool = False
    since: float | None = None
    failures: int = 0

    def good(self) -> None:
        """The server has answered."""
        if self.failures:
            log.warning("the server answers again")
        self.answered, self.since, self.failures = True, None, 0

    def wait(self, error: BaseException, where: str) -> float:
        """Seconds to wait before the next try.

        Raises:
            ServerRefused: the server does not let us in.
            Unreachable: patience is at its end.
        """
        if isinstance(error, AuthenticationError):
            message = f"{where} refuses the login: {error}; correct user and password in the URL"
            raise ServerRefused(message) from error
        now = time.monotonic()
        self.since = now if self.since is None else self.since
        self.failures += 1
        if not (self.lasting and self.answered) and now - self.since >= self.seconds:
            raise Unreachable(
                f"{where} does not answer ({_short(error)}); is the server running, and is the URL right?"
            ) from error
        if self.failures == 2:
            log.warning("waiting for %s: %s", where, _short(error))
        return _WAITS[min(self.failures, len(_WAITS)) - 1]


def _short(error: BaseException) -> str:
    return str(error).splitlines()[0][:200] if str(error) else type(error).__name__


def server_url(url: str | None) -> str:
    """The URL asked for, else that of the environment, else the local server."""
    return url or os.environ.get("DATELINE_REDIS_URL") or DEFAULT_URL


def shown_url(url: str) -> str:
    """A URL without its password, for messages."""
    scheme, mark, rest = url.partition("://")
    user, at, host = rest.rpartition("@")
    return f"{scheme}{mark}{user.partition(':')[0] + ':***' if at else ''}{at}{host}"


def connect(url: str) -> redis.Redis:
    """A blocking connection pool that does not retry by itself.

    Raises:
        DatelineError: the URL is none.
    """
    url = _entered(url)
    try:
        connection = redis.Redis.from_url(url, retry=Retry(NoBackoff(), 0), **_OPTIONS)
    except ValueError as error:
        raise _bad_url(url, error) from error
    for command in _UNPARSED:
        connection.set_response_callback(command, _as_it_is)
    return connection


def connect_async(url: str) -> redis.asyncio.Redis:
    """The same for asyncio."""
    url = _entered(url)
    try:
        connection = redis.asyncio.Redis.from_url(url, retry=AsyncRetry(NoBackoff(), 0), **_OPTIONS)
    except ValueError as error:
        raise _bad_url(url, error) from error
    for command in _UNPARSED:
        connection.set_response_callback(command, _as_it_is)
    return connection


def _entered(url: str) -> str:
    """The URL with password and authority from the environment's files.

    The password goes to the environment's own server only, never to another that was asked for.
    """
    own = url == os.environ.get("DATELINE_REDIS_URL")
    password_file = os.environ.get("DATELINE_REDIS_PASSWORD_FILE", "") if own else ""
    try:
        return with_login(url, password_file, os.environ.get("DATELINE_REDIS_CA_FILE", ""))
    except OSError as error:
        raise DatelineError(f"DATELINE_REDIS_PASSWORD_FILE: cannot be read: {error}") from error


def _bad_url(url: str, error: ValueError) -> DatelineError:
    return DatelineError(f"{shown_url(url)!r} is no Redis URL ({_short(error)}); write redis://host:port/0")


def run(connection: redis.Redis, plan: Plan[T], patience: Patience, where: str) -> T:
    """Drive a plan with blocking calls.

    Raises:
        Unreachable: the server did not answer for as long as patience lasts.
        ServerRefused: it does not let us in.
    """
    replies: list[Any] | None = None
    while True:
        try:
            commands = next(plan) if replies is None else plan.send(replies)
        except StopIteration as done:
            return cast("T", done.value)
        while (asked := _ask(connection, commands, patience, where)) is None:
            pass
        replies = asked


def _ask(
    connection: redis.Redis, commands: Sequence[Command], patience: Patience, where: str
) -> list[Any] | None:
    try:
        replies = _pipelined(connection, commands)
    except (RedisError, OSError) as error:
        time.sleep(patience.wait(error, where))
        return None
    patience.good()
    return replies


def _pipelined(connection: redis.Redis, commands: Sequence[Command]) -> list[Any]:
    pipe = connection.pipeline(transaction=False)
    for command in commands:
        pipe.execute_command(*command)  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
    return _passing_raised(pipe.execute(raise_on_error=False))


def _passing_raised(replies: list[Any]) -> list[Any]:
    """Errors that pass (the server loads, fails over) are raised: the commands are sent again."""
    for reply in replies:
        if isinstance(reply, _PASSING):
            raise reply
    return replies


async def run_async(connection: redis.asyncio.Redis, plan: Plan[T], patience: Patience, where: str) -> T:
    """Drive a plan with awaited calls; raises as `run`."""
    replies: list[Any] | None = None
    while True:
        try:
            commands = next(plan) if replies is None else plan.send(replies)
        except StopIteration as done:
            return cast("T", done.value)
        while (asked := await _ask_async(connection, commands, patience, where)) is None:
            pass
        replies = asked


async def _ask_async(
    connection: redis.asyncio.Redis, commands: Sequence[Command], patience: Patience, where: str
) -> list[Any] | None:
    try:
        pipe = connection.pipeline(transaction=False)
        for command in commands:
            pipe.execute_command(*command)
        replies = _passing_raised(await pipe.execute(raise_on_error=False))
    except (RedisError, OSError) as error:
        await asyncio.sleep(patience.wait(error, where))
        return None
    patience.good()
    return replies
