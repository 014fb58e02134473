#!lua flags=allow-oom
-- Second step of publish's hop, at stories.published: append what is new, in order; skip what it has.
-- KEYS: 1 stories.published, 2 sources (hash: source → "epoch sequence", source deleted → deletions that
--       this source has dealt with, deleted → deletions of the stream noticed, last_id).
-- ARGV: source, the sequence it believes to have arrived, then per event: epoch, sequence, 1 if a loss
--       right before it is known, number of arguments, those (field, value, …).
-- Returns {events dealt with}, or {-1, last epoch, last sequence} when events are missing before the
-- first: this stream has lost some.
for i, want in ipairs({'stream', 'hash'}) do
  local kind = redis.call('TYPE', KEYS[i])['ok']
  if kind ~= 'none' and kind ~= want then
    return redis.error_reply(KEYS[i] .. ' is a ' .. kind .. ', not a ' .. want)
  end
end
local function parts(id)
  local a, b = string.match(id, '^(%d+)-(%d+)$')
  return tonumber(a), tonumber(b)
end
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local last_ms, last_seq = parts(redis.call('HGET', KEYS[2], 'last_id') or '0-0')
local stream_ms, stream_seq = 0, 0
if redis.call('EXISTS', KEYS[1]) == 1 then
  local info = redis.call('XINFO', 'STREAM', KEYS[1])
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then
      stream_ms, stream_seq = parts(info[i + 1])
    end
  end
end
if stream_ms < last_ms or (stream_ms == last_ms and stream_seq < last_seq) then
  redis.call('HINCRBY', KEYS[2], 'deleted', 1)  -- its last entry is not its own last one: it was made anew
else
  last_ms, last_seq = stream_ms, stream_seq
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
    if now > last_ms then last_ms, last_seq = now, 0 else last_seq = last_seq + 1 end
    redis.call('XADD', KEYS[1], string.format('%.0f-%.0f', last_ms, last_seq), unpack(ARGV, at + 4, at + 3 + count))
    epoch, sequence, appended = e, s, appended + 1
  end
  dealt = dealt + 1
  at = at + 4 + count
end
if appended > 0 then
  redis.call('HSET', KEYS[2], ARGV[1] .. ' deleted', deleted, ARGV[1], string.format('%.0f %.0f', epoch, sequence),
             'last_id', string.format('%.0f-%.0f', last_ms, last_seq))
end
return {dealt}
