"""The evaluation as a page to look at: scores, the threshold's curve, and every error with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from dateline.changes import Membership
from dateline.evaluation.findings import Finding, Placed
from dateline.evaluation.metrics import Scores

SHOWN_FINDINGS = 25
SHOWN_ARTICLES = 8
WIDTH, HEIGHT, MARGIN = 640, 260, 44
LINES = (("precision", "#1b6ca8"), ("recall", "#b4461f"), ("f1", "#222"))


@dataclass(frozen=True)
class Point:
    """The scores when every bar is shifted by so much."""

    shift: float
    scores: Scores


@dataclass(frozen=True)
class Section:
    """One set: its scores as played, the curve, and what was wrong."""

    name: str
    articles: int
    scores: Scores
    curve: tuple[Point, ...]
    torn: tuple[Finding, ...]
    glued: tuple[Finding, ...]


def page(sections: Sequence[Section]) -> str:
    """A self-contained HTML page: no scripts, nothing from elsewhere."""
    body = "".join(part for section in sections for part in _section(section))
    contents = "".join(f'<li><a href="#{escape(s.name)}">{escape(s.name)}</a></li>' for s in sections)
    return (
        '<!doctype html><html lang="en"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Dateline: how right the stories are</title><style>{STYLE}</style>"
        f"<main><h1>How right the stories are</h1><ul class=contents>{contents}</ul>{body}</main></html>\n"
    )


def _section(section: Section) -> Iterator[str]:
    scores = section.scores
    yield f'<h2 id="{escape(section.name)}">{escape(section.name)}</h2>'
    yield "<table class=scores><tr><th>articles<th>stories found / true<th>B³ P<th>B³ R<th>B³ F1<th>pair F1"
    yield "<th>ARI<th>AMI<th>alone right<th>largest</tr>"
    figures = (scores.precision, scores.recall, scores.f1, scores.pairwise_f1, scores.ari, scores.ami)
    yield f"<tr><td>{section.articles}<td>{scores.stories_found} / {scores.stories_true}"
    yield "".join(f"<td>{value:.3f}" for value in figures)
    yield f"<td>{scores.singletons_right:.0%}<td>{scores.largest}</tr></table>"
    if section.curve:
        yield curve(section.curve)
    yield from _findings("Torn apart: one true story in several found ones", section.torn, "found story")
    yield from _findings("Glued together: several true stories in one", section.glued, "true story")


def curve(points: Sequence[Point]) -> str:
    """Precision, recall and F1 over a shift of every bar, as an SVG; today's place is the dashed line."""
    low, high = points[0].shift, points[-1].shift
    least = min(getattr(point.scores, name) for point in points for name, _ in LINES)
    floor = max(0.0, min(0.9, int(least * 10) / 10))

    def x(shift: float) -> float:
        return MARGIN + (shift - low) / ((high - low) or 1) * (WIDTH - 2 * MARGIN)

    def y(value: float) -> float:
        return HEIGHT - MARGIN - (value - floor) / (1 - floor) * (HEIGHT - 2 * MARGIN)

    parts = [
        f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="B-cubed scores over the threshold">'
    ]
    for step in range(round(floor * 10), 11):
        level = y(step / 10)
        parts.append(f'<line class=grid x1={MARGIN} x2={WIDTH - MARGIN} y1="{level:.1f}" y2="{level:.1f}"/>')
        parts.append(
            f'<text class=tick x={MARGIN - 6} y="{level + 4:.1f}" text-anchor=end>{step / 10:.1f}</text>'
        )
    parts.extend(
        f'<text class=tick x="{x(point.shift):.1f}" y={HEIGHT - MARGIN + 16} text-anchor=middle>'
        f"{point.shift:+.2f}</text>"
        for point in points
    )
    parts.append(f'<line class=now x1="{x(0):.1f}" x2="{x(0):.1f}" y1={MARGIN} y2={HEIGHT - MARGIN} />')
    for at, (name, colour) in enumerate(LINES):
        line = " ".join(f"{x(p.shift):.1f},{y(getattr(p.scores, name)):.1f}" for p in points)
        parts.append(f'<polyline points="{line}" fill=none stroke="{colour}" stroke-width=2 />')
        parts.append(f'<text x={MARGIN + at * 90} y=20 fill="{colour}">{name}</text>')
    return "".join(parts) + "</svg><p class=note>Every bar shifted by so much; dashed: as it is.</p>"


def _findings(title: str, findings: Sequence[Finding], part_name: str) -> Iterator[str]:
    yield f"<h3>{escape(title)} ({len(findings)})</h3>"
    if not findings:
        yield "<p>None.</p>"
    for finding in findings[:SHOWN_FINDINGS]:
        count = sum(len(articles) for _, articles in finding.parts)
        yield f"<details><summary><b>{escape(finding.name)}</b> — {count} articles in "
        yield f"{len(finding.parts)} parts, costs {finding.lost:.1f}</summary>"
        for name, articles in finding.parts:
            yield f"<h4>{part_name} {escape(name)}: {len(articles)}</h4><ul>"
            yield "".join(_article(article) for article in articles[:SHOWN_ARTICLES])
            yield f"<li>… {len(articles) - SHOWN_ARTICLES} more" if len(articles) > SHOWN_ARTICLES else ""
            yield "</ul>"
        yield "</details>"


def _article(article: Placed) -> str:
    about = " · ".join(filter(None, (article.publisher, article.published_at)))
    return f"<li>{escape(article.title)} <small>{escape(about)}</small>{evidence(article.why)}"


def evidence(why: Membership | None) -> str:
    """A membership's evidence in one line; nothing for a story's first article."""
    if why is None or not why.threshold:
        return "<br><small>founded its story</small>" if why else ""
    shared = ", ".join(term.term for term in why.shared_terms)
    said = [f"score {why.score:.3f}, bar {why.threshold:.3f}"]
    said += [f"shares {shared}"] if shared else []
    said += [f"against: {'; '.join(why.against)}"] if why.against else []
    said += [f"runner-up {why.runner_up.story_id} at {why.runner_up.score:.3f}"] if why.runner_up else []
    return f"<br><small>{escape(' · '.join(said))}</small>"


STYLE = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
main { max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
.contents { display: flex; gap: 1rem; padding: 0; list-style: none; flex-wrap: wrap }
table { border-collapse: collapse; display: block; overflow-x: auto }
th, td { padding: .25rem .6rem; text-align: right; border-bottom: 1px solid #8884 }
svg { width: 100%; max-width: 40rem; background: #fff; margin-top: 1rem }
.grid { stroke: #ddd } .tick { font-size: 11px; fill: #555 } .now { stroke: #888; stroke-dasharray: 4 4 }
details { border-bottom: 1px solid #8884; padding: .3rem 0 } h4 { margin: .6rem 0 .2rem }
small, .note { color: #767676 } ul { margin-top: 0 }
"""
