#!lua flags=allow-oom
-- Remove a consumer's name, only while nothing is pending on it (removing it would lose that).
-- KEYS: 1 stream. ARGV: group, consumer, milliseconds of idleness required.
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', KEYS[1], ARGV[1])) do
  local facts = {}
  for i = 1, #consumer, 2 do facts[consumer[i]] = consumer[i + 1] end
  if facts.name == ARGV[2] and facts.pending == 0 and facts.idle >= tonumber(ARGV[3]) then
    redis.call('XGROUP', 'DELCONSUMER', KEYS[1], ARGV[1], ARGV[2])
    return 1
  end
end
return 0
