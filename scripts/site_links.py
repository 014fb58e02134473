"""A hook of mkdocs: links that lead out of docs/ (to code and examples) become plain names.

They are right where the files lie beside each other; the site holds the docs alone.
"""

from __future__ import annotations

import re
from typing import Any

_OUTSIDE = re.compile(r"\[([^\]]+)\]\((?:\.\./)+[^)]*\)")
_FOLDER = re.compile(r"\[([^\]]+)\]\(reference/schemas/\)")


def on_page_markdown(markdown: str, **_: Any) -> str:
    """A page's text as the site gets it."""
    return _FOLDER.sub(r"\1", _OUTSIDE.sub(r"\1", markdown))
