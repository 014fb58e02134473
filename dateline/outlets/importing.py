"""Files of outlet ratings as raters publish them: what can be taken of them, and what not, with the reason.

Four kinds are known by their columns: a plain CSV, Media Bias/Fact Check JSON, AllSides CSV (outlets by
name) and the list of Lin et al. (`domain,pc1`). Good values are taken, bad ones are left out and reported;
a file that cannot be read at all is refused. How an outlet's audience votes is not its slant: such columns
are never read.
"""

from __future__ import annotations

from dateline.outlets.csv_ratings import read_csv
from dateline.outlets.findings import FACTS, Import, Row, Told, UnreadableRatings
from dateline.outlets.mbfc import read_mbfc

MOST_OUTLETS = 200_000


def read_file(data: bytes, provider: str = "", told: Told = lambda _: None) -> Import:
    """Read a file. `provider` names the rater where the file does not; `told` hears how many rows are read.

    Raises:
        UnreadableRatings: it is none of the kinds, or too large.
    """
    text, note = decode(data)
    if text.lstrip()[:1] in ("{", "["):
        found = read_mbfc(text, provider or "Media Bias/Fact Check")
    else:
        found = read_csv(text, provider, told)
    found.notes[:0] = [note] if note else []
    found.rows = _without_doubles(found)
    if found.outlets > MOST_OUTLETS:
        raise UnreadableRatings(
            f"it rates {found.outlets:,} outlets, and a load holds {MOST_OUTLETS:,} at most; "
            "leave out those that you never receive articles from"
        )
    return found


def decode(data: bytes) -> tuple[str, str]:
    """The text of a file, with a note where its encoding is not UTF-8.

    Raises:
        UnreadableRatings: it is no text.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace"), "The file is UTF-16."
    if b"\0" in data[:4096]:
        raise UnreadableRatings("it is no text file; export it as CSV or JSON")
    try:
        return data.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace"), "The file is not UTF-8; it was read as Windows-1252."


def _without_doubles(found: Import) -> list[Row]:
    """One word of one rater on one outlet: the newest by date, else the first."""
    kept: dict[tuple[str, str], Row] = {}
    for row in found.rows:
        key = (row["domain"], row.get("provider", ""))
        other = kept.setdefault(key, row)
        if other is row:
            continue
        newer = bool(other.get("date")) and row.get("date", "") > other["date"]
        kept[key] = row if newer else other
        differ = sorted(name for name in FACTS if row.get(name) != other.get(name))
        who = row.get("provider") or "one rater"
        if differ:
            which = "newer" if newer else "first"
            reason = f"{who} rates it twice, with another {' and '.join(differ)}; the {which} counts"
            found.miss("contradicted", row["domain"], reason)
        else:
            found.miss(
                "repeated", row["domain"], f"{who} rates it twice, alike; it counts once", row_taken=True
            )
    return list(kept.values())
