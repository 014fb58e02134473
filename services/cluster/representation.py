"""What of an article is compared: weighted terms, sampled shingles, dates; and nothing else of it.

`prepare_batch` is the heavy part and knows only the articles; `weigh` turns one into an integer vector by
what the stream has shown so far. Vectors are integers (unit length = SCALE) so that sums over a story's
members are exact in any order: state that is rebuilt from its articles is bit for bit what it was.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from dateline.articles import Article, to_ms
from services.cluster.dense import NONE, Dense
from services.cluster.parameters import Parameters
from services.cluster.terms import TERM_SPACE, table
from services.cluster.words import Rows, Text, make_room, rows_of

Ids = npt.NDArray[np.int32]
Ints = npt.NDArray[np.int64]
Weights = npt.NDArray[np.int16]
Floats = npt.NDArray[np.float64]
Shingles = npt.NDArray[np.uint32]
Kinds = npt.NDArray[np.uint8]

SCALE = 16384  # length of an article's vector
SHINGLE_SAMPLE = 1 << 30  # shingle hashes below this are kept: one in four (FracMinHash)
LEAST_SHINGLES = 12  # of a text too short for the sample, its smallest hashes
SURFACES = 24  # readable words kept of an article
TITLE_WORDS = 60  # words of a title that count at all
BATCH = 64  # articles prepared in one go
IN_TITLE = 4  # kind of a term beside those of its words: the title has it
POSITION_BITS = 20  # words in a batch, at most
TERM_BITS = 21


@dataclass(frozen=True, slots=True)
class Vector:
    """Term ids with integer weights, heaviest first, ties by id; Euclidean length SCALE, or empty."""

    ids: Ids
    weights: Weights

    @property
    def empty(self) -> bool:
        return not len(self.ids)


class Prepared(NamedTuple):
    """An article as clustering sees it, before the stream's statistics are applied."""

    article_id: str
    ids: Ids
    counts: Floats  # log-damped, position-weighted occurrences of each term
    priors: Floats  # share of documents that have the term, by general word frequency
    kinds: Kinds  # bits: NUMBER, CAPITAL, IN_TITLE
    surfaces: npt.NDArray[np.object_]  # the words as printed, beside `ids`
    shingles: Shingles  # sampled three-word shingles, sorted
    body: Ids  # terms of the text word by word (0: a stop word)
    runs: Shingles  # hashes of all three-word runs of the text, by the place of their first word
    words: int
    published: int | None  # ms; None when the sender gave no date
    language: str
    publisher: str
    expires: int | None
    dense: Dense = NONE  # what an encoder makes of it, where one is set

    @property
    def title_ids(self) -> Ids:
        """Terms of the title."""
        found: Ids = self.ids[(self.kinds & IN_TITLE) > 0]
        return found


@dataclass(frozen=True)
class Words:
    """The words of an article by their rows in the table of words."""

    title: Rows
    body: Rows


def prepare(article: Article, parameters: Parameters) -> Prepared:
    """Tokens, shingles and facts of an article; depends on nothing but its arguments."""
    return prepare_batch((article,), parameters)[0]


def prepare_batch(articles: Iterable[Article], parameters: Parameters) -> list[Prepared]:
    """The same for each of many, several times faster."""
    waiting = tuple(articles)
    batches = (waiting[at : at + BATCH] for at in range(0, len(waiting), BATCH))
    return list(chain.from_iterable(_prepare(batch, parameters) for batch in batches))


def _prepare(batch: tuple[Article, ...], parameters: Parameters) -> list[Prepared]:
    make_room()
    read = _read(batch, parameters)
    found = _terms(read, parameters)
    bodies = [table().ids[words.body] for words in read]
    copied = _shingles([each.body if len(each.body) >= len(each.title) else each.title for each in read])
    return [
        Prepared(
            article.article_id,
            *terms,
            shingles,
            body,
            runs if len(words.body) >= len(words.title) else _runs(body),
            len(words.title) + len(words.body),
            to_ms(article.published_at) if article.published_at_source == "given" else None,
            _language(article),
            article.publisher.id or "",
            to_ms(article.expires_at) if article.expires_at else None,
        )
        for article, words, terms, body, (shingles, runs) in zip(
            batch, read, found, bodies, copied, strict=True
        )
    ]


