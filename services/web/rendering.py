"""Templates: strict, escaped, with the words and pictures that pages use."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from services.web import story_view, wording
from services.web.context import Door
from services.web.rows import said

FOLDER = Path(__file__).parent
STATIC = FOLDER / "static"


@cache
def asset(name: str) -> str:
    """The address of a static file; it changes with the content."""
    content = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={content}"


def _as_moment(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


@cache
def environment() -> Environment:
    """The template environment; every value is escaped, a name that is missing is an error."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        asset=asset,
        iso=lambda value: said(_as_moment(value)),
        clock=lambda value: wording.clock(_as_moment(value)),
        day=lambda value: wording.day(_as_moment(value)),
        age=lambda value: wording.age(_as_moment(value), datetime.now(UTC)),
        plural=wording.plural,
        number=wording.number,
        listed=wording.listed,
        reason=wording.reason,
        web_address=wording.web_address,
        who=story_view.who,
        named=story_view.named,
    )
    made.filters["who"] = story_view.who
    return made


def page(request: Request, door: Door, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """A page; what all pages have is added."""
    shared: dict[str, Any] = {
        "site": door.settings.web_title,
        "public_url": door.public_url,
        "here": "",
        "query": {},
        "feed_query": "",
        "session": request.scope.get("session"),
    }
    text = environment().get_template(template).render(shared | values)
    headers = {"cache-control": "no-cache"}
    return HTMLResponse(text, status, headers)
