"""Logs: one canonical line per unit of work, JSON when not read on a terminal, no article text.

A batch is a line, with its stream, its first and last entry, what became of them and how long it took.
Entries are named by their ids: what they say is in the streams, for those who may read these.
"""

from __future__ import annotations

import logging
import sys
import traceback

import structlog

OURS = "dateline."
"""Exceptions of these modules say things of ours only; the messages of others may quote an article."""


def set_up(stage: str, form: str, level: str) -> None:
    """Configure structlog for a service process."""
    console = form == "console" or (form == "auto" and sys.stderr.isatty())
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer() if console else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.ExceptionRenderer(without_messages),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(stage=stage)


def without_messages(exc_info: structlog.typing.ExcInfo) -> str:
    """A traceback as Python prints it, but without source lines and without messages that are not ours."""
    lines: list[str] = []
    error: BaseException | None = exc_info[1]
    while error is not None:
        said = f": {error}" if may_be_printed(error) else ""
        frames = traceback.extract_tb(error.__traceback__)
        where = [f'  File "{one.filename}", line {one.lineno}, in {one.name}' for one in frames]
        lines = [*where, f"{type(error).__name__}{said}", *(["caused:"] if lines else []), *lines]
        error = error.__cause__ or error.__context__
    return "\n".join(lines)


def may_be_printed(error: BaseException) -> bool:
    """Whether an error's message holds nothing of an article: ours, the server's, the system's."""
    module = type(error).__module__
    return module.startswith((OURS, "redis.")) or isinstance(error, OSError)
