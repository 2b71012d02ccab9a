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

-- keys: view. args: fields and values, written unless somebody else did it first.
local function create(keys, args)
    if redis.call('HLEN', keys[1]) == 0 then
        redis.call('HSET', keys[1], unpack(args))
    end
    return 'OK'
end

redis.register_function('stockfold_v1_clear', clear)
redis.register_function('stockfold_v1_create', create)
