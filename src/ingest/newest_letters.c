/* A tree of the messages' places, each with the position of its newest letter. */
#include "newest_letters.h"

#include <search.h>
#include <stdlib.h>

struct newest_row {
    struct str topic, partition, offset; /* of the message */
    struct letter_position position;
    char text[];
};

static int compare_message_places(const void *a, const void *b)
{
    const struct newest_row *left = a, *right = b;
    int order = str_compare(left->offset, right->offset);
    if (order == 0)
        order = str_compare(left->partition, right->partition);
    return order != 0 ? order : str_compare(left->topic, right->topic);
}

static bool is_newer(const struct letter_position *position, const struct letter_position *than)
{
    if (position->at_ms != than->at_ms)
        return position->at_ms > than->at_ms;
    return position->partition != than->partition ? position->partition > than->partition
                                                  : position->offset > than->offset;
}

static struct str move_text(char **at, struct str text)
{
    struct str moved = {memcpy(*at, text.data, text.len), text.len};
    *at += text.len;
    return moved;
}

static const struct newest_row *find_newest_letter(const struct newest_letters *newest,
                                                   const struct refused_letter *letter)
{
    const struct newest_row wanted = {.topic = letter->topic, .partition = letter->partition, .offset = letter->offset};
    const struct newest_row *const *found = tfind(&wanted, &newest->root, compare_message_places);
    return found == NULL ? NULL : *found;
}

void newest_letters_note(struct newest_letters *newest, const struct refused_letter *letter,
                         const struct letter_position *position)
{
    if (letter->offset.len == 0)
        return;
    size_t len = letter->topic.len + letter->partition.len + letter->offset.len;
    struct newest_row *row = malloc(sizeof(*row) + len);
    if (row == NULL)
        error_out_of_memory();
    char *at = row->text;
    row->topic = move_text(&at, letter->topic);
    row->partition = move_text(&at, letter->partition);
    row->offset = move_text(&at, letter->offset);
    row->position = *position;
    struct newest_row **found = tsearch(row, &newest->root, compare_message_places);
    if (found == NULL)
        error_out_of_memory();
    if (*found == row)
        return;
    if (is_newer(position, &(*found)->position))
        (*found)->position = *position;
    free(row);
}

bool newest_letters_has(const struct newest_letters *newest, const struct refused_letter *letter,
                        const struct letter_position *position)
{
    const struct newest_row *row = letter->offset.len == 0 ? NULL : find_newest_letter(newest, letter);
    return row == NULL || (row->position.partition == position->partition && row->position.offset == position->offset);
}

void newest_letters_done(struct newest_letters *newest)
{
    tdestroy(newest->root, free);
    newest->root = NULL;
}
