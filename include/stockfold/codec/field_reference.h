/* The fields of events and of item and node documents in Markdown, written from the tables that read them. */
#ifndef STOCKFOLD_CODEC_FIELD_REFERENCE_H
#define STOCKFOLD_CODEC_FIELD_REFERENCE_H

#include "stockfold/base/buffer.h"
#include "stockfold/codec/unknown_fields.h"

/* Of events: each type with its fields and what it does, then each field. Of documents: each field with what it may hold and what it is, those
 * within others by their path, such as `zones[].walk`. */
void field_reference_write(enum document_kind kind, struct buffer *out);
/* Why an event or a document is refused: each reason. */
void field_reference_write_refusals(struct buffer *out);

#endif
