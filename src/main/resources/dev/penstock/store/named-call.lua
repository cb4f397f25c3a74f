-- SPDX-License-Identifier: Apache-2.0
-- Who makes a named call, and what came of it. Redis 5 or newer.
-- KEYS[1] the call
-- ARGV: 1 claim, renew, keep or free; 2 fingerprint of what is asked; 3 owner; 4 milliseconds to keep the entry; 5 the answer
-- Answers with 0: the owner's, 1: another one makes it, 2: something else is asked, 3: made before, followed by the answer.
local key = KEYS[1]
local what = ARGV[1]
local known = redis.call('HMGET', key, 'fingerprint', 'owner')
local mine = known[2] == ARGV[3] and redis.call('HEXISTS', key, 'answer') == 0

if what == 'claim' then
  if not known[1] or mine then
    redis.call('HSET', key, 'fingerprint', ARGV[2], 'owner', ARGV[3])
    redis.call('PEXPIRE', key, ARGV[4])
    return {0}
  end
  if known[1] ~= ARGV[2] then
    return {2}
  end
  local answer = redis.call('HGET', key, 'answer')
  if answer then
    return {3, answer}
  end
  return {1}
end

if what == 'keep' then
  if not known[1] or mine then
    redis.call('HSET', key, 'fingerprint', ARGV[2], 'owner', ARGV[3], 'answer', ARGV[5])
    redis.call('PEXPIRE', key, ARGV[4])
  end
elseif mine then
  if what == 'renew' then
    redis.call('PEXPIRE', key, ARGV[4])
  else
    redis.call('DEL', key)
  end
end
return {0}
