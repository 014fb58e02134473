#!lua flags=no-writes
-- What of a stream lies behind a position: how many entries (counted up to a limit) and the first one's id.
-- KEYS: 1 stream. ARGV: position, most. Returns {entries, first id or ''}.
if redis.call('TYPE', KEYS[1])['ok'] ~= 'stream' then return {0, ''} end
local at, found, first = ARGV[1], 0, ''
while found < tonumber(ARGV[2]) do
  local page = redis.call('XRANGE', KEYS[1], '(' .. at, '+', 'COUNT', 200)
  if #page == 0 then break end
  if found == 0 then first = page[1][1] end
  found, at = found + #page, page[#page][1]
end
return {found, first}
