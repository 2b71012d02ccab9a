-- A checkpoint: watermarks, and whether the shard is open; no records. And how complete the view is as a whole.

-- Among a hash's fields (the names that `pattern` takes to topic and partition) the least time that `read` finds in their
-- values, as text, of the partitions that feed it: topic and how many, as often as there are. '' while one of them was never
-- read.
local function least_time(fields, feeding, pattern, read)
    local counts, missing = {}, 0
    for topic, partitions in string.gmatch(feeding, '(%S+) (%d+)') do
        counts[topic] = tonumber(partitions)
        missing = missing + counts[topic]
    end
    local least, least_text = math.huge, ''
    for i = 1, #fields, 2 do
        local topic, partition = string.match(fields[i], pattern)
        if topic and tonumber(partition) < (counts[topic] or 0) then
            local time, text = read(fields[i + 1])
            missing = missing - 1
            if time < least then
                least, least_text = time, text
            end
        end
    end
    return missing == 0 and least > never and least_text or ''
end

-- keys: meta, that of reservations. args: how the caller takes the shard for open, on which identity, or for closed, by
-- which words ('' = neither); identity to open it on, or words ('' = as before); 'nodes' if it is the meta of node documents or
-- of reservations; which topics feed it, newest Kafka time, then watermarks. A shard that was flushed or is being cleared takes
-- none; nor does any where an identity is named that is not this server's now, or one of items that is to be opened while
-- reservations are not open on this server. Who does not know that it is closed does not open it.
local function checkpoint(keys, args)
    local meta, watermarks, believed, opens = keys[1], (#args - 5) / 3, args[1], is_identity(args[2])
    if is_identity(believed) or opens then
        local identity = own_identity()
        if is_identity(believed) and believed ~= identity or opens and args[2] ~= identity then
            return 'MISMATCH'
        end
    end
    local open = redis.call('HGET', meta, 'open') or ''
    if args[3] == 'nodes' then
        if believed ~= '' and open ~= believed then
            return 'MISMATCH'
        end
    else
        local token = redis.call('HGET', meta, 'token') or 'damaged'
        local is_closed = open ~= '' and not is_identity(open)
        if opens and keys[2] and redis.call('HGET', keys[2], 'open') ~= args[2] then
            return 'MISMATCH'
        end
        if token == 'damaged' or string.find(token, '^clearing%.') or (believed ~= '' or opens and is_closed) and
            open ~= believed then
            return 'MISMATCH'
        end
    end
    local expected, newer = as_expected(meta, nil, args[5], args, 5, watermarks)
    if not expected then
        return 'MISMATCH'
    end
    local changes = args[2] == '' and {} or {'open', args[2]}
    set_meta(meta, advance(changes, newer, args, 5, watermarks))
    local complete = least_time(redis.call('HGETALL', meta), args[4], '^w:(%S+):(%d+)$', complete_to)
    redis.call('HSET', meta, 'complete', complete)
    return 'OK'
end

local function plain_time(text)
    return tonumber(text) or never, text
end

-- keys: complete. args: which topics feed items, then partition and time ('' = taken back), as often as there are.
local function complete(keys, args)
    local key, changes = keys[1], {}
    if redis.call('TYPE', key).ok ~= 'hash' then
        redis.call('DEL', key)
    end
    local before = redis.call('HMGET', key, 'complete')[1]
    for i = 2, #args, 2 do
        if args[i + 1] == '' then
            redis.call('HDEL', key, args[i])
        else
            changes[#changes + 1] = args[i]
            changes[#changes + 1] = args[i + 1]
        end
    end
    set(key, changes)
    local now_complete = least_time(redis.call('HGETALL', key), args[1], '^(%S+):(%d+)$', plain_time)
    if now_complete ~= before then
        redis.call('HSET', key, 'complete', now_complete)
    end
    return 'OK'
end

redis.register_function('stockfold_v5_checkpoint', checkpoint)
redis.register_function('stockfold_v5_complete', complete)
