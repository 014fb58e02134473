"""The server goes away under a client and comes back: calls wait, subscriptions go on."""

from __future__ import annotations

import threading
import time

import pytest

from dateline import Client
from dateline.client import Unreachable
from tests.integration.client.conftest import Running
from tests.integration.stage.conftest import Stoppable
from tests.integration.stage.house import ALL, raw, wait_for


def test_a_subscription_outlives_its_server(own_server: Stoppable):
    seen: list[str] = []
    notices: list[str] = []

    def listen() -> None:
        with Client(own_server.url) as listener:
            for event in listener.subscribe(group="desk", until_idle=30):
                seen.append(event.id)
                notices.extend(filter(None, [event.notice]))
                if event.data.article_count == 4:
                    return

    with Running(own_server.url, ALL) as running, Client(own_server.url) as client:
        thread = threading.Thread(target=listen)
        thread.start()
        client.send([raw("quake", number) for number in (1, 2)], wait=True)
        wait_for(lambda: len(seen) >= 2)
        own_server.stop()
        started = threading.Thread(target=lambda: (time.sleep(1.5), own_server.start()))
        started.start()
        sent = client.send([raw("quake", number) for number in (3, 4)], wait=30)  # waits for the server
        started.join()
        thread.join(40)
        assert not thread.is_alive(), (seen, running.settings)
    assert [one.outcome for one in sent] == ["accepted", "accepted"]
    assert len(seen) == len(set(seen)), "an event came twice"
    versions = [int(one.rpartition(":")[2]) for one in seen]
    assert versions == sorted(versions)
    assert not [notice for notice in notices if "missing before" in notice]


def test_patience_ends_where_the_server_stays_away(own_server: Stoppable):
    with Client(own_server.url, patience=0.5) as client:
        client.send({"title": "Ferry sinks", "id": "1"})
        own_server.stop()
        with pytest.raises(Unreachable):
            client.send({"title": "Ferry sinks", "id": "1"})
        own_server.start()
        assert client.send({"title": "Ferry sinks", "id": "1"}).entry_id
