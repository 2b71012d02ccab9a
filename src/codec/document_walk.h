/* Passing over a document's bytes beside the table of its fields, without a tree and without copying. */
#ifndef STOCKFOLD_CODEC_DOCUMENT_WALK_H
#define STOCKFOLD_CODEC_DOCUMENT_WALK_H

#include "document.h"

/* An object that is walked through: a field of the one around it, or an entry of that field's list. */
struct document_level {
    const struct document_level *outer; /* NULL: this is the document */
    const char *name;                   /* of the field */
    const struct document_field *fields;
};

struct document_member {
    const struct document_level *level;
    const struct document_field *field; /* NULL: none that the table has */
    struct str quoted;                  /* its name with the quotes, as it is written */
    struct str value;                   /* as it is written */
};

/* Calls `each` for every member whose name the tables know or do not know, those of an object before the object itself; of
 * a field without members, or an unknown one, nothing inside is looked at. `json` is a document that its reader found to
 * be JSON; where it is not, the walk ends early. */
void document_walk(struct str json, const struct document_field *fields,
                   void (*each)(void *context, const struct document_member *member), void *context);

#endif
