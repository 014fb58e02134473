"""Every stream, group and key name of Dateline, once.

Braces are Redis Cluster hash tags: keys of one shard lie in one slot, so that one script may change
them together. A namespace prefixes every key, outside or inside the braces.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

INGEST_GROUP = "dateline-ingest"

_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,31}")


@dataclass(frozen=True, slots=True)
class Names:
    """Key names under one namespace (empty: none)."""

    namespace: str = ""

    def __post_init__(self) -> None:
        if self.namespace and not _NAME.fullmatch(self.namespace):
            raise ValueError(
                f"namespace: {self.namespace!r} may hold lower-case letters, digits, _ and - (32 at most)"
            )

    @property
    def prefix(self) -> str:
        return f"{self.namespace}:" if self.namespace else ""

    # --- public -----------------------------------------------------------------------------

    @property
    def raw(self) -> str:
        return f"{self.prefix}articles.raw"

    @property
    def control(self) -> str:
        return f"{self.prefix}articles.control"

    @property
    def outcomes(self) -> str:
        return f"{{{self.raw}}}.outcomes"

    @property
    def published(self) -> str:
        return f"{self.prefix}stories.published"

    @property
    def index(self) -> str:
        return f"{self.prefix}stories.index"

    @property
    def erased(self) -> str:
        return f"{self.prefix}stories.erased"

    def story(self, story_id: str) -> str:
        return f"{self.prefix}story:{story_id}"

    def source(self, shard: str) -> str:
        """The CloudEvents source of a shard's events."""
        return f"/dateline/{self.namespace or 'default'}/{shard}"

    # --- streams between the services ---------------------------------------------------------

    def articles(self, shard: str) -> str:
        return f"{self.prefix}articles:{{{shard}}}"

    def stories(self, shard: str) -> str:
        return f"{self.prefix}stories:{{{shard}}}"

    def dead(self, stream: str) -> str:
        """The dead-letter stream of a stream, in the stream's own slot."""
        return f"{stream}.dead" if "{" in stream else f"{{{stream}}}.dead"

    # --- keys of one stage --------------------------------------------------------------------

    def beside(self, stream: str, what: str) -> str:
        """A bookkeeping key in the slot of a group-read or published stream."""
        return f"{{{stream}}}.{what}"

    def of_shard(self, stage: str, shard: str, what: str) -> str:
        """A key of a stage's state, in the shard's slot."""
        return f"{self.prefix}{stage}:{{{shard}}}:{what}"

    def identity(self, shard: str, article_id: str) -> str:
        return f"{self.prefix}ingest:{{{shard}}}:id:{article_id}"

    def home(self, article_id: str) -> str:
        """Which shard an identity lives in, claimed once (only with several shards)."""
        return f"{self.prefix}ingest:home:{{{article_id}}}"

    def heartbeat(self, stage: str) -> str:
        return f"{self.prefix}dateline:workers:{stage}"


def valid_shard(name: str) -> bool:
    """Whether a shard may be called that: it stands in story ids and URLs."""
    return _NAME.fullmatch(name) is not None and "-" not in name
