-- Of each section of the call at hand (*_sections.def): how many there are, and where its keys and args begin, less one.
-- Made once: a call costs no tables for it.
local count, key_before, arg_before = {}, {}, {}

-- The first of these args say how many there are of each section.
local function find_sections(keys, args, keys_before, args_before)
    local key, arg = keys_before, args_before + #section_words
    for section = 1, #section_words do
        local n = tonumber(args[args_before + section])
        count[section], key_before[section], arg_before[section] = n, key, arg
        key, arg = key + n * section_keys[section], arg + n * section_words[section]
    end
    if key ~= #keys or arg ~= #args then
        error('a call of other sections than these functions know')
    end
end

