-- Reading several keys of a shard as of one moment.

-- keys: meta, then one for each command. args: for each how many words it has but for its key, and they: its name, what
-- follows the key. Answers {token, what each command answers ...}.
local function peek(keys, args)
    local answers, at = {redis.call('HMGET', keys[1], 'token')[1] or ''}, 1
    for i = 2, #keys do
        local words = tonumber(args[at])
        answers[i] = redis.call(args[at + 1], keys[i], unpack(args, at + 2, at + words))
        at = at + 1 + words
    end
    return answers
end

redis.register_function{function_name = 'stockfold_v5_peek', callback = peek, flags = {'no-writes'}}
