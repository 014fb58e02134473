"""The language model's side of publish: asks about stories, and sends what it accepts as an act on the log.

Nothing waits for it. A story is published extractively at once; what the model answers comes back through
`articles.control` like any other act, or not at all. Questions that are not answered (time-out, limit,
refusal, broken answer, budget spent) are dropped: the next version of the story asks again.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from dateline.metrics import GENERATED
from dateline.settings import Settings, SettingsError
from services.publish.prompt import ANSWER_TOKENS, Question, read_answer, response_format

if TYPE_CHECKING:
    from openai import AsyncOpenAI

log = structlog.get_logger()

AT_ONCE = 4
MOST_WAITING = 1_000
REMEMBERED = 10_000
LEAST_PAUSE, LONGEST_PAUSE = 1.0, 600.0
UNBILLED = frozenset({"rate_limited", "unreachable"})
QUOTING = frozenset({"accepted", "unsupported", "broken"})  # their details quote the model and articles
BUDGET_KEPT_SECONDS = 3 * 86_400


class NotWritten(Exception):
    """A question that gives no text: what came of it, and why; `pause`: leave the server alone a while."""

    def __init__(
        self, result: str, detail: object, *, pause: bool = False, seconds: float | None = None
    ) -> None:
        super().__init__(str(detail) or type(detail).__name__)
        self.result, self.pause, self.seconds = result, pause, seconds


@dataclass
class LlmWriter:
    """Questions wait here, the newest last; `asked` remembers for which words of a story was asked already.

    `enforced`: the server is asked to enforce the form of answers, until it says that it cannot.
    `pause` is how long to wait after a fault of the server (seconds, doubled each time), `resume_at` until
    when (monotonic).
    """

    redis: Redis
    settings: Settings
    client: AsyncOpenAI
    waiting: OrderedDict[str, Question] = field(default_factory=OrderedDict)
    asked: OrderedDict[tuple[str, str], None] = field(default_factory=OrderedDict)
    some: asyncio.Event = field(default_factory=asyncio.Event)
    enforced: bool = True
    pause: float = LEAST_PAUSE
    resume_at: float = 0.0

    def offer(self, question: Question) -> None:
        """Ask about a story when there is time. Of one story the newest question counts."""
        if (question.story_id, question.basis) in self.asked:
            return
        self.waiting.pop(question.story_id, None)
        self.waiting[question.story_id] = question
        while len(self.waiting) > MOST_WAITING:
            self.waiting.popitem(last=False)
            GENERATED.labels("dropped").inc()
        self.some.set()

    async def run(self, stop: asyncio.Event) -> None:
        """Ask, a few at once, until stopped."""
        async with asyncio.TaskGroup() as group:
            for _ in range(AT_ONCE):
                group.create_task(self._work(stop))
        await self.client.close()

    async def _work(self, stop: asyncio.Event) -> None:
        while not stop.is_set():
            if not self.waiting or time.monotonic() < self.resume_at:
                await _either(
                    stop, self.some if not self.waiting else None, self.resume_at - time.monotonic()
                )
                self.some.clear()
                continue
            _, question = self.waiting.popitem(last=False)
            asking = asyncio.ensure_future(self._ask(question))
            stopping = asyncio.ensure_future(stop.wait())
            await asyncio.wait({asking, stopping}, return_when=asyncio.FIRST_COMPLETED)
            for task in (asking, stopping):
                task.cancel()
            await asyncio.gather(asking, stopping, return_exceptions=True)

    async def _ask(self, question: Question) -> None:
        """One question; whatever comes of it is counted, nothing of it is raised."""
        try:
            result, detail = "accepted", await self._answer(question)
        except NotWritten as error:
            result, detail = error.result, str(error)
            if error.pause:
                self._wait(question, error.seconds)
        except (RedisError, OSError) as error:
            result, detail = "no_redis", str(error)
        except Exception as error:  # noqa: BLE001  # a bug here must not end publish
            result, detail = "failed", repr(error)
        GENERATED.labels(result).inc()
        say = log.info if result == "accepted" else log.warning
        said = _kinds(detail) if result in QUOTING else detail
        say("generated text", story=question.story_id, result=result, detail=said[:300])

    async def _answer(self, question: Question) -> str:
        """Ask, check, send what is supported; what was refused of it.

        Raises:
            NotWritten: nothing came of it.
        """
        if not await self._within_budget(question.tokens):
            raise NotWritten("over_budget", f"{self.settings.llm_daily_tokens:,} tokens a day are used")
        self.asked[question.story_id, question.basis] = None
        if len(self.asked) > REMEMBERED:
            self.asked.popitem(last=False)
        try:
            reply = await self._complete(question)
        except NotWritten as error:
            if error.result in UNBILLED:
                await self._settle(question, 0)
            raise
        self.pause = LEAST_PAUSE
        await self._settle(question, getattr(getattr(reply, "usage", None), "total_tokens", None))
        try:
            text = read_answer(_content(reply), question, self.settings.llm_model)
        except ValueError as error:
            raise NotWritten("broken", error) from error
        checked = question.checked(text)
        refused = "; ".join(checked.refused)
        if checked.words == question.words:
            raise NotWritten("unsupported", refused)
        body = json.dumps(text.model_dump(mode="json"), ensure_ascii=False)
        await self.redis.xadd(self.settings.names.control, {"act": "generated", "body": body})
        return refused

    async def _complete(self, question: Question) -> Any:
        import openai  # noqa: PLC0415  # an extra; it is there when this writer is

        try:
            # The client's own limit is on silence between bytes; this one is on the whole answer.
            async with asyncio.timeout(self.settings.llm_timeout_seconds):
                return await self._create(question)
        except openai.RateLimitError as error:
            raise NotWritten("rate_limited", error, pause=True, seconds=_retry_after(error)) from error
        except (openai.APITimeoutError, TimeoutError) as error:
            raise NotWritten("timeout", error, pause=True) from error
        except (openai.APIConnectionError, openai.InternalServerError) as error:
            raise NotWritten("unreachable", error, pause=True) from error
        except openai.BadRequestError as error:
            if self.enforced and "response_format" in str(error):
                self.enforced = False
                return await self._complete(question)
            raise NotWritten("failed", error) from error
        except openai.OpenAIError as error:
            raise NotWritten("failed", error, pause=True) from error

    async def _create(self, question: Question) -> Any:
        create: Any = self.client.chat.completions.create
        form = {"response_format": response_format()} if self.enforced else {}
        return await create(
            model=self.settings.llm_model,
            messages=list(question.messages),
            max_completion_tokens=ANSWER_TOKENS,
            **form,
        )

    def _wait(self, question: Question, seconds: float | None) -> None:
        """Leave the server alone for a while; the story may be asked about again."""
        self.asked.pop((question.story_id, question.basis), None)
        self.pause = min(LONGEST_PAUSE, 2 * self.pause)
        self.resume_at = time.monotonic() + min(LONGEST_PAUSE, self.pause if seconds is None else seconds)

    # --- the budget of a day, shared by all processes ---------------------------------------------

    def _budget(self) -> str:
        names = self.settings.names
        return names.beside(names.published, f"llm_tokens.{datetime.now(UTC):%Y-%m-%d}")

    async def _within_budget(self, tokens: int) -> bool:
        """Reserve what a question may cost; False where that is more than the day has left."""
        key = self._budget()
        used = int(await self.redis.incrby(key, tokens))
        await self.redis.expire(key, BUDGET_KEPT_SECONDS)
        if used > self.settings.llm_daily_tokens:
            await self.redis.decrby(key, tokens)
            return False
        return True

    async def _settle(self, question: Question, used: int | None) -> None:
        """Correct the reservation to what was used, where that is known."""
        if used is not None:
            await self.redis.incrby(self._budget(), used - question.tokens)


def _kinds(detail: str) -> str:
    """What was refused (headline: quote; summary: name), without the words: no text goes into the log."""
    return "; ".join(" ".join(reason.split()[:2]) for reason in detail.split("; "))


def _content(reply: Any) -> str:
    """What the model said.

    Raises:
        NotWritten: it refused, or said nothing.
    """
    message = reply.choices[0].message if reply.choices else None
    refusal = getattr(message, "refusal", None)
    if message is None or refusal or not message.content:
        raise NotWritten("refused", refusal or "the answer is empty")
    return str(message.content)


def _retry_after(error: Any) -> float | None:
    """Seconds that the server asks to wait, if it says so."""
    try:
        return max(0.0, float(error.response.headers.get("retry-after", "")))
    except (AttributeError, ValueError):
        return None


async def _either(stop: asyncio.Event, some: asyncio.Event | None, seconds: float) -> None:
    """Wait for either event, for so many seconds at most (no limit: for a second)."""
    waits = [asyncio.ensure_future(event.wait()) for event in (stop, some) if event is not None]
    await asyncio.wait(waits, timeout=seconds if seconds > 0 else 1.0, return_when=asyncio.FIRST_COMPLETED)
    for task in waits:
        task.cancel()
    await asyncio.gather(*waits, return_exceptions=True)


def llm_writer(redis: Redis, settings: Settings) -> LlmWriter | None:
    """The writer that the settings ask for; None where they name no model.

    Raises:
        SettingsError: a model is named, and the client is not installed.
    """
    if not settings.llm_model:
        return None
    try:
        from openai import AsyncOpenAI  # noqa: PLC0415  # an optional extra
    except ImportError as error:
        remedy = "pip install 'dateline[llm]', or unset it"
        raise SettingsError(
            f"DATELINE_LLM_MODEL is set, but the client is not installed: {remedy}"
        ) from error
    client = AsyncOpenAI(
        api_key=settings.llm_api_key or "none",
        base_url=settings.llm_base_url or None,
        timeout=settings.llm_timeout_seconds,
        max_retries=0,
    )
    return LlmWriter(redis, settings, client)
