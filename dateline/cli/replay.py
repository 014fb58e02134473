"""`dateline replay`: rebuild every story from a shard's log, elsewhere, and compare."""

from __future__ import annotations

import contextlib
import tempfile
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

import redis as redis_py
import typer

from dateline import progress
from dateline.cli.comparing import OTHER_SETTINGS, SETTLING, Comparison, compare, same_event, settings_of
from dateline.cli.faults import Failed, Usage
from dateline.cli.options import LOCAL, Json, Namespace, RedisUrl, client, named, server
from dateline.cli.stream_files import read_lines
from dateline.cli.terminal import err, note, out, plural, print_json, safe
from dateline.cli.transfer import entries_of, import_lines, opened
from dateline.embedded import EmbeddedError, Services, start_server, stop_process
from dateline.settings import load_settings
from dateline.stage.entries import START, Entry
from dateline.stories import StoryRecord
from dateline.streams import Names

STAGES = ("cluster", "publish")
SHOWN = 20
LOOK_EVERY = 0.2


@dataclass
class Rebuilt:
    """What a replay gave, and how it compares with what is live (None: it was not compared)."""

    entries: int = 0
    stories: int = 0
    seconds: float = 0.0
    comparison: Comparison | None = None
    events: tuple[int, int] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        kept = self.events is None or self.events[0] == self.events[1]
        return kept and (self.comparison is None or self.comparison.same)


@dataclass(frozen=True, slots=True)
class Place:
    """A server and a namespace on it."""

    url: str
    names: Names


Into = Annotated[
    str,
    typer.Option(metavar="NAME", help="Rebuild in this namespace of the same server, and leave it there."),
]
Comparing = Annotated[bool, typer.Option("--compare/--no-compare", help="Compare with what is live.")]
Events = Annotated[
    bool,
    typer.Option(
        "--events", help="Compare every event bytewise (both with DATELINE_PUBLISH_SETTLE_SECONDS=0)."
    ),
]
Timeout = Annotated[float, typer.Option(min=1, help="Seconds without any progress before giving up.")]


def replay(
    file: Annotated[
        Path | None,
        typer.Argument(metavar="FILE", help="What 'dateline export' wrote; none: the live logs."),
    ] = None,
    redis: RedisUrl = LOCAL,
    namespace: Namespace = "",
    into: Into = "",
    comparing: Comparing = True,
    events: Events = False,
    timeout: Timeout = 60.0,
    json: Json = False,
) -> None:
    """Rebuild all stories from the logs articles:{S} and compare them with the live ones.

    Without --into this happens on a private server that ends with the command. The services are started
    with the DATELINE_… settings of this shell: give it those of the live services. Exit code 1 when
    something differs.

    Examples:

    * `dateline replay`
    * `dateline replay log.jsonl.gz --no-compare --into copy`
    """
    live = Place(redis, named(namespace))
    if into and named(into) == live.names:
        raise Usage("--into: is the namespace to replay from; name another")
    with (
        tempfile.TemporaryDirectory(prefix="dateline-replay-") as scratch,
        _target(live, into, Path(scratch)) as target,
    ):
        rebuilt = _rebuild(live, target, file, Path(scratch), _settling(events), timeout)
        if comparing:
            _compare(live, target, rebuilt, events)
    _report(rebuilt, into, json)
    if not rebuilt.same:
        raise typer.Exit(1)


@contextlib.contextmanager
def _target(live: Place, into: str, scratch: Path) -> Iterator[Place]:
    """Where to rebuild: another namespace of the same server, or a private server."""
    if into:
        yield Place(live.url, named(into))
        return
    try:
        private = start_server(scratch / "server", options={"appendonly": "no"})
    except EmbeddedError as error:
        raise Failed(f"{error}; rebuild on the live server with --into NAME") from error
    try:
        yield Place(private.url, live.names)
    finally:
        stop_process(private.process)


def _settling(events: bool) -> dict[str, str]:
    return {"DATELINE_PUBLISH_SETTLE_SECONDS": "0"} if events else {}


def _rebuild(
    live: Place, target: Place, file: Path | None, scratch: Path, settings: dict[str, str], timeout: float
) -> Rebuilt:
    shards = list(load_settings().shard_map)
    rebuilt, started = Rebuilt(), time.monotonic()
    with server(target.url) as there:
        _must_be_new(there, target.names, shards)
        with contextlib.ExitStack() as stack:
            if file is not None:
                lines = read_lines(stack.enter_context(opened(file)), str(file))
            else:
                lines = _live_logs(stack.enter_context(server(live.url)), live.names, shards, rebuilt)
            logs = {Names().articles(shard) for shard in shards}
            chosen = ((stream, entry) for stream, entry in lines if stream in logs)
            rebuilt.entries = sum(import_lines(there, target.names, chosen).values())
        if not rebuilt.entries:
            raise Failed(f"there is no entry of {', '.join(sorted(logs))} to replay; is --namespace right?")
        environment = {
            "DATELINE_REDIS_URL": target.url, "DATELINE_NAMESPACE": target.names.namespace,
            "DATELINE_HTTP_PORT": "0", "DATELINE_LOG_LEVEL": "warning",
            "DATELINE_LLM_MODEL": "",  # its texts are in the log
            **settings,
        }  # fmt: skip  # a table
        _run(there, target.names, shards, Services(environment, scratch / "logs"), timeout)
        rebuilt.stories = int(_any(there.zcard(target.names.index)))
    rebuilt.seconds = time.monotonic() - started
    return rebuilt


