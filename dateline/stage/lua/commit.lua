#!lua flags=allow-oom
-- Commit of an ordered stage: state, outgoing entries and position change together or not at all.
-- KEYS: 1 ledger (hash: fence, position, step), 2.. keys of the operations.
-- ARGV: fence, expected position, expected step, new position, new step,
--       then per operation: command, key index, number of arguments, arguments. LETTER is an XADD that
--       takes the next free id when its own is taken.
local held = redis.call('TYPE', KEYS[1])['ok']
if held ~= 'hash' then return {'refused', 'ledger ' .. KEYS[1] .. ' is a ' .. held} end
local now = redis.call('HMGET', KEYS[1], 'fence', 'position', 'step')
if now[1] ~= ARGV[1] then return {'fenced', now[1] or ''} end
if (now[2] or '0-0') ~= ARGV[2] or (now[3] or '0') ~= ARGV[3] then
  return {'moved', (now[2] or '0-0') .. '/' .. (now[3] or '0')}
end
local kinds = {HSET = 'hash', HDEL = 'hash', XADD = 'stream', LETTER = 'stream'}
local function last_id(key)
  if redis.call('EXISTS', key) == 0 then return '0-0' end
  local info = redis.call('XINFO', 'STREAM', key)
  for i = 1, #info, 2 do if info[i] == 'last-generated-id' then return info[i + 1] end end
end
local function after(id, last)
  local a, b = string.match(id, '^(%d+)-(%d+)$')
  local c, d = string.match(last, '^(%d+)-(%d+)$')
  a, b, c, d = tonumber(a), tonumber(b), tonumber(c), tonumber(d)
  return a > c or (a == c and b > d)
end
-- First pass: look at everything before anything is written (Lua has no rollback).
local at, lasts = 6, {}
while at <= #ARGV do
  local command, key, count = ARGV[at], KEYS[tonumber(ARGV[at + 1])], tonumber(ARGV[at + 2])
  local kind, want = redis.call('TYPE', key)['ok'], kinds[command]
  if not want then return {'refused', 'command ' .. command} end
  if kind ~= 'none' and kind ~= want then
    return {'refused', key .. ' is a ' .. kind .. ', not a ' .. want}
  end
  if command == 'XADD' then
    local last = lasts[key] or last_id(key)
    if not after(ARGV[at + 3], last) then
      return {'refused', key .. ' already holds ' .. last .. ', not written by this stage'}
    end
    lasts[key] = ARGV[at + 3]
  end
  at = at + 3 + count
end
at = 6
while at <= #ARGV do
  local command, key, count = ARGV[at], KEYS[tonumber(ARGV[at + 1])], tonumber(ARGV[at + 2])
  if command == 'LETTER' then
    local id, last = ARGV[at + 3], last_id(key)
    if not after(id, last) then id = string.match(last, '^(%d+)-') .. '-*' end
    redis.call('XADD', key, id, unpack(ARGV, at + 4, at + 2 + count))
  else
    redis.call(command, key, unpack(ARGV, at + 3, at + 2 + count))
  end
  at = at + 3 + count
end
redis.call('HSET', KEYS[1], 'position', ARGV[4], 'step', ARGV[5])
return {'committed', ARGV[4]}
