#!lua flags=allow-oom
-- Add to a number in a ledger, on a full server too. KEYS: 1 ledger (hash). ARGV: field, number.
-- Returns the sum.
return redis.call('HINCRBY', KEYS[1], ARGV[1], ARGV[2])
