#!lua flags=allow-oom
-- Feeds that are due, each put off for as long as a worker may take, so that no two poll one feed.
-- KEYS: 1 feeds (hash), 2 due (zset). ARGV: most, milliseconds to put off.
-- include keys
-- include ids
local wrong = wrong_type({'hash', 'zset'})
if wrong then return wrong end
local now = now_ms()
local urls = redis.call('ZRANGEBYSCORE', KEYS[2], '-inf', now, 'LIMIT', 0, ARGV[1])
local found = {}
for _, url in ipairs(urls) do
  local feed = redis.call('HGET', KEYS[1], url)
  if feed then
    redis.call('ZADD', KEYS[2], now + tonumber(ARGV[2]), url)
    found[#found + 1] = feed
  else
    redis.call('ZREM', KEYS[2], url)
  end
end
return found
