"""Send two reports of one event, see what became of them, wait for the story. Needs the package `dateline`
and a server, that of DATELINE_REDIS_URL (redis://127.0.0.1:6379/0 without it): `dateline up` runs one."""

from dateline import Client

REPORTS = {
    "https://www.coastalpost.example/ferry": "Ferry with 60 aboard sinks off Flores, 12 dead",
    "https://meridianwire.example/asia/ferry": "Twelve dead as ferry with 60 aboard sinks off Flores",
}

with Client() as client:
    sent = client.send([{"title": title, "url": url} for url, title in REPORTS.items()], wait=True)
    for one in sent:
        print(one.entry_id, one.outcome, one.article_id, one.reason)
    for event in client.subscribe(since="all", until_idle=10):
        story = event.data
        print(event.kind, f"{story.article_count} articles:", story.headline.text if story.headline else "")
        if story.article_count >= 2:
            break
