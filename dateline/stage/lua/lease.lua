#!lua flags=allow-oom
-- Take or renew the lease on a shard. Every take raises the fence: it shuts out the old holder, and
-- what this holder itself may have under way on a connection that it gave up.
-- KEYS: 1 lease, 2 ledger. ARGV: holder, milliseconds, 'take' or 'renew' or 'release', a holder that is
-- known to have died (or '').
-- Returns {holder, fence}: who holds it now.
local kind = redis.call('TYPE', KEYS[2])['ok']
if kind ~= 'none' and kind ~= 'hash' then return redis.error_reply(KEYS[2] .. ' is a ' .. kind .. ', not a hash') end
local holder = redis.call('GET', KEYS[1])
if ARGV[3] == 'release' then
  if holder == ARGV[1] then redis.call('DEL', KEYS[1]) end
  return {'', ''}
end
-- The dead do not renew. Half of the time must be over, in case the name only seems to be that of a dead one.
local dead = holder and holder == ARGV[4]
  and redis.call('PEXPIRE', KEYS[1], math.ceil(tonumber(ARGV[2]) / 2), 'GT') == 1
if ARGV[3] == 'renew' then
  if holder == ARGV[1] then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
elseif not holder or holder == ARGV[1] or dead then
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  redis.call('HINCRBY', KEYS[2], 'fence', 1)
  redis.call('HSET', KEYS[2], 'writer', ARGV[1])
  holder = ARGV[1]
end
return {holder or '', redis.call('HGET', KEYS[2], 'fence') or ''}
