-- What is reserved of an item at a node: the sum over holds of max(0, held - max(0, consumed)).

-- Units that a hold's text names, "units bucket".
local function held_units(text, key)
    local units = text and string.match(text, '^(%d+) %d+$')
    if text and not units then
        error('broken hold in ' .. key)
    end
    return tonumber(units or 0)
end

-- Units that sales took, of "units time"; taken back more often than sold counts as none.
local function consumed_units(text, key)
    local units = text and string.match(text, '^(-?%d+) %-?%d+$')
    if text and not units then
        error('broken consumption in ' .. key)
    end
    return math.max(0, tonumber(units or 0))
end

-- What becomes of `reserved`, by item and node, in order: {key, node, before, after}. Adds to that of one
-- record and node, and answers it.
local function move_units(moves, key, node, units)
    local name = key .. '\0' .. node
    local move = moves[name]
    if not move then
        local reserved = tonumber(expect_number(key, '\1' .. node) or 0)
        move = {key = key, node = node, before = reserved, after = reserved}
        moves[name], moves[#moves + 1] = move, move
    end
    move.after = move.after + units
    return move
end

-- Never below 0, and nothing where nothing is.
local function write_reserved(moves)
    for _, move in ipairs(moves) do
        if move.after <= 0 then
            redis.call('HDEL', move.key, '\1' .. move.node)
        elseif move.after ~= move.before then
            redis.call('HSET', move.key, '\1' .. move.node, string.format('%.0f', move.after))
        end
    end
end

