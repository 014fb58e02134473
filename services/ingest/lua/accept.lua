#!lua flags=allow-oom
-- First step of ingest's hop, in the shard: recognise what was applied, decide by the identity's
-- record, append to the shard's log. All items of a call, in their order.
-- KEYS: 1 articles:{S}, 2 applied (hash raw id → outcome), 3 ledger (hash), 4.. identity records.
-- ARGV: seconds that identities are kept, then per item:
--   raw id, key index, status (live, bare, withheld, canceled), expired 0|1, hash, updated_at, version,
--   arrived, article, retraction, trace context (empty: none). A bare one is usable without content: it cannot bring back what is gone.
-- Returns a list: outcome, reason, outcome, reason, …
-- include keys
-- include ids
local wrong = wrong_type({'stream', 'hash'})
if wrong then return wrong end
local function compare_digits(x, y)
  x, y = string.gsub(x, '^0+', ''), string.gsub(y, '^0+', '')
  if #x ~= #y then return #x < #y and -1 or 1 end
  if x == y then return 0 end
  return x < y and -1 or 1
end
local function compare_bytes(x, y)  -- `<` of Lua asks the server's locale
  for i = 1, math.min(#x, #y) do
    local a, b = string.byte(x, i), string.byte(y, i)
    if a ~= b then return a < b and -1 or 1 end
  end
  return #x - #y
end
-- Order of revisions: updated_at if both have it, else version if both, else (and at a tie) raw id.
local function compare(item, old)
  local order = 0
  if item.updated ~= '' and old.updated ~= '' then
    order = compare_digits(item.updated, old.updated)
  elseif item.version ~= '' and old.version ~= '' then
    if string.match(item.version, '^%d+$') and string.match(old.version, '^%d+$') then
      order = compare_digits(item.version, old.version)
    else
      order = compare_bytes(item.version, old.version)
    end
  end
  if order == 0 then order = compare_ids(item.raw, old.raw) end
  return order
end
local function decide_bare(old)
  if not old or old.status == 'unknown' then return 'unknown', 'no article of this identity was seen', nil end
  if old.status == 'live' then return 'duplicate', 'the article is usable', nil end
  if old.status == 'canceled' then return 'retracted', 'the article was canceled for good', nil end
  if old.status == 'expired' then return 'expired', 'it comes back only with its content', nil end
  return 'retracted', 'withheld until usable comes with content', nil
end
local function decide(item, old)
  if not old then
    if item.expired then return 'expired', 'expires_at is past', nil end
    if item.status ~= 'live' then return 'unknown', 'no article of this identity was seen', 'retraction' end
    return 'accepted', '', 'article'
  end
  if old.hash == item.hash then return 'duplicate', 'same identity and same content', nil end
  if old.status == 'canceled' then return 'retracted', 'the article was canceled for good', nil end
  -- Canceled is for good: it holds in whatever order several workers see it.
  if item.status ~= 'canceled' and compare(item, old) < 0 then
    return 'stale', 'a newer revision was applied', nil
  end
  if item.status ~= 'live' then
    if old.status == 'unknown' then return 'unknown', 'no article of this identity was seen', 'retraction' end
    return 'retracted', item.status, 'retraction'
  end
  if item.expired then return 'expired', 'expires_at is past', old.status == 'live' and 'expiry' or nil end
  if old.status == 'live' then return 'revision', '', 'article' end
  if old.status == 'expired' then return 'accepted', '', 'article' end
  return 'reinstated', '', 'article'
end

local now, last = now_ms(), last_id(KEYS[1])
local noted = redis.call('HGET', KEYS[3], 'last_id') or '0-0'
if compare_ids(noted, last) > 0 then last = noted end
local function append(item, kind, data)
  last = id_after(last, now)
  local fields = {'kind', kind, 'arrived', item.arrived, 'raw_id', item.raw, 'data', data}
  if item.trace ~= '' then
    fields[#fields + 1], fields[#fields + 2] = 'traceparent', item.trace
  end
  redis.call('XADD', KEYS[1], last, unpack(fields))
end

local answers, at = {}, 2
while at <= #ARGV do
  local item = {raw = ARGV[at], key = KEYS[tonumber(ARGV[at + 1])], status = ARGV[at + 2],
                expired = ARGV[at + 3] == '1', hash = ARGV[at + 4], updated = ARGV[at + 5],
                version = ARGV[at + 6], arrived = ARGV[at + 7], data = ARGV[at + 8], retract = ARGV[at + 9],
                trace = ARGV[at + 10]}
  local known = redis.call('HGET', KEYS[2], item.raw)
  local outcome, reason
  if known then
    outcome, reason = string.match(known, '^(%a+) ?(.*)$')
  else
    local record = redis.call('HMGET', item.key, 'hash', 'updated', 'version', 'raw', 'status')
    local old = record[1] and {hash = record[1], updated = record[2], version = record[3],
                               raw = record[4], status = record[5]}
    local act
    if item.status == 'bare' then
      outcome, reason = decide_bare(old)
    else
      outcome, reason, act = decide(item, old)
    end
    if act == 'article' then append(item, 'article', item.data) end
    if act == 'retraction' or act == 'expiry' then append(item, 'retraction', item.retract) end
    local status = item.status
    if outcome == 'expired' then status = 'expired' end
    if outcome == 'unknown' and status == 'withheld' then status = 'unknown' end
    if outcome == 'duplicate' and item.status ~= 'bare' then
      if compare(item, old) >= 0 then
        redis.call('HSET', item.key, 'updated', item.updated ~= '' and item.updated or old.updated,
                   'version', item.version ~= '' and item.version or old.version, 'raw', item.raw)
      end
    elseif item.status ~= 'bare' and outcome ~= 'stale' and reason ~= 'the article was canceled for good' then
      redis.call('HSET', item.key, 'hash', item.hash, 'updated', item.updated, 'version', item.version,
                 'raw', item.raw, 'status', status)
    end
    if old or item.status ~= 'bare' then redis.call('EXPIRE', item.key, ARGV[1]) end
    redis.call('HSET', KEYS[2], item.raw, outcome .. ' ' .. reason)
  end
  answers[#answers + 1] = outcome
  answers[#answers + 1] = reason
  at = at + 11
end
redis.call('HSET', KEYS[3], 'last_id', last)
return answers
