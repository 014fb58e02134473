"""`dateline edit`: an editor's word on a story, final against the machine's second thoughts."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from dateline.cli.acting import carry_out
from dateline.cli.faults import Usage
from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, client, named, server
from dateline.cli.terminal import out, print_json, safe
from dateline.settings import load_settings

app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="Move, merge, split, pin, block or note: an editor's word is final.",
)

Article = Annotated[str, typer.Argument(metavar="ARTICLE", help="An article id (a-…).")]
Story = Annotated[str, typer.Argument(metavar="STORY", help="A story id (s-…).")]
Reason = Annotated[str, typer.Option("--reason", help="Why; it stands in the record.")]
Patience = Annotated[float, typer.Option(min=0.1, help="Seconds to wait until it is carried out.")]


@app.command()
def move(
    article: Article,
    story: Story,
    reason: Reason = "",
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    patience: Patience = 10.0,
    json: Json = False,
) -> None:
    """Put an article into a story and keep it there.

    Example: `dateline edit move a-790af8020108bb8025223667 s-all-1795537408510-0-0 --reason "same trial"`
    """
    body = {"article_id": article, "to_story_id": story}
    _act("move", body, reason, (redis, namespace, patience, json))


@app.command()
def merge(
    story: Story,
    other: Story,
    reason: Reason = "",
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    patience: Patience = 10.0,
    json: Json = False,
) -> None:
    """Make two stories one; the older keeps its id, the other names it as merged_into.

    Example: `dateline edit merge s-all-1795537408510-0-0 s-all-1795537409000-0-0`
    """
    _act("merge", {"winner": story, "loser": other}, reason, (redis, namespace, patience, json))


@app.command()
def split(
    story: Story,
    groups: Annotated[
        list[str],
        typer.Argument(metavar="ARTICLES…", help="A new story each: article ids with commas between."),
    ],
    reason: Reason = "",
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    patience: Patience = 10.0,
    json: Json = False,
) -> None:
    """Divide a story: what is named leaves it, each group as a story of its own.

    Example: `dateline edit split s-all-1795537408510-0-0 a-790af8020108bb8025223667`
    """
    parts = [[each for each in group.split(",") if each] for group in groups]
    _act("split", {"story_id": story, "groups": parts}, reason, (redis, namespace, patience, json))


@app.command()
def pin(
    article: Article,
    reason: Reason = "",
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    patience: Patience = 10.0,
    json: Json = False,
) -> None:
    """Keep an article in the story it is in.

    Example: `dateline edit pin a-790af8020108bb8025223667`
    """
    _act("pin", {"article_id": article, "pinned": True}, reason, (redis, namespace, patience, json))


@app.command()
def unpin(
    article: Article,
    reason: Reason = "",
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    patience: Patience = 10.0,
    json: Json = False,
) -> None:
    """Leave an article to the machine again.

    Example: `dateline edit unpin a-790af8020108bb8025223667`
    """
    _act("pin", {"article_id": article, "pinned": False}, reason, (redis, namespace, patience, json))


@app.command()
def block(
    article: Article,
    story: Story,
    reason: Reason = "",
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    patience: Patience = 10.0,
    json: Json = False,
) -> None:
    """Keep an article out of a story; if it is there, it leaves.

    Example: `dateline edit block a-790af8020108bb8025223667 s-all-1795537408510-0-0`
    """
    _act("block", {"article_id": article, "story_id": story}, reason, (redis, namespace, patience, json))


@app.command()
def note(
    story: Story,
    text: Annotated[str, typer.Argument(help="One line for the record.")],
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    patience: Patience = 10.0,
    json: Json = False,
) -> None:
    """Write a line into a story's record.

    Example: `dateline edit note s-all-1795537408510-0-0 "The ministry has denied this."`
    """
    _act("note", {"story_id": story, "text": text}, "", (redis, namespace, patience, json))


def _act(act: str, body: dict[str, Any], reason: str, how: tuple[str, str, float, bool]) -> None:
    redis, namespace, patience, json = how
    if reason:
        body["reason"] = reason
    if not all(value != "" for value in body.values()):
        raise Usage("an id is empty")
    names, shards = named(namespace), list(load_settings().shard_map)
    with server(redis) as connection, client(redis, namespace) as sender:
        places = carry_out(connection, sender, names, shards, act, body, patience)
    if json:
        print_json({"act": act, "body": body, "log": places})
    else:
        where = ", ".join(f"{at} of {names.articles(shard)}" for shard, at in places.items())
        out().print(safe(f"Done: {act}, entry {where}.", "green"), soft_wrap=True)
