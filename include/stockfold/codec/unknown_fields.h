/* Names of fields that nothing reads: most often another spelling of one that is known, whose value is then missed. */
#ifndef STOCKFOLD_CODEC_UNKNOWN_FIELDS_H
#define STOCKFOLD_CODEC_UNKNOWN_FIELDS_H

#include "stockfold/core/refusal.h"
#include "stockfold/core/str.h"

enum document_kind { DOCUMENT_OF_EVENT, DOCUMENT_OF_ITEM, DOCUMENT_OF_NODE, DOCUMENT_KINDS };

/* Calls `each` for every field of `json`, at any level, that documents of this kind do not have; of an unknown one the
 * members are not looked at. `detail` is a sentence that names where the field stands, its name and the known one that is
 * nearest to it. `json` is a document that its reader found to be JSON. */
void unknown_fields(struct str json, enum document_kind kind, void (*each)(void *context, const char *detail),
                    void *context);

#endif
