"""One trace from XADD to event: through the three services, in the fields of their streams."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from dateline import tracing
from dateline.client import AsyncClient
from tests.integration.stage.conftest import Server
from tests.integration.stage.house import ALL, done, events, house, log, raw, send, settings_for, until


@pytest.fixture
def spans() -> Iterator[InMemorySpanExporter]:
    """Tracing is on, and what is traced is kept here."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracing.use(provider)
    yield exporter
    tracing.close()


def of_trace(spans: InMemorySpanExporter, trace_id: int) -> list[ReadableSpan]:
    """The spans of a trace, each behind its parent."""
    found = [one for one in spans.get_finished_spans() if one.context.trace_id == trace_id]
    return sorted(found, key=lambda one: one.start_time or 0)


OF_THEIRS = 0x0AF7651916CD43DD8448EB211C80319C


def number_of(header: str) -> int:
    return int(header.split("-")[1], 16)


async def test_one_trace_from_xadd_to_event(server: Server, spans: InMemorySpanExporter) -> None:
    settings = settings_for(server.url)
    tracer = trace.get_tracer("newsroom", tracer_provider=tracing._state.provider)
    async with house(settings, *ALL), AsyncClient(server.url) as client:
        with tracer.start_as_current_span("write") as own:
            sent = await client.send(raw("quake", 1))
        await done(server.client, settings, sent=1)
    (event,) = events(server.client, settings)
    expected = own.get_span_context().trace_id
    assert number_of(event["traceparent"]) == expected
    path = of_trace(spans, expected)
    assert [one.name for one in path] == [
        "write",
        "ingest articles.raw",
        "cluster articles:{all}",
        "publish stories:{all}",
        "send stories.published",
    ]
    for before, after in pairwise(path):
        assert after.parent is not None and after.parent.span_id == before.context.span_id
    said = path[1].attributes or {}
    assert (said["messaging.message.id"], said["dateline.outcome"]) == (sent.entry_id, "accepted")
    assert (path[-1].attributes or {})["dateline.event_id"] == event["id"]


async def test_every_article_of_an_event_has_its_trace_end_there(
    server: Server, spans: InMemorySpanExporter
) -> None:
    """A story waits for its second publisher; then both traces, begun by ingest, end in its first event."""
    settings = settings_for(server.url, publish_min_publishers=2)
    async with house(settings, *ALL):
        send(server.client, settings, raw("quake", 1), raw("quake", 2))
        await done(server.client, settings, sent=2)
    (event,) = events(server.client, settings)
    ends = [one for one in spans.get_finished_spans() if one.name == "send stories.published"]
    begun = [one for one in spans.get_finished_spans() if one.name == "ingest articles.raw"]
    assert len({one.context.trace_id for one in begun}) == 2
    assert [one.parent for one in begun] == [None, None]
    assert {one.context.trace_id for one in ends} == {one.context.trace_id for one in begun}
    assert number_of(event["traceparent"]) == ends[-1].context.trace_id


async def test_an_editors_act_is_traced_to_the_event_it_makes(
    server: Server, spans: InMemorySpanExporter
) -> None:
    """From its XADD on articles.control; an act for publish alone (ratings) ends where publish takes it."""
    settings = settings_for(server.url)
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    load = {"load_id": "one", "name": "n", "version": "1", "licence": "CC0-1.0", "chunk": 0, "chunks": 1}
    rows = [{"domain": "a.example", "bias": "left"}]
    async with house(settings, *ALL):
        send(server.client, settings, raw("quake", 1), raw("trial", 2))
        await done(server.client, settings, sent=2)
        one, other = sorted(event["subject"] for event in events(server.client, settings))
        merge = {"act": "merge", "body": json.dumps({"winner": one, "loser": other}), "traceparent": theirs}
        server.client.xadd(settings.names.control, merge)
        ratings = {"act": "ratings", "body": json.dumps({**load, "rows": rows}), "traceparent": theirs}
        server.client.xadd(settings.names.control, ratings)
        await until(
            lambda: sum(one.name == "publish stories:{all}" for one in of_trace(spans, OF_THEIRS)) >= 3
        )
    path = [one.name for one in of_trace(spans, OF_THEIRS)]
    assert path.count("ingest articles.control") == path.count("cluster articles:{all}") == 2
    merged = [event for event in events(server.client, settings) if ".merged." in event["type"]]
    assert [number_of(event["traceparent"]) for event in merged] == [OF_THEIRS]


async def test_spans_hold_no_text_of_articles(server: Server, spans: InMemorySpanExporter) -> None:
    settings = settings_for(server.url)
    broken = {
        "traceparent": "not a context",
        "title": "Lighthouse keeper retires",
        "url": "https://a.example/1",
    }
    async with house(settings, *ALL):
        server.client.xadd(settings.names.raw, broken)
        server.client.xadd(settings.names.raw, {"title": "Harbour without an address"})
        await done(server.client, settings, sent=2)
    said = json.dumps([json.loads(one.to_json()) for one in spans.get_finished_spans()])
    assert "rejected" in said and "accepted" in said
    assert "Lighthouse" not in said and "Harbour" not in said


async def test_without_tracing_nothing_is_added(server: Server) -> None:
    settings = settings_for(server.url)
    theirs = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    async with house(settings, *ALL):
        send(server.client, settings, raw("quake", 1))
        server.client.xadd(
            settings.names.raw, {"traceparent": theirs, "title": "t u", "url": "https://a.example/2"}
        )
        await done(server.client, settings, sent=2)
    assert all("traceparent" not in entry for entry in log(server.client, settings))
    assert all("traceparent" not in event for event in events(server.client, settings))
