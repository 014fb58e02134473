#!lua flags=allow-oom
-- Replace story:<id>, only by a higher (epoch, version). KEYS: 1 story:<id>.
-- ARGV: epoch, version, JSON, seconds to keep. Returns 1 set, 0 it is there already, -1 a newer one is.
-- include keys
local wrong = wrong_type({'string'})
if wrong then return wrong end
local old = redis.call('GETRANGE', KEYS[1], 0, 400)
if old ~= '' then
  local epoch, version = string.match(old, '^{"sequence":"%d+","epoch":(%d+),"story_id":"[^"]*","version":(%d+)')
  epoch, version = tonumber(epoch), tonumber(version)
  local e, v = tonumber(ARGV[1]), tonumber(ARGV[2])
  if epoch and (epoch > e or (epoch == e and version > v)) then return -1 end
  if epoch == e and version == v then return 0 end
end
redis.call('SET', KEYS[1], ARGV[3], 'EX', ARGV[4])
return 1
