#!lua flags=allow-oom
-- Claim a shard as an identity's home, for as long as identities are kept; the first claim counts.
-- KEYS: 1 home. ARGV: shard, seconds. Returns the shard it lives in.
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'EX', ARGV[2]) then return ARGV[1] end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return redis.call('GET', KEYS[1])
