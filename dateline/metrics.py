"""Prometheus metrics, one name each for the whole system."""

from __future__ import annotations

from prometheus_client import Counter, Gauge, Histogram

OUTCOMES = Counter("dateline_outcomes", "Raw entries by outcome", ["outcome"])
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
