"""The options that every command takes, and what they open."""

from __future__ import annotations

from typing import Annotated

import redis
import typer

from dateline.cli.faults import Usage
from dateline.client import Client
from dateline.client.connection import DEFAULT_URL, connect
from dateline.streams import Names

RedisUrl = Annotated[
    str, typer.Option("--redis", envvar="DATELINE_REDIS_URL", metavar="URL", help="The server.")
]
Namespace = Annotated[
    str, typer.Option("--namespace", envvar="DATELINE_NAMESPACE", metavar="NAME", help="Prefix of every key.")
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program.")]
LOCAL = DEFAULT_URL
PATIENCE = 5.0


def named(namespace: str) -> Names:
    """The key names under a namespace.

    Raises:
        Usage: it is no namespace.
    """
    try:
        return Names(namespace)
    except ValueError as error:
        raise Usage(f"--{error}") from error


def client(url: str, namespace: str, patience: float = PATIENCE) -> Client:
    """A client of the server asked for; raises as `named`."""
    return Client(url, named(namespace).namespace, patience=patience)


def server(url: str) -> redis.Redis:
    """A connection for an operator's commands."""
    return connect(url)
