"""How large an entry may be. Every limit is checked before anything is parsed or cleaned.

The first three are the contract's; the others bound the time and memory of one entry.
"""

from __future__ import annotations

ENTRY_BYTES = 2 * 1024 * 1024
"""All names and values of a stream entry together, in bytes."""

TITLE_CHARACTERS = 1_000
TEXT_BYTES = 1024 * 1024
"""`text` and `description`, each, as sent, in bytes of UTF-8."""

URL_CHARACTERS = 2_048
ID_CHARACTERS = 256
JSON_DEPTH = 64
"""Objects and arrays inside one another."""

DIGITS = 400
"""Of a whole number in JSON; reading a longer one takes time that grows with its square."""

NAME_CHARACTERS = 256
"""A name, a subject, a genre, a dateline, a version."""

LIST_ITEMS = 100
"""Authors or subjects of one article; what comes after is dropped and flagged."""

DATE_CHARACTERS = 64
CORRECTION_CHARACTERS = 10_000
