"""The house in small: articles through all services become one story an event."""

import pytest

from tests.integration.stage.house import (
    ALL,
    EVENTS,
    check_numbers,
    done,
    events,
    house,
    kinds,
    partition,
    raw,
    send,
    settings_for,
)

pytestmark = pytest.mark.integration


async def test_smoke(server):
    settings = settings_for(server.url)
    client = server.client
    send(client, settings, *(raw(e, n) for n in range(4) for e in EVENTS))
    async with house(settings, *ALL):
        await done(client, settings, 20)
    found = events(client, settings)
    check_numbers(found)
    assert kinds(found)
    assert len(partition(client, settings)) == 5
