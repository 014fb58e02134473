"""`dateline explain`: why an article is where it is, from the public records alone."""

from __future__ import annotations

import importlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer
from rich.text import Text

from dateline.changes import Membership
from dateline.cli.faults import Failed, Usage
from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, client, named, server
from dateline.cli.terminal import moment, out, print_json, safe
from dateline.client import Client
from dateline.stage.entries import read_entries
from dateline.stories import LatestStory, RecordArticle

OUTCOMES_SEARCHED = 20_000
FOUNDER = "It was the first: it founded the story."


@dataclass(frozen=True, slots=True)
class Found:
    """An article and the story that holds it."""

    story: LatestStory
    article: RecordArticle


def explain(
    article: Annotated[
        str, typer.Argument(metavar="ARTICLE", help="An article id, its URL, or the sender's id.")
    ],
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    other: Annotated[
        str, typer.Option("--not", metavar="STORY", help="Say also why it is not in this story.")
    ] = "",
    json: Json = False,
) -> None:
    """Say why an article is in its story: evidence for and against, the runner-up, a reprint's origin.

    Examples:

    * `dateline explain a-790af8020108bb8025223667`
    * `dateline explain https://www.meridianwire.example/asia/rare-earths`
    * `dateline explain a-790af8020108bb8025223667 --not s-all-1795537408510-0-0`
    """
    if not article.strip():
        raise Usage("ARTICLE is empty; give an article id, a URL or the sender's id")
    with client(redis, namespace) as connection:
        found = find(connection, article)
        titles = _titles(found) if found else {}
        runner_up = _runner_up(connection, found) if found else ""
        why_not = _why_not(connection, found, other) if found and other else []
    if found is None:
        raise Failed(_not_found(redis, namespace, article))
    if json:
        print_json(_facts(found, runner_up) | ({"why_not": why_not} if other else {}))
        return
    for line in explanation(found, titles, runner_up):
        out().print(line, soft_wrap=True)
    for sentence in why_not:
        out().print(safe(sentence, "yellow"), soft_wrap=True)


def find(connection: Client, wanted: str) -> Found | None:
    """The article in the newest story that lists it; an address also fits in another of its forms."""
    address, loose = _address(wanted), None
    for story in connection.stories():
        for article in story.articles:
            if wanted in (article.article_id, article.source_id, article.url):
                return Found(story, article)
            if loose is None and address and address == _address(article.url or ""):
                loose = Found(story, article)
    return loose


