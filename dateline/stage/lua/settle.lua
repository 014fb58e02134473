#!lua flags=allow-oom
-- Second step of ingest's hop, at the source: acknowledge, and say once what became of each entry.
-- KEYS: 1 stream, 2 outcomes, 3 dead letters, 4 settled (zset), 5 source ledger (hash), 6 attempts (hash).
-- ARGV: group, replication id of the server that was read (another may have lost what the first step did
--       there: then nothing is settled, and all is read again), then per entry: id, padded id, outcome, article id, reason, number of dead-letter
--       arguments, those arguments (field, value, …).
-- Returns a number per entry: 1 settled now, 0 settled before, -1 not ours to settle (the group is
-- another than the one that delivered it: it will be delivered again).
-- include keys
local server = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if server ~= ARGV[2] then return redis.error_reply('OTHERSERVER since the entries were read: another, or restarted') end
local wrong = wrong_type({'stream', 'stream', 'stream', 'zset', 'hash'})
if wrong then return wrong end
-- Below the floor all is settled, also when an operator sets the group back.
local floor = redis.call('HGET', KEYS[5], 'floor_padded') or ''
local answers, counted, at = {}, 0, 3
while at <= #ARGV do
  local id, padded, letters = ARGV[at], ARGV[at + 1], tonumber(ARGV[at + 5])
  local acknowledged = redis.call('XACK', KEYS[1], ARGV[1], id)
  local answer = -1
  if padded <= floor or redis.call('ZSCORE', KEYS[4], padded) then
    answer = 0
  elseif acknowledged == 1 then
    redis.call('ZADD', KEYS[4], 0, padded)
    redis.call('XADD', KEYS[2], '*', 'entry_id', id, 'outcome', ARGV[at + 2],
               'article_id', ARGV[at + 3], 'reason', ARGV[at + 4])
    if letters > 0 then redis.call('XADD', KEYS[3], '*', unpack(ARGV, at + 6, at + 5 + letters)) end
    answer, counted = 1, counted + 1
  end
  if answer >= 0 then redis.call('HDEL', KEYS[6], id) end
  answers[#answers + 1] = answer
  at = at + 6 + letters
end
redis.call('HINCRBY', KEYS[5], 'settled', counted)
return answers
