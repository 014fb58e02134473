"""The same without our package: redis-py alone (any client of any language can do this).

The server is that of DATELINE_REDIS_URL (redis://127.0.0.1:6379/0 without it): `dateline up` runs one.
"""

import json
import os

import redis

server = redis.Redis.from_url(
    os.environ.get("DATELINE_REDIS_URL", "redis://127.0.0.1:6379/0"), decode_responses=True, protocol=2
)

sent = []
for outlet, title in {
    "coastalpost.example": "Ferry with 60 aboard sinks off Flores, 12 dead",
    "meridianwire.example": "Twelve dead as passenger ferry with 60 aboard sinks off Flores",
}.items():
    article = {"title": title, "url": f"https://{outlet}/flores-ferry", "authors": ["Ana Ferro"]}
    sent.append(server.xadd("articles.raw", {"article": json.dumps(article)}))

position = "0"  # keep the id of the last entry you handled; a consumer group keeps it for you (XREADGROUP)
while entries := server.xread({"stories.published": position}, block=10_000):
    for entry_id, event in entries[0][1]:
        position = entry_id
        record = json.loads(event["data"])
        print(event["type"], event["sequence"], record["article_count"], record["headline"]["text"])
    if record["article_count"] >= 2:
        break

for _, outcome in server.xrange("{articles.raw}.outcomes"):
    if outcome["entry_id"] in sent:
        print(outcome["entry_id"], outcome["outcome"], outcome["article_id"], outcome["reason"])
