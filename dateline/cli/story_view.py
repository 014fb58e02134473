"""A story record as a reader sees it: rich renderables from a record, nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from dateline.cli.terminal import clean, moment, plural, safe
from dateline.stories import KeyPoint, RecordArticle, StoryRecord

STATUS_STYLES = {
    "developing": "green",
    "settled": "cyan",
    "closed": "dim",
    "merged": "magenta",
    "withdrawn": "red",
}
BIAS_STYLES = {"left": "blue", "center": "bright_black", "right": "red"}
FACTUALITY_STYLES = {
    "very_high": "green",
    "high": "bright_green",
    "mixed": "yellow",
    "low": "orange3",
    "very_low": "red",
}
ARTICLES_SHOWN = 25
WIDEST = 100
BLOCK = "█"


def story_view(story: StoryRecord, width: int, all_articles: bool = False) -> RenderableType:
    """The whole record, top to bottom."""
    parts: list[RenderableType] = [*_head(story), *_points(story), *_coverage(story, width)]
    parts += [*_articles(story, all_articles), *_foot(story)]
    return Group(*parts)


def _head(story: StoryRecord) -> Iterator[RenderableType]:
    yield Text()
    if story.merged_into:
        yield safe(f"Merged into {story.merged_into}: show that one for what is known now.", "magenta")
    yield safe(story.headline.text if story.headline else story.story_id, "bold")
    yield _facts(story)
    if story.change.statement:
        yield safe(f"Version {story.version}: {story.change.statement}", "dim italic")
    if story.summary:
        yield Text()
        yield _opened(story.summary.text, story.summary.dateline.text)


def _facts(story: StoryRecord) -> Text:
    places = ", ".join(clean(place.name) for place in story.places[:2])
    facts = [
        plural(story.article_count, "article"),
        plural(story.publisher_count, "publisher"),
        f"{story.reprint_count} reprinted" if story.reprint_count else "",
        plural(story.independent_source_count, "independent source"),
        f"{moment(story.first_published_at)} to {moment(story.last_published_at)} UTC",
        places,
    ]
    said = Text(story.status, style=STATUS_STYLES.get(story.status, ""))
    for fact in filter(None, facts):
        said.append(" · ", style="dim").append(fact)
    return said


def _opened(text: str, opening: str) -> Text:
    """The summary, its dateline in bold."""
    said, opened = safe(text), clean(opening)
    if opened and said.plain.startswith(opened):
        said.stylize("bold", 0, len(opened))
    return said


def _points(story: StoryRecord) -> Iterator[RenderableType]:
    if not story.key_points:
        return
    numbers = {article.article_id: number for number, article in enumerate(story.articles, 1)}
    table = Table.grid(padding=(0, 1))
    for point in story.key_points:
        said = safe(point.text).append(" ").append(_citations(point, numbers), style="cyan")
        if point.first_reported_at:
            first = f"first {moment(point.first_reported_at)[5:]}".replace(" ", "\u00a0")
            said.append(" · ").append(first, style="dim")
        table.add_row("•", said)
    yield Text()
    yield table


def _citations(point: KeyPoint, numbers: Mapping[str, int]) -> str:
    cited = sorted(numbers[one] for one in point.article_ids if one in numbers)
    listed = "".join(f"[{number}]" for number in cited[:6])
    return listed + (f"\u00a0and\u00a0{len(cited) - 6}\u00a0more" if len(cited) > 6 else "")


def _coverage(story: StoryRecord, width: int) -> Iterator[RenderableType]:
    coverage = story.coverage
    table = Table.grid(padding=(0, 2))
    if coverage.bias.rated:
        bar = _bar(coverage.bias.grouped, BIAS_STYLES, width - 36)
        table.add_row("Bias", bar, _counts(coverage.bias.grouped))
    if coverage.factuality.rated:
        bar = _bar(coverage.factuality.counts, FACTUALITY_STYLES, width - 36)
        table.add_row("Factuality", bar, _counts(coverage.factuality.counts))
    yield Text()
    if table.row_count:
        yield table
    for statement in coverage.statements:
        yield safe(statement, "bold yellow" if statement.startswith("Blindspot") else "dim")
    if coverage.blindspot.side:
        yield safe(coverage.blindspot.rule, "dim")
    if not coverage.bias.rated:
        yield safe("No bias is rated here; 'dateline outlets import' loads ratings.", "dim")
    if coverage.ratings.name:
        raters = f", by {'; '.join(coverage.ratings.raters)}" if coverage.ratings.raters else ""
        version = f", version {coverage.ratings.version}" if coverage.ratings.version else ""
        yield safe(f"Ratings: {coverage.ratings.name}{version}{raters}", "dim")


def _bar(counts: Mapping[str, int], styles: Mapping[str, str], width: int) -> Text:
    total = sum(counts.get(name, 0) for name in styles)
    cells = max(10, min(40, width))
    bar = Text()
    done = shown = 0
    for name, style in styles.items():
        done += counts.get(name, 0)
        until = round(cells * done / total) if total else 0
        bar.append(BLOCK * (until - shown), style=style)
        shown = until
    return bar


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name.replace('_', ' ')} {count}" for name, count in counts.items() if count)


def _articles(story: StoryRecord, all_articles: bool) -> Iterator[RenderableType]:
    listed = story.articles if all_articles else story.articles[:ARTICLES_SHOWN]
    if not listed:
        return
    table = Table(box=None, pad_edge=False, header_style="dim", expand=False)
    table.add_column("", justify="right", style="cyan", no_wrap=True)
    table.add_column("published", no_wrap=True, style="dim")
    table.add_column("publisher", max_width=28, overflow="ellipsis", no_wrap=True)
    table.add_column("title", overflow="fold")
    for number, article in enumerate(listed, 1):
        table.add_row(str(number), moment(article.published_at)[5:], _publisher(article), _title(article))
    yield Text()
    yield Text(plural(story.article_count, "article"), style="bold")
    yield table
    left = len(story.articles) - len(listed) + story.articles_truncated
    if left:
        yield safe(f"… and {plural(left, 'article')} more (--all, --json)", "dim")


def _publisher(article: RecordArticle) -> Text:
    publisher = article.publisher
    said = safe(publisher.name or publisher.domain or publisher.id or "unknown")
    if publisher.bias:
        side = publisher.bias.rsplit("_", 1)[-1]
        said.append(" ●", style=BIAS_STYLES.get(side, ""))
    return said


def _title(article: RecordArticle) -> Text:
    said = safe(article.title or article.url or article.article_id)
    marks = [
        "first" if article.role == "first" else "",
        "headline" if article.role == "representative" else "",
        "reprint" if article.reprint_of else "",
        f"revision {article.revision}" if article.revision > 1 else "",
        "corrected" if article.correction else "",
        article.language if article.language and article.language.split("-")[0] != "en" else "",
        "paywall" if article.paywalled else "",
    ]
    shown = ", ".join(filter(None, marks))
    return said.append(f"  {clean(shown)}", style="dim italic") if shown else said


def _foot(story: StoryRecord) -> Iterator[RenderableType]:
    yield Text()
    for quote in story.quotes[:3]:
        yield safe(f"“{quote.text}”" + (f" — {quote.speaker}" if quote.speaker else ""), "italic")
    if story.topics:
        yield safe("Topics: " + ", ".join(topic.label for topic in story.topics[:5]), "dim")
    if story.entities:
        yield safe("Named: " + ", ".join(entity.name for entity in story.entities[:8]), "dim")
    for related in story.related[:3]:
        yield safe(f"Related: {related.story_id} ({related.score:.2f})", "dim")
    yield safe(f"{story.story_id} · version {story.version} · {moment(story.updated_at)} UTC", "dim")
