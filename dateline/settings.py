"""Settings: environment variables ``DATELINE_…``; an unknown one stops start-up.

Each field's description is its documentation (`docs/reference/settings.md` is made from it).
Durations are in seconds unless the name says otherwise.
"""

from __future__ import annotations

import difflib
import hashlib
import json
import os
from collections.abc import Mapping

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dateline.login import with_login
from dateline.streams import Names, valid_shard

PREFIX = "DATELINE_"


class SettingsError(Exception):
    """A setting is unknown or bad; the message names it and what to do."""


class Settings(BaseModel):
    """What can be set. `decides` marks the settings that change decisions (they make config_hash)."""

    model_config = ConfigDict(frozen=True)

    redis_url: str = Field(
        "redis://127.0.0.1:6379/0",
        repr=False,  # it may hold a password
        description="The server all services share: redis://user@host:port/db, or rediss:// for TLS.",
    )
    redis_password_file: str = Field(
        "", description="File that holds the password of the user whom DATELINE_REDIS_URL names."
    )
    redis_ca_file: str = Field(
        "", description="Certificate authority (PEM) that a rediss:// server must prove itself by."
    )
    namespace: str = Field("", description="Prefix of every key: several Datelines on one server.")
    shards: str = Field(
        "all",
        description="Shards and the languages they take, as 'europe=de,fr;rest=*'. One name takes all.",
        json_schema_extra={"decides": True},
    )
    only_shards: str = Field("", description="Shards this process may work on, comma-separated; empty: all.")

    publish_min_publishers: int = Field(
        2,
        ge=1,
        description="A story is published from this many publishers on.",
        json_schema_extra={"decides": True},
    )
    publish_settle_seconds: float = Field(
        2.0, ge=0, description="A story is published when still for this long; 0: every change."
    )
    settle_after_seconds: int = Field(
        86_400,
        ge=1,
        description="Logical silence after which a story is settled.",
        json_schema_extra={"decides": True},
    )
    close_after_seconds: int = Field(
        14 * 86_400,
        ge=1,
        description="Logical silence after which a story is closed.",
        json_schema_extra={"decides": True},
    )
    forget_after_seconds: int = Field(
        30 * 86_400,
        ge=1,
        description="Identities, tombstones and story:<id> are kept this long.",
        json_schema_extra={"decides": True},
    )
    cluster_parameters: str = Field(
        "",
        description="Clustering parameters other than the defaults, as JSON; `dateline tune` prints them.",
        json_schema_extra={"decides": True},
    )
    dense_model: str = Field(
        "",
        description="Directory of a sentence encoder (model.onnx, tokenizer.json) whose vectors clustering"
        " compares beside words; empty: none (docs/dense.md).",
    )
    dense_hash: str = Field(
        "",
        description="The hash of that model: another one is refused at start.",
        json_schema_extra={"decides": True},
    )
    tick_seconds: float = Field(60.0, gt=0, description="How often an idle shard's clock ticks.")

    batch_entries: int = Field(256, ge=1, description="Entries a batch holds at most.")
    batch_bytes: int = Field(8 * 2**20, ge=1024, description="Bytes a batch holds at most.")
    max_attempts: int = Field(5, ge=1, description="Failures of one entry before it is a dead letter.")
    claim_idle_seconds: float = Field(
        30.0, gt=0, description="A pending entry idle for this long is taken over from its consumer."
    )
    lease_seconds: float = Field(10.0, gt=0, description="How long a writer's lease on a shard lasts.")

    retain_raw_seconds: int = Field(86_400, ge=0, description="articles.raw, once acknowledged.")
    retain_articles_seconds: int = Field(7 * 86_400, ge=0, description="articles:{S}, once applied.")
    retain_stories_seconds: int = Field(7 * 86_400, ge=0, description="stories:{S}, once applied.")
    retain_published_seconds: int = Field(7 * 86_400, ge=0, description="stories.published.")
    retain_dead_seconds: int = Field(30 * 86_400, ge=0, description="Dead letters.")
    retain_outcomes_seconds: int = Field(86_400, ge=0, description="Outcomes.")
    trim_seconds: float = Field(30.0, gt=0, description="How often a stage trims what it may.")

    llm_model: str = Field(
        "", description="The model that writes headline, summary and key points; empty: none (docs/llm.md)."
    )
    llm_base_url: str = Field("", description="An OpenAI-compatible server; empty: OpenAI's own.")
    llm_api_key: str = Field("", repr=False, description="Its key; a local server may need none.")
    llm_timeout_seconds: float = Field(60.0, gt=0, description="How long one answer may take.")
    llm_daily_tokens: int = Field(1_000_000, ge=0, description="Tokens a day (UTC) that may be used at most.")
    llm_min_publishers: int = Field(
        3, ge=1, description="Stories of fewer publishers are not given to the model."
    )

    memory_soft_share: float = Field(
        0.8, gt=0, le=1, description="Ingest stops reading above this share of maxmemory."
    )
    stuck_after_seconds: float = Field(
        60.0, gt=0, description="A loop that stands still, or a fault that lasts, this long is unhealthy."
    )
    http_host: str = Field("127.0.0.1", description="Where health and metrics listen.")
    http_port: int = Field(0, ge=0, le=65535, description="Port of health and metrics; 0: any free one.")
    web_host: str = Field("127.0.0.1", description="Where the HTTP door listens.")
    web_port: int = Field(8080, ge=0, le=65535, description="Port of the HTTP door.")
    web_data: str = Field(
        "dateline-data/web",
        description="The door's files: index.db (made again when missing), keep.db (tokens, webhooks)."
        " keep.db is copied to web_backups.",
    )
    web_backups: str = Field(
        "",
        description="Where keep.db is copied, each hour; seven days are kept. Another disk outlasts"
        " web_data. Empty: backups/ in web_data.",
    )
    web_title: str = Field("Dateline", description="What the pages and feeds are called.")
    web_public_url: str = Field(
        "", description="The door's address as its readers know it; empty: http://localhost and the port."
    )
    web_hosts: str = Field(
        "localhost,127.0.0.1,[::1]",
        description="Names in the Host header that are answered, beside that of DATELINE_WEB_PUBLIC_URL.",
    )
    web_read: str = Field(
        "open", pattern="^(open|token)$", description="Reading: open to all, or only with a token."
    )
    web_cors_origins: str = Field("", description="Origins whose scripts may read, comma-separated; *: all.")
    web_max_body_bytes: int = Field(
        64 * 2**20, ge=1024, description="Bytes one request may carry; an NDJSON stream included."
    )
    web_max_items: int = Field(10_000, ge=1, description="Articles one request may carry.")
    web_reads_per_minute: int = Field(
        1_200, ge=0, description="Requests a minute one reader (token or address) may make; 0: no limit."
    )
    web_writes_per_minute: int = Field(
        600, ge=0, description="Writing requests a minute one token may make; 0: no limit."
    )
    web_max_readers: int = Field(2_000, ge=1, description="Live event streams open at once.")
    web_heartbeat_seconds: float = Field(
        15.0, gt=0, description="A silent event stream says this often that it is alive."
    )
    web_keep_seconds: int = Field(
        30 * 86_400, ge=60, description="Older versions, changes and webhook deliveries are kept this long."
    )
    web_private_targets: bool = Field(
        False, description="Whether webhooks may go to private and loopback addresses."
    )
    web_metrics_urls: str = Field(
        "", description="/metrics of the other services, comma-separated, for the operations page."
    )
    feeds_least_seconds: int = Field(300, ge=1, description="No feed is polled more often than this.")
    feeds_most_seconds: int = Field(
        6 * 3600, ge=1, description="Every feed that does well is polled at least this often."
    )
    feeds_at_once: int = Field(8, ge=1, description="Feeds polled at the same time.")
    feeds_max_bytes: int = Field(8 * 2**20, ge=1024, description="A feed's document may be this large.")
    feeds_allow_private: bool = Field(
        False, description="Whether feeds may lie at private and loopback addresses."
    )
    otel_endpoint: str = Field(
        "",
        description="Where traces go: OTLP over HTTP, http://collector:4318/v1/traces; empty: none"
        " (docs/tracing.md).",
    )
    otel_share: float = Field(
        1.0, ge=0, le=1, description="Share of the articles that are traced, where their senders do not say."
    )
    log_format: str = Field(
        "auto", pattern="^(auto|json|console)$", description="auto: JSON unless a terminal."
    )
    log_level: str = Field("info", pattern="^(debug|info|warning|error)$", description="Least level logged.")

    @property
    def names(self) -> Names:
        return Names(self.namespace)

    @property
    def shard_map(self) -> dict[str, tuple[str, ...]]:
        """Shard → languages; '*' takes what no other shard names.

        Raises:
            SettingsError: a bad shard name, a language twice, or no shard for the rest.
        """
        return parse_shards(self.shards)

    @property
    def config_hash(self) -> str:
        """12 hex digits over the settings that change decisions: equal means comparable."""
        decides = {
            name: getattr(self, name)
            for name, field in sorted(type(self).model_fields.items())
            if isinstance(field.json_schema_extra, dict) and field.json_schema_extra.get("decides")
        }
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()[:12]


