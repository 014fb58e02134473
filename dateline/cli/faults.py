"""Whatever goes wrong, as one sentence with the remedy, and the exit code: 1 at run time, 2 for usage."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass

import typer

from dateline.client.errors import DatelineError
from dateline.settings import SettingsError

INTERRUPTED = 130


class Usage(Exception):
    """The command was not called as it must be; exit code 2."""


class Failed(Exception):
    """The command could not do what was asked; exit code 1."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: what to say, and its exit code."""

    sentence: str
    code: int


def in_a_sentence(error: BaseException) -> Ended | None:
    """What to say of an error; None for those that typer deals with itself."""
    if isinstance(error, KeyboardInterrupt):
        return Ended("", INTERRUPTED)
    if isinstance(error, typer.Exit | typer.Abort) or type(error).__module__.startswith(("typer.", "click.")):
        return None
    if isinstance(error, Usage | SettingsError):
        return Ended(str(error), 2)
    if isinstance(error, Failed | DatelineError):
        return Ended(str(error), 1)
    if isinstance(error, BrokenPipeError):
        return Ended("", 1)
    return Ended(_server_fault(error) or _file_fault(error) or _bug(error), 1)


def _server_fault(error: BaseException) -> str:
    redis_errors = sys.modules.get("redis.exceptions")
    if redis_errors is None or not isinstance(error, redis_errors.RedisError):
        return ""
    said = str(error).splitlines()[0] if str(error) else type(error).__name__
    if isinstance(error, redis_errors.AuthenticationError):
        return f"the server refuses the login ({said}); correct user and password in --redis"
    if isinstance(error, redis_errors.ConnectionError | redis_errors.TimeoutError):
        return f"the server does not answer ({said}); is it running, and is --redis right?"
    if isinstance(error, redis_errors.NoPermissionError):
        return (
            f"this user may not do that ({said}); name one who may in --redis, or, with docker compose: "
            "docker compose run --rm operator …"
        )
    if "WRONGTYPE" in said:
        return f"a key holds what Dateline did not write ({said}); is --namespace right?"
    return f"the server refused: {said}"


def _file_fault(error: BaseException) -> str:
    if isinstance(error, FileNotFoundError):
        return f"{error.filename}: there is no such file; check the path"
    if isinstance(error, OSError):
        return f"{error.filename or 'a file'}: {error.strerror or error}"
    return ""


def _bug(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{frames[-1].name}, line {frames[-1].lineno}" if frames else "nowhere"
    said = str(error).splitlines()[0][:200] if str(error) else ""
    return (
        f"unexpected {type(error).__name__} in {where}: {said}. This is a bug in dateline; please report it"
    )
