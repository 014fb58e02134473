"""`dateline backup`: a copy of what the door keeps and nobody could make again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from dateline.cli.faults import Failed
from dateline.cli.terminal import note, out, plural, safe
from dateline.cli.token import Data, kept


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; one that is there is replaced.")],
    data: Data = None,
) -> None:
    """Copy the door's tokens, webhooks and their log while it runs. Each hour it does so by itself.

    Examples:

    * `dateline backup keep-before-upgrade.db`
    * `docker compose exec web dateline backup /var/lib/dateline-backups/before-upgrade.db`
    """
    with kept(data) as keep:
        try:
            keep.copy_to(file)
        except OSError as error:
            raise Failed(f"{file} cannot be written: {error.strerror or error}") from error
        out().print(safe(f"{plural(len(keep.tokens()), 'token')} and all webhooks are in {file}."))
    note("To have them back: stop the door and put the file in the place of its keep.db.")
