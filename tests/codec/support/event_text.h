/* A decoded event as one line of text: every field that is not as in an empty event. Equal lines, equal events. */
#ifndef TESTS_CODEC_EVENT_TEXT_H
#define TESTS_CODEC_EVENT_TEXT_H

#include "stockfold/base/buffer.h"
#include "stockfold/core/event.h"

void event_write_text(const struct event *event, struct buffer *out);

#endif
