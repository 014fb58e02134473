"""Reading at the door: lists, stories, pointers, and who may read from where."""

from __future__ import annotations

import json

import httpx
import pytest

from services.web.keep import Keep
from tests.integration.web.conftest import DoorProcess, MakeDoor, Newsroom
from tests.unit.web.desk import article, record, story_id


def test_stories_are_listed_read_and_explained(newsroom: Newsroom, door: DoorProcess) -> None:
    for number in range(1, 6):
        newsroom.publish(record(number))
    newsroom.publish(record(1, 2))
    door.until_applied(story_id(5))
    door.until_applied(story_id(1), 2)
    client = door.client()
    seen, cursor = [], None
    while True:
        page = client.get("/v1/stories", params={"limit": 2, **({"cursor": cursor} if cursor else {})}).json()
        seen += [one["story_id"] for one in page["stories"]]
        if (cursor := page["next"]) is None:
            break
    assert seen == [story_id(number) for number in (5, 4, 3, 2, 1)]
    latest = client.get(f"/v1/stories/{story_id(1)}")
    assert latest.json() == json.loads(newsroom.redis.get(f"story:{story_id(1)}"))  # type: ignore[arg-type]  # redis-py types sync and async as one
    assert client.get(f"/v1/stories/{story_id(1)}", params={"version": 1}).json()["version"] == 1
    versions = client.get(f"/v1/stories/{story_id(1)}/history").json()["versions"]
    assert [one["version"] for one in versions] == [2, 1]
    why = client.get(f"/v1/stories/{story_id(1)}/explain").json()["articles"]
    assert [one["article_id"] for one in why] == [article(10)["article_id"], article(11)["article_id"]]
    placed = client.get(f"/v1/articles/{article(10)['article_id']}").json()
    assert (placed["story_id"], placed["story_version"]) == (story_id(1), 2)
    again = client.get(f"/v1/stories/{story_id(1)}", headers={"if-none-match": latest.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    listed = client.get("/v1/stories")
    assert client.get("/v1/stories", headers={"if-none-match": listed.headers["etag"]}).status_code == 304
    newsroom.publish(record(1, 3))
    door.until_applied(story_id(1), 3)
    assert client.get("/v1/stories", headers={"if-none-match": listed.headers["etag"]}).status_code == 200


def test_a_merged_story_answers_with_a_pointer_and_its_page_leads_on(
    newsroom: Newsroom, door: DoorProcess
) -> None:
    newsroom.publish(record(1))
    newsroom.publish(record(2))
    newsroom.publish(record(1, 2, merged_from=[{"story_id": story_id(2)}]))
    newsroom.publish(record(2, 2, status="merged", merged_into=story_id(1)), "merged")
    door.until_applied(story_id(2), 2)
    client = door.client()
    gone = client.get(f"/v1/stories/{story_id(2)}")
    assert (gone.status_code, gone.json()["merged_into"]) == (200, story_id(1))
    assert 'rel="successor-version"' in gone.headers["link"] and story_id(1) in gone.headers["link"]
    page = client.get(f"/story/{story_id(2)}")
    assert (page.status_code, page.headers["location"]) == (302, f"/story/{story_id(1)}?from={story_id(2)}")
    assert "turned out to be this one" in client.get(page.headers["location"]).text
    assert story_id(2) not in [one["story_id"] for one in client.get("/v1/stories").json()["stories"]]


@pytest.mark.parametrize(
    ("path", "status"),
    [("/v1/stories/s-all-1-1-1", 404), ("/v1/stories/x", 422), (f"/v1/articles/a-{9:024x}", 404),
     ("/v1/nothing", 404),
     ("/v1/stories?plaice=x", 422), ("/v1/stories?cursor=x", 422), ("/v1/stories?limit=0", 422),
     ("/v1/stories?since=soon", 422), ("/v1/changes?cursor=x", 422), ("/v1/events?last_event_id=x", 422),
     ("/story/nothing", 404), ("/story/s-all-1-1-1?version=3", 404)],
)  # fmt: skip  # a row of values
def test_what_is_not_there_or_not_right_is_said(shared: DoorProcess, path: str, status: int) -> None:
    assert httpx.get(shared.url + path).status_code == status


def test_only_known_hosts_are_answered(shared: DoorProcess) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "", "localhost.evil.example:80"):
        assert httpx.get(f"{shared.url}/", headers={"host": host}).status_code == 421, host
    for host in ("localhost", "LOCALHOST:1", "127.0.0.1"):
        assert httpx.get(f"{shared.url}/", headers={"host": host}).status_code == 200


def test_another_sites_page_may_neither_write_nor_frame(shared: DoorProcess) -> None:
    headers = {"sec-fetch-site": "cross-site", "authorization": f"Bearer {shared.token('write')}"}
    assert httpx.post(f"{shared.url}/v1/articles", json={}, headers=headers).status_code == 403
    answer = httpx.get(f"{shared.url}/")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert "unsafe" not in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_scripts_of_named_origins_may_read(shared: DoorProcess) -> None:
    good = httpx.get(f"{shared.url}/v1/stories", headers={"origin": "https://ok.example"})
    assert good.headers["access-control-allow-origin"] == "https://ok.example"
    bad = httpx.get(f"{shared.url}/v1/stories", headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in bad.headers


def test_reading_is_closed_by_a_setting_and_a_browser_signs_in(
    newsroom: Newsroom, make_door: MakeDoor
) -> None:
    door = make_door(DATELINE_WEB_READ="token")
    assert httpx.get(f"{door.url}/v1/stories").status_code == 401
    front = httpx.get(f"{door.url}/")
    assert (front.status_code, front.headers["location"]) == (303, "/sign-in?next=/")
    assert door.client("read").get("/v1/stories").status_code == 200
    with httpx.Client(base_url=door.url) as browser:
        assert browser.post("/sign-in", data={"token": "dl_no"}).status_code == 403
        signed = browser.post("/sign-in", data={"token": door.token("read"), "next": "//evil.example/"})
        assert signed.headers["location"] == "/operations"
        assert (
            "HttpOnly" in signed.headers["set-cookie"]
            and "samesite=strict" in signed.headers["set-cookie"].lower()
        )
        assert browser.get("/").status_code == 200
        for origin in ("null", "http://127.0.0.1:1", "https://evil.example"):  # another port gets our cookie
            refused = browser.post("/sign-out", data={}, headers={"origin": origin})
            assert (refused.status_code, refused.json()["code"]) == (403, "cross_site"), origin
        assert browser.get("/").status_code == 200
        browser.post("/sign-out", data={}, headers={"origin": door.url})
        assert browser.get("/").status_code == 303
        assert (
            browser.get("/?q=a b&sort=covered")
            .headers["location"]
            .endswith("next=/%3Fq%3Da%2520b%26sort%3Dcovered")
        )


def test_a_session_ends_with_its_token(newsroom: Newsroom, door: DoorProcess) -> None:
    keep = Keep(door.data / "keep.db")
    with httpx.Client(base_url=door.url) as browser:
        browser.post("/sign-in", data={"token": door.token("admin", "leaver")})
        assert browser.get("/operations/dead").status_code == 200
        keep.revoke_token("leaver")
        assert browser.get("/operations/dead").status_code == 303
        browser.post("/sign-in", data={"token": door.token("admin", "rotated")})
        keep.rotate_token("rotated", hours=0)
        assert browser.get("/operations/dead").status_code == 303
    keep.close()


def test_an_article_that_moves_to_a_story_of_equal_version_is_read_anew(
    newsroom: Newsroom, door: DoorProcess
) -> None:
    newsroom.publish(record(1, articles=[article(10), article(11)]))
    door.until_applied(story_id(1))
    client, path = door.client(), f"/v1/articles/{article(11)['article_id']}"
    before = client.get(path)
    newsroom.publish(record(2, articles=[article(11), article(12)]))
    newsroom.publish(record(1, 2, articles=[article(10)]))
    door.until_applied(story_id(1), 2)
    after = client.get(path, headers={"if-none-match": before.headers["etag"]})
    assert (after.status_code, after.json()["story_id"]) == (200, story_id(2))
