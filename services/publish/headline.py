"""The headline: the member title that says the event best for the whole story, and stays.

A title's score is how much of what the sources agree on it says, times how much it looks like a
news headline. It replaces the previous version's only when it is clearly better.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from dateline.articles import Article
from services.publish.words import UNSPACED

OUTLET_WORD = re.compile(
    r"\b(?:News|Times|Post|Herald|Today|Tribune|Journal|Radio|TV|Online|Daily|Gazette|Chronicle|Observer|"
    r"Independent|Press|Star|Sun|Mail|Express|Guardian|Mirror|Review|Magazine|Report|Network|Media|Live|Now|"
    r"Wire|Telegraph|Globe|World|Politics|Business|Opinion|Video|Standard|Examiner|Record|Courier|Bulletin|"
    r"Project|BBC|CNN|NPR|ABC|CBS|NBC|FOX|Fox|PBS|AP|Reuters|AFP|CBC|RTE|RTÉ|DW|FM|Asia|Pacific|Europe|"
    r"Africa|America|Sports|Nachrichten|Zeitung|Noticias|Diario|Monde|Matin)\b"
)
SEPARATOR = re.compile(r"\s+[|–—•·»]\s*|\s+-\s+|\s*\|\s*")
PREFIX = re.compile(
    r"^(?:BREAKING(?: NEWS)?|Breaking(?: News)?|JUST IN|EXCLUSIVE|Exclusive|UPDATED?(?: \d+)?|Update \d+|"
    r"By the numbers|Why it matters|Driving the news|The big picture|Between the lines|"
    r"WATCH|Watch|VIDEO|Video|\[?WATCH\]?|ALERT|Alert|DEVELOPING|Opinion|Live)\s?[:|–—-]\s*"
)
PREFIX_OPENS = frozenset("BJEUWV[ADOLT")
UNFIT = re.compile(
    r"\b(?:opinion|editorial|letters?|column|op-ed|analysis|explainer|explained|podcast|quiz|review|photos?|"
    r"gallery|live|live updates?|as it happened|roundup|round-up|newsletter|briefing|takeaways|what we know|"
    r"what to know|things to (?:know|watch)|here[’']?s|watch:|video|interview|factbox|timeline|q&a|morning|"
    r"daily|week in|"
    r"top stories|headlines|transcript|readers|commentary|perspective|fact[- ]check|meet the|best|worst)\b",
    re.IGNORECASE,
)
PERSONAL = re.compile(r"\b(?:I|I'm|I’m|my|we|our|us|you|your|you're|you’re|let’s|let's)\b", re.IGNORECASE)
OPENER = re.compile(
    r"^(?:how|why|what|when|who|where|is|are|can|could|will|does|do|did|should|inside|meet|the \d+|\d+ )\b",
    re.IGNORECASE,
)
WEAK = re.compile(
    r"\b(?:slam(?:s|med)?|blast(?:s|ed)?|destroy(?:s|ed)?|shock(?:s|ing)?|fury|rip(?:s|ped)|epic|insane|huge)\b",
    re.IGNORECASE,
)
# A label before the news ("Online Gaming Bill 2025: …"), or the speaker before what was said.
LABEL = re.compile(r"^(?:\S+\s){0,4}\S+:\s")
GENERIC_TAIL_WORDS = 4
REMEMBERED_TITLES = 2_048
BETTER_BY = 1.15


def clean_title(article: Article) -> str:
    """An article's title without its outlet's name and without a desk's "BREAKING:"."""
    return _clean(article.title, article.publisher.name or "", article.publisher.domain or "")


@lru_cache(maxsize=REMEMBERED_TITLES)
def _clean(title: str, name: str, domain: str) -> str:
    kept = PREFIX.sub("", title.strip())
    head = SEPARATOR.search(kept)
    if head and _is_outlet(kept[: head.start()], kept[head.end() :], head[0], name, domain):
        kept = kept[head.end() :]
    for _ in range(2):
        found = list(SEPARATOR.finditer(kept))
        if not found:
            break
        last = found[-1]
        if not _is_outlet(kept[last.end() :], kept[: last.start()], last[0], name, domain):
            break
        kept = kept[: last.start()].rstrip()
    return kept or title


def opening_label(text: str) -> int:
    """The length of a desk's "BREAKING:" before the news; 0 where there is none."""
    found = PREFIX.match(text) if text[:1] in PREFIX_OPENS else None
    return found.end() if found else 0


def _is_outlet(tail: str, head: str, separator: str, name: str, domain: str) -> bool:
    """Whether one end of a title (`tail`) names who publishes it, `head` being the rest."""
    if len(head.split()) < 4 and not UNSPACED.search(head):
        return False
    squashed, host = _squash(tail), _squash(domain.rsplit(".", 1)[0])
    if squashed and (
        squashed in (_squash(name), host) or (len(squashed) > 3 and (squashed in host or host in squashed))
    ):
        return bool(host or name)
    if len(tail.split()) > GENERIC_TAIL_WORDS:
        return False
    return "|" in separator or bool(OUTLET_WORD.search(tail) and tail[:1].isupper())


def _squash(name: str) -> str:
    return re.sub(r"\W|_|^the\b", "", name.casefold())


@lru_cache(maxsize=REMEMBERED_TITLES)
def fitness(title: str) -> float:
    """How much a title looks like a news headline, 0 to 1."""
    value = _length_fitness(title)
    if "?" in title or OPENER.match(title):
        value *= 0.4
    if UNFIT.search(title):
        value *= 0.5
    if PERSONAL.search(title):
        value *= 0.6
    if WEAK.search(title):
        value *= 0.8
    if LABEL.match(title):
        value *= 0.85
    if title.endswith(("...", "…")) or ";" in title or "!" in title:
        value *= 0.6
    if sum(c.isupper() for c in title) > 0.6 * max(1, sum(c.isalpha() for c in title)):
        value *= 0.4
    if "|" in title or " - " in title:
        value *= 0.8
    if title[:1] in "'\"“‘«":
        value *= 0.75
    return value


def _length_fitness(title: str) -> float:
    count = len(title) // 2 if UNSPACED.search(title) else len(title.split())
    if count < 4:
        return 0.4
    if count < 7:
        return 0.75
    return 1.0 if count <= 16 else max(0.4, 1.0 - (count - 16) * 0.06)


def choose(
    titles: Sequence[str], said: Sequence[float], previous: str | None, favour: Sequence[float] = ()
) -> int:
    """The index of the headline. `said` is what each title says of the agreed words for its length.

    Of titles that say about as much, one with more `favour` (1 is none) is chosen; but the previous headline
    stays while it is among the titles and no other says 15 % more, favoured or not. Ties go to the first.
    """
    scores = [round(part * fitness(title), 6) for title, part in zip(titles, said, strict=True)]
    favoured = [
        round(score * worth, 6) for score, worth in zip(scores, favour or [1.0] * len(scores), strict=True)
    ]
    best = max(range(len(titles)), key=lambda index: (favoured[index], -index))
    held = next((index for index, title in enumerate(titles) if title == previous), None)
    if held is None:
        return best
    clearly_better = all(score[best] >= score[held] * BETTER_BY for score in (scores, favoured))
    return best if clearly_better else held
