/* Documents as members of an answer. */
#include "splice.h"

static struct str trim(struct str text)
{
    while (text.len > 0 && strchr(" \t\r\n", text.data[0]) != NULL)
        text = (struct str){text.data + 1, text.len - 1};
    while (text.len > 0 && strchr(" \t\r\n", text.data[text.len - 1]) != NULL)
        text.len--;
    return text;
}

bool splice_members(struct str document, struct buffer *out)
{
    struct str object = trim(document);
    if (object.len < 2 || object.data[0] != '{' || object.data[object.len - 1] != '}')
        return false;
    buffer_add_byte(out, ',');
    buffer_add(out, object.data + 1, object.len - 2);
    return true;
}
