/* Requests that nobody wants: odd, wrong, too long, too deep, but told apart by whether their end can be known. */
#ifndef TESTS_HOSTILE_REQUEST_H
#define TESTS_HOSTILE_REQUEST_H

#include "dice.h"
#include "stockfold/base/buffer.h"

/* Appends a request whose framing is right, so that it has exactly one answer. Returns whether it is a HEAD. */
bool request_add_framed(struct dice *dice, struct buffer *out);
/* Appends something after which a connection is good for nothing: broken heads, lies about bodies, noise. */
void request_add_broken(struct dice *dice, struct buffer *out);
/* Appends a request with the longest answer that there is. */
void request_add_large(struct dice *dice, struct buffer *out);

#endif
