"""Errors as RFC 9457 problem details: what was wrong, where, and what to do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from starlette.exceptions import HTTPException

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "Bad request", 401: "A token is needed", 403: "Forbidden", 404: "Not found", 405: "Wrong method",
    409: "Conflict", 413: "Too large", 415: "Wrong content type", 421: "Wrong host", 422: "Cannot be used",
    429: "Too many requests", 500: "Our fault", 503: "Not now",
}  # fmt: skip  # a table


class Problem(HTTPException):
    """An error that a request ends with (FastAPI lets its kind through wherever it is raised)."""

    def __init__(
        self, status: int, code: str, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.status = status
        self.code = code
        self.body = problem(status, code, detail, **more)


def problem(status: int, code: str, detail: str, **more: Any) -> dict[str, Any]:
    """The members of a problem: `code` is for programs, `detail` for people."""
    return {
        "type": f"urn:dateline:problem:{code}",
        "title": TITLES.get(status, "Error"),
        "status": status,
        "code": code,
        "detail": detail,
        **more,
    }


def encoded(body: Mapping[str, Any]) -> bytes:
    """A problem as JSON."""
    return json.dumps(body, ensure_ascii=False).encode("utf-8", "backslashreplace")
