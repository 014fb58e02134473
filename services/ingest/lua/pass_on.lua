#!lua flags=allow-oom
-- Append control acts to a shard's log, each once.
-- KEYS: 1 articles:{S}, 2 applied (hash), 3 ledger (hash). ARGV per act: raw id, arrived, data, trace (or '').
-- include keys
-- include ids
local wrong = wrong_type({'stream', 'hash'})
if wrong then return wrong end
local now, last = now_ms(), last_id(KEYS[1])
local noted = redis.call('HGET', KEYS[3], 'last_id') or '0-0'
if compare_ids(noted, last) > 0 then last = noted end
for at = 1, #ARGV, 4 do
  local mark = 'control ' .. ARGV[at]
  if redis.call('HSETNX', KEYS[2], mark, 'accepted ') == 1 then
    last = id_after(last, now)
    local entry = {'kind', 'control', 'arrived', ARGV[at + 1], 'raw_id', ARGV[at], 'data', ARGV[at + 2]}
    if ARGV[at + 3] ~= '' then
      entry[#entry + 1] = 'traceparent'
      entry[#entry + 1] = ARGV[at + 3]
    end
    redis.call('XADD', KEYS[1], last, unpack(entry))
  end
end
redis.call('HSET', KEYS[3], 'last_id', last)
return 1
