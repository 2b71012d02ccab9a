-- Master data: item and node documents, what is kept beside the records for them, and when nodes were heard of.

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

redis.register_function('stockfold_v1_put_items', put_items)
redis.register_function('stockfold_v1_delete_item', delete_item)
redis.register_function('stockfold_v1_put_nodes', put_nodes)
redis.register_function('stockfold_v1_delete_node', delete_node)
redis.register_function('stockfold_v1_hear', hear)
