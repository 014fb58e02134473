#!lua flags=allow-oom
-- Note stories in the index of living ones, or take them out.
-- KEYS: 1 stories.index (zset), 2 how far each source is noted (hash: source → "epoch sequence").
-- ARGV: source, epoch and sequence of the last event noted here, then per story: story id, its last
-- sequence (empty: out). What is older than what was noted last leaves the index alone: a process that
-- was paused and wakes up must not bring a merged story back.
-- include keys
local wrong = wrong_type({'zset', 'hash'})
if wrong then return wrong end
local epoch, sequence = string.match(redis.call('HGET', KEYS[2], ARGV[1]) or '0 0', '^(%d+) (%d+)$')
epoch, sequence = tonumber(epoch), tonumber(sequence)
local e, s = tonumber(ARGV[2]), tonumber(ARGV[3])
if e < epoch or (e == epoch and s < sequence) then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], string.format('%.0f %.0f', e, s))
for at = 4, #ARGV, 2 do
  if ARGV[at + 1] == '' then
    redis.call('ZREM', KEYS[1], ARGV[at])
  else
    redis.call('ZADD', KEYS[1], ARGV[at + 1], ARGV[at])
  end
end
return 1
