"""`dateline show`: a story as a reader sees it, or the newest ones as a list."""

from __future__ import annotations

from typing import Annotated

import typer

from dateline.cli.faults import Failed
from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, client
from dateline.cli.story_view import STATUS_STYLES, WIDEST, story_view
from dateline.cli.terminal import moment, out, plural, print_json, safe
from dateline.client import Client
from dateline.stories import LatestStory


def show(
    story: Annotated[
        str | None, typer.Argument(metavar="STORY", help="A story id; none: the newest.")
    ] = None,
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    follow: Annotated[bool, typer.Option(help="Show the story that a merged one went into.")] = True,
    all_articles: Annotated[bool, typer.Option("--all", help="List every article.")] = False,
    limit: Annotated[int, typer.Option(min=1, help="How many stories to list.")] = 20,
    json: Json = False,
) -> None:
    """Show a story as a reader would see it; without an id, list the newest.

    Examples:

    * `dateline show`
    * `dateline show s-all-1795478628436-48-0`
    * `dateline show s-all-1795478628436-48-0 --json | jq .coverage.bias`
    """
    with client(redis, namespace) as connection:
        if story is None:
            _list(list(connection.stories(limit)), json)
            return
        found = connection.story(story, follow=follow)
        if found is None:
            raise Failed(_no_story(connection, story))
    if json:
        print_json(found.model_dump(mode="json"))
        return
    width = min(out().width, WIDEST)
    out().print(story_view(found, width, all_articles), width=width)


def _no_story(connection: Client, story: str) -> str:
    some = next(iter(connection.stories(1)), None)
    if some is None:
        why = "nothing is published yet; send articles of two publishers or look at 'dateline status'"
    else:
        why = "there is none; it was never published, or is forgotten. 'dateline show' lists the newest"
    return f"story {story}: {why}"


def _list(stories: list[LatestStory], as_json: bool) -> None:
    if as_json:
        print_json([_facts(story) for story in stories])
        return
    if not stories:
        out().print(
            "No story is published yet. Send articles ('dateline send'), or look at 'dateline status'."
        )
        return
    for story in stories:
        facts = f" · {plural(story.article_count, 'article')} · {plural(story.publisher_count, 'publisher')}"
        out().print(safe(story.headline.text if story.headline else "–", "bold"), soft_wrap=True)
        line = safe(story.story_id, "cyan").append(" · ")
        line.append_text(safe(story.status, STATUS_STYLES.get(story.status, "")))
        out().print(line.append(f"{facts} · {moment(story.updated_at)} UTC", style="dim"), soft_wrap=True)


def _facts(story: LatestStory) -> dict[str, object]:
    return {
        "story_id": story.story_id,
        "version": story.version,
        "status": story.status,
        "headline": story.headline.text if story.headline else None,
        "article_count": story.article_count,
        "publisher_count": story.publisher_count,
        "updated_at": story.updated_at.isoformat(),
        "sequence": story.sequence,
        "epoch": story.epoch,
    }
