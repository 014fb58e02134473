"""`docker compose up`, for real: send, kill and restart every container, scale, and count what came out."""

from __future__ import annotations

import json
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError, RedisError

from tests.e2e.audit import Seen, complaints, look
from tests.e2e.seeds import SERVICES, disasters, expected_urls, garbage, plain, traffic
from tests.e2e.sender import Sender, sending
from tests.e2e.stack import Stack, run, running_stack

PER_SECOND = 15.0
SETTLED_SECONDS = 120.0

SETTINGS = {
    "DATELINE_PUBLISH_MIN_PUBLISHERS": "1",  # every story is published, so that every article can be found
    "DATELINE_PUBLISH_SETTLE_SECONDS": "0.5",
    "DATELINE_LEASE_SECONDS": "2",
    "DATELINE_CLAIM_IDLE_SECONDS": "2",
    "DATELINE_STUCK_AFTER_SECONDS": "5",
    "REDIS_APPENDFSYNC": "always",  # what is acknowledged is kept, whatever is killed
}


@pytest.fixture(scope="module")
def stack(docker_engine: None) -> Iterator[Stack]:
    with running_stack(**SETTINGS) as one:
        yield one


@pytest.fixture(scope="module")
def sent(stack: Stack) -> Sender:
    """Everything sent, with every disaster in between."""
    lines, acts = traffic(), disasters(stack)
    with sending(stack.network, lines, PER_SECOND) as sender:
        for number, act in enumerate(acts, start=1):
            sender.wait_for(len(lines) * number // (len(acts) + 2))
            act()
        sender.wait_for(len(lines))
    return sender


@pytest.fixture(scope="module")
def seen(stack: Stack, sent: Sender) -> Seen:
    """What came out, as soon as there is nothing to complain of, or else at the end of the wait."""
    deadline = time.monotonic() + SETTLED_SECONDS
    with Redis.from_url(stack.url, decode_responses=True, encoding_errors="replace", protocol=2) as client:
        while True:
            try:
                found = look(client)
                if (not complaints(found) and not _missing(found)) or time.monotonic() > deadline:
                    return found
            except RedisError:
                assert time.monotonic() < deadline, "Redis does not come back"
            time.sleep(1.0)


def test_nothing_acknowledged_is_lost(sent: Sender, seen: Seen) -> None:
    assert len(sent.acknowledged) == len(traffic())
    assert set(sent.acknowledged) <= set(seen.raw)


def test_every_entry_and_every_version_has_its_effect_once(seen: Seen) -> None:
    assert complaints(seen) == []


def test_the_articles_in_live_stories_are_those_that_should_be(seen: Seen) -> None:
    urls = sorted(
        plain(article["url"])
        for record in seen.latest.values()
        if record and record["status"] in ("developing", "settled", "closed")
        for article in record["articles"]
    )
    assert urls == sorted(expected_urls())


def test_what_was_repeated_is_recognised(seen: Seen) -> None:
    """Every entry for an article of one content but the first is a duplicate, whoever took it when."""
    several = {article for _, outcome, article in seen.outcomes if outcome not in ("accepted", "duplicate")}
    accepted = [article for _, outcome, article in seen.outcomes if outcome == "accepted"]
    assert len(accepted) == len(set(accepted))
    repeated = [article for _, outcome, article in seen.outcomes if outcome == "duplicate"]
    assert len(set(repeated) - several) >= 100


def test_what_is_invalid_is_a_dead_letter(sent: Sender, seen: Seen) -> None:
    invalid = [
        entry for entry, line in zip(sent.acknowledged, traffic(), strict=True) if line in set(garbage())
    ]
    assert len(invalid) > 30
    assert set(invalid) <= set(seen.dead)


def test_a_service_that_ends_is_started_again(stack: Stack, seen: Seen) -> None:
    wait_for_health(stack, "publish", "healthy")
    before = stack.facts("publish")[0]["RestartCount"]
    stack.signal("publish", "TERM")
    deadline = time.monotonic() + 60
    while (now := stack.facts("publish")[0])["RestartCount"] == before or now["State"]["Status"] != "running":
        assert time.monotonic() < deadline, f"not started again: {now['State']}"
        time.sleep(0.2)
    stack.compose("up", "--detach", "--wait", "--no-recreate", "--scale", "ingest=3")


def test_the_door_shows_the_stories_that_are_published(stack: Stack, seen: Seen) -> None:
    wait_for_health(stack, "web", "healthy")
    expected = {
        story: record["version"] for story, record in seen.latest.items() if record and story in seen.index
    }
    deadline = time.monotonic() + 60
    while (shown := stories_at_the_door(stack)) != expected:
        assert time.monotonic() < deadline, set(shown.items()) ^ set(expected.items())
        time.sleep(1.0)


def test_an_article_goes_in_through_the_door_and_its_story_comes_out(stack: Stack, seen: Seen) -> None:
    wait_for_health(stack, "web", "healthy")
    token = stack.compose("exec", "-T", "web", "dateline", "token", "add", "e2e").strip()
    article = {
        "title": "Lighthouse of Oxcombe relit after forty years",
        "url": "https://door.example/lighthouse",
    }
    answer = asked(stack, "/v1/articles?wait=20", article, token)
    assert [one["outcome"] for one in answer["items"]] == ["accepted"]
    article_id = answer["items"][0]["article_id"]
    deadline = time.monotonic() + 60
    while not (found := asked(stack, f"/v1/articles/{article_id}")).get("story_id"):
        assert time.monotonic() < deadline, found
        time.sleep(0.5)
    assert asked(stack, f"/v1/stories/{found['story_id']}")["headline"]["text"] == article["title"]


def stories_at_the_door(stack: Stack) -> dict[str, int]:
    """Every story that the door lists, with its version."""
    found: dict[str, int] = {}
    path = "/v1/stories?limit=200"
    while path:
        page = asked(stack, path)
        found |= {one["story_id"]: one["version"] for one in page["stories"]}
        path = f"/v1/stories?limit=200&cursor={page['next']}" if page["next"] else ""
    return found


def asked(stack: Stack, path: str, body: object = None, token: str = "") -> dict[str, Any]:
    """The door's answer, a problem included."""
    request = urllib.request.Request(f"http://127.0.0.1:{stack.web_port}{path}")
    if body is not None:
        request.data = json.dumps(body).encode()
        request.add_header("content-type", "application/json")
        request.add_header("authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            found: dict[str, Any] = json.load(answer)
    except urllib.error.HTTPError as refusal:
        found = json.load(refusal)
    return found


def test_the_server_has_refused_the_services_nothing(stack: Stack, seen: Seen) -> None:
    """Killed, scaled, restarted: whatever they did, they had the rights for it, and every password was right.

    Only who names no user was refused something: by the tests that try it.
    """
    with Redis.from_url(stack.url_of("admin"), decode_responses=True) as admin:
        said = ("username", "reason", "context", "object", "client-info")
        refused = [[one[name] for name in said] for one in admin.acl_log() if one["username"] != "default"]
        assert refused == []
        users = {one["user"] for one in admin.client_list()}
    assert {*SERVICES} <= users


def test_who_names_no_user_may_send_and_read_and_nothing_else(stack: Stack, seen: Seen) -> None:
    with Redis.from_url(stack.url, decode_responses=True) as anybody:
        anybody.xgroup_create("stories.published", "somebody", "0")
        assert anybody.xreadgroup("somebody", "me", {"stories.published": ">"}, count=1)
        for words in (
            "FLUSHALL",
            "DEL articles.raw",
            "CONFIG SET maxmemory 1",
            "XADD stories.published * a b",
        ):
            with pytest.raises(NoPermissionError):
                anybody.execute_command(*words.split())


def test_an_operator_has_a_command_line_of_their_own(stack: Stack, seen: Seen) -> None:
    said = json.loads(stack.compose("run", "--rm", "-T", "operator", "status", "--json"))
    assert said["stuck"] is False
    listed = json.loads(stack.compose("run", "--rm", "-T", "operator", "dead", "list", "--json"))
    assert listed and {one["entry_id"] for one in listed} <= set(seen.dead)
    stack.compose("run", "--rm", "-T", "operator", "dead", "drop", listed[0]["entry_id"])


@pytest.mark.parametrize("service", ["access", "redis", *SERVICES])
def test_no_password_is_in_an_image_or_an_environment(stack: Stack, service: str) -> None:
    for container in stack.facts(service):
        said = " ".join([*container["Config"]["Env"], *container["Config"]["Cmd"]])
        assert not re.search(r"[0-9a-f]{64}|://\w*:[^@/\s]*@", said)
    image = run(["docker", "run", "--rm", "--entrypoint", "find", stack.project, "/access", "-type", "f"])
    assert image == ""


@pytest.mark.parametrize("service", ["access", "redis", *SERVICES])
def test_containers_are_confined(stack: Stack, service: str) -> None:
    for container in stack.facts(service):
        host = container["HostConfig"]
        assert host["ReadonlyRootfs"] is True
        assert host["CapDrop"] == ["ALL"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert host["Privileged"] is False
        assert host["Memory"] > 0
        assert host["PidsLimit"] > 0
        assert host["NanoCpus"] > 0 or host["CpuShares"] > 1024
        assert container["Config"]["User"] not in ("", "0", "root")


def test_only_redis_and_the_door_are_published_and_on_loopback_only(stack: Stack) -> None:
    published = {"redis": ("6379/tcp", stack.port), "web": ("8080/tcp", stack.web_port)}
    for service in ("redis", *SERVICES):
        inside, outside = published.get(service, ("", 0))
        expected = {inside: [{"HostIp": "127.0.0.1", "HostPort": str(outside)}]} if inside else {}
        assert all(one["HostConfig"]["PortBindings"] == expected for one in stack.facts(service))


def test_a_container_may_write_nowhere_but_in_tmp_and_its_volume(stack: Stack) -> None:
    """Tried, not only configured: as root of nothing, on a root that cannot be written."""
    program = (
        "import os\nfor place in ('/', '/opt/dateline', '/etc', '/usr/lib', '/home'):\n"
        "    try: open(os.path.join(place, 'x'), 'w')\n    except OSError: continue\n    print(place)\n"
        "open('/tmp/x', 'w'); print(os.getuid())"
    )
    for service in SERVICES:
        for container in stack.containers(service):
            assert run(["docker", "exec", container, "python", "-c", program]) == "10001\n"


def test_the_image_holds_no_tools_to_build_with(stack: Stack) -> None:
    tools = "for tool in cc gcc g++ c++ clang make cmake ld as git; do command -v $tool; done; true"
    installers = (
        "import importlib.util, pathlib, sys\n"
        "names = ('pip', 'setuptools', 'wheel', 'uv')\n"
        "print([name for name in names if importlib.util.find_spec(name)],"
        " [one.name for one in pathlib.Path(sys.prefix, 'bin').iterdir() if one.name.startswith(names[:1])])"
    )
    container = stack.containers("ingest")[0]
    assert run(["docker", "exec", container, "sh", "-c", tools]) == ""
    assert run(["docker", "exec", container, "/opt/dateline/bin/python", "-c", installers]) == "[] []\n"


def test_a_service_that_is_stuck_is_unhealthy_until_it_is_not(stack: Stack, seen: Seen) -> None:
    """One process stands still, another is refused its key: neither has closed its port."""
    wait_for_health(stack, "cluster", "healthy")
    wait_for_health(stack, "ingest", "healthy")
    with Redis.from_url(stack.url_of("admin"), decode_responses=True) as client:
        client.rename("articles.raw", "put.aside")
        client.set("articles.raw", "not a stream")
        stack.signal("cluster", "STOP")
        wait_for_health(stack, "ingest", "unhealthy")
        wait_for_health(stack, "cluster", "unhealthy")
        assert stack.health("publish") == {"healthy"}
        said = stack.facts("ingest")[0]["State"]["Health"]["Log"][-1]["Output"]
        assert "WRONGTYPE" in said
        stack.signal("cluster", "CONT")
        client.delete("articles.raw")
        client.rename("put.aside", "articles.raw")
    wait_for_health(stack, "ingest", "healthy")
    wait_for_health(stack, "cluster", "healthy")


def wait_for_health(stack: Stack, service: str, wanted: str) -> None:
    deadline = time.monotonic() + 90
    while stack.health(service) != {wanted}:
        assert time.monotonic() < deadline, f"{service} is {stack.health(service)}, not {wanted}"
        time.sleep(1.0)


def _missing(seen: Seen) -> bool:
    return len(seen.live_articles) < len(expected_urls())
