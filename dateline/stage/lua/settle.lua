#!lua flags=allow-oom
-- Second step of ingest's hop, at the source: acknowledge, and say once what became of each entry.
-- KEYS: 1 stream, 2 outcomes, 3 dead letters, 4 settled (zset), 5 source ledger (hash), 6 attempts (hash).
-- ARGV: group, then per entry: id, padded id, outcome, article id, reason, number of dead-letter
--       arguments, those arguments (field, value, …).
for i, want in ipairs({'stream', 'stream', 'stream', 'zset', 'hash', 'hash'}) do
  local kind = redis.call('TYPE', KEYS[i])['ok']
  if kind ~= 'none' and kind ~= want then
    return redis.error_reply(KEYS[i] .. ' is a ' .. kind .. ', not a ' .. want)
  end
end
local counted, at = 0, 2
while at <= #ARGV do
  local id, padded, letters = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 5])
  local acknowledged = redis.call('XACK', KEYS[1], ARGV[1], id)
  if acknowledged == 1 and not redis.call('ZSCORE', KEYS[4], padded) then
    redis.call('ZADD', KEYS[4], 0, padded)
    redis.call('XADD', KEYS[2], '*', 'entry_id', id, 'outcome', ARGV[at + 2],
               'article_id', ARGV[at + 3], 'reason', ARGV[at + 4])
    if letters > 0 then redis.call('XADD', KEYS[3], '*', unpack(ARGV, at + 6, at + 5 + letters)) end
    counted = counted + 1
  end
  redis.call('HDEL', KEYS[6], id)
  at = at + 6 + letters
end
redis.call('HINCRBY', KEYS[5], 'settled', counted)
return counted
