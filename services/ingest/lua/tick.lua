#!lua flags=allow-oom
-- Append a tick of the shard's clock when its last entry is older than the interval; several workers
-- asking at once make one. The advance is server time minus the time of that last entry.
-- KEYS: 1 articles:{S}, 2 ledger (hash). ARGV: interval in milliseconds.
local last = redis.call('HGET', KEYS[2], 'last_id')
if not last or last == '0-0' then return 0 end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local advance = now - tonumber(string.match(last, '^(%d+)-'))
if advance < tonumber(ARGV[1]) then return 0 end
local id = string.format('%.0f-0', now)
redis.call('XADD', KEYS[1], id, 'kind', 'tick', 'arrived', '0', 'advance', string.format('%.0f', advance))
redis.call('HSET', KEYS[2], 'last_id', id)
return 1
