#!lua flags=allow-oom
-- Append a tick of the shard's clock when its last entry is older than the interval; several workers
-- asking at once make one. The advance is server time minus the time of that last entry.
-- KEYS: 1 articles:{S}, 2 ledger (hash). ARGV: interval in milliseconds.
-- include keys
-- include ids
local wrong = wrong_type({'stream', 'hash'})
if wrong then return wrong end
local now, last = now_ms(), 0
for _, id in ipairs({redis.call('HGET', KEYS[2], 'last_id') or '0-0', last_id(KEYS[1])}) do
  last = math.max(last, tonumber(string.match(id, '^(%d+)-')))
end
if last == 0 then return 0 end
local advance = now - last
if advance < tonumber(ARGV[1]) then return 0 end
local id = string.format('%.0f-0', now)
redis.call('XADD', KEYS[1], id, 'kind', 'tick', 'arrived', '0', 'advance', string.format('%.0f', advance))
redis.call('HSET', KEYS[2], 'last_id', id)
return 1
