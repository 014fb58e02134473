#!lua flags=allow-oom
-- Append a tick of the shard's clock when its last entry is older than the interval; several workers
-- asking at once make one. The advance is server time minus the time of that last entry.
-- KEYS: 1 articles:{S}, 2 ledger (hash). ARGV: interval in milliseconds.
for i, want in ipairs({'stream', 'hash'}) do
  local kind = redis.call('TYPE', KEYS[i])['ok']
  if kind ~= 'none' and kind ~= want then
    return redis.error_reply(KEYS[i] .. ' is a ' .. kind .. ', not a ' .. want)
  end
end
local last = tonumber(string.match(redis.call('HGET', KEYS[2], 'last_id') or '0-0', '^(%d+)-'))
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      last = math.max(last, tonumber(string.match(info[i + 1], '^(%d+)-')))
    end
  end
end
if last == 0 then return 0 end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local advance = now - last
if advance < tonumber(ARGV[1]) then return 0 end
local id = string.format('%.0f-0', now)
redis.call('XADD', KEYS[1], id, 'kind', 'tick', 'arrived', '0', 'advance', string.format('%.0f', advance))
redis.call('HSET', KEYS[2], 'last_id', id)
return 1