def _language(article: Article) -> str:
    return (article.language or "").partition("-")[0].lower()


def _read(batch: tuple[Article, ...], parameters: Parameters) -> list[Words]:
    texts = [
        Text(text, _language(article), limit)
        for article in batch
        for text, limit in ((article.title, TITLE_WORDS), (article.body, parameters.body_words))
    ]
    rows = rows_of(texts)
    return [Words(title, body) for title, body in zip(rows[::2], rows[1::2], strict=True)]


Terms = tuple[Ids, Floats, Floats, Kinds, npt.NDArray[np.object_]]


def _terms(read: list[Words], parameters: Parameters) -> list[Terms]:
    """Per article its terms, sorted by id, with their damped counts, priors, kinds and printed form.

    One sort over all words of the batch brings the occurrences of a term together, the earliest first.
    """
    rows = np.concatenate([part for each in read for part in (each.title, each.body)])
    shares, titles = _shares(read, parameters)
    documents = np.repeat(np.arange(len(read)), [len(each.title) + len(each.body) for each in read])
    known = table()
    ids = known.ids[rows].astype(np.int64)
    keys = ((documents << TERM_BITS | ids) << POSITION_BITS | np.arange(len(rows)))[ids > 0]
    keys.sort(kind="stable")  # half sorted already: that is what this kind is quick at
    places = keys & ((1 << POSITION_BITS) - 1)
    terms = keys >> POSITION_BITS
    starts = np.flatnonzero(np.diff(terms, prepend=-1))
    bounds = np.searchsorted(terms[starts] >> TERM_BITS, np.arange(len(read) + 1)).tolist()
    if not len(starts):
        return [_no_terms() for _ in read]
    values = (
        (terms[starts] & (TERM_SPACE - 1)).astype(np.int32),
        np.log1p(np.add.reduceat(shares[places], starts)),
        np.maximum.reduceat(known.priors[rows[places]], starts),
        np.bitwise_or.reduceat(known.kinds[rows[places]] | titles[places], starts),
        known.spellings[rows[places[starts]]],
    )
    return [tuple(value[low:high] for value in values) for low, high in pairwise(bounds)]  # type: ignore[misc]  # five arrays in, five slices out


def _no_terms() -> Terms:
    return (np.empty(0, np.int32), np.empty(0), np.empty(0), np.empty(0, np.uint8), np.empty(0, object))


def _shares(read: list[Words], parameters: Parameters) -> tuple[Floats, Kinds]:
    """What each word counts, by its place in the article; and whether it is in the title."""
    weights = (parameters.title_weight, 1.0, parameters.body_weight)
    lengths = [
        (len(each.title), len(each.body[: parameters.lead_words]), len(each.body[parameters.lead_words :]))
        for each in read
    ]
    places = np.repeat(np.tile(np.arange(3), len(read)), np.array(lengths).ravel())
    return np.array(weights)[places], np.where(places == 0, IN_TITLE, 0).astype(np.uint8)


def _shingles(texts: list[Rows]) -> list[tuple[Shingles, Shingles]]:
    """A fixed one in four of the hashes of all three-word runs (FracMinHash, Irber et al. 2022); and all.

    A short text, of which the sample would say nothing, keeps its smallest hashes. `containment` compares
    two samples as far as both reach.
    """
    lengths = [len(each) for each in texts]
    rows = np.concatenate(texts)
    documents = np.repeat(np.arange(len(texts)), lengths)
    if len(rows) < 3:
        return [(np.empty(0, np.uint32), np.empty(0, np.uint32)) for _ in texts]
    ids = table().ids[rows].astype(np.uint64)
    mixed = _mixed(ids)
    telling = (ids > 0).astype(np.int8)  # runs of stop words are anybody's
    kept = (telling[:-2] + telling[1:-1] + telling[2:] > 1) & (documents[:-2] == documents[2:])
    keys = documents[:-2][kept].astype(np.uint64) << np.uint64(32) | mixed[kept]
    keys.sort()
    keys = keys[np.flatnonzero(np.diff(keys, prepend=~np.uint64(0)))]
    bounds = np.searchsorted(keys >> np.uint64(32), np.arange(len(texts) + 1)).tolist()
    values = (keys & np.uint64(0xFFFFFFFF)).astype(np.uint32)
    least = np.arange(len(texts), dtype=np.uint64) << np.uint64(32)
    sampled = np.searchsorted(keys, least + np.uint64(SHINGLE_SAMPLE))
    starts, every = np.cumsum([0, *lengths]).tolist(), mixed.astype(np.uint32)
    return [
        (
            values[low : max(sample, min(high, low + LEAST_SHINGLES))].copy(),
            every[start : max(start, end - 2)],
        )
        for (low, high), sample, (start, end) in zip(
            pairwise(bounds), sampled.tolist(), pairwise(starts), strict=True
        )
    ]


