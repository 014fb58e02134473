#!lua flags=allow-oom
-- Add feeds that are not there. KEYS: 1 feeds (hash), 2 due (zset). ARGV per feed: url, JSON, due in
-- milliseconds. Returns how many are new.
-- include keys
local wrong = wrong_type({'hash', 'zset'})
if wrong then return wrong end
local new = 0
for at = 1, #ARGV, 3 do
  if redis.call('HEXISTS', KEYS[1], ARGV[at]) == 0 then
    redis.call('HSET', KEYS[1], ARGV[at], ARGV[at + 1])
    redis.call('ZADD', KEYS[2], ARGV[at + 2], ARGV[at])
    new = new + 1
  end
end
return new
