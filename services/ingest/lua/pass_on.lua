#!lua flags=allow-oom
-- Append control acts to a shard's log, each once.
-- KEYS: 1 articles:{S}, 2 applied (hash), 3 ledger (hash). ARGV per act: raw id, arrived, data.
local function parts(id)
  local a, b = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(a), tonumber(b)
end
for i, want in ipairs({'stream', 'hash', 'hash'}) do
  local kind = redis.call('TYPE', KEYS[i])['ok']
  if kind ~= 'none' and kind ~= want then
    return redis.error_reply(KEYS[i] .. ' is a ' .. kind .. ', not a ' .. want)
  end
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local last_ms, last_seq = parts(redis.call('HGET', KEYS[3], 'last_id') or '0-0')
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      local a, b = parts(info[i + 1])
      if a > last_ms or (a == last_ms and b > last_seq) then last_ms, last_seq = a, b end
    end
  end
end
for at = 1, #ARGV, 3 do
  local mark = 'control ' .. ARGV[at]
  if redis.call('HSETNX', KEYS[2], mark, 'accepted ') == 1 then
    if now > last_ms then last_ms, last_seq = now, 0 else last_seq = last_seq + 1 end
    redis.call('XADD', KEYS[1], string.format('%.0f-%.0f', last_ms, last_seq), 'kind', 'control',
               'arrived', ARGV[at + 1], 'raw_id', ARGV[at], 'data', ARGV[at + 2])
  end
end
redis.call('HSET', KEYS[3], 'last_id', string.format('%.0f-%.0f', last_ms, last_seq))
return 1
