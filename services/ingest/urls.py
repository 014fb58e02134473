"""Web addresses: which are accepted, and the canonical form that decides that two are the same article.

The canonical form is a key, not a link: it drops what does not matter (scheme, port, fragment,
`www.`, `m.`, AMP, tracking parameters, parameter order, trailing slash) and writes the rest in
one way (RFC 3986 section 6.2.2: case, percent-encoding, dot segments). `tests/vectors/README.md`
states the steps for other implementations.
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from urllib.parse import quote, unquote_to_bytes

import idna
import tldextract

from services.ingest.limits import URL_CHARACTERS
from services.ingest.tables import table

# RFC 3986 appendix B, for http(s) only and with an authority.
_ADDRESS = re.compile(
    r"(https?)://([^/?#\\]*)((?:/[^?#]*)?)(?:\?([^#]*))?(?:#.*)?", re.IGNORECASE | re.DOTALL
)
_LABEL = re.compile(r"[a-z0-9_-]{1,63}")
_UNWANTED = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_SESSION = re.compile(r";jsessionid=[^/;]*", re.IGNORECASE)
_AMP_ENDING = re.compile(rb"\.amp(?=(?:\.[a-z]{3,5})?$)", re.IGNORECASE)

_PATH_SAFE = "!$&'()*+,;=:@-._~"
_QUERY_SAFE = "!$'()*,;:@/?-._~"
_VARIANT_LABELS = frozenset({"www", "m", "amp"})
_HOST_CHARACTERS = 253
_PORT_MAX = 65_535


@dataclass(frozen=True, slots=True)
class WebAddress:
    """An accepted http(s) address: `sent` as it came, `host` in lower case and punycode."""

    sent: str
    host: str
    path: str
    query: str


def read_web_address(value: object) -> WebAddress:
    """Accept an absolute http(s) URL of at most 2,048 characters without user info.

    Raises:
        ValueError: it is not one; the message says what is wrong, without the value.
    """
    if not isinstance(value, str):
        raise ValueError("is not a string")
    sent = value.strip(" \t\r\n")
    if len(sent) > URL_CHARACTERS:
        raise ValueError(f"has {len(sent)} characters, the limit is {URL_CHARACTERS}")
    if _UNWANTED.search(sent):
        raise ValueError("has control characters in it")
    match = _ADDRESS.fullmatch(sent)
    if match is None:
        raise ValueError("is not an absolute http(s) URL")
    return WebAddress(sent, _authority_host(match[2]), match[3], match[4] or "")


def _authority_host(authority: str) -> str:
    if "@" in authority:
        raise ValueError("has user info in it")
    if authority.startswith("["):
        address, closed, port = authority[1:].partition("]")
        host = f"[{ipaddress.IPv6Address(address)}]" if closed else ""
    else:
        host, colon, port = authority.partition(":")
        host, port = read_host(host), colon + port
    digits = port.removeprefix(":")
    if port and (not port.startswith(":") or (digits and not _is_port(digits))):
        raise ValueError("has a bad port")
    if not host:
        raise ValueError("is not an absolute http(s) URL")
    return host


def _is_port(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) <= 5 and int(digits) <= _PORT_MAX


@lru_cache(maxsize=8192)
def read_host(host: str) -> str:
    """A host name in lower case and punycode (UTS 46, non-transitional), without a root dot.

    Raises:
        ValueError: it is no host name.
    """
    name = host if host.isascii() else _to_ascii(host)
    name = name.lower().removesuffix(".")
    if len(name) > _HOST_CHARACTERS or not all(map(_LABEL.fullmatch, name.split("."))):
        raise ValueError("has no valid host name")
    return name


def _to_ascii(host: str) -> str:
    try:
        return idna.encode(host[: _HOST_CHARACTERS + 1], uts46=True).decode("ascii")
    except (idna.IDNAError, UnicodeError):
        pass
    try:  # emoji domains exist; IDNA 2008 has no room for them, IDNA 2003 has
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        raise ValueError("has no valid host name") from None


@cache
def _suffixes() -> tldextract.TLDExtract:
    """The public suffix list bundled with tldextract: nothing is fetched, nothing written."""
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, fallback_to_snapshot=True)


@lru_cache(maxsize=8192)
def registered_domain(host: str) -> str:
    """The domain that somebody registered: one label below an ICANN public suffix.

    Under an unknown suffix the last two labels; an address, a single label or a bare public
    suffix as it is. `host` is lower case and punycode.
    """
    if host.startswith("[") or _is_ipv4(host):
        return host
    parts = _suffixes().extract_str(host)
    if parts.suffix:
        return f"{parts.domain}.{parts.suffix}" if parts.domain else host
    return ".".join(host.split(".")[-2:])


def _is_ipv4(host: str) -> bool:
    try:
        ipaddress.IPv4Address(host)
    except ValueError:
        return False
    return True


@lru_cache(maxsize=64)  # asked for twice: by the identity and by the article
def canonical_url(address: WebAddress) -> str:
    """The key of an address: two addresses of one article have the same one.

    Always begins `https://`, is ASCII, has no port, fragment, trailing slash or tracking
    parameters; parameters are sorted bytewise.
    """
    address = without_amp_cache(address)
    place = _canonical_host(address.host) + _canonical_path(address.path)
    query = _canonical_query(address.query)
    return f"https://{place}?{query}" if query else f"https://{place}"


@lru_cache(maxsize=8192)
def _canonical_host(host: str) -> str:
    domain = registered_domain(host)
    if host == domain:
        return host
    labels = host.removesuffix(f".{domain}").split(".")
    return ".".join([label for label in labels if label not in _VARIANT_LABELS] + [domain])


def _canonical_path(path: str) -> str:
    if path.isascii() and not any(mark in path for mark in ("%", ".", "amp", "AMP", ";")):
        return quote(path.rstrip("/"), safe="/" + _PATH_SAFE) or "/"
    plain = _SESSION.sub("", path)
    segments = _without_dots([unquote_to_bytes(part) for part in plain.split("/")[1:]])
    return "/" + "/".join(quote(segment, safe=_PATH_SAFE) for segment in _without_amp(_trimmed(segments)))


def _without_dots(segments: list[bytes]) -> list[bytes]:
    """RFC 3986 section 5.2.4, on decoded segments (so that `%2E%2E` counts as well)."""
    if b"." not in segments and b".." not in segments:
        return segments
    kept: list[bytes] = []
    for segment in segments:
        if segment == b"..":
            del kept[-1:]
        elif segment != b".":
            kept.append(segment)
    return kept


def _trimmed(segments: list[bytes]) -> list[bytes]:
    """Without empty segments at the end: trailing slashes do not matter."""
    length = len(segments)
    while length and not segments[length - 1]:
        length -= 1
    return segments[:length]


def _without_amp(segments: list[bytes]) -> list[bytes]:
    """Without `/amp` at either end and without `.amp` before the file's ending or at the end."""
    if len(segments) > 1 and segments[-1].lower() == b"amp":
        segments = _trimmed(segments[:-1])
    if len(segments) > 1 and segments[0].lower() == b"amp":
        segments = segments[1:]
    if segments and b".amp" in segments[-1].lower():
        segments = [*segments[:-1], _AMP_ENDING.sub(b"", segments[-1]) or segments[-1]]
    return segments


