"""What ingest lets through, on its way through cluster and publish."""

from __future__ import annotations

import json

from dateline.articles import Article, Publisher
from tests.quality.contract import record_errors
from tests.unit.cluster.newsroom import entries, play
from tests.unit.publish.press import draft, member, record


def told_by(number: int, article: Article, title: str = "") -> Article:
    """The article as another outlet's, with an id of its own."""
    domain = f"outlet{number}.example"
    given = {"article_id": f"a-{number:024x}", "publisher": Publisher(id=domain, domain=domain)}
    return article.model_copy(update={**given, "title": title or article.title})


def pass_on(article: Article, other: Article) -> None:
    """Cluster joins it to its like and revises it twice; publish makes a record that keeps the contract."""
    like = told_by(3, article, f"{article.title[:900]} 12345")
    half = like.model_copy(update={"text": article.text[: len(article.text) // 2]})
    first, second = told_by(1, article), told_by(2, article)
    _, changes = play(entries([first, half, second, told_by(2, other), second]))
    assert changes
    made = record(draft(member(first), member(second), member(half)))
    assert record_errors(json.loads(made.model_dump_json())) == []
