"""The tables of the door's index. It is a copy of what is on the streams: deleted, it is made again.

`versions` is the log of everything applied, in the order of `n`: history, the changes feed and live
events read it. `effect` is what a row did to the held story: added, changed, removed; none (a
tombstone of a story never held); late (older than what was held). `expired` rows carry no record.
"""

from __future__ import annotations

INDEX_VERSION = 2

INDEX = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE versions (
  n INTEGER PRIMARY KEY AUTOINCREMENT,
  story_id TEXT NOT NULL, epoch INTEGER NOT NULL, version INTEGER NOT NULL,
  entry_ms INTEGER, entry_seq INTEGER,
  kind TEXT NOT NULL, source TEXT NOT NULL, sequence TEXT NOT NULL, time TEXT NOT NULL,
  effect TEXT NOT NULL, stored_ms INTEGER NOT NULL, record BLOB NOT NULL
);
CREATE UNIQUE INDEX versions_once ON versions (story_id, epoch, version) WHERE kind != 'expired';
CREATE INDEX versions_entry ON versions (entry_ms, entry_seq) WHERE entry_ms IS NOT NULL;
CREATE TABLE stories (
  row INTEGER PRIMARY KEY, story_id TEXT NOT NULL UNIQUE, n INTEGER NOT NULL,
  epoch INTEGER NOT NULL, version INTEGER NOT NULL, live INTEGER NOT NULL,
  status TEXT NOT NULL, merged_into TEXT,
  updated_ms INTEGER NOT NULL, publishers INTEGER NOT NULL, articles INTEGER NOT NULL,
  importance REAL NOT NULL, blindspot TEXT, card TEXT NOT NULL
);
CREATE INDEX stories_newest ON stories (live, updated_ms DESC, story_id DESC);
CREATE INDEX stories_covered ON stories (live, publishers DESC, updated_ms DESC, story_id DESC);
CREATE INDEX stories_blind ON stories (live, updated_ms DESC, story_id DESC)
  WHERE blindspot IS NOT NULL;
CREATE INDEX stories_sums ON stories (live, articles, blindspot);
CREATE INDEX stories_live ON stories (live, n);
CREATE TABLE tags (
  kind TEXT NOT NULL, value TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (kind, value, row)
) WITHOUT ROWID;
CREATE INDEX tags_row ON tags (row);
CREATE TABLE articles (
  article_id TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (article_id, row)
) WITHOUT ROWID;
CREATE INDEX articles_row ON articles (row);
CREATE VIRTUAL TABLE words USING fts5(headline, body, tokenize = 'unicode61 remove_diacritics 2');
"""
