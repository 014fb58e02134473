-- Entry ids: their order, the last one of a stream, the next one.
local function compare_ids(x, y)  -- below, at, above 0: x is less than, equal to, greater than y
  local a, b = string.match(x, '^(%d+)-(%d+)$')
  local c, d = string.match(y, '^(%d+)-(%d+)$')
  a, b, c, d = tonumber(a), tonumber(b), tonumber(c), tonumber(d)
  return a ~= c and a - c or b - d
end
local function last_id(stream)  -- the last that was ever given, deleted or not
  if redis.call('EXISTS', stream) == 0 then return '0-0' end
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do
    if info[i] == 'last-generated-id' then return info[i + 1] end
  end
end
local function now_ms()
  local time = redis.call('TIME')
  return tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
end
local function id_after(last, now)  -- the server's clock, where it is not behind
  local ms, sequence = string.match(last, '^(%d+)-(%d+)$')
  if now > tonumber(ms) then return string.format('%.0f-0', now) end
  return string.format('%s-%.0f', ms, tonumber(sequence) + 1)
end
