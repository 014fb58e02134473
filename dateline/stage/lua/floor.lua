#!lua flags=allow-oom
-- Raise the floor of a group-read stream, never lower it: every entry up to it is acknowledged.
-- KEYS: 1 source ledger (hash), 2 settled (zset). ARGV: floor, padded floor.
local old = redis.call('HGET', KEYS[1], 'floor_padded')
if old and old >= ARGV[2] then return 0 end
redis.call('HSET', KEYS[1], 'floor', ARGV[1], 'floor_padded', ARGV[2])
redis.call('ZREMRANGEBYLEX', KEYS[2], '-', '[' .. ARGV[2])
return 1
