#!lua flags=allow-oom
-- Note facts in a ledger; a take-over must work on a full server too.
-- KEYS: 1 ledger (hash). ARGV: field, value, …
redis.call('HSET', KEYS[1], unpack(ARGV))
return 1
