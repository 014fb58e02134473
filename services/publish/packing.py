"""How drafts, members and records lie in the shard's hashes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from isal import isal_zlib as zlib
from pydantic import TypeAdapter

from dateline.stories import StoryRecord
from dateline.streams import Names
from services.publish.drafts import Draft, Member, slim_member

EVENT, VERSIONS = TypeAdapter(dict[str, str]), TypeAdapter(dict[str, int | None])
MEMBER_FIELDS = {"article", "story_id", "revision", "membership", "near_copy_of"}


@dataclass(frozen=True, slots=True)
class Keys:
    """The hashes of one shard's publish state."""

    drafts: str
    members: str
    records: str
    outbox: str
    seen: str
    meta: str
    ratings: str


def keys_of(names: Names, shard: str) -> Keys:
    return Keys(*(names.of_shard("publish", shard, what) for what in Keys.__slots__))


def pack_draft(draft: Draft) -> bytes:
    """A draft without its members' articles: ids in order, and the version each was added in."""
    body = draft.model_dump_json(exclude={"members"}).encode()
    versions = {article_id: member.added_in_version for article_id, member in draft.members.items()}
    return b'%s,"member_versions":%s}' % (body[:-1], VERSIONS.dump_json(versions))


def pack_event(event: Mapping[str, str], packed_record: bytes) -> bytes:
    """An event as it waits in the outbox: a line of its attributes, then its record as packed."""
    return b"%s\n%s" % (EVENT.dump_json({**event, "data": ""}), packed_record)


def unpack_event(packed: bytes) -> dict[str, str]:
    """An event with its data; it may have been written whole, as JSON, by earlier code."""
    head, _, record = packed.partition(b"\n")
    event = EVENT.validate_json(head)
    if record:
        event["data"] = zlib.decompress(record).decode()
    return event


def member_ids(packed: bytes) -> list[str]:
    """The article ids of a packed draft."""
    return list(json.loads(packed)["member_versions"])


def unpack_draft(packed: bytes, members: Mapping[str, Member]) -> Draft:
    """A draft with its members.

    Raises:
        KeyError: a member is missing from `members`.
    """
    body = json.loads(packed)
    versions = body.pop("member_versions")
    draft = Draft.model_validate(body)
    for article_id, version in versions.items():
        draft.members[article_id] = members[article_id].model_copy(update={"added_in_version": version})
    return draft


def pack_member(member: Member) -> bytes:
    return zlib.compress(member.model_dump_json(include=MEMBER_FIELDS, exclude_defaults=True).encode(), 1)


def unpack_member(packed: bytes) -> Member:
    return slim_member(Member.model_validate_json(zlib.decompress(packed)))


def pack_record(record_json: str) -> bytes:
    return zlib.compress(record_json.encode(), 1)


def unpack_record(packed: bytes) -> StoryRecord:
    return StoryRecord.model_validate_json(zlib.decompress(packed))
