#!lua name=stockfold_v1

-- What changes the view inside Redis. Redis does not roll a function back, so each one compares, then tries with
-- commands that only read whether every key it is going to write has the right type (a wrong one raises an error), and
-- only then writes; after that nothing can fail. Numbers are text on both sides: Lua's are floats.
--
-- Records alone are written without such a try, which would cost as much as the writing: that one is not where it was, or
-- is no hash, or is there although it was not, can only be seen when somebody else has written the shard's keys. Then the
-- shard is worth nothing, whatever was written of it: the same call takes its token, watermarks and openness away and
-- leaves the token "damaged", and it is cleared and folded again.
--
-- A call takes at most some thousand watermarks: Lua unpacks no more. Each call that moves them keeps `newest` beside
-- them, the newest Kafka time among all that were ever written; a checkpoint keeps `complete` too.
--
-- No call uses HMGET more than once: what is above that is taken for lookups (readers.c).
--
-- Answers: "OK"; "MISMATCH" (not as the caller last saw it: nothing was done); "LOST" (damaged: see above).

-- Kafka time of what was never read.
local never = -2 ^ 63

-- Watermarks are args of three, field, expected text ('' = none) and next text: n of them behind args[at].
-- True when all of them, and the token (true: any, but there must be one; nil: none needed), are in `meta` as expected;
-- and the newest Kafka time that is there.
local function as_expected(meta, token, args, at, n)
    local fields = {'token', 'newest'}
    for i = 1, n do
        fields[i + 2] = args[at + 3 * i - 2]
    end
    local seen = redis.call('HMGET', meta, unpack(fields))
    if token == true then
        token = seen[1] or 'one'
    end
    if token and (seen[1] or '') ~= token then
        return false
    end
    for i = 1, n do
        if (seen[i + 2] or '') ~= args[at + 3 * i - 1] then
            return false
        end
    end
    return true, tonumber(seen[2] or never) or never
end

-- Up to which Kafka time a watermark's partition is complete: the last number of its text; and the same as text.
local function complete_to(watermark)
    local text = string.match(watermark, '^%d+ %-?%d+ %x+ (%-?%d+)$')
    return tonumber(text or never), text
end

-- Adds to the fields and values in `changes` what moves watermarks, and the newest Kafka time with them.
local function advance(changes, newest, args, at, n)
    local newer
    for i = at + 1, at + 3 * n, 3 do
        local time, text = complete_to(args[i + 2])
        if time > newest then
            newest, newer = time, text
        end
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
        redis.call('HSET', meta, 'open', '', 'newest', '', 'complete', '', 'cleared', '')
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

-- Field -> its new "units time", of a hash of such texts, with what args say added: field, units, time, n times.
local function consume(key, args, at, n)
    local sums = {}
    for i = at + 1, at + 3 * n, 3 do
        local field = args[i]
        local text = sums[field] or redis.call('HGET', key, field) or '0 ' .. args[i + 2]
        local units, time = string.match(text, '^(-?%d+) (-?%d+)$')
        if not units then
            error('broken consumption of ' .. field)
        end
        units = tonumber(units) + tonumber(args[i + 1])
        time = math.max(tonumber(time), tonumber(args[i + 2]))
        sums[field] = string.format('%.0f %.0f', units, time)
    end
    return sums
end

-- An error, before anything is written, where what a field counts is no number.
local function expect_number(key, field)
    local number = redis.call('HGET', key, field)
    if number and not string.match(number, '^%-?%d+$') then
        error('broken count in ' .. key)
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

-- How many records an item has, in its hashes.
local function records_in(hashes)
    local n = 0
    for _, key in ipairs(hashes) do
        for _, field in ipairs(redis.call('HKEYS', key)) do
            n = n + (string.byte(field) > 1 and 1 or 0)
        end
    end
    return n
end

local function damaged(meta)
    begin(meta, 'damaged')
    return 'LOST'
end

