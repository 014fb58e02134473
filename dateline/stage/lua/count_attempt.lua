#!lua flags=allow-oom
-- Count a failure of an entry (a full server must not keep it from becoming a dead letter), or take one back.
-- KEYS: 1 attempts (hash). ARGV: entry id, 1 or -1. Returns the count.
if ARGV[2] == '-1' and redis.call('HEXISTS', KEYS[1], ARGV[1]) == 0 then return 0 end
return redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
