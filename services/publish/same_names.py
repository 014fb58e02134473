"""Which names of a story mean the same person or organisation.

"Donald J. Trump" is Donald Trump, "Abrego Garcia" is Kilmar Abrego Garcia, CBO the Congressional Budget
Office, the Justice Department the Department of Justice. Only within one story, where one of the names is
the other in a shorter or another form; of several forms the one that most articles print stands for all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import combinations

SMALL = frozenset({"of", "the", "and", "for", "de", "del", "la", "du", "des", "und", "für", "&"})
BODIES = "Department|Ministry|Office|Bureau|Agency|Commission|Committee|Institute|University|Bank"
INVERTED = re.compile(rf"^(.+) ({BODIES})$")
OF = re.compile(rf"^({BODIES}) of (?:the )?(.+)$")
COMMON_START, MOST_LONGER = 5, 2
CLEARLY = 4


def one_person(counts: Mapping[str, int]) -> dict[str, str]:
    """Each person's name to the form that stands for it."""
    groups = _Groups(counts)
    tokens = {name: _tokens(name) for name in sorted(counts)}
    by_ends: dict[tuple[str, str], str] = {}
    by_given: dict[str, list[str]] = {}
    by_surname: dict[str, list[str]] = {}
    for name, parts in tokens.items():
        groups.join(name, by_ends.setdefault((parts[0], parts[-1]), name))
        by_given.setdefault(parts[0], []).append(name)
        by_surname.setdefault(parts[-1], []).append(name)
    for several in filter(_are_several, by_surname.values()):
        for name in several:
            longer = groups.clearest(other for other in several if _shortens(tokens[name], tokens[other]))
            if longer is not None:
                groups.join(name, longer)
    for several in filter(_are_several, by_given.values()):
        for name, other in combinations(several, 2):
            if _spelt_alike(tokens[name], tokens[other]):
                groups.join(name, other)
    return groups.chosen()


def _are_several(names: Sequence[str]) -> bool:
    return len(names) > 1


@lru_cache(maxsize=4_096)
def _tokens(name: str) -> tuple[str, ...]:
    return tuple(_token(part) for part in name.split())


def _token(part: str) -> str:
    return part.replace(".", "").casefold()


def _shortens(parts: Sequence[str], whole: Sequence[str]) -> bool:
    """Whether a name is another one cut: its last names alone, or its given name an initial."""
    if len(parts) < len(whole) and tuple(whole[-len(parts) :]) == tuple(parts):
        return True
    initial = len(parts[0]) == 1 and len(whole[0]) > 1 and whole[0].startswith(parts[0])
    return initial and parts[-1] == whole[-1]


def _spelt_alike(one: Sequence[str], other: Sequence[str]) -> bool:
    """The same given name, and surnames that differ at the end (Zelensky, Zelenskyy)."""
    a, b = one[-1], other[-1]
    start = a[:COMMON_START] == b[:COMMON_START] and min(len(a), len(b)) > COMMON_START
    return one[0] == other[0] and start and abs(len(a) - len(b)) <= MOST_LONGER and a[:-2] == b[: len(a) - 2]


def one_organisation(counts: Mapping[str, int]) -> dict[str, str]:
    """Each organisation's name to the form that stands for it; a full name before its letters."""
    groups = _Groups(counts)
    by_form: dict[str, str] = {}
    for name in counts:
        groups.join(name, by_form.setdefault(_form(name), name))
    letters = {name: forms for name in counts if " " in name for forms in [_initials(name)]}
    for name in counts:
        if name.isupper() and " " not in name:
            full = [other for other, forms in letters.items() if name in forms]
            for other in full[1:]:
                groups.join(full[0], other)
            if full:
                groups.join(name, full[0])
    return groups.chosen(letters_too=True)


@lru_cache(maxsize=4_096)
def _form(name: str) -> str:
    """Justice Department and Department of Justice are one."""
    bare = re.sub(r"^[Tt]he ", "", name)
    if found := INVERTED.match(bare):
        return f"{found[2]} of {found[1]}".casefold()
    return f"{found[1]} of {found[2]}".casefold() if (found := OF.match(bare)) else bare.casefold()


@lru_cache(maxsize=4_096)
def _initials(name: str) -> frozenset[str]:
    parts = re.split(r"[\s-]+", re.sub(r"^[Tt]he ", "", name))
    return frozenset(
        {
            "".join(p[0] for p in parts if p).upper(),
            "".join(p[0] for p in parts if p and p not in SMALL).upper(),
        }
    )


class _Groups:
    """Names that were found to be one."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self.counts = counts
        self.parent = {name: name for name in sorted(counts)}

    def root(self, name: str) -> str:
        while self.parent[name] != name:
            name = self.parent[name]
        return name

    def join(self, one: str, other: str) -> None:
        first, second = sorted((self.root(one), self.root(other)))
        self.parent[second] = first

    def clearest(self, names: Iterable[str]) -> str | None:
        """Of several the one that is printed far more than those who are somebody else."""
        totals = Counter[str]()
        for name in names:
            totals[self.root(name)] += self.counts[name]
        ranked = totals.most_common(2)
        clear = len(ranked) == 1 or (len(ranked) == 2 and ranked[0][1] >= CLEARLY * ranked[1][1])
        return ranked[0][0] if clear else None

    def chosen(self, *, letters_too: bool = False) -> dict[str, str]:
        """Each name to the form that stands for its group."""
        groups: dict[str, list[str]] = {}
        for name in self.parent:
            groups.setdefault(self.root(name), []).append(name)
        choose = self._organisation if letters_too else self._person
        found: dict[str, str] = {}
        for group in groups.values():
            best = choose(group) if len(group) > 1 else group[0]
            found.update((name, best) for name in group)
        return found

    def _most(self, names: Iterable[str]) -> str:
        return min(names, key=lambda name: (-self.counts[name], name))

    def _person(self, group: Sequence[str]) -> str:
        """The form most printed that is neither cut nor has initials, where there is one."""
        whole = [name for name in group if not any(other.endswith(f" {name}") for other in group)]
        return self._most([name for name in whole if not _has_initial(name)] or whole)

    def _organisation(self, group: Sequence[str]) -> str:
        """The full name before its letters, unless hardly anybody prints it."""
        best = self._most(group)
        full = [name for name in group if " " in name]
        if " " in best or not full or CLEARLY * self.counts[self._most(full)] < self.counts[best]:
            return best
        return self._most(full)


def _has_initial(name: str) -> bool:
    return any(len(_token(part)) == 1 for part in name.split())
