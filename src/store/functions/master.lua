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

-- Whether a message of that Kafka time and partition about a document comes after the newest so far, which `times` names.
-- After partitions were added a key's messages lie in several, and are read in any order: the newer Kafka time counts. In
-- one partition the later message does, whatever its time: compaction keeps that one.
local function comes_after(times, name, time, partition)
    local newest_time, newest_partition = string.match(redis.call('HGET', times, name) or '', '^(-?%d+) (%d+)')
    if not newest_time or newest_partition == partition then
        return true
    end
    newest_time, time = tonumber(newest_time), tonumber(time)
    return time > newest_time or time == newest_time and tonumber(partition) > tonumber(newest_partition)
end

-- keys: meta, counts, times, then for each item its document and its records, in as many hashes as there are buckets. args:
-- one watermark, newest Kafka time, partition, buckets, then for each item its name, its document ('' = delete), its Kafka
-- time and for each bucket its safety stock: units, zero byte, node ('' = any), zero byte, as often as there are. SET and
-- DEL take any type.
-- Answers {"OK", document before or '' ...}, for the indexes that are stale now; nil of what came too late.
local function put_items(keys, args)
    local expected, newer = as_expected(keys[1], true, args[4], args, 0, 1)
    if not expected then
        return 'MISMATCH'
    end
    local counts, times, partition = keys[2], keys[3], args[5]
    local answer, each, undescribed = {'OK'}, 1 + tonumber(args[6]), 0
    expect_number(counts, '\0')
    local documents = redis.call('HGET', keys[1], 'documents')
    if documents and tonumber(documents) ~= redis.call('HLEN', times) then
        return damaged(keys[1])
    end
    for i = 4, #keys, each do
        answer[#answer + 1] = redis.call('TYPE', keys[i]).ok == 'string' and redis.call('GET', keys[i]) or ''
        for k = i + 1, i + each - 1 do
            redis.call('HLEN', keys[k])
        end
    end
    local arg = 7
    for i = 4, #keys, each do
        local place, name, document, time = (i - 4) / each + 2, args[arg], args[arg + 1], args[arg + 2]
        local before, records = answer[place], {unpack(keys, i + 1, i + each - 1)}
        if not comes_after(times, name, time, partition) then
            answer[place] = false
        else
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
                for units, node in string.gmatch(args[arg + 2 + k], '(%d+)%z([^%z]*)%z') do
                    redis.call('HSET', key, '\0' .. node, units)
                end
            end
            redis.call('HSET', times, name, time .. ' ' .. partition .. (document == '' and ' deleted' or ''))
        end
        arg = arg + 2 + each
    end
    if undescribed ~= 0 then
        redis.call('HINCRBY', counts, '\0', undescribed)
    end
    set_meta(keys[1], advance({'documents', redis.call('HLEN', times)}, newer, args, 0, 1))
    return answer
end

-- Whether the shard still stands where the caller knows it to stand, by the watermarks behind args' first, a name. Who does
-- not know how far it has come knows nothing of documents that were put since.
local function stands(meta, args)
    return (as_expected(meta, nil, '', args, 1, (#args - 1) / 3))
end

-- keys: meta, counts, times, a document, then its item's records. args: the item's name, then watermarks that stay where they
-- are. Deletes the document and its safety stock, whatever the types: who deletes comes again until there is nothing left.
-- Answers the document, for the indexes; nil where the shard has moved on.
local function delete_item(keys, args)
    if not stands(keys[1], args) then
        return false
    end
    local records, document = {}, ''
    for i = 5, #keys do
        if redis.call('TYPE', keys[i]).ok == 'hash' then
            records[#records + 1] = keys[i]
        end
    end
    if redis.call('TYPE', keys[4]).ok == 'string' then
        document = redis.call('GET', keys[4])
        forget_safety(document, records)
        redis.pcall('HINCRBY', keys[2], '\0', records_in(records))
    end
    redis.pcall('HDEL', keys[3], args[1])
    local documents = redis.pcall('HLEN', keys[3])
    if type(documents) == 'number' and redis.call('HGET', keys[1], 'documents') then
        redis.call('HSET', keys[1], 'documents', documents)
    end
    redis.call('DEL', keys[4])
    return document
end

-- keys: a word's items, and the words of its beginning. args: the word, a sku, which has it no more.
local function remove_word(keys, args)
    redis.call('ZREM', keys[1], args[2])
    if redis.call('EXISTS', keys[1]) == 0 then
        redis.call('ZREM', keys[2], args[1])
    end
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

-- keys: meta, nodes, times. args: one watermark, newest Kafka time, partition, then node, document ('' = delete) and Kafka time,
-- as often as there are. The version is raised before all else: where it is no number, that is the error, and nothing is done.
local function put_nodes(keys, args)
    local expected, newer = as_expected(keys[1], nil, args[4], args, 0, 1)
    if not expected then
        return 'MISMATCH'
    end
    local nodes, times, partition = keys[2], keys[3], args[5]
    redis.call('HLEN', nodes)
    redis.call('HLEN', times)
    if #args > 5 then
        raise_version(keys[1])
    end
    for i = 6, #args, 3 do
        local node, document, time = args[i], args[i + 1], args[i + 2]
        if comes_after(times, node, time, partition) then
            if document == '' then
                redis.call('HDEL', nodes, node)
            else
                redis.call('HSET', nodes, node, document)
            end
            redis.call('HSET', times, node, time .. ' ' .. partition)
        end
    end
    set_meta(keys[1], advance({}, newer, args, 0, 1))
    return 'OK'
end

-- keys: meta, nodes, times. args: a node, then watermarks that stay where they are.
local function delete_node(keys, args)
    if not stands(keys[1], args) then
        return 'MISMATCH'
    end
    redis.call('HLEN', keys[2])
    redis.call('HLEN', keys[3])
    raise_version(keys[1])
    redis.call('HDEL', keys[2], args[1])
    redis.call('HDEL', keys[3], args[1])
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

redis.register_function('stockfold_v5_put_items', put_items)
redis.register_function('stockfold_v5_delete_item', delete_item)
redis.register_function('stockfold_v5_remove_word', remove_word)
redis.register_function('stockfold_v5_put_nodes', put_nodes)
redis.register_function('stockfold_v5_delete_node', delete_node)
redis.register_function('stockfold_v5_hear', hear)
