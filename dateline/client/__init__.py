"""The client: send articles, subscribe to stories, read them, pass on an editor's word.

from dateline import Client

with Client() as client:
    client.send({"title": "…", "url": "https://…"}, wait=True)
    for event in client.subscribe():
        print(event.kind, event.data.headline)
"""

from __future__ import annotations

from dateline.client.asynchronous import AsyncClient
from dateline.client.blocking import Client
from dateline.client.errors import (
    ArticleRefused,
    DatelineError,
    EventsMissed,
    RatingsRefused,
    ServerFull,
    ServerRefused,
    Unreachable,
)
from dateline.client.events import Event
from dateline.client.new_article import NewArticle, NewCorrection, NewPublisher
from dateline.client.outcomes import Outcome, Sent

__all__ = [
    "ArticleRefused",
    "AsyncClient",
    "Client",
    "DatelineError",
    "Event",
    "EventsMissed",
    "NewArticle",
    "NewCorrection",
    "NewPublisher",
    "Outcome",
    "RatingsRefused",
    "Sent",
    "ServerFull",
    "ServerRefused",
    "Unreachable",
]
