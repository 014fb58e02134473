#!lua flags=allow-oom
-- Second step of publish's hop, at stories.published: append what is new, in order; skip what it has.
-- KEYS: 1 stories.published, 2 sources (hash: source → "epoch sequence", source deleted → deletions that
--       this source has dealt with, deleted → deletions of the stream noticed, last_id).
-- ARGV: source, the sequence it believes to have arrived, then per event: epoch, sequence, 1 if a loss
--       right before it is known, number of arguments, those (field, value, …).
-- Returns {events dealt with}, or {-1, last epoch, last sequence} when events are missing before the
-- first: this stream has lost some.
-- include keys
-- include ids
local wrong = wrong_type({'stream', 'hash'})
if wrong then return wrong end
local now, last, held = now_ms(), redis.call('HGET', KEYS[2], 'last_id') or '0-0', last_id(KEYS[1])
if compare_ids(held, last) < 0 then
  redis.call('HINCRBY', KEYS[2], 'deleted', 1)  -- its last entry is not its own last one: it was made anew
else
  last = held
end
local deleted = redis.call('HGET', KEYS[2], 'deleted') or '0'
local known = redis.call('HGET', KEYS[2], ARGV[1])
local epoch, sequence = 0, 0
if known then
  epoch, sequence = string.match(known, '^(%d+) (%d+)$')
  epoch, sequence = tonumber(epoch), tonumber(sequence)
end
local dealt, appended, at = 0, 0, 3
local dealt_with = redis.call('HGET', KEYS[2], ARGV[1] .. ' deleted') or '0'
local missing = sequence < tonumber(ARGV[2]) or (known and dealt_with ~= deleted)
if missing and ARGV[5] ~= '1' then return {-1, epoch, sequence} end
while at <= #ARGV do
  local e, s, count = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 3])
  if e >= epoch and s > sequence + 1 and ARGV[at + 2] ~= '1' then
    if dealt == 0 then return {-1, epoch, sequence} end
    break
  end
  if e > epoch or (e == epoch and s > sequence) then
    last = id_after(last, now)
    redis.call('XADD', KEYS[1], last, unpack(ARGV, at + 4, at + 3 + count))
    epoch, sequence, appended = e, s, appended + 1
  end
  dealt = dealt + 1
  at = at + 4 + count
end
if appended > 0 then
  redis.call('HSET', KEYS[2], ARGV[1] .. ' deleted', deleted, ARGV[1], string.format('%.0f %.0f', epoch, sequence),
             'last_id', last)
end
return {dealt}
