#!lua flags=allow-oom
-- Trim a stream below an id. Bounded: LIMIT entries a call. KEYS: 1 stream. ARGV: least id kept, limit.
if redis.call('TYPE', KEYS[1])['ok'] ~= 'stream' then return 0 end
return redis.call('XTRIM', KEYS[1], 'MINID', '~', ARGV[1], 'LIMIT', ARGV[2])