-- keys: meta, hours, consumed, counts, then those of the sections, in their order.
-- args: expected token, new token, hour settled ('' = as before), how many of each section, then the sections:
--   watermarks   field, expected, next
--   known        node, packed record            one key each, as in the sections below
--   new          node, packed record
--   node_items     node, how many, skus
--   journals     hour, events, blob
--   consumed     field, units, time             no keys
--   bases        node, base ('' = delete)
--   chunks       hour, events, blob ('' = delete)
local function commit(keys, args)
    local call = redis.call
    local meta, hours, consumed, counts = keys[1], keys[2], keys[3], keys[4]
    local watermarks, known, new, node_items = tonumber(args[4]), tonumber(args[5]), tonumber(args[6]), tonumber(args[7])
    local journals, consumptions = tonumber(args[8]), tonumber(args[9])
    local bases, chunks = tonumber(args[10]), tonumber(args[11])

    -- Where each section's keys and args begin, less one.
    local known_key, known_arg = 4, 11 + 3 * watermarks
    local new_key, new_arg = known_key + known, known_arg + 2 * known
    local node_items_key, node_items_arg = new_key + new, new_arg + 2 * new
    local journals_key, journals_arg = node_items_key + node_items, node_items_arg + 3 * node_items
    local consumed_arg = journals_arg + 3 * journals
    local bases_key, bases_arg = journals_key + journals, consumed_arg + 3 * consumptions
    local chunks_key, chunks_arg = bases_key + bases, bases_arg + 2 * bases

    local expected, newest = as_expected(meta, args[1], args, 11, watermarks)
    if not expected then
        return 'MISMATCH'
    end

    for i = node_items_key + 1, node_items_key + node_items + journals do
        call('LLEN', keys[i])
    end
    local sums = consume(consumed, args, consumed_arg, consumptions)
    for i = bases_key + 1, bases_key + bases do
        call('HLEN', keys[i])
    end
    for i = chunks_key + 1, chunks_key + chunks do
        call('LLEN', keys[i])
    end
    for i = journals_arg + 1, journals_arg + 3 * journals, 3 do
        expect_number(hours, args[i])
    end
    call('HLEN', hours)
    for i = node_items_arg + 1, node_items_arg + 3 * node_items, 3 do
        expect_number(counts, args[i])
    end
    if new > 0 then
        expect_number(counts, '\0')
    end
    local undescribed = without_document(meta, keys, new_key + 1, new_key + new)

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
    set_meta(meta, advance(changes, newest, args, 11, watermarks))
    return 'OK'
end

-- Keeps the smallest complete_to of a meta's watermarks beside them, of the partitions that feed it (topic and how many, as
-- often as there are); none while one of them was never read.
local function keep_complete(meta, feeding)
    local counts, missing = {}, 0
    for topic, partitions in string.gmatch(feeding, '(%S+) (%d+)') do
        counts[topic] = tonumber(partitions)
        missing = missing + counts[topic]
    end
    local fields, least, least_text = redis.call('HGETALL', meta), math.huge, nil
    for i = 1, #fields, 2 do
        local topic, partition = string.match(fields[i], '^w:(%S+):(%d+)$')
        if topic and tonumber(partition) < (counts[topic] or 0) then
            local time, text = complete_to(fields[i + 1])
            missing = missing - 1
            if time < least then
                least, least_text = time, text
            end
        end
    end
    local complete = least_text and least > never and missing == 0
    redis.call('HSET', meta, 'complete', complete and least_text or '')
end

