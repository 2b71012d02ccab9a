-- The outbox: letting go of what Kafka has.

-- Whether the id of a stream's entry, "MS-SEQ", is a later one than another.
local function is_later(id, than)
    local ms, seq = string.match(id, '^(%d+)%-(%d+)$')
    local than_ms, than_seq = string.match(than, '^(%d+)%-(%d+)$')
    if not ms then
        error('broken entry id ' .. id)
    end
    ms, seq, than_ms, than_seq = tonumber(ms), tonumber(seq), tonumber(than_ms or -1), tonumber(than_seq or -1)
    return ms > than_ms or ms == than_ms and seq > than_seq
end

-- keys: meta of reservations, outbox. args: the newest entry of those that Kafka has.
local function relayed(keys, args)
    local noted = redis.call('HMGET', keys[1], 'relayed')[1] or ''
    redis.call('XLEN', keys[2])
    if is_later(args[1], noted) then
        redis.call('HSET', keys[1], 'relayed', args[1])
    end
    redis.call('XTRIM', keys[2], 'MINID', args[1])
    redis.call('XDEL', keys[2], args[1])
    return 'OK'
end

redis.register_function('stockfold_v5_relayed', relayed)
