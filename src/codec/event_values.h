/* Judging one value of an event: its kind, its bounds, and the words of its refusal. Not responsible for which type has
 * which fields (event_table.c). */
#ifndef STOCKFOLD_CODEC_EVENT_VALUES_H
#define STOCKFOLD_CODEC_EVENT_VALUES_H

#include "event_fields.h"

/* One event while it is judged. */
struct judge {
    const struct event_fields *fields;
    const struct event_context *context;
    struct event *event;
    char *detail;
    int line; /* of a count, or below 0 */
};

/* Writes a detail: the field, or its `part` (may be NULL), then the formatted words: "lines[3].place.floor: missing".
 * */
enum refusal refuse_field(const struct judge *judge, enum refusal refusal, const char *field, const char *part,
                          const char *format, ...) __attribute__((format(printf, 5, 6)));

/* Each fills its result only when it returns REFUSAL_NONE. Results are views into the value, places are in the arena.
 * */
enum refusal judge_name(const struct judge *judge, const struct value *value, const char *field, size_t max,
                        struct str *ret_name);
enum refusal judge_text(const struct judge *judge, const struct value *value, const char *field, size_t max,
                        struct str *ret_text);
enum refusal judge_integer(const struct judge *judge, const struct value *value, const char *field, int64_t min,
                           int64_t max, int64_t *ret_number);
enum refusal judge_time(const struct judge *judge, const struct value *value, const char *field, bool may_be_ahead,
                        int64_t *ret_time);
enum refusal judge_place(const struct judge *judge, const struct value *value, const char *field,
                         struct str *ret_place);
/* An array with at most BOUND_LINES entries; the entries are not looked at. */
enum refusal judge_list(const struct judge *judge, const struct value *value, const char *field);
/* One of a few words, else `refusal`. */
enum refusal judge_word(const struct judge *judge, const struct value *value, const char *field, enum refusal refusal,
                        const char *const *words, int words_n, int *ret_index);

#endif
