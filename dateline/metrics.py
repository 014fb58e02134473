"""Prometheus metrics, one name each for the whole system."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

OUTCOMES = Counter(
    "dateline_outcomes",
    "Entries of articles.raw and articles.control by outcome and reason (of rejected ones the code)",
    ["outcome", "reason"],
)
DEAD_LETTERS = Counter("dateline_dead_letters", "Entries dead-lettered", ["stage", "code"])
DELETED = Counter("dateline_deleted_entries", "Entries deleted before they were processed", ["stream"])
APPLIED = Counter("dateline_entries_applied", "Entries applied by an ordered stage", ["stage", "shard"])
BATCH_SECONDS = Histogram("dateline_batch_seconds", "Time of a batch, commit included", ["stage"])
LEASE = Gauge("dateline_lease_held", "1 while this process writes the shard", ["stage", "shard"])
EVENTS = Counter("dateline_story_events", "Story events published", ["type"])
LIVE_STORIES = Gauge("dateline_live_stories", "Stories that may still take articles", ["shard"])
FEED_POLLS = Counter("dateline_feed_polls", "Polls of feeds by how they ended", ["result"])
FEED_ITEMS = Counter("dateline_feed_items", "Items of feeds sent as articles")
GENERATED = Counter("dateline_generated_texts", "Questions to the language model, by result", ["result"])
LAG_SECONDS = Gauge(
    "dateline_lag_seconds", "Age of the oldest entry not yet done; 0 when none waits", ["stage", "stream"]
)
LAG_ENTRIES = Gauge("dateline_lag_entries", "Entries not yet done", ["stage", "stream"])
DEAD_HELD = Gauge("dateline_dead_letters_held", "Dead letters that wait for an operator", ["stage", "stream"])
ALIVE = Gauge("dateline_alive", "1 while every loop of the service gets its work done", ["stage"])
READY = Gauge("dateline_ready", "1 while the service neither loads, pauses nor meets a fault", ["stage"])
DECISIONS = Counter("dateline_decisions", "Changes to stories by their reasons", ["reason"])
PUBLISH_DELAY = Histogram(
    "dateline_publish_delay_seconds",
    "From a story's first unpublished change to its version",
    buckets=(0.1, 0.5, 1, 2, 5, 10, 30, 60, 300),
)
MEMORY_USED = Gauge("dateline_server_memory_used_bytes", "What the server holds")
MEMORY_CEILING = Gauge("dateline_server_memory_ceiling_bytes", "The server's maxmemory; 0: none")
