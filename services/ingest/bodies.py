"""The text and description of an article: markup out, banners out, paragraphs in order."""

from __future__ import annotations

from dataclasses import dataclass

from services.ingest.boilerplate import is_wall_title, without_boilerplate
from services.ingest.fields import over_text_limit
from services.ingest.language import READ_CHARACTERS
from services.ingest.markup import has_markup, plain_body
from services.ingest.text import folded, paragraphs, repaired, unescaped, visible


@dataclass(frozen=True, slots=True)
class Body:
    """What is printed below a title. Either may be empty; `flags` say what was taken away."""

    text: str
    description: str
    flags: tuple[str, ...] = ()

    @property
    def lead(self) -> str:
        """How the text begins, or the description: enough to tell its language."""
        return (self.text or self.description)[:READ_CHARACTERS]


def read_bodies(text: object, description: object, title: str) -> Body:
    """Clean `text` and `description` as sent; a bad value is dropped and flagged."""
    main, flags = _read_body(text, "text", title)
    excerpt, excerpt_flags = _read_body(description, "description", title)
    kept = [flag for flag in excerpt_flags if flag in ("bad_description", "bot_wall")]
    if is_wall_title(title):
        kept.append("bot_wall")
    return Body(main, excerpt, (*flags, *kept))


def _read_body(value: object, name: str, title: str) -> tuple[str, list[str]]:
    if value is None or value == "":
        return "", []
    if not isinstance(value, str) or over_text_limit(value):
        return "", [f"bad_{name}"]
    flags = []
    plain = value
    if not has_markup(plain) and "&lt;" in plain:
        plain = unescaped(plain)  # feeds that escape their markup
    if has_markup(plain):
        plain, parsed = plain_body(plain)
        flags = [] if parsed else ["html_unreadable"]
    plain = unescaped(plain)
    fixed = repaired(plain)
    if fixed != plain:
        flags.append("mojibake_fixed")
    blocks = paragraphs(visible(fixed))
    if blocks and folded(blocks[0]) == folded(title) and len(blocks) > 1:
        del blocks[0]  # pages repeat their headline
    kept, removed = without_boilerplate(blocks)
    return "\n\n".join(kept), flags + removed
