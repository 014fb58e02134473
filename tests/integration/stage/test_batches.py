"""The same log gives the same stories and events, however batches fall and whatever is restarted."""

from __future__ import annotations

import json
from typing import Any

from tests.integration.stage.house import ALL, EVENTS, done, events, house, raw, send, settings_for, until


def plain(found: list[dict[str, Any]]) -> list[str]:
    """Events as bytes that must agree: all but where and in which epoch."""
    return [
        json.dumps({name: value for name, value in event.items() if name not in ("source", "epoch")})
        for event in found
    ]


async def test_batch_sizes_and_restarts_do_not_show_in_the_events(server):
    settings, client = settings_for(server.url, tick_seconds=0.3), server.client
    async with house(settings, *ALL):
        articles = [raw(event, number) for number in range(8) for event in EVENTS]
        send(client, settings, *articles[:20], *articles[:3])
        await done(client, settings, 23)
        send(client, settings, {**articles[0], "title": "Rescuers find survivors"}, *articles[20:])
        send(client, settings, {"url": articles[1]["url"], "status": "canceled"})
        await done(client, settings, 45)
        ticks = client.xlen("articles:{all}")
        await until(lambda: client.xlen("articles:{all}") > ticks, "a tick")
        await done(client, settings)
    log: Any = client.xrange("articles:{all}")
    first = plain(events(client, settings))
    assert len(first) > 40
    for namespace, size in (("single", 1), ("all-at-once", 500), ("restarted", 7)):
        again = settings_for(server.url, namespace=namespace, batch_entries=size, lease_seconds=0.3)
        pipe = client.pipeline(transaction=False)
        for entry_id, fields in log:
            pipe.xadd(f"{namespace}:articles:{{all}}", fields, id=entry_id)
        pipe.execute()
        async with house(again, "cluster", "publish") as services:
            for service in ("cluster", "publish") * 3 if namespace == "restarted" else ():
                await services.kill(service)
                services.start(service)
            await until(lambda: len(events(client, again)) >= len(first), namespace)
            await done(client, again)
        assert plain(events(client, again)) == first, namespace
