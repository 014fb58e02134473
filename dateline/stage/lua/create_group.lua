#!lua flags=allow-oom
-- Create a consumer group (and its stream), on a full server too. Returns 1, or 0 when it is there.
-- KEYS: 1 stream. ARGV: group, id from which it reads.
local kind = redis.call('TYPE', KEYS[1])['ok']
if kind ~= 'none' and kind ~= 'stream' then
  return redis.error_reply('WRONGTYPE ' .. KEYS[1] .. ' is a ' .. kind .. ', not a stream')
end
local made = redis.pcall('XGROUP', 'CREATE', KEYS[1], ARGV[1], ARGV[2], 'MKSTREAM')
if not made.err then return 1 end
if string.find(made.err, 'BUSYGROUP', 1, true) then return 0 end
return redis.error_reply(made.err)
