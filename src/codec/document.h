/* Reading JSON documents that a table of their fields describes. */
#ifndef STOCKFOLD_CODEC_DOCUMENT_H
#define STOCKFOLD_CODEC_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "stockfold/base/arena.h"
#include "stockfold/core/bounds.h"
#include "stockfold/core/refusal.h"
#include "stockfold/core/texts.h"

enum document_form {
    DOCUMENT_TEXT,  /* a string of min to max bytes without control characters */
    DOCUMENT_TEXTS, /* the same, or an object of language → such a string, of at least one */
    DOCUMENT_NAME,  /* a string of 1 to max bytes that is a name (name.h) */
    DOCUMENT_TIME,  /* RFC 3339 */
    DOCUMENT_BOOLEAN,
    DOCUMENT_INTEGER, /* from min to max */
    DOCUMENT_NUMBER,  /* with or without fraction, from min to max */
    DOCUMENT_OBJECT,  /* of `members`; anything when there are none */
    DOCUMENT_MAP,     /* an object; the first of `members` describes each of its values */
    DOCUMENT_LIST,    /* an array of objects of `members` */
    DOCUMENT_WORD,    /* one of the first max of `words` */
    DOCUMENT_SPECIAL, /* a string or an object, as `accepts` says */
};

/* One field; a table ends with one without name. Fields that the table lacks may hold anything. */
struct document_field {
    const char *name;
    enum document_form form;
    bool required;
    int64_t min, max;
    const struct document_field *members;
    bool (*accepts)(const json_t *value);
    const char *expected; /* of DOCUMENT_SPECIAL, in words */
    const char *schema;   /* of DOCUMENT_SPECIAL, as members of a JSON Schema */
    const char *const *words;
    const char *component; /* the name of the schema that this object, or what is in this list, has of its own */
    const char *help;      /* what it is, in sentences */
};

extern const struct document_field item_fields[], node_fields[];

/* Short ways to write such a table. */
#define TEXT(field, bytes) .name = field, .form = DOCUMENT_TEXT, .max = bytes
#define TEXTS(field, bytes) .name = field, .form = DOCUMENT_TEXTS, .max = bytes
#define ID(field, bytes) TEXT(field, bytes), .min = 1
#define NAME(field, bytes) .name = field, .form = DOCUMENT_NAME, .min = 1, .max = bytes
#define INTEGER(field, greatest) .name = field, .form = DOCUMENT_INTEGER, .max = greatest
#define NUMBER(field, least, greatest) .name = field, .form = DOCUMENT_NUMBER, .min = least, .max = greatest
#define BOOLEAN(field) .name = field, .form = DOCUMENT_BOOLEAN
#define OBJECT(field, of) .name = field, .form = DOCUMENT_OBJECT, .members = of
#define WORD(field, list, n) .name = field, .form = DOCUMENT_WORD, .words = list, .max = n
#define SPECIAL(field, test, in_words) .name = field, .form = DOCUMENT_SPECIAL, .accepts = test, .expected = in_words

/* One JSON object that is as `fields` say; null is the same as not there. The caller drops the reference. `ret_detail`
 * as for events. */
enum refusal document_read(struct str json, const struct document_field *fields, struct arena *arena,
                           json_t **ret_document, char *ret_detail);

/* What a field may hold, in words: "an integer from 0 to 100". */
enum { DOCUMENT_EXPECTED_MAX = 128 };
void document_describe_field(const struct document_field *field, char ret_expected[DOCUMENT_EXPECTED_MAX]);

/* The text of a string, while its document lives; of anything else, or nothing, empty. */
struct str document_text(const json_t *value);
/* A copy of a field's text. */
struct str document_copy(const json_t *document, const char *name, struct arena *arena);
/* Copies of what a field of that form holds; of anything else, or nothing, none. */
void document_texts(const json_t *value, struct arena *arena, struct texts *ret_texts);
/* An object on one line; empty: it is none. Its numbers keep 12 digits. */
struct str document_copy_object(const json_t *object, struct arena *arena);
/* Which of the words it is; -1: none of them. */
int document_word(const char *const *words, int64_t words_n, const json_t *value);
/* -1 of anything that is no integer, or nothing. */
int64_t document_integer(const json_t *value);
/* Digits only, at least one. */
bool document_is_digits(struct str text);

#endif
