#!lua flags=allow-oom
-- Note stories in the index of living ones, or take them out.
-- KEYS: 1 stories.index (zset). ARGV per story: story id, last sequence (empty: out).
local kind = redis.call('TYPE', KEYS[1])['ok']
if kind ~= 'none' and kind ~= 'zset' then
  return redis.error_reply(KEYS[1] .. ' is a ' .. kind .. ', not a zset')
end
for at = 1, #ARGV, 2 do
  if ARGV[at + 1] == '' then
    redis.call('ZREM', KEYS[1], ARGV[at])
  else
    redis.call('ZADD', KEYS[1], ARGV[at + 1], ARGV[at])
  end
end
return 1