def _address(url: str) -> str:
    """Host and path without what does not matter (near the canonical form, for looking up only)."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    host = (parts.hostname or "").lower().removeprefix("www.").removeprefix("m.").removeprefix("amp.")
    return host + parts.path.removesuffix("/amp").rstrip("/") if host else ""


def _titles(found: Found) -> dict[str, str]:
    return {
        one.article_id: f"“{one.title}” ({one.publisher.name or one.publisher.id or 'unknown'})"
        for one in found.story.articles
    }


def _runner_up(connection: Client, found: Found) -> str:
    """The headline of the story that came second."""
    membership = found.article.membership
    if membership is None or membership.runner_up is None:
        return ""
    other = connection.story(membership.runner_up.story_id, follow=False)
    return other.headline.text if other and other.headline else ""


def _why_not(connection: Client, found: Found, other: str) -> list[str]:
    """Why an article is not in another story, from the public records, in sentences.

    Raises:
        Failed: there is no such story, or the article is in it.
    """
    story = connection.story(other, follow=False)
    if story is None:
        raise Failed(f"story {other}: there is none; 'dateline show' lists the newest")
    if story.merged_into:
        return [f"{other} has been merged into {story.merged_into}: ask --not {story.merged_into}."]
    if other == found.story.story_id:
        raise Failed(f"the article is in {other}; leave --not out to see why")
    return list(not_there(found.article, found.story, story))


def not_there(article: RecordArticle, mine: LatestStory, other: LatestStory) -> Iterator[str]:
    """What the records say of an article and a story that it is not in."""
    name = other.headline.text if other.headline else other.story_id
    member = article.membership
    yield f"Why not in “{name}” ({other.story_id})?"
    noted = [note for note in (*mine.notes, *other.notes) if note.article_id == article.article_id]
    for note in noted:
        yield f"  An editor's word: {note.act}{f' ({note.text})' if note.text else ''}."
    if member is not None and member.runner_up and member.runner_up.story_id == other.story_id:
        yield f"  It came second, with {member.runner_up.score:.2f}; where it is, {member.score:.2f}."
    elif member is not None and member.runner_up:
        second = member.runner_up
        yield f"  It was not the second best either: that was {second.story_id}, with {second.score:.2f}."
    shared = _words(article.title) & {word for one in other.articles for word in _words(one.title)}
    said = ", ".join(sorted(shared)) or "nothing"
    yield f"  Of its title's words, that story's titles share: {said}."
    if other.created_at > (article.received_at or other.created_at):
        yield "  The story began after the article had come."
    if other.status == "closed":
        yield "  The story is closed: it takes no article any more."


def _words(title: str) -> set[str]:
    return {word for word in re.findall(r"\w+", title.casefold()) if len(word) > 3}


def explanation(found: Found, titles: dict[str, str], runner_up: str) -> Iterator[Text]:
    """The explanation, line by line."""
    story, article = found.story, found.article
    yield safe(article.title or article.article_id, "bold")
    yield safe(
        f"{article.article_id} · revision {article.revision} · {article.url or article.source_id or ''}",
        "dim",
    )
    yield Text.assemble("is in ", safe(story.headline.text if story.headline else "", "bold"))
    counts = f"{story.article_count} articles, {story.status}"
    yield safe(f"{story.story_id} ({counts})", "dim")
    yield Text()
    if article.reprint_of:
        origin = titles.get(article.reprint_of, article.reprint_of)
        yield safe(f"It is a reprint of {origin}: it counts as that source.", "yellow")
    if article.membership is None:
        yield safe("The record keeps no evidence for it.")
    else:
        yield from _evidence(article.membership, titles, runner_up)
    yield from _remarks(article)


def _evidence(member: Membership, titles: dict[str, str], runner_up: str) -> Iterator[Text]:
    if member.threshold == 0 and not member.nearest_article_ids:
        yield safe(FOUNDER if member.score >= 1 else f"It moved here with others (score {member.score:.2f}).")
    else:
        verdict = f"Score {member.score:.2f} against a threshold of {member.threshold:.2f}"
        yield safe(verdict, "green" if member.score >= member.threshold else "yellow")
    for one in member.nearest_article_ids:
        yield safe(f"  near   {titles.get(one, one)}")
    if member.shared_terms:
        terms = ", ".join(f"{term.term} {term.weight:.0%}" for term in member.shared_terms)
        yield safe(f"  shares {terms}")
    for reason in member.against:
        yield safe(f"  but    {reason}", "yellow")
    other = member.runner_up
    if other is not None:
        name = f"“{runner_up}” " if runner_up else ("(unpublished) " if other.unpublished else "")
        yield safe(f"  second {name}{other.story_id} with {other.score:.2f}")
    if member.added_in_version is not None:
        yield safe(f"  since  version {member.added_in_version} of the story", "dim")


def _remarks(article: RecordArticle) -> Iterator[Text]:
    published = f"{moment(article.published_at)} UTC ({article.published_at_source or 'unknown'})"
    yield safe(f"  dated  {published}, received {moment(article.received_at)}", "dim")
    if article.language_confidence is not None:
        yield safe(f"  reads  {article.language} (detected, {article.language_confidence:.0%} sure)", "dim")
    if article.flags:
        yield safe(f"  flags  {', '.join(article.flags)}", "yellow")
    if article.correction:
        yield safe(f"  corrected: {article.correction.text}", "yellow")


def _facts(found: Found, runner_up: str) -> dict[str, Any]:
    story = found.story
    return {
        "story_id": story.story_id,
        "story_version": story.version,
        "headline": story.headline.text if story.headline else None,
        "article": found.article.model_dump(mode="json"),
        "runner_up_headline": runner_up or None,
    }


def _not_found(url: str, namespace: str, article: str) -> str:
    """What the outcomes say of an article that no published story lists."""
    names, wanted = named(namespace), {article, _id_of(article)}
    with server(url) as redis:
        entries = read_entries(redis.xrevrange(names.outcomes, count=OUTCOMES_SEARCHED))
    said = f"article {article}: no published story lists it"
    for entry in entries:
        fields = {name.decode(): value.decode("utf-8", "replace") for name, value in entry.fields.items()}
        if wanted & {fields.get("article_id"), fields.get("entry_id")}:
            reason = f" ({fields['reason']})" if fields.get("reason") else ""
            return (
                f"{said}. Its last outcome was {fields.get('outcome')}{reason}; {_meaning(fields['outcome'])}"
            )
    return (
        f"{said}, and no outcome is kept under that name; was it sent? Until its story is published, an "
        "article sent with an id of its sender's is known by its article id alone, which "
        "{articles.raw}.outcomes says; 'dateline dead list' shows what was rejected"
    )


def _id_of(url: str) -> str:
    """The id of the article at a URL (one that was sent without an id of its sender's)."""
    if "://" not in url:
        return url
    identity = importlib.import_module("services.ingest.identity")
    urls = importlib.import_module("services.ingest.urls")
    publishers = importlib.import_module("services.ingest.publishers")
    try:
        return str(identity.article_id(urls.read_web_address(url), None, publishers.DeclaredPublisher()))
    except ValueError:
        return url


def _meaning(outcome: str) -> str:
    if outcome == "rejected":
        return "'dateline dead list' shows it"
    if outcome in ("retracted", "unknown", "expired"):
        return "it is in no story any more"
    return "its story waits for a second publisher, was trimmed from the record, or is not published yet"
