"""Write the real events of docs/subscribe.md anew: ``python scripts/document_events.py`` (20 seconds).

Runs all services over reports of invented events, takes one story event of each kind and state, and
puts what matters of it between the markers in the page. Ids and times are those of the run.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from dateline import Client
from dateline.client import Event
from dateline.embedded import running

PAGE = Path(__file__).resolve().parent.parent / "docs" / "subscribe.md"
PATIENCE = 90.0
BEGIN, END = "<!-- events: scripts/document_events.py -->", "<!-- end of events -->"

FERRY = (
    ("coastalpost", "Ferry with 60 aboard sinks off Flores, 12 dead",
     "A passenger ferry with 60 people aboard sank off Flores early on Sunday, killing 12, rescuers said."),
    ("meridianwire", "Twelve dead as passenger ferry sinks off Flores",
     "Twelve people died when a passenger ferry carrying 60 sank off Flores on Sunday, rescuers said."),
    ("dailyledger", "Rescuers search for survivors after ferry sinks off Flores",
     "Rescuers searched on Sunday for survivors of a passenger ferry that sank off Flores, killing 12."),
)  # fmt: skip  # a row of values
BRIDGE = (
    (
        "northernherald",
        "Toll bridge at Brackwater reopens after nine weeks",
        "The toll bridge at Brackwater reopened on Monday, nine weeks after a barge struck a pier.",
    ),
    (
        "brackwatertimes",
        "Brackwater toll bridge open again nine weeks after barge struck pier",
        "Drivers crossed the Brackwater toll bridge again on Monday, nine weeks after a barge struck it.",
    ),
)

# Heading, what happened, and the reason by which the event is recognised.
STEPS = (
    ("created", "Two outlets reported one event: the story has the publishers it needs."),
    ("updated", "A third report joined."),
    ("updated, with a correction", "An outlet corrected its report: see the article's `correction`."),
    ("updated, after a retraction", "An outlet withdrew its report (`status: canceled`)."),
    ("updated, then merged", "An editor put two stories together; the tombstone comes right behind."),
    ("split, then created", "An editor took them apart again: who keeps the id, and what was founded anew."),
    ("withdrawn", "The last reports were withdrawn: no live article is left."),
    ("updated: settled", "Nothing came for `DATELINE_SETTLE_AFTER_SECONDS`: only the state changed."),
    ("closed", "Nothing came for `DATELINE_CLOSE_AFTER_SECONDS`."),
)


def reports(event: Sequence[tuple[str, str, str]]) -> list[dict[str, Any]]:
    """Raw articles."""
    return [
        {
            "title": title,
            "text": text,
            "url": f"https://{outlet}.example/{title.split()[0].lower()}",
            "published_at": f"2025-07-20T0{number}:30:00Z",
            "publisher": {"name": outlet.capitalize()},
        }
        for number, (outlet, title, text) in enumerate(event, 5)
    ]


class Reel:
    """What came since last asked."""

    def __init__(self, client: Client) -> None:
        self.client, self.at = client, "all"

    def next(self) -> list[Event]:
        """The events that come next, until none comes for a second and a half."""
        found: list[Event] = []
        deadline = time.monotonic() + PATIENCE
        while not found:
            if time.monotonic() > deadline:
                raise SystemExit("no event came")
            found = list(self.client.subscribe(since=self.at, until_idle=1.5))
        self.at = found[-1].entry_id
        return found

    def until(self, kind: str, status: str, articles: set[str]) -> Event:
        """The next event of this kind and state, of the story with these articles."""
        while True:
            for event in self.next():
                its = {one.article_id for one in event.data.articles}
                if (event.kind, event.data.status) == (kind, status) and its == articles:
                    return event


def acted(client: Client) -> list[list[Event]]:
    """Events of the steps that senders and editors make happen, in the order of STEPS."""
    ferry, bridge, reel = reports(FERRY), reports(BRIDGE), Reel(client)

    def then(*articles: dict[str, Any]) -> list[Event]:
        client.send(articles, wait=True)
        return reel.next()

    steps = [then(*ferry[:2])[-1:], then(ferry[2])[-1:]]
    correction = {"text": "An earlier version of this report gave another number of people aboard."}
    steps.append(then({**ferry[1], "correction": correction})[-1:])
    steps.append(then({"url": ferry[2]["url"], "status": "canceled"})[-1:])
    ferry_story, bridge_story = steps[0][0].subject, then(*bridge)[-1].subject
    client.control("merge", winner=ferry_story, loser=bridge_story, reason="the same voyage")
    steps.append(reel.next()[-2:])
    taken = [one.article_id for one in steps[-1][0].data.articles if "bridge" in (one.title or "").lower()]
    client.control("split", story_id=ferry_story, groups=[taken], reason="two events after all")
    steps.append(reel.next()[-2:])
    gone = then(*({"url": one["url"], "status": "canceled"} for one in ferry[:2]))
    steps.append([event for event in gone if event.kind == "withdrawn"])
    return steps


def waited(client: Client) -> list[list[Event]]:
    """Events that silence makes happen."""
    reel = Reel(client)
    client.send(reports(BRIDGE), wait=True)
    reel.next()  # the services are up: from now on nothing is late
    sent = client.send(reports(FERRY[:2]), wait=True)
    mine = {one.article_id for one in sent}
    return [[reel.until("updated", "settled", mine)], [reel.until("closed", "closed", mine)]]


def shown(event: Event) -> str:
    """What matters of an event, as JSON; the rest of the record is as in the one before."""
    data = event.data.model_dump(mode="json", exclude_none=True)
    change = {name: value for name, value in data["change"].items() if value and name != "fields_changed"}
    kept = {
        "version": data["version"],
        "status": data["status"],
        **({"headline": {"text": event.data.headline.text}} if event.data.headline else {}),
        "article_count": data["article_count"],
        "publisher_count": data["publisher_count"],
        **{
            name: data[name]
            for name in ("merged_into", "merged_from", "split_from", "split_into")
            if data.get(name)
        },
        "change": change,
    }
    head = {"type": event.type, "id": event.id, "sequence": event.sequence, "epoch": event.epoch}
    return json.dumps({**head, "data": kept}, ensure_ascii=False, indent=2)


def all_steps() -> list[list[Event]]:
    """The events of STEPS."""
    base = {"DATELINE_PUBLISH_SETTLE_SECONDS": "0.3", "DATELINE_TICK_SECONDS": "3600"}
    quick = {
        **base,
        "DATELINE_TICK_SECONDS": "0.5",
        "DATELINE_SETTLE_AFTER_SECONDS": "3",
        "DATELINE_CLOSE_AFTER_SECONDS": "6",
    }
    steps: list[list[Event]] = []
    for environment, act in ((base, acted), (quick, waited)):
        with (
            tempfile.TemporaryDirectory() as data,
            running(Path(data), environment=environment) as (url, _),
            Client(url) as client,
        ):
            steps += act(client)
    return steps


def section(steps: Sequence[Sequence[Event]]) -> str:
    """The part of the page between the markers."""
    parts = []
    for (heading, words), found in zip(STEPS, steps, strict=True):
        parts.append(f"### {heading}\n\n{words}\n")
        parts += [f"```json\n{shown(event)}\n```\n" for event in found]
    return "\n".join(parts)


def main() -> None:
    page = PAGE.read_text("utf-8")
    before, _, rest = page.partition(BEGIN)
    _, _, after = rest.partition(END)
    PAGE.write_text(f"{before}{BEGIN}\n\n{section(all_steps())}\n{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
