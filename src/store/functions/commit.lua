-- A commit: the records of a batch, what goes with them, and the watermarks that they advance.

-- Field -> its new "units time", of the hash of consumed units, with what the section says added; what becomes of what is
-- reserved; and of which reservations sales have now taken all of a line.
local function consume(key, holds, keys, args, at, n)
    local sums, records = {}, {}
    for i = 1, n do
        local field, units_arg, time_arg = unpack(args, at + 3 * i - 2, at + 3 * i)
        local text = sums[field] or redis.call('HGET', key, field) or '0 ' .. time_arg
        local units, time = string.match(text, '^(-?%d+) (-?%d+)$')
        if not units then
            error('broken consumption of ' .. field)
        end
        units = tonumber(units) + tonumber(units_arg)
        time = math.max(tonumber(time), tonumber(time_arg))
        sums[field], records[field] = string.format('%.0f %.0f', units, time), keys[key_before[CONSUMED] + i]
    end
    local moves, taken = {}, {}
    for field, text in pairs(sums) do
        local held = held_units(redis.call('HGET', holds, field), holds)
        if held > 0 then
            local before, after = consumed_units(redis.call('HGET', key, field), key), consumed_units(text, key)
            local node = string.match(field, '[^%z]*$')
            move_units(moves, records[field], node, math.max(0, held - after) - math.max(0, held - before))
            if after >= held then
                taken[#taken + 1] = string.match(field, '^[^%z]*')
            end
        end
    end
    return sums, moves, taken
end

-- Holds and due times stay when the shard is cleared. So one of another type is no WRONGTYPE, by which it would be cleared, and
-- for nothing; the error waits for whoever acts.
local function expect_type(key, type)
    local found = redis.call('TYPE', key).ok
    if found ~= 'none' and found ~= type then
        error('no ' .. type .. ' in ' .. key)
    end
end

-- Of records of a shard, given by their keys, how many are of an item without a document.
local function without_document(meta, keys, from, to)
    local shard, missing = string.sub(meta, 1, -2), 0
    for first = from, to, 4000 do
        local documents = {}
        for i = first, math.min(first + 3999, to) do
            local colon = string.find(keys[i], ':', #meta, true)
            documents[#documents + 1] = shard .. 'i' .. string.sub(keys[i], colon)
        end
        missing = missing + #documents - redis.call('EXISTS', unpack(documents))
    end
    return missing
end

-- Whether a list is there exactly when `key` counts, in a field, what is in it.
local function goes_with(list, key, field)
    local number = expect_number(key, field)
    return (redis.call('LLEN', list) > 0) == (number ~= false)
end

-- How many fields the shard's own hashes have: the meta keeps it, so that one that is gone, or a field of it, is missed.
local function sizes_text(hours_n, consumed_n, counts_n)
    return hours_n .. ' ' .. consumed_n .. ' ' .. counts_n
end

-- keys: meta, hours, consumed, counts, holds, due times, then those of the sections, in their order.
-- args: expected token, new token, hour settled ('' = as before), newest Kafka time ('' = none), how many of each section,
-- then the sections.
local function commit(keys, args)
    local call = redis.call
    local meta, hours, consumed, counts, holds, due = unpack(keys, 1, 6)
    find_sections(keys, args, 6, 4)
    local watermarks, known, new, node_items = count[WATERMARKS], count[KNOWN], count[NEW], count[NODE_ITEMS]
    local journals, bases, chunks = count[JOURNALS], count[BASES], count[CHUNKS]
    local watermarks_arg = arg_before[WATERMARKS]
    local known_key, known_arg = key_before[KNOWN], arg_before[KNOWN]
    local node_items_key, node_items_arg = key_before[NODE_ITEMS], arg_before[NODE_ITEMS]
    local journals_key, journals_arg = key_before[JOURNALS], arg_before[JOURNALS]
    local bases_key, bases_arg = key_before[BASES], arg_before[BASES]
    local chunks_key, chunks_arg = key_before[CHUNKS], arg_before[CHUNKS]

    local expected, newer, sizes = as_expected(meta, args[1], args[4], args, watermarks_arg, watermarks)
    if not expected then
        return 'MISMATCH'
    end

    local whole = true
    for i = 1, node_items do
        whole = goes_with(keys[node_items_key + i], counts, args[node_items_arg + 3 * i - 2]) and whole
    end
    for i = 1, journals do
        whole = goes_with(keys[journals_key + i], hours, args[journals_arg + 3 * i - 2]) and whole
    end
    local sums, reserved, taken = {}, {}, {}
    if count[CONSUMED] > 0 then
        expect_type(holds, 'hash')
        expect_type(due, 'zset')
        sums, reserved, taken = consume(consumed, holds, keys, args, arg_before[CONSUMED], count[CONSUMED])
    end
    for i = bases_key + 1, bases_key + bases do
        call('HLEN', keys[i])
    end
    for i = 1, chunks do
        whole = goes_with(keys[chunks_key + i], hours, args[chunks_arg + 3 * i - 2]) and whole
    end
    local hours_n, consumed_n, counts_n = call('HLEN', hours), call('HLEN', consumed), call('HLEN', counts)
    whole = whole and (sizes == '' or sizes == sizes_text(hours_n, consumed_n, counts_n))
    if new > 0 then
        expect_number(counts, '\0')
    end
    local undescribed = without_document(meta, keys, key_before[NEW] + 1, key_before[NEW] + new)

    if not whole then
        return damaged(meta)
    end
    for i = 1, known + new do
        local added = redis.pcall('HSET', keys[known_key + i], args[known_arg + 2 * i - 1], args[known_arg + 2 * i])
        if added ~= (i > known and 1 or 0) then
            if i == 1 and type(added) == 'table' and not string.find(added.err, '^WRONGTYPE') then
                return added -- Redis takes no writes now: nothing was done
            end
            return damaged(meta)
        end
    end
    for i = 1, node_items do
        call('RPUSH', keys[node_items_key + i], args[node_items_arg + 3 * i])
        call('HINCRBY', counts, args[node_items_arg + 3 * i - 2], args[node_items_arg + 3 * i - 1])
    end
    if undescribed > 0 then
        call('HINCRBY', counts, '\0', undescribed)
    end
    for i = 1, chunks do
        local key, hour, events, blob = keys[chunks_key + i], unpack(args, chunks_arg + 3 * i - 2, chunks_arg + 3 * i)
        call('UNLINK', key)
        call('HDEL', hours, hour)
        if blob ~= '' then
            call('RPUSH', key, blob)
            call('HSET', hours, hour, events)
        end
    end
    for i = 1, journals do
        call('RPUSH', keys[journals_key + i], args[journals_arg + 3 * i])
        call('HINCRBY', hours, args[journals_arg + 3 * i - 2], args[journals_arg + 3 * i - 1])
    end
    for field, text in pairs(sums) do
        call('HSET', consumed, field, text)
    end
    write_reserved(reserved)
    for _, id in ipairs(taken) do
        call('ZADD', due, string.format('%.0f', math.floor(now() / 1000)), '!' .. id)
    end
    for i = 1, bases do
        local key, node, base = keys[bases_key + i], args[bases_arg + 2 * i - 1], args[bases_arg + 2 * i]
        if base == '' then
            call('HDEL', key, node)
        else
            call('HSET', key, node, base)
        end
    end
    local changes = {'token', args[2]}
    if args[3] ~= '' then
        changes[3], changes[4] = 'settled', args[3]
    end
    if journals + chunks > 0 then
        hours_n = call('HLEN', hours)
    end
    if count[CONSUMED] > 0 then
        consumed_n = call('HLEN', consumed)
    end
    if node_items > 0 then
        counts_n = call('HLEN', counts)
    end
    local sizes_now = sizes_text(hours_n, consumed_n, counts_n)
    if sizes_now ~= sizes then
        changes[#changes + 1], changes[#changes + 2] = 'sizes', sizes_now
    end
    set_meta(meta, advance(changes, newer, args, watermarks_arg, watermarks))
    return 'OK'
end

redis.register_function('stockfold_v5_commit', commit)
