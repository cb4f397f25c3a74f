-- SPDX-License-Identifier: Apache-2.0
-- Takes from a counter or gives back to it; answers what was granted and what is left, and to an ask for
-- a window that is over which one has begun. Redis 5 or newer.
-- KEYS[1] the counter
-- ARGV: 1 window, 2 limit, 3 take, 4 give back, 5 milliseconds to keep (0: for ever), 6 owner, 7 held (-1: used up, not held),
--       8 milliseconds after which a holder that says nothing has lost its part
-- Numbers are exact up to 2^53; %.0f, because what Lua makes of a large number by itself is rounded.
local key = KEYS[1]
local limit = tonumber(ARGV[2])
local take = tonumber(ARGV[3])
local back = tonumber(ARGV[4])
local held = tonumber(ARGV[7])

if held < 0 then
  local window = tonumber(ARGV[1])
  local keep = tonumber(ARGV[5])
  local known = redis.call('HMGET', key, 'window', 'taken')
  local taken = 0
  if known[1] then
    local current = tonumber(known[1])
    if window < current then
      return {0, 0, current}
    end
    if window == current then
      taken = tonumber(known[2])
    end
  end
  taken = math.max(0, taken - back)
  local granted = math.max(0, math.min(take, limit - taken))
  taken = taken + granted
  redis.call('HSET', key, 'window', string.format('%.0f', window), 'taken', string.format('%.0f', taken))
  if keep > 0 then
    redis.call('PEXPIRE', key, ARGV[5])
  else
    redis.call('PERSIST', key)
  end
  return {granted, math.max(0, limit - taken)}
end

local owner = ARGV[6]
local lapse = tonumber(ARGV[8])
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local all = redis.call('HGETALL', key)
local others = 0
for i = 1, #all, 2 do
  if all[i] ~= owner then
    local count, said = string.match(all[i + 1], '^(%d+):(%d+)$')
    if now - tonumber(said) >= lapse then
      redis.call('HDEL', key, all[i])
    else
      others = others + tonumber(count)
    end
  end
end
local own = math.max(0, held - back)
local granted = math.max(0, math.min(take, limit - others - own))
own = own + granted
if own > 0 then
  redis.call('HSET', key, owner, string.format('%.0f:%.0f', own, now))
else
  redis.call('HDEL', key, owner)
end
redis.call('PEXPIRE', key, ARGV[8])
return {granted, math.max(0, limit - others - own)}
