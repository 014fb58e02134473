#!lua flags=allow-oom
-- Compare what was added to a stream that is read by position with what was applied and what still waits:
-- the rest was deleted before it was read. Each difference is told once. Where the count cannot be
-- continued (nothing counted yet, a commit by code that does not count) it begins anew.
-- KEYS: 1 stream, 2 ledger (hash: position, step, applied, applied_at, base, deleted). ARGV: how many
-- waiting entries are counted at most; with more, another time. Returns the number of entries newly found
-- missing; -1: the stream itself was deleted and made anew.
if redis.call('TYPE', KEYS[1])['ok'] ~= 'stream' then return 0 end
local ledger = redis.call('HMGET', KEYS[2], 'position', 'step', 'applied', 'applied_at', 'base')
local position, step = ledger[1] or '0-0', ledger[2] or '0'
local waiting = #redis.call('XRANGE', KEYS[1], '(' .. position, '+', 'COUNT', ARGV[1])
if waiting >= tonumber(ARGV[1]) then return 0 end
-- An entry of which some steps are committed is not yet counted as applied.
if step ~= '0' then waiting = waiting + #redis.call('XRANGE', KEYS[1], position, position) end
local added, info = 0, redis.call('XINFO', 'STREAM', KEYS[1])
for i = 1, #info, 2 do
  if info[i] == 'entries-added' then added = tonumber(info[i + 1]) end
end
local rest = added - waiting - tonumber(ledger[3] or 0)
local continued = ledger[5] and ledger[4] == position .. '/' .. step
local missing = continued and rest - tonumber(ledger[5]) or 0
redis.call('HSET', KEYS[2], 'base', rest, 'applied', ledger[3] or 0, 'applied_at', position .. '/' .. step)
if missing > 0 then redis.call('HINCRBY', KEYS[2], 'deleted', missing) end
return missing >= 0 and missing or -1