def _any(value: Any) -> Any:
    return value  # redis-py types replies as sync or async


def _must_be_new(there: redis_py.Redis, names: Names, shards: Iterable[str]) -> None:
    for shard in shards:
        for stage in STAGES:
            if progress.position(there, names, stage, shard) != START:
                raise Failed(f"namespace {names.namespace!r} already holds stories; name another with --into")


def _live_logs(
    here: redis_py.Redis, names: Names, shards: Iterable[str], rebuilt: Rebuilt
) -> Iterator[tuple[str, Entry]]:
    for shard in shards:
        stream = names.articles(shard)
        if not here.exists(stream):
            continue
        info = _any(here.xinfo_stream(stream))
        if info.get("entries-added", info["length"]) > info["length"]:
            rebuilt.notes.append(f"{stream} has been trimmed: stories that began before it differ")
        for entry in entries_of(here, stream):
            yield Names().articles(shard), entry


def _run(there: redis_py.Redis, names: Names, shards: list[str], services: Services, timeout: float) -> None:
    """Let the services work until everything is applied and published."""
    try:
        for stage in STAGES:
            services.start(stage)
        with err().status("rebuilding …"):
            moved, seen = time.monotonic(), None
            while not progress.caught_up(there, names, shards):
                _must_run(services)
                at = [progress.position(there, names, stage, shard) for stage in STAGES for shard in shards]
                at += [str(progress.waiting(there, names, shard)) for shard in shards]
                if at != seen:
                    moved, seen = time.monotonic(), at
                if time.monotonic() - moved > timeout:
                    raise Failed(
                        f"nothing has moved for {timeout:.0f} s ({_tail(services)}); --timeout waits longer"
                    )
                time.sleep(LOOK_EVERY)
    finally:
        services.stop()


def _must_run(services: Services) -> None:
    for child in services.children.values():
        if child.process.poll() is not None:
            raise Failed(
                f"the {child.name} service ended with code {child.process.returncode}: {_tail(services)}"
            )


def _tail(services: Services) -> str:
    lines = [
        line
        for path in sorted(services.logs.glob("*.log"))
        for line in path.read_text(errors="replace").splitlines()
    ]
    return lines[-1][:400] if lines else "its log is empty"


# --- comparing ------------------------------------------------------------------------------------


def _compare(live: Place, target: Place, rebuilt: Rebuilt, events: bool) -> None:
    before, after = _stories(live), _stories(target)
    rebuilt.comparison = compare(before, after)
    if not rebuilt.comparison.same and settings_of(before) != settings_of(after):
        rebuilt.notes.append(OTHER_SETTINGS)
    if events:
        with server(live.url) as here, server(target.url) as there:
            rebuilt.events = _compare_events(here, live.names, there, target.names)
        if rebuilt.events[0] != rebuilt.events[1]:
            rebuilt.notes.append(SETTLING)


def _stories(place: Place) -> dict[str, StoryRecord]:
    with client(place.url, place.names.namespace) as connection:
        return {story.story_id: story for story in connection.stories()}


def _compare_events(
    here: redis_py.Redis, names: Names, there: redis_py.Redis, other: Names
) -> tuple[int, int]:
    """(events that are the same, events of both together, each id counted once)."""
    before = {_event_id(one): one for one in entries_of(here, names.published)}
    after = {_event_id(one): one for one in entries_of(there, other.published)}
    same = sum(
        same_event(before[event].fields, after[event].fields) for event in before.keys() & after.keys()
    )
    return same, len(before.keys() | after.keys())


def _event_id(entry: Entry) -> bytes:
    return entry.fields.get(b"id", b"")


def _report(rebuilt: Rebuilt, into: str, as_json: bool) -> None:
    for remark in rebuilt.notes:
        note(remark)
    if as_json:
        print_json(_facts(rebuilt))
        return
    entries, stories = plural(rebuilt.entries, "entry"), plural(rebuilt.stories, "story")
    out().print(f"{entries} replayed, {stories} rebuilt in {rebuilt.seconds:.1f} s.")
    found = rebuilt.comparison
    if found is not None:
        for story, differences in list(found.differing.items())[:SHOWN]:
            out().print(safe(f"  {story}: {', '.join(differences)}", "yellow"))
        for name, ids in (("only live", found.only_before), ("only rebuilt", found.only_after)):
            for story in ids[:SHOWN]:
                out().print(safe(f"  {story}: {name}", "yellow"))
        other = len(found.differing) + len(found.only_before) + len(found.only_after)
        out().print(f"{plural(found.compared - len(found.differing), 'story')} the same, {other} different.")
    if rebuilt.events is not None:
        out().print(f"{rebuilt.events[0]:,} of {plural(rebuilt.events[1], 'event')} the same, byte by byte.")
    if into:
        out().print(safe(f"Look at them with 'dateline show --namespace {into}'.", "dim"))


def _facts(rebuilt: Rebuilt) -> dict[str, Any]:
    found = rebuilt.comparison
    return {
        "entries": rebuilt.entries,
        "stories": rebuilt.stories,
        "seconds": round(rebuilt.seconds, 3),
        "same": rebuilt.same,
        "compared": found.compared if found else None,
        "differing": found.differing if found else None,
        "only_live": found.only_before if found else None,
        "only_rebuilt": found.only_after if found else None,
        "events_same": rebuilt.events[0] if rebuilt.events else None,
        "events": rebuilt.events[1] if rebuilt.events else None,
        "notes": rebuilt.notes,
    }
