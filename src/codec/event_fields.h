/* An event's fields as they were read, before any rule. Both decoders fill this struct, so the rules exist once
 * (event_rules.c). */
#ifndef STOCKFOLD_CODEC_EVENT_FIELDS_H
#define STOCKFOLD_CODEC_EVENT_FIELDS_H

#include "document.h"
#include "stockfold/codec/event_json.h"

/* In the order in which they are judged. FIELD_UNKNOWN is no field of ours. */
enum event_field {
    FIELD_TYPE,
    FIELD_ID,
    FIELD_SOURCE,
    FIELD_TIME,
    FIELD_SKU,
    FIELD_NODE,
    FIELD_SEQ,
    FIELD_SCOPE,
    FIELD_QTY,
    FIELD_PLACE,
    FIELD_TO_PLACE,
    FIELD_LINES,
    FIELD_MISSING,
    FIELD_STATE,
    FIELD_FROM_STATE,
    FIELD_TO_STATE,
    FIELD_TO_NODE,
    FIELD_REF,
    FIELD_REF_TIME,
    FIELD_ETA,
    FIELD_RESERVATION,
    FIELD_REASON,
    EVENT_FIELDS,
    FIELD_UNKNOWN = EVENT_FIELDS,
};

/* By enum event_field; ends with a row without name (event_table.c). Which of them an event needs, its type says. */
extern const struct document_field event_field_table[EVENT_FIELDS + 1];

#define FIELD_BIT(field) (UINT32_C(1) << (field))

/* What every event needs beside `type`, and takes. */
#define EVENT_NEEDS                                                                                                    \
    (FIELD_BIT(FIELD_ID) | FIELD_BIT(FIELD_SOURCE) | FIELD_BIT(FIELD_TIME) | FIELD_BIT(FIELD_SKU) |                    \
     FIELD_BIT(FIELD_NODE))
#define EVENT_TAKES (FIELD_BIT(FIELD_SEQ) | FIELD_BIT(FIELD_REASON))

/* The fields that a type needs and takes beyond these. It ignores all others, as if they were unknown. */
struct event_type_row {
    uint32_t needs, takes;
    int64_t qty_min; /* of a total of a node: -BOUND_QTY */
    const char *help;
    const char *schema; /* what has to fit together, as members of a JSON Schema; NULL: nothing that it can say */
};
extern const struct event_type_row event_type_table[EVENT_TYPES];

enum value_kind {
    VALUE_STRING,   /* without control characters */
    VALUE_CONTROLS, /* a string with control characters in it */
    VALUE_INTEGER,
    VALUE_OBJECT,
    VALUE_ARRAY,
    VALUE_REAL, /* a number with a fraction or an exponent */
    VALUE_TRUE,
    VALUE_FALSE,
};

struct place_fields;
struct line_fields;

struct value {
    enum value_kind kind;
    bool ascii; /* VALUE_STRING: known to be printing ASCII only */
    union {
        struct str text;                  /* VALUE_STRING, VALUE_CONTROLS */
        int64_t number;                   /* VALUE_INTEGER */
        const struct place_fields *place; /* VALUE_OBJECT of FIELD_PLACE, FIELD_TO_PLACE; other objects are not read */
        struct {                          /* VALUE_ARRAY of FIELD_LINES; other arrays are not read */
            const struct line_fields *lines; /* NULL when there are more than BOUND_LINES */
            size_t lines_n;
        };
    };
};

/* Fields and components whose bit is not in `present` are missing (or null): their value is undefined. */
struct place_fields {
    uint32_t present; /* bits by enum place_component */
    struct value components[PLACE_COMPONENTS];
};

struct line_fields {
    bool is_object;   /* else it holds nothing */
    uint32_t present; /* FIELD_BITs of the three */
    struct value qty, place, state;
};

struct event_fields {
    uint32_t present; /* FIELD_BITs */
    struct value values[EVENT_FIELDS];
};

/* Judges the fields and fills the event. Its strings are views into the fields'; its places and lines are in the
 * context's arena. */
enum refusal event_of_fields(const struct event_fields *fields, const struct event_context *context,
                             struct event *ret_event, char *ret_detail);

#endif
