"""Send two reports of one event, see what became of them, wait for the story. Needs the package `dateline`.

The server is that of DATELINE_REDIS_URL (redis://127.0.0.1:6379/0 without it): `dateline up` runs one.
"""

from dateline import Client

REPORTS = [
    {
        "title": "Ferry with 60 aboard sinks off Flores, 12 dead",
        "text": "A passenger ferry sank off Flores early on Sunday and 12 people died, rescuers said.",
        "url": "https://www.coastalpost.example/flores-ferry-sinks",
    },
    {
        "title": "Twelve dead as passenger ferry sinks off Flores",
        "text": "Twelve people died when a ferry carrying 60 sank off Flores on Sunday, officials said.",
        "url": "https://meridianwire.example/asia/ferry-flores",
    },
]

with Client() as client:
    for sent in client.send(REPORTS, wait=True):
        print(sent.entry_id, sent.outcome, sent.article_id, sent.reason)
    for event in client.subscribe(since="all", until_idle=10):
        print(event.kind, event.subject, f"{event.data.article_count} articles:", event.data.headline.text)
        if event.data.article_count >= 2:
            break