def containment(one: Shingles, other: Shingles, common: int) -> float:
    """Share of the smaller text's three-word runs that the other has too; `common`: hashes in both samples.

    A sample knows of all hashes up to where it reaches: that far the shares are without bias, beyond it a
    run that is not in the sample may still be in the text.
    """
    reach = min(_reach(one), _reach(other))
    fewer = min(int(np.searchsorted(each, reach, "right")) for each in (one, other))
    return round(common / fewer, 6) if fewer else 0.0


def _reach(sample: Shingles) -> int:
    """The largest hash up to which a sample holds all of its text's."""
    return max(SHINGLE_SAMPLE - 1, int(sample[-1])) if len(sample) else 0


def _runs(body: Ids) -> Shingles:
    """The hashes of all three-word runs of a text, by the place of their first word."""
    if len(body) < 3:
        return np.empty(0, np.uint32)
    return _mixed(body.astype(np.uint64)).astype(np.uint32)


def word_shares(words: int, parameters: Parameters) -> Floats:
    """What each word of a text counts, by its place."""
    return _word_shares(words, parameters.lead_words, parameters.body_weight)


@lru_cache(maxsize=1024)
def _word_shares(words: int, lead_words: int, body_weight: float) -> Floats:
    return np.where(np.arange(words) < lead_words, 1.0, body_weight)


def _mixed(ids: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """A 32 bit hash of each three neighbouring words."""
    mixed = ids[:-2] * np.uint64(0x9E3779B97F4A7C15) + ids[1:-1] * np.uint64(0xC2B2AE3D27D4EB4F)
    mixed += ids[2:] * np.uint64(0x165667B19E3779F9)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return mixed >> np.uint64(32)


def weigh(prepared: Prepared, frequency: Ids, documents: int, parameters: Parameters) -> Vector:
    """TF-IDF with idf from the word-frequency prior and the stream's own counts together.

    The prior counts as `prior_documents` articles seen before the first (a Dirichlet-smoothed estimate).
    """
    if not len(prepared.ids):
        return Vector(np.empty(0, np.int32), np.empty(0, np.int16))
    told = information(prepared.priors, frequency.take(prepared.ids), documents, parameters)
    raw = np.rint(prepared.counts * told * 1e6).astype(np.int64)
    keys = raw << TERM_BITS | (TERM_SPACE - 1 - prepared.ids)
    keys.sort()
    keys = keys[::-1][: parameters.vector_terms]
    raw = keys >> TERM_BITS
    length = math.sqrt(int(raw @ raw))
    weights = np.rint(raw * (SCALE / length)).astype(np.int16) if length > 0 else np.zeros(len(raw), np.int16)
    said = int(np.count_nonzero(weights))
    ids = (~keys & (TERM_SPACE - 1)).astype(np.int32)
    return Vector(ids, weights) if said == len(ids) else Vector(ids[:said].copy(), weights[:said].copy())


def information(priors: Floats, held: Ids, documents: int, parameters: Parameters) -> Floats:
    """What terms tell: by the share of documents that have them in general, and how many of these do."""
    prior = parameters.prior_documents
    share = prior * priors
    share += held
    share /= prior + documents
    told = np.minimum(-np.log(np.minimum(share, 1.0) + 1e-12), parameters.max_idf)
    weighed: Floats = told**parameters.idf_power
    return weighed


def first_words(prepared: Prepared, vector: Vector) -> tuple[str, ...]:
    """The heaviest terms of an article as printed: what evidence can name later."""
    return tuple(prepared.surfaces[prepared.ids.searchsorted(vector.ids[:SURFACES])].tolist())
