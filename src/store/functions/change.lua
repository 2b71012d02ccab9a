-- Reservations: one change of documents, holds and what goes with them; and which are due.

-- A record's value begins with its sellable units: varint, zigzag.
local function sellable_units(value)
    local number, scale = 0, 1
    for i = 1, 10 do
        local byte = string.byte(value, i)
        if not byte then
            error('broken record')
        end
        number = number + byte % 128 * scale
        scale = scale * 128
        if byte < 128 then
            break
        end
    end
    return number % 2 == 0 and number / 2 or -(number + 1) / 2
end

-- Whether all shards touched, and reservations, are open on this server.
local function all_open(keys, reservations)
    local identity = own_identity()
    if identity == '' or redis.call('HGET', reservations, 'open') ~= identity then
        return false
    end
    for i = key_before[SHARDS] + 1, key_before[SHARDS] + count[SHARDS] do
        if redis.call('HGET', keys[i], 'open') ~= identity then
            return false
        end
    end
    return true
end

-- The first document that is not as seen ('CHANGED', with its text), or whose time it is not ('TIME').
local function refuse_documents(keys, args, ms)
    for i = 1, count[DOCUMENTS] do
        local key, at = keys[key_before[DOCUMENTS] + i], arg_before[DOCUMENTS] + 5 * (i - 1)
        local seen, from, before = args[at + 1], tonumber(args[at + 2]), tonumber(args[at + 3])
        local text = redis.call('GET', key) or ''
        local version = text == '' and '0' or string.match(text, '^(%d+) ')
        if not version then
            error('broken document ' .. key)
        end
        local as_seen = version == seen
        if seen == 'older' then
            as_seen = tonumber(version) < tonumber(args[at + 4])
        end
        if not as_seen then
            return 'CHANGED', i - 1, text
        end
        if from and ms < from or before and ms >= before then
            return 'TIME', i - 1, ''
        end
    end
end

-- What becomes of what is reserved, with the most `less` of the holds that raise it; and each hold's part: its move, its units
-- before and those that sales took, how many it reserves, whether that is more than before. Several holds may move one: where
-- one reservation replaces another. Nil, and the number of the hold, where a record is not as seen.
local function move_reserved(keys, args)
    local moves, parts = {}, {}
    for i = 1, count[HOLDS] do
        local key, at = key_before[HOLDS] + 3 * (i - 1), arg_before[HOLDS] + 6 * (i - 1)
        local holds, record, consumptions = keys[key + 1], keys[key + 2], keys[key + 3]
        local field, node, units, less, seen = args[at + 1], args[at + 2], args[at + 4], args[at + 5], args[at + 6]
        if seen ~= '' and redis.call('HGET', record, node) ~= seen then
            return nil, i - 1
        end
        local before = held_units(redis.call('HGET', holds, field), holds)
        local consumed = consumed_units(redis.call('HGET', consumptions, field), consumptions)
        local reserves = math.max(0, tonumber(units) - consumed)
        local raised = reserves - math.max(0, before - consumed)
        local move = move_units(moves, record, node, raised)
        move.less = math.max(move.less or 0, raised > 0 and tonumber(less) or 0)
        parts[i] = {move = move, before = before, consumed = consumed, reserves = reserves, raises = raised > 0}
    end
    return moves, parts
end

-- Nil, or for each hold the units that could be held there in all, '' where none are missing: as many as it has, as many as
-- sales took, and those that are free but for the other holds.
local function missing_units(moves, parts)
    local short = false
    for _, move in ipairs(moves) do
        if move.after > move.before then
            local value = redis.call('HGET', move.key, move.node)
            move.left = (value and sellable_units(value) or 0) - move.less
            short = short or move.left < move.after
        end
    end
    if not short then
        return nil
    end
    local left = {}
    for i, part in ipairs(parts) do
        local move = part.move
        local is_short = part.raises and move.left and move.left < move.after
        local free = is_short and math.max(0, move.left - move.after + part.reserves)
        left[i] = is_short and string.format('%.0f', math.max(part.before, part.consumed + free)) or ''
    end
    return left
end

-- Name -> what it comes to; or nil, and the number of the counter that would go beyond its most.
local function move_counters(key, args, applies)
    local sums = {}
    for i = 1, count[COUNTERS] do
        local at = arg_before[COUNTERS] + 3 * (i - 1)
        local name, by, most = args[at + 1], tonumber(args[at + 2]), tonumber(args[at + 3])
        sums[name] = (sums[name] or tonumber(expect_number(key, name) or 0)) + by
        if not applies and by > 0 and most and sums[name] > most then
            return nil, i - 1
        end
    end
    return sums
end

-- Reads what is otherwise only written: a key of a wrong type is seen before anything is.
local function try_keys(keys, due)
    redis.call('ZCARD', due)
    for i = key_before[INDEXES] + 1, key_before[INDEXES] + count[INDEXES] do
        redis.call('ZCARD', keys[i])
    end
end

local function write_documents(keys, args)
    for i = 1, count[DOCUMENTS] do
        local key, at = keys[key_before[DOCUMENTS] + i], arg_before[DOCUMENTS] + 5 * (i - 1)
        if args[at + 5] == '' then
            redis.call('DEL', key)
        else
            redis.call('SET', key, args[at + 4] .. ' ' .. args[at + 5])
        end
    end
