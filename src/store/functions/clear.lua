-- A view's beginning, and a shard's: its descriptor, and clearing.

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

-- The last step: what is reserved follows from the holds, which stay. keys: meta, holds. args: expected token, next, buckets.
local function clear_end(keys, args)
    local meta, holds = keys[1], keys[2]
    if (redis.call('HGET', meta, 'token') or '') ~= args[1] then
        return 'MISMATCH'
    end
    local moves, shard, all = {}, string.sub(meta, 1, -2), redis.call('HGETALL', holds)
    for i = 1, #all, 2 do
        local sku, node = string.match(all[i], '^[^%z]*%z([^%z]*)%z([^%z]*)$')
        local bucket = args[3] == '1' and '' or string.match(all[i + 1], '%d+$')
        local key = shard .. 'r' .. bucket .. ':' .. sku
        local name = key .. '\0' .. node
        if not moves[name] then
            moves[name] = {key = key, node = node, after = 0}
            moves[#moves + 1] = moves[name]
        end
        moves[name].after = moves[name].after + held_units(all[i + 1], holds)
    end
    write_reserved(moves)
    begin(meta, args[2])
    return 'OK'
end

-- keys: view. args: fields and values, 'format' and its number first: written unless one of this format is there.
local function create(keys, args)
    local format = tonumber(redis.call('HGET', keys[1], 'format') or '')
    if redis.call('EXISTS', keys[1]) == 0 or format and format < tonumber(args[2]) then
        redis.call('DEL', keys[1])
        redis.call('HSET', keys[1], unpack(args))
    end
    return 'OK'
end

-- keys: view. args: its id, and the version of the index of words that is whole now.
local function words_made(keys, args)
    if redis.call('HGET', keys[1], 'id') == args[1] then
        redis.call('HSET', keys[1], 'words', args[2])
        return 'OK'
    end
    return 'MISMATCH'
end

-- keys: meta. The shard is of another format, or nobody knows what it is.
local function damage(keys)
    begin(keys[1], 'damaged')
    return 'OK'
end

redis.register_function('stockfold_v5_clear', clear)
redis.register_function('stockfold_v5_clear_end', clear_end)
redis.register_function('stockfold_v5_create', create)
redis.register_function('stockfold_v5_words_made', words_made)
redis.register_function('stockfold_v5_damage', damage)
