-- Keys of another type than belongs there, as an error reply; nil: none. Asked before anything is written
-- (Lua has no rollback). `wanted`: the type of each key, the last one's also that of all further keys.
local function wrong_type(wanted)
  for i = 1, #KEYS do
    local kind, want = redis.call('TYPE', KEYS[i])['ok'], wanted[math.min(i, #wanted)]
    if kind ~= 'none' and kind ~= want then
      return redis.error_reply(KEYS[i] .. ' is a ' .. kind .. ', not a ' .. want)
    end
  end
end
