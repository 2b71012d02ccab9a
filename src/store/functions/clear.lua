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

redis.register_function('stockfold_v4_clear', clear)
redis.register_function('stockfold_v4_create', create)
redis.register_function('stockfold_v4_words_made', words_made)
redis.register_function('stockfold_v4_damage', damage)