-- keys: meta. args: run_id on which the caller takes the shard for open ('' = does not), run_id to open it on ('' = as
-- before), 'nodes' if it is their meta, which topics feed it, then watermarks. A shard that was flushed or is being
-- cleared takes none.
local function checkpoint(keys, args)
    local meta, watermarks = keys[1], (#args - 4) / 3
    if args[3] ~= 'nodes' then
        local token, open = redis.call('HGET', meta, 'token') or 'damaged', redis.call('HGET', meta, 'open')
        if token == 'damaged' or string.find(token, '^clearing%.') or args[1] ~= '' and open ~= args[1] then
            return 'MISMATCH'
        end
    end
    local expected, newest = as_expected(meta, nil, args, 4, watermarks)
    if not expected then
        return 'MISMATCH'
    end
    local changes = args[2] == '' and {} or {'open', args[2]}
    set_meta(meta, advance(changes, newest, args, 4, watermarks))
    keep_complete(meta, args[4])
    return 'OK'
end

-- The safety stock that an item's document names lies beside its records, in fields that begin with a zero byte.
local function forget_safety(document, records)
    local fields = {'\0'}
    if string.find(document, 'safety', 1, true) or string.find(document, '\\u', 1, true) then
        local read, item = pcall(cjson.decode, document)
        local safety = read and type(item) == 'table' and item.safety_stock
        local nodes = type(safety) == 'table' and safety.nodes
        for node in pairs(type(nodes) == 'table' and nodes or {}) do
            fields[#fields + 1] = '\0' .. node
        end
    end
    for _, key in ipairs(records) do
        for i = 1, #fields, 4000 do
            redis.call('HDEL', key, unpack(fields, i, math.min(i + 3999, #fields)))
        end
    end
end

-- keys: meta, counts, then for each item its document and its records, in as many hashes as there are buckets. args:
-- one watermark, buckets, then for each item its document ('' = delete) and for each bucket its safety stock: units,
-- zero byte, node ('' = any), zero byte, as often as there are. SET and DEL take any type. Answers {"OK", document
-- before or '' ...}, for the indexes that are stale now.
local function put_items(keys, args)
    local expected, newest = as_expected(keys[1], true, args, 0, 1)
    if not expected then
        return 'MISMATCH'
    end
    local answer, each, undescribed = {'OK'}, 1 + tonumber(args[4]), 0
    expect_number(keys[2], '\0')
    for i = 3, #keys, each do
        answer[#answer + 1] = redis.call('TYPE', keys[i]).ok == 'string' and redis.call('GET', keys[i]) or ''
        for k = i + 1, i + each - 1 do
            redis.call('HLEN', keys[k])
        end
    end
    for i = 3, #keys, each do
        local document, before, records = args[i + 2], answer[(i - 3) / each + 2], {unpack(keys, i + 1, i + each - 1)}
        if (document == '') ~= (before == '') then
            undescribed = undescribed + records_in(records) * (document == '' and 1 or -1)
        end
        forget_safety(before, records)
        if document == '' then
            redis.call('DEL', keys[i])
        else
            redis.call('SET', keys[i], document)
        end
        for k, key in ipairs(records) do
            for units, node in string.gmatch(args[i + 2 + k], '(%d+)%z([^%z]*)%z') do
                redis.call('HSET', key, '\0' .. node, units)
            end
        end
    end
    if undescribed ~= 0 then
        redis.call('HINCRBY', keys[2], '\0', undescribed)
    end
    set_meta(keys[1], advance({}, newest, args, 0, 1))
    return answer
end

-- keys: a document, counts, then its item's records. Deletes the document and its safety stock, whatever the types: who
-- deletes comes again until there is nothing left.
local function delete_item(keys)
    local records = {}
    for i = 3, #keys do
        if redis.call('TYPE', keys[i]).ok == 'hash' then
            records[#records + 1] = keys[i]
        end
    end
    if redis.call('TYPE', keys[1]).ok == 'string' then
        forget_safety(redis.call('GET', keys[1]), records)
        redis.pcall('HINCRBY', keys[2], '\0', records_in(records))
    end
    redis.call('DEL', keys[1])
    return 'OK'
end

-- Higher than it ever was, also in a view that was lost since and made anew: the time in microseconds, as long as that
-- moves on.
local function raise_version(meta)
    local raised, time = redis.call('HINCRBY', meta, 'version', 1), now()
    if time > raised then
        redis.call('HSET', meta, 'version', string.format('%.0f', time))
    end
end

-- keys: meta, nodes. args: one watermark, then node and document ('' = delete), as often as there are. The version is
-- raised before all else: where it is no number, that is the error, and nothing is done.
local function put_nodes(keys, args)
    local expected, newest = as_expected(keys[1], nil, args, 0, 1)
    if not expected then
        return 'MISMATCH'
    end
    redis.call('HLEN', keys[2])
    if #args > 3 then
        raise_version(keys[1])
    end
    for i = 4, #args, 2 do
        if args[i + 1] == '' then
            redis.call('HDEL', keys[2], args[i])
        else
            redis.call('HSET', keys[2], args[i], args[i + 1])
        end
    end
    set_meta(keys[1], advance({}, newest, args, 0, 1))
    return 'OK'
end

-- keys: meta, nodes. args: a node.
local function delete_node(keys, args)
    redis.call('HLEN', keys[2])
    raise_version(keys[1])
    redis.call('HDEL', keys[2], args[1])
    return 'OK'
end

-- keys: heard. args: node and ms, as often as there are, at most some thousand. The newest stays.
local function hear(keys, args)
    local nodes, changes = {}, {}
    for i = 1, #args, 2 do
        nodes[#nodes + 1] = args[i]
    end
    local seen = redis.call('HMGET', keys[1], unpack(nodes))
    for i = 1, #nodes do
        if tonumber(args[2 * i]) > (tonumber(seen[i] or '') or -math.huge) then
            changes[#changes + 1] = nodes[i]
            changes[#changes + 1] = args[2 * i]
        end
    end
    set(keys[1], changes)
    return 'OK'
end

-- Clearing a shard, step by step, by whoever holds its token. keys: meta, then what is deleted. args: expected token, next.
local function clear(keys, args)
    if (redis.call('HGET', keys[1], 'token') or '') ~= args[1] then
        return 'MISMATCH'
    end
    for i = 2, #keys do
        redis.call('UNLINK', keys[i])
    end
    begin(keys[1], args[2])
    return 'OK'
end

-- keys: view. args: fields and values, written unless somebody else did it first.
local function create(keys, args)
    if redis.call('HLEN', keys[1]) == 0 then
        redis.call('HSET', keys[1], unpack(args))
    end
    return 'OK'
end

redis.register_function('stockfold_v1_commit', commit)
redis.register_function('stockfold_v1_checkpoint', checkpoint)
redis.register_function('stockfold_v1_put_items', put_items)
redis.register_function('stockfold_v1_delete_item', delete_item)
redis.register_function('stockfold_v1_put_nodes', put_nodes)
redis.register_function('stockfold_v1_delete_node', delete_node)
redis.register_function('stockfold_v1_hear', hear)
redis.register_function('stockfold_v1_clear', clear)
redis.register_function('stockfold_v1_create', create)
