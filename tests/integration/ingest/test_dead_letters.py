"""What cannot be an article: one outcome, a dead letter with reason and bytes, and the stream goes on."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from redis.exceptions import ConnectionError, ResponseError

from dateline.stage.dead_letters import original_fields
from tests.integration.stage.house import ALL, done, house, settings_for
from tests.unit.ingest.wire import of_vector, vectors

BASE = {b"title": b"Ferry sinks off Flores", b"url": b"https://coastalpost.example/ferry"}
LARGE = b"x" * (2**20 + 1)


async def sent(redis: Any, settings: Any, entries: list[dict[bytes, bytes]]) -> list[str]:
    """Entries through ingest, a good one behind them; their ids."""
    ids = [(await redis.xadd(settings.names.raw, entry)).decode() for entry in entries]
    last = (await redis.xadd(settings.names.raw, {b"title": b"It goes on", b"id": b"last"})).decode()
    async with house(settings, "ingest"):
        await all_have_outcomes(redis, settings, len(entries) + 1)
    assert (await outcomes(redis, settings))[last] == "accepted"
    return ids


async def all_have_outcomes(redis: Any, settings: Any, count: int) -> None:
    """Wait, by reading the outcomes as they come."""
    seen, at = 0, b"0"
    while seen < count:
        reply = await redis.xread({settings.names.outcomes: at}, block=20_000)
        assert reply, f"{seen} of {count} outcomes came"
        seen, at = seen + len(reply[0][1]), reply[0][1][-1][0]


async def outcomes(redis: Any, settings: Any) -> dict[str, str]:
    """Outcome by entry id; fails where an entry has two."""
    found = [fields for _, fields in await redis.xrange(settings.names.outcomes)]
    said = {one[b"entry_id"].decode(): one[b"outcome"].decode() for one in found}
    assert len(said) == len(found), "an entry has two outcomes"
    return said


async def letters(redis: Any, settings: Any) -> dict[str, dict[bytes, bytes]]:
    """Dead letters by entry id."""
    found = [fields for _, fields in await redis.xrange(settings.names.dead(settings.names.raw))]
    assert len({one[b"entry_id"] for one in found}) == len(found)
    return {one[b"entry_id"].decode(): one for one in found}


async def test_every_vector_is_a_dead_letter_with_its_bytes(server_url, redis):
    settings = settings_for(server_url)
    rows = [row for row in vectors("dead_letters") if of_vector(row)]  # a stream has no entry without fields
    entries = [of_vector(row) for row in rows]
    ids = await sent(redis, settings, entries)
    said, dead = await outcomes(redis, settings), await letters(redis, settings)
    assert dead.keys() == set(ids)
    for row, entry, entry_id in zip(rows, entries, ids, strict=True):
        letter = dead[entry_id]
        assert said[entry_id] == "rejected"
        assert letter[b"code"].decode() == row["code"], row
        assert letter[b"reason"] and letter[b"attempts"] == b"1" and letter[b"stage"] == b"ingest"
        assert letter[b"stream"].decode() == settings.names.raw
        assert letter.keys() >= {b"time", b"trace", b"replayable"}
        if row["code"] == "too_large":
            assert letter[b"replayable"] == b"0"
        else:
            assert letter[b"replayable"] == b"1"
            assert original_fields(letter) == entry


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        ({**BASE, b"text": LARGE}, b"text"),
        ({**BASE, b"title": "é".encode() * 1001}, b"title"),
        ({**BASE, b"other": LARGE, b"text": b"x" * 2**20}, b"other"),
        ({b"article": json.dumps({"title": "t", "id": "1", "text": LARGE.decode()}).encode()}, b"article"),
    ],
    ids=["text", "title", "entry", "json"],
)
async def test_of_what_is_too_large_the_head_length_and_hash_are_kept(server_url, redis, entry, field):
    settings = settings_for(server_url)
    (entry_id,) = await sent(redis, settings, [entry])
    letter = (await letters(redis, settings))[entry_id]
    assert (letter[b"code"], letter[b"replayable"]) == (b"too_large", b"0")
    value = entry[field]
    assert letter[b"f:" + field] == value[: 64 * 1024]
    assert int(letter[b"f:" + field + b":length"]) == len(value)
    assert letter[b"f:" + field + b":sha256"].decode() == hashlib.sha256(value).hexdigest()
    assert sum(map(len, letter.values())) < 2 * 64 * 1024 + 10_000  # of all other fields together as much


async def test_the_server_itself_refuses_what_is_over_4_mb(redis):
    with pytest.raises((ResponseError, ConnectionError)):
        await redis.xadd("articles.raw", {b"title": b"x", b"text": b"x" * 5_000_000})


async def test_junk_around_an_article_takes_no_part_in_its_story(server_url, redis):
    """Banners neither join two events nor reach headline, summary or key points."""
    settings = settings_for(server_url)
    banner = "We use cookies to improve your experience. Accept all or manage your preferences."
    css = ".article-body p { margin: 0 0 1em; color: #333; } .nav { display: none; }"
    reports = [
        (
            "Ferry with 60 aboard sinks off Flores, 12 dead",
            "Twelve people died when a ferry sank off Flores.",
        ),
        (
            "Twelve dead as ferry with 60 aboard sinks off Flores",
            "A ferry carrying 60 sank off Flores, killing 12.",
        ),
        ("Brackwater toll bridge reopens after nine weeks", ""),
    ]
    async with house(settings, *ALL):
        for number, (title, text) in enumerate(reports):
            whole = f"{banner}\n\n{css}\n\n{text}\n\nShare this - Copied\n\n{banner}"
            await redis.xadd(
                settings.names.raw,
                {"title": title, "text": whole, "url": f"https://outlet{number}.example/{number}"},
            )
        await all_have_outcomes(redis, settings, len(reports))
        await settled(server_url, settings)
    records = [
        json.loads(await redis.get(settings.names.story(story.decode())))
        for story in await redis.zrange(settings.names.index, 0, -1)
    ]
    assert sorted(record["article_count"] for record in records) == [1, 2]
    said = json.dumps(records)
    assert "cookies" not in said and "margin" not in said and "Copied" not in said
    flags = {article["title"]: article["flags"] for record in records for article in record["articles"]}
    assert [flags[title] for title, _ in reports] == [
        ["boilerplate_text"],
        ["boilerplate_text"],
        ["boilerplate_only"],
    ]


async def settled(url: str, settings: Any) -> None:
    """All that was sent is published."""
    import redis as blocking  # noqa: PLC0415  # the fixture of this module has the name

    with blocking.Redis.from_url(url, decode_responses=True) as client:
        await done(client, settings)