def parse_shards(text: str) -> dict[str, tuple[str, ...]]:
    """Parse ``europe=de,fr;rest=*``."""
    shards: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (piece.strip() for piece in text.split(";"))):
        name, _, languages = part.partition("=")
        if not valid_shard(name.strip()):
            raise SettingsError(f"{PREFIX}SHARDS: {name!r} is no shard name (lower-case letters, digits, _)")
        shards[name.strip()] = tuple(language.strip() for language in (languages or "*").split(","))
    named = [language for languages in shards.values() for language in languages]
    if len(named) != len(set(named)):
        raise SettingsError(f"{PREFIX}SHARDS: {text!r} gives a language to two shards; name each once")
    if "*" not in named:
        raise SettingsError(f"{PREFIX}SHARDS: {text!r} leaves languages without a shard; add one with =*")
    return shards


def shard_for(language: str | None, shards: Mapping[str, tuple[str, ...]]) -> str:
    """The shard that takes a language (BCP 47; region and script do not matter)."""
    base = (language or "").split("-")[0].lower()
    rest = next(name for name, languages in shards.items() if "*" in languages)
    return next((name for name, languages in shards.items() if base and base in languages), rest)


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    Raises:
        SettingsError: an unknown ``DATELINE_…`` variable (the nearest valid name is given) or a bad value.
    """
    environment = os.environ if environ is None else environ
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known:
            nearest = difflib.get_close_matches(name, known, n=1, cutoff=0)
            raise SettingsError(
                f"{name} is not a setting. Did you mean {nearest[0]}? Unset it or correct it."
            )
    values = {name[len(PREFIX) :].lower(): value for name, value in environment.items() if name in known}
    try:
        settings = Settings(**values)
    except ValidationError as error:
        first = error.errors()[0]
        name = f"{PREFIX}{first['loc'][0]}".upper()
        raise SettingsError(f"{name}: {first['msg']} (got {first['input']!r})") from error
    parse_shards(settings.shards)
    try:
        _ = settings.names
    except ValueError as error:
        raise SettingsError(f"{PREFIX}NAMESPACE: {error}") from error
    try:
        url = with_login(settings.redis_url, settings.redis_password_file, settings.redis_ca_file)
    except OSError as error:
        raise SettingsError(f"{PREFIX}REDIS_PASSWORD_FILE: cannot be read: {error}") from error
    return settings.model_copy(update={"redis_url": url})
