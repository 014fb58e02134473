"""Control acts: read from an entry of ``articles.control``, checked, and sent to the shards concerned."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from dateline.acts import check_act
from dateline.articles import ControlAct
from dateline.stage.dead_letters import Failure


def read_act(entry_id: str, fields: Mapping[bytes, bytes]) -> ControlAct | Failure:
    """A control act from its plain fields: `act`, and its body as a JSON object in `body`."""
    act = fields.get(b"act", b"").decode("utf-8", "replace")
    if not act:
        return Failure("bad_act", "act: missing; an entry of articles.control needs the field 'act'")
    try:
        body = json.loads(fields.get(b"body", b"{}"))
    except (ValueError, RecursionError) as error:
        return Failure("bad_json", f"body: is not JSON: {error}"[:300])
    if not isinstance(body, dict):
        return Failure("not_an_object", "body: must be a JSON object")
    try:
        check_act(act, body)
    except ValueError as error:
        return Failure("bad_act", str(error))
    return ControlAct(act=act, act_id=entry_id, body=body)


def shard_named(act: ControlAct, shards: Sequence[str]) -> str | None:
    """The shard that an act names through its story, if any."""
    story = next((act.body[name] for name in ("story_id", "to_story_id", "winner") if name in act.body), "")
    named = story.split("-")[1] if isinstance(story, str) and story.startswith("s-") else ""
    return named if named in shards else None
