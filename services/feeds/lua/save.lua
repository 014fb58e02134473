#!lua flags=allow-oom
-- How a feed is after a poll, unless it was removed meanwhile.
-- KEYS: 1 feeds (hash), 2 due (zset). ARGV: url, JSON, due in milliseconds.
-- include keys
local wrong = wrong_type({'hash', 'zset'})
if wrong then return wrong end
if redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZADD', KEYS[2], ARGV[3], ARGV[1])
return 1