def _canonical_query(query: str) -> str:
    if not query:
        return ""
    pairs = []
    for part in query.split("&"):
        name, _, value = part.replace("+", " ").partition("=")
        pair = (unquote_to_bytes(name), unquote_to_bytes(value))
        if part and not _is_tracking(*pair):
            pairs.append(pair)
    return "&".join("=".join(quote(part, safe=_QUERY_SAFE) for part in pair) for pair in sorted(pairs))


def _is_tracking(name: bytes, value: bytes) -> bool:
    names, prefixes, values = _tracking()
    key = name.decode("utf-8", "replace").lower()
    if key in names or key.startswith(prefixes):
        return True
    return value.decode("utf-8", "replace").lower() in values.get(key, ())


@cache
def _tracking() -> tuple[frozenset[str], tuple[str, ...], dict[str, frozenset[str]]]:
    data = table("tracking_parameters")
    values = {name: frozenset(listed) for name, listed in data["values"].items()}
    return frozenset(data["names"]), tuple(data["prefixes"]), values


# Where AMP caches and viewers put the publisher's own address: host pattern, path pattern.
# https://developers.google.com/amp/cache/overview ; `s/` says that the origin is https.
_CACHES = (
    (
        re.compile(r"(?:.+\.)?(?:cdn\.ampproject\.org|bing-amp\.com)"),
        re.compile(r"/[a-z]/(?:s/)?([^/]+)(/.*)?"),
    ),
    (re.compile(r"(?:www\.)?google\.[a-z.]{2,6}"), re.compile(r"/amp/(?:s/)?([^/]+)(/.*)?")),
)


def without_amp_cache(address: WebAddress) -> WebAddress:
    """The publisher's own address where this one is an AMP cache's or viewer's, else itself."""
    if "amp" not in address.host and not address.path.startswith("/amp/"):
        return address
    for host, path in _CACHES:
        inner = path.fullmatch(address.path) if host.fullmatch(address.host) else None
        if inner and "." in inner[1]:
            try:
                return WebAddress(address.sent, read_host(inner[1]), inner[2] or "", address.query)
            except ValueError:
                return address
    return address
