"""What of an article is compared: weighted terms, sampled shingles, dates; and nothing else of it.

`prepare` is the heavy part and knows only the article; `weigh` turns it into an integer vector by what
the stream has shown so far. Vectors are integers (unit length = SCALE) so that sums over a story's
members are exact in any order: state that is rebuilt from its articles is bit for bit what it was.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from dateline.articles import Article, to_ms
from services.cluster.parameters import Parameters
from services.cluster.terms import Lexicon, lexicon, tokens

Ids = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Weights = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]
Shingles = npt.NDArray[np.uint32]

SCALE = 16384  # length of an article's vector
SHINGLE_SAMPLE = 1 << 29  # shingle hashes below this are kept: one in eight (FracMinHash)
SURFACES = 24  # readable words kept of an article
CHARACTERS_PER_WORD = 12  # how much text may be needed for one word, generously


@dataclass(frozen=True)
class Vector:
    """Sorted term ids with integer weights; Euclidean length SCALE, or empty."""

    ids: Ids
    weights: Weights

    @property
    def empty(self) -> bool:
        return not len(self.ids)


@dataclass(frozen=True)
class Prepared:
    """An article as clustering sees it, before the stream's statistics are applied."""

    article_id: str
    ids: Ids
    counts: Floats  # log-damped, position-weighted occurrences of each term
    priors: Floats  # share of documents that have the term, by general word frequency
    surfaces: tuple[str, ...]  # the words as printed, beside `ids`
    title_ids: Ids  # terms of the title
    shingles: Shingles  # sampled three-word shingles, sorted
    words: int
    published: int | None  # ms; None when the sender gave no date
    language: str
    publisher: str
    expires: int | None


def prepare(article: Article, parameters: Parameters) -> Prepared:
    """Tokens, shingles and facts of an article; depends on nothing but its arguments."""
    language = (article.language or "").split("-")[0].lower()
    words = lexicon(language)
    title = tokens(article.title, 60)
    body = tokens(article.body[: parameters.body_words * CHARACTERS_PER_WORD], parameters.body_words)
    ids, counts, priors, surfaces = _terms(title, body, words, parameters)
    return Prepared(
        article_id=article.article_id,
        ids=ids,
        counts=counts,
        priors=priors,
        surfaces=surfaces,
        title_ids=np.array(sorted({words[word].id for word in title} - {0}), np.int32),
        shingles=shingles(body if len(body) >= len(title) else title, words),
        words=len(title) + len(body),
        published=to_ms(article.published_at) if article.published_at_source == "given" else None,
        language=language,
        publisher=article.publisher.id or "",
        expires=to_ms(article.expires_at) if article.expires_at else None,
    )


def prepare_batch(articles: Iterable[Article], parameters: Parameters) -> list[Prepared]:
    """`prepare` for each; only a convenience."""
    return [prepare(article, parameters) for article in articles]


def weigh(prepared: Prepared, frequency: Ints, documents: int, parameters: Parameters) -> Vector:
    """TF-IDF with idf from the word-frequency prior and the stream's own counts together.

    The prior counts as `prior_documents` articles seen before the first (a Dirichlet-smoothed estimate).
    """
    if not len(prepared.ids):
        return Vector(np.empty(0, np.int32), np.empty(0, np.int16))
    seen = frequency[prepared.ids]
    prior = parameters.prior_documents
    share = (prior * prepared.priors + seen) / (prior + documents)
    idf = np.minimum(-np.log(np.minimum(share, 1.0) + 1e-12), parameters.max_idf)
    raw = np.round(prepared.counts * idf, 6)
    if len(raw) > parameters.vector_terms:
        kept = np.sort(np.lexsort((prepared.ids, -raw))[: parameters.vector_terms])
        raw, ids = raw[kept], prepared.ids[kept]
    else:
        ids = prepared.ids
    length = float(np.sqrt((raw * raw).sum()))
    weights = np.rint(raw * (SCALE / length)).astype(np.int16) if length > 0 else np.zeros(len(ids), np.int16)
    return Vector(ids[weights > 0], weights[weights > 0])


def title_only(prepared: Prepared) -> Prepared:
    """The article without its text: what is left when the text turns out to be boilerplate."""
    kept = np.isin(prepared.ids, prepared.title_ids)
    surfaces = tuple(word for word, keep in zip(prepared.surfaces, kept.tolist(), strict=True) if keep)
    return replace(
        prepared, ids=prepared.ids[kept], counts=prepared.counts[kept], priors=prepared.priors[kept],
        surfaces=surfaces, shingles=np.empty(0, np.uint32),
    )  # fmt: skip


def shingles(words: list[str], known: Lexicon) -> Shingles:
    """A fixed one in eight of the hashes of all three-word runs (FracMinHash, Irber et al. 2022).

    The share of one article's sample found in another's estimates containment without bias.
    """
    if len(words) < 3:
        return np.empty(0, np.uint32)
    ids = np.fromiter((known[word].id for word in words), np.uint64, len(words))
    mixed = ids[:-2] * np.uint64(0x9E3779B97F4A7C15) + ids[1:-1] * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed += ids[2:] * np.uint64(0x165667B19E3779F9)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    hashed = (mixed >> np.uint64(32)).astype(np.uint32)
    return np.unique(hashed[hashed < SHINGLE_SAMPLE])


def _terms(
    title: list[str], body: list[str], words: Lexicon, parameters: Parameters
) -> tuple[Ids, Floats, Floats, tuple[str, ...]]:
    found: Counter[str] = Counter()
    for word, count in Counter(title).items():
        found[word] += parameters.title_weight * count  # type: ignore[assignment]  # fractional counts
    for word, count in Counter(body[: parameters.lead_words]).items():
        found[word] += count
    for word, count in Counter(body[parameters.lead_words :]).items():
        found[word] += parameters.body_weight * count  # type: ignore[assignment]
    merged: dict[int, list[float]] = {}
    surface: dict[int, str] = {}
    for word, count in found.items():
        term = words[word]
        if term.id in merged:
            merged[term.id][0] += count
            merged[term.id][1] = max(merged[term.id][1], term.prior)
        elif term.id:
            merged[term.id] = [count, term.prior]
            surface[term.id] = word
    order = sorted(merged)
    values = np.array([merged[term] for term in order], np.float64).reshape(-1, 2)
    return (
        np.array(order, np.int32),
        np.log1p(values[:, 0]),
        values[:, 1],
        tuple(surface[term] for term in order),
    )


def first_words(prepared: Prepared, vector: Vector) -> dict[int, str]:
    """The heaviest terms of an article as printed: what evidence can name later."""
    printed = dict(zip(prepared.ids.tolist(), prepared.surfaces, strict=True))
    heavy = np.lexsort((vector.ids, -vector.weights.astype(np.int64)))[:SURFACES]
    return {term: printed[term] for term in vector.ids[heavy].tolist()}


def is_listing(title: str) -> bool:
    """Whether a title announces a list of many stories (a briefing, a roundup, a live blog)."""
    return _LISTING.search(title) is not None


_LISTING = re.compile(
    r"\b(morning|evening|daily|news|weekend)\s+(briefing|brief|digest|roundup|round-up|wrap|headlines)\b"
    r"|\btop (stories|headlines)\b|\bwhat to know today\b|\bthings to know\b",
    re.IGNORECASE,
)
