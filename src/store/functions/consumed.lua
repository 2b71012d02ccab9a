-- What sales took of reservations, forgotten in time.

-- keys: meta, hours, consumed, counts, holds. args: before when the newest sale of an entry must have been, a cursor ('0': the
-- first), about how many entries are looked at. One of which a hold stands is kept, whatever its age. Answers the next cursor;
-- '0' too where the shard is being cleared.
local function forget_consumed(keys, args)
    local meta, hours, consumed, counts, holds = unpack(keys, 1, 5)
    local seen = redis.call('HMGET', meta, 'token', 'sizes')
    local token, sizes = seen[1] or 'damaged', seen[2] or ''
    if token == 'damaged' or string.find(token, '^clearing%.') then
        return '0'
    end
    local cursor, page = unpack(redis.call('HSCAN', consumed, args[2], 'COUNT', args[3]))
    local gone, before = {}, tonumber(args[1])
    for i = 1, #page, 2 do
        local time = tonumber(string.match(page[i + 1], ' (-?%d+)$') or '')
        if time and time < before and redis.call('HEXISTS', holds, page[i]) == 0 then
            gone[#gone + 1] = page[i]
        end
    end
    local as_kept = sizes_text(redis.call('HLEN', hours), redis.call('HLEN', consumed), redis.call('HLEN', counts)) == sizes
    if #gone > 0 and as_kept then
        for i = 1, #gone, 4000 do
            redis.call('HDEL', consumed, unpack(gone, i, math.min(i + 3999, #gone)))
        end
        redis.call('HSET', meta, 'sizes',
            sizes_text(redis.call('HLEN', hours), redis.call('HLEN', consumed), redis.call('HLEN', counts)))
    end
    return cursor
end

redis.register_function('stockfold_v5_forget_consumed', forget_consumed)
