#!lua flags=allow-oom
-- Commit of an ordered stage: state, outgoing entries and position change together or not at all.
-- The fence is a number and a name: a server that lost its last writes may give the number out again. The
-- commits are counted for the same reason: position and step alone do not tell what else it has lost.
-- KEYS: 1 ledger (hash: fence, writer, position, step, commits, applied), 2.. keys of the operations.
-- ARGV: fence, writer, expected position, step and commits, new position, new step, entries applied in
--       full since the last commit (`applied_at` says up to where they are counted: see missing.lua),
--       replication id of the server that was read (another may have lost what was read from it),
--       then per operation: command, key index, number of arguments, arguments. LETTER is an XADD that
--       takes the next free id when its own is taken.
-- include ids
local server = string.match(redis.call('INFO', 'replication'), 'master_replid:(%x+)')
if server ~= ARGV[9] then return {'moved', 'of another server, or it was restarted'} end
local held = redis.call('TYPE', KEYS[1])['ok']
if held ~= 'hash' then return {'refused', 'ledger ' .. KEYS[1] .. ' is a ' .. held} end
local now = redis.call('HMGET', KEYS[1], 'fence', 'writer', 'position', 'step', 'commits')
if now[1] ~= ARGV[1] or now[2] ~= ARGV[2] then return {'fenced', (now[1] or '') .. ' of ' .. (now[2] or '')} end
local position, step, commits = now[3] or '0-0', now[4] or '0', now[5] or '0'
if position ~= ARGV[3] or step ~= ARGV[4] or commits ~= ARGV[5] then
  return {'moved', position .. '/' .. step .. ', commit ' .. commits}
end
local kinds = {HSET = 'hash', HDEL = 'hash', XADD = 'stream', LETTER = 'stream'}
-- First pass: look at everything before anything is written (Lua has no rollback).
local at, lasts = 10, {}
while at <= #ARGV do
  local command, key, count = ARGV[at], KEYS[tonumber(ARGV[at + 1])], tonumber(ARGV[at + 2])
  local kind, want = redis.call('TYPE', key)['ok'], kinds[command]
  if not want then return {'refused', 'command ' .. command} end
  if kind ~= 'none' and kind ~= want then
    return {'refused', key .. ' is a ' .. kind .. ', not a ' .. want}
  end
  if command == 'XADD' then
    local last = lasts[key] or last_id(key)
    if compare_ids(ARGV[at + 3], last) <= 0 then
      return {'refused', key .. ' already holds ' .. last .. ', not written by this stage'}
    end
    lasts[key] = ARGV[at + 3]
  end
  at = at + 3 + count
end
at = 10
while at <= #ARGV do
  local command, key, count = ARGV[at], KEYS[tonumber(ARGV[at + 1])], tonumber(ARGV[at + 2])
  if command == 'LETTER' then
    local id, last = ARGV[at + 3], last_id(key)
    if compare_ids(id, last) <= 0 then id = string.match(last, '^(%d+)-') .. '-*' end
    redis.call('XADD', key, id, unpack(ARGV, at + 4, at + 2 + count))
  else
    redis.call(command, key, unpack(ARGV, at + 3, at + 2 + count))
  end
  at = at + 3 + count
end
if redis.call('HGET', KEYS[1], 'applied_at') == position .. '/' .. step then
  redis.call('HINCRBY', KEYS[1], 'applied', ARGV[8])
  redis.call('HSET', KEYS[1], 'applied_at', ARGV[6] .. '/' .. ARGV[7])
end
redis.call('HSET', KEYS[1], 'position', ARGV[6], 'step', ARGV[7])
redis.call('HINCRBY', KEYS[1], 'commits', 1)
return {'committed', ARGV[6]}
