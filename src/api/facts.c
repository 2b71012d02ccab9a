/* Items by what their documents say. */
#include "facts.h"

#include <stdlib.h>

#include "stockfold/codec/event_json.h"

bool facts_read(struct api_call *call, struct str document, struct item_facts *ret_facts)
{
    char detail[REFUSAL_DETAIL_MAX];
    return document.len > 0 &&
           item_read_in(call_text(call, PARAMETER_LANG), document, &call->arena, ret_facts, detail) == REFUSAL_NONE;
}

/* --- sizes ------------------------------------------------------------------------------------------------------- */

enum size_kind { SIZE_LETTERS, SIZE_NUMBER, SIZE_OTHER }; /* of letters the number of M is 0, below are the smaller */

/* Letters of the same kind at the front; `text` becomes what is behind them. */
static size_t skip_letters(struct str *text, const char *letters)
{
    size_t n = 0;
    while (n < text->len && text->data[n] != '\0' && strchr(letters, text->data[n]) != NULL)
        n++;
    *text = (struct str){text->data + n, text->len - n};
    return n;
}

/* S, M and L behind as many X as there are, or as a number in front says. */
static bool rank_letters(struct str text, double *ret_number)
{
    struct str rest = text;
    size_t digits = skip_letters(&rest, "0123456789"), xs = skip_letters(&rest, "Xx");
    if (rest.len != 1 || digits > 1 || (digits == 1 && xs != 1))
        return false;
    double more = digits == 1 ? text.data[0] - '0' : (double)xs;
    switch (rest.data[0] | 0x20) {
    case 's':
        *ret_number = -1 - more;
        return true;
    case 'm':
        *ret_number = 0;
        return xs == 0;
    case 'l':
        *ret_number = 1 + more;
        return true;
    }
    return false;
}

static struct size_rank rank_size(struct str size)
{
    struct size_rank ranked = {.kind = SIZE_LETTERS};
    char text[65], *end; /* sizes are no longer */
    if (size.len == 0)
        return (struct size_rank){.kind = SIZE_OTHER};
    if (rank_letters(size, &ranked.number))
        return ranked;
    struct str rest = size;
    skip_letters(&rest, "0123456789.");
    size_t len = size.len - rest.len < sizeof(text) ? size.len - rest.len : sizeof(text) - 1;
    memcpy(text, size.data, len);
    text[len] = '\0';
    ranked.number = strtod(text, &end);
    ranked.kind = end > text ? SIZE_NUMBER : SIZE_OTHER;
    return ranked;
}

static int compare_ranks(struct size_rank left, struct size_rank right)
{
    if (left.kind != right.kind)
        return left.kind < right.kind ? -1 : 1;
    return (left.number > right.number) - (left.number < right.number);
}

int facts_compare_sizes(struct str a, struct str b)
{
    int order = compare_ranks(rank_size(a), rank_size(b));
    return order != 0 ? order : str_compare(a, b);
}

/* --- an item among those of its style ---------------------------------------------------------------------------- */

struct variant facts_variant(const struct item_facts *item)
{
    struct str color = texts_choose(&item->colors, (struct str){0});
    return (struct variant){rank_size(item->size), item->size, color, item->sku};
}

int facts_compare_variants(const struct variant *a, const struct variant *b)
{
    int order = compare_ranks(a->rank, b->rank);
    if (order == 0)
        order = str_compare(a->size, b->size);
    if (order == 0)
        order = str_compare(a->color, b->color);
    return order != 0 ? order : str_compare(a->sku, b->sku);
}
