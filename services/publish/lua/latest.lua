#!lua flags=allow-oom
-- Replace story:<id>, only by a higher (epoch, version). KEYS: 1 story:<id>.
-- ARGV: epoch, version, JSON, seconds to keep.
local kind = redis.call('TYPE', KEYS[1])['ok']
if kind ~= 'none' and kind ~= 'string' then
  return redis.error_reply(KEYS[1] .. ' is a ' .. kind .. ', not a string')
end
local old = redis.call('GETRANGE', KEYS[1], 0, 400)
if old ~= '' then
  local epoch, version = string.match(old, '^{"sequence":"%d+","epoch":(%d+),"story_id":"[^"]*","version":(%d+)')
  epoch, version = tonumber(epoch), tonumber(version)
  if epoch and (epoch > tonumber(ARGV[1]) or (epoch == tonumber(ARGV[1]) and version >= tonumber(ARGV[2]))) then
    return 0
  end
end
redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[4])
return 1
