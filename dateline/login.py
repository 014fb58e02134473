"""How a server lets us in: a Redis URL with its password and certificate authority, from files.

Passwords belong in files (secrets of a container, a keychain's mount), not in environments, where each
process listing and crash report shows them.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit


def with_login(url: str, password_file: str, ca_file: str) -> str:
    """`url` with the password of its user and, for ``rediss://``, the authority to check the server by.

    What the URL says itself stands. Empty file names: nothing is added.

    Raises:
        OSError: the password file cannot be read.
    """
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    netloc, query = parts.netloc, parts.query
    if password_file and parts.password is None:
        password = Path(password_file).read_text("utf-8").strip()
        netloc = f"{parts.username or ''}:{quote(password, safe='')}@{host}"
    if ca_file and parts.scheme == "rediss" and "ssl_ca_certs=" not in query:
        query = "&".join(filter(None, [query, f"ssl_ca_certs={quote(ca_file)}"]))
    return urlunsplit(parts._replace(netloc=netloc, query=query))
