"""Traces through the streams: one from the XADD of an article to the events it is in. Off by default.

The context travels as W3C Trace Context in a field of each entry, `traceparent`: from the sender (or, where
it sends none, from ingest) over ``articles:{S}`` and ``stories:{S}`` to the event. OpenTelemetry is an extra,
imported only when it is switched on. Spans carry ids and outcomes, never text.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from dateline.settings import Settings, SettingsError
from dateline.stage.entries import Entry

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span, Tracer

FIELD = "traceparent"
LONGEST = 64  # a W3C traceparent has 55 characters


@dataclass
class _State:
    """The tracer of this process; None: off."""

    tracer: Tracer | None = None
    provider: TracerProvider | None = None


_state = _State()


def set_up(stage: str, settings: Settings) -> None:
    """Switch tracing on where the settings name a collector.

    Raises:
        SettingsError: they do, and OpenTelemetry is not installed.
    """
    if not settings.otel_endpoint:
        return
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415  # only where tracing is on
        from opentelemetry.sdk.resources import Resource  # noqa: PLC0415  # only where tracing is on
        from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415  # only where tracing is on
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415  # only where tracing is on
        from opentelemetry.sdk.trace.sampling import ParentBasedTraceIdRatio  # noqa: PLC0415  # only where tracing is on
    except ImportError as error:
        remedy = "pip install 'dateline[otel]', or unset it"
        raise SettingsError(
            f"DATELINE_OTEL_ENDPOINT is set, but OpenTelemetry is not installed: {remedy}"
        ) from error
    resource = Resource.create({"service.name": f"dateline-{stage}", "service.namespace": "dateline"})
    provider = TracerProvider(resource=resource, sampler=ParentBasedTraceIdRatio(settings.otel_share))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=settings.otel_endpoint)))
    use(provider)


def use(provider: TracerProvider | None) -> None:
    """Trace with this provider; None: no more."""
    _state.provider = provider
    _state.tracer = provider.get_tracer("dateline") if provider else None


def close() -> None:
    """Send what is not sent yet, and stop."""
    if _state.provider is not None:
        _state.provider.shutdown()
    use(None)


def on() -> bool:
    """Whether this process traces."""
    return _state.tracer is not None


def current() -> str:
    """The context of the caller's own span, for the articles it sends; empty where there is none."""
    api = sys.modules.get("opentelemetry.trace")
    if api is None:
        return ""
    return _header(api.get_current_span())


@dataclass(frozen=True)
class Traces:
    """The spans of some entries while they are worked on, by entry id; none where tracing is off."""

    spans: Mapping[str, Span] = field(default_factory=dict)

    def header(self, entry_id: str) -> str:
        """What an entry made from this one carries in its `traceparent`; empty: nothing."""
        span = self.spans.get(entry_id)
        return _header(span) if span is not None else ""

    def fields(self, entry_id: str) -> dict[str, str]:
        """The same as fields of an entry."""
        header = self.header(entry_id)
        return {FIELD: header} if header else {}

    def note(self, entry_id: str, name: str, value: str) -> None:
        """Say something of an entry: an id, an outcome."""
        if entry_id in self.spans:
            self.spans[entry_id].set_attribute(f"dateline.{name}", value)


_NONE = Traces()


@contextmanager
def consuming(stage: str, stream: str, entries: Sequence[Entry]) -> Iterator[Traces]:
    """A span an entry, each the child of what its sender has said, while a stage works on them."""
    if _state.tracer is None:
        yield _NONE
        return
    from opentelemetry.trace import SpanKind  # noqa: PLC0415  # only where tracing is on

    spans = {
        entry.entry_id: _start(
            f"{stage} {stream}",
            parent_of(entry.fields),
            SpanKind.CONSUMER,
            {**_messaging(stream), "messaging.message.id": entry.entry_id},
        )
        for entry in entries
    }
    try:
        yield Traces(spans)
    except BaseException as error:
        for span in spans.values():
            _fail(span, error)
        raise
    finally:
        for span in spans.values():
            span.end()


def published(stream: str, event: Mapping[str, str], causes: Sequence[str]) -> str:
    """A span in each trace that an event ends; the context of the last, for the event itself."""
    if _state.tracer is None or not causes:
        return ""
    from opentelemetry.trace import SpanKind  # noqa: PLC0415  # only where tracing is on

    said = {**_messaging(stream), "dateline.event_id": event["id"], "dateline.event_type": event["type"]}
    header = ""
    for cause in causes:
        span = _start(f"send {stream}", cause, SpanKind.PRODUCER, said)
        header = _header(span)
        span.end()
    return header


def parent_of(fields: Mapping[bytes, bytes]) -> str:
    """The context that an entry carries; empty where it has none (anybody can write anything there)."""
    value = fields.get(FIELD.encode(), b"")
    return value.decode("ascii", "ignore") if len(value) <= LONGEST else ""


def _messaging(stream: str) -> dict[str, str]:
    return {"messaging.system": "redis", "messaging.destination.name": stream}


def _start(name: str, parent: str, kind: Any, attributes: Mapping[str, str]) -> Span:
    assert _state.tracer is not None
    context = _propagator().extract({FIELD: parent})
    return _state.tracer.start_span(name, context=context, kind=kind, attributes=attributes)


def _header(span: Span) -> str:
    from opentelemetry.trace import set_span_in_context  # noqa: PLC0415  # only where tracing is on

    carrier: dict[str, str] = {}
    _propagator().inject(carrier, set_span_in_context(span))
    return carrier.get(FIELD, "")


def _fail(span: Span, error: BaseException) -> None:
    """The kind of error only: its message may hold what an article says."""
    from opentelemetry.trace import Status, StatusCode  # noqa: PLC0415  # only where tracing is on

    span.set_status(Status(StatusCode.ERROR))
    span.set_attribute("error.type", type(error).__name__)


@cache
def _propagator() -> Any:
    from opentelemetry.trace.propagation.tracecontext import (  # noqa: PLC0415  # only where tracing is on
        TraceContextTextMapPropagator,
    )

    return TraceContextTextMapPropagator()
