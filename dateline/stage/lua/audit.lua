#!lua flags=allow-oom
-- Compare what was added to a group-read stream with what was settled: a difference, while nothing is
-- unread and nothing pending, was deleted before it was read. Each difference is told once.
-- KEYS: 1 stream, 2 source ledger (hash: settled, deleted, added, before). ARGV: group.
-- Returns the number of entries newly found missing; -1: the stream itself was deleted and made anew.
if redis.call('TYPE', KEYS[1])['ok'] ~= 'stream' then return 0 end
local function facts(list)
  local found = {}
  for i = 1, #list, 2 do found[list[i]] = list[i + 1] end
  return found
end
local stream, group = facts(redis.call('XINFO', 'STREAM', KEYS[1])), nil
for _, one in ipairs(redis.call('XINFO', 'GROUPS', KEYS[1])) do
  if facts(one).name == ARGV[1] then group = facts(one) end
end
local added = tonumber(stream['entries-added'])
local ledger = redis.call('HMGET', KEYS[2], 'settled', 'deleted', 'added', 'before')
local settled, deleted = tonumber(ledger[1] or 0), tonumber(ledger[2] or 0)
-- `before`: what streams of this name, deleted since, account for of the settled and the missing.
local before, anew = tonumber(ledger[4] or 0), added < tonumber(ledger[3] or 0)
redis.call('HSET', KEYS[2], 'added', added)
if anew then
  before = settled + deleted - added
  redis.call('HSET', KEYS[2], 'before', before)
  return -1
end
if not group or group.pending > 0 or group['last-delivered-id'] ~= stream['last-generated-id'] then return 0 end
local missing = added + before - settled - deleted
if missing < 0 then redis.call('HSET', KEYS[2], 'before', before - missing) end
if missing > 0 then redis.call('HSET', KEYS[2], 'deleted', deleted + missing) end
return math.max(0, missing)