end

-- A hold of what sales took already: it has to be looked at.
local function write_holds(keys, args, due, ms)
    for i = 1, count[HOLDS] do
        local key, at = key_before[HOLDS] + 3 * (i - 1), arg_before[HOLDS] + 6 * (i - 1)
        local holds, field, units = keys[key + 1], args[at + 1], args[at + 4]
        if units == '0' then
            redis.call('HDEL', holds, field)
        else
            redis.call('HSET', holds, field, units .. ' ' .. args[at + 3])
            if consumed_units(redis.call('HGET', keys[key + 3], field), '') >= tonumber(units) then
                redis.call('ZADD', due, ms, '!' .. string.match(field, '^[^%z]*'))
            end
        end
    end
end

local function write_counters(key, sums)
    for name, number in pairs(sums) do
        if number <= 0 then
            redis.call('HDEL', key, name)
        else
            redis.call('HSET', key, name, string.format('%.0f', number))
        end
    end
end

local function write_sorted(key, member, time)
    if time == '' then
        redis.call('ZREM', key, member)
    else
        redis.call('ZADD', key, time, member)
    end
end

local function write_times(keys, args, due)
    for i = 1, count[INDEXES] do
        local at = arg_before[INDEXES] + 2 * (i - 1)
        write_sorted(keys[key_before[INDEXES] + i], args[at + 1], args[at + 2])
    end
    for i = 1, count[DUE] do
        local at = arg_before[DUE] + 3 * (i - 1)
        local member, time, seen = args[at + 1], args[at + 2], args[at + 3]
        if seen == '' or tonumber(redis.call('ZSCORE', due, member) or '') == tonumber(seen) then
            write_sorted(due, member, time)
        end
    end
end

local function write_messages(args, outbox)
    local last = ''
    for i = 1, count[MESSAGES] do
        local at = arg_before[MESSAGES] + 3 * (i - 1)
        last = redis.call('XADD', outbox, '*', 'id', args[at + 1], 'topic', args[at + 2], 'value', args[at + 3])
    end
    return last
end

-- keys: reservations' meta, due times, outbox, counters, then those of the sections.
-- args: 'applies' or '', the outbox' most entries ('' = any), newest Kafka time ('' = none), how many of each section, then
-- the sections. What applies is what the log says: nothing is refused for want of units, room or openness.
-- Answers {word, time, ...}: OK, id of the last message; CHANGED, number, text; TIME, number; MOVED, number; SHORT, units
-- that each hold could have; FULL, number; BEHIND; CLOSED; STALE.
local function change(keys, args)
    local meta, due, outbox, counters = keys[1], keys[2], keys[3], keys[4]
    local applies, most, us = args[1] == 'applies', tonumber(args[2]), now()
    local time, ms = string.format('%.0f', us), math.floor(us / 1000)
    find_sections(keys, args, 4, 3)
    local watermarks, watermarks_arg = count[WATERMARKS], arg_before[WATERMARKS]
    local expected, newer = as_expected(meta, nil, args[3], args, watermarks_arg, watermarks)
    if not expected then
        return {'STALE', time}
    end
    if not applies and not all_open(keys, meta) then
        return {'CLOSED', time}
    end
    local word, number, text = refuse_documents(keys, args, ms)
    if word and not applies then
        return {word, time, number, text}
    end
    local moves, sums, parts = {}, {}, {}
    if not word then
        moves, parts = move_reserved(keys, args)
        if not moves then
            return {'MOVED', time, parts}
        end
        local left = not applies and missing_units(moves, parts)
        if left then
            return {'SHORT', time, unpack(left)}
        end
        sums, number = move_counters(counters, args, applies)
        if not sums then
            return {'FULL', time, number}
        end
    end
    if redis.call('XLEN', outbox) + count[MESSAGES] > (not applies and most or math.huge) then
        return {'BEHIND', time}
    end
    try_keys(keys, due)
    local last = ''
    if not word then
        write_documents(keys, args)
        write_reserved(moves)
        write_holds(keys, args, due, ms)
        write_counters(counters, sums)
        write_times(keys, args, due)
        last = write_messages(args, outbox)
    end
    if watermarks > 0 then
        set_meta(meta, advance({}, newer, args, watermarks_arg, watermarks))
    end
    return {'OK', time, last}
end

-- keys: reservations' meta, due times. args: how many at most, and for how many ms they are put off: whoever takes them has
-- so long, then another does. Answers {'OK', time, member, when it comes again, ...} or {'CLOSED', time}.
local function take_due(keys, args)
    local us = now()
    local time, ms = string.format('%.0f', us), math.floor(us / 1000)
    local open = redis.call('HMGET', keys[1], 'open')[1] or ''
    if open == '' or open ~= own_identity() then
        return {'CLOSED', time}
    end
    local again = string.format('%.0f', ms + tonumber(args[2]))
    local answer = {'OK', time}
    for _, member in ipairs(redis.call('ZRANGEBYSCORE', keys[2], '-inf', ms, 'LIMIT', 0, args[1])) do
        redis.call('ZADD', keys[2], again, member)
        answer[#answer + 1] = member
        answer[#answer + 1] = again
    end
    return answer
end

redis.register_function('stockfold_v5_change', change)
redis.register_function('stockfold_v5_due', take_due)
