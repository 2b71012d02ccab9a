-- What both libraries use: watermarks, the server's identity and clock.

-- Kafka time of what was never read.
local never = -2 ^ 63

-- An error where the newest message of a watermark does not lie before its next one: nothing has been written then.
local function refuse_broken(args, at, n)
    for i = at + 3, at + 3 * n, 3 do
        local next, last = string.match(args[i], '^(%d+) (%-?%d+) %x+ %-?%d+$')
        if not next or tonumber(last) >= tonumber(next) then
            error('broken watermark ' .. args[i])
        end
    end
end

-- Watermarks are args of three, field, expected text ('' = none) and next text: n of them behind args[at]; `newest` is the
-- newest Kafka time of the messages that move them, as text ('' = none).
-- True when all of them, and the token (true: any, but there must be one; nil: none needed), are in `meta` as expected;
-- `newest` where it is newer than the one there; and the sizes that it keeps.
local function as_expected(meta, token, newest, args, at, n)
    local fields = {'token', 'newest', 'sizes'}
    for i = 1, n do
        fields[i + 3] = args[at + 3 * i - 2]
    end
    local seen = redis.call('HMGET', meta, unpack(fields))
    if token == true then
        token = seen[1] or 'one'
    end
    if token and (seen[1] or '') ~= token then
        return false
    end
    for i = 1, n do
        if (seen[i + 3] or '') ~= args[at + 3 * i - 1] then
            return false
        end
    end
    refuse_broken(args, at, n)
    local newer = (tonumber(newest) or never) > (tonumber(seen[2] or never) or never) and newest
    return true, newer, seen[3] or ''
end

-- Up to which Kafka time a watermark's partition is complete: the last number of its text; and the same as text.
local function complete_to(watermark)
    local text = string.match(watermark, '^%d+ %-?%d+ %x+ (%-?%d+)$')
    return tonumber(text or never), text
end

-- Adds to the fields and values in `changes` what moves watermarks, and the newest Kafka time with them.
local function advance(changes, newer, args, at, n)
    for i = at + 1, at + 3 * n, 3 do
        changes[#changes + 1] = args[i]
        changes[#changes + 1] = args[i + 2]
    end
    if newer then
        changes[#changes + 1] = 'newest'
        changes[#changes + 1] = newer
    end
    return changes
end

-- Fields and values, in portions that Lua can unpack.
local function set(key, changes)
    for i = 1, #changes, 4000 do
        redis.call('HSET', key, unpack(changes, i, math.min(i + 3999, #changes)))
    end
end

-- What lookups read comes first in a new meta, empty: Redis looks for a field from the front.
local function set_meta(meta, changes)
    if redis.call('EXISTS', meta) == 0 then
        redis.call('HSET', meta, 'open', '', 'newest', '', 'complete', '', 'cleared', '', 'sizes', '')
    end
    set(meta, changes)
end

-- In microseconds.
local function now()
    local time = redis.call('TIME')
    return tonumber(time[1]) * 1000000 + tonumber(time[2])
end

-- A meta that holds nothing but a token, and since when: by that, a shard that was cleared and is open again is told from
-- one that was open all the time.
local function begin(meta, token)
    redis.call('DEL', meta)
    set_meta(meta, {'token', token, 'cleared', string.format('%.0f', now())})
end

-- The shard is worth nothing any more: it is cleared and folded again.
local function damaged(meta)
    begin(meta, 'damaged')
    return 'LOST'
end

-- What a field counts, as text, or false. An error, before anything is written, where that is no number.
local function expect_number(key, field)
    local number = redis.call('HGET', key, field)
    if number and not string.match(number, '^%-?%d+$') then
        error('broken count in ' .. key)
    end
    return number
end

-- Of the server that runs this; '' of a replica.
local function own_identity()
    local info = redis.call('INFO', 'replication')
    return string.find(info, 'role:master', 1, true) and string.match(info, 'master_replid:(%x+)') or ''
end

-- An identity of a server; else the words by which a shard is closed, or nothing.
local function is_identity(open)
    return string.find(open, '^%x+$')
end
