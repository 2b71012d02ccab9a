/* Secrets in settings: where they come from, and that nobody reads them in a message. */
#ifndef STOCKFOLD_BASE_SECRETS_H
#define STOCKFOLD_BASE_SECRETS_H

#include "stockfold/base/buffer.h"
#include "stockfold/base/error.h"

/* Appends the value, each ${NAME} in it replaced by that variable of the environment, and ends it with a zero byte;
 * $${ stands for ${. ERROR_USAGE names a variable that is not set. */
int secrets_expand(const char *value, struct buffer *out, struct error *error) WARN_UNUSED;

enum { MASKED_MAX = 100 };

/* The beginning of a value for a message: of an address "scheme://user:password@host", or of what may have been meant
 * as one, without the password. */
void secrets_mask(const char *value, char ret_text[MASKED_MAX]);

/* Whether a setting is a secret by its name: a password, a secret, a token, a key, a configuration of a login. */
bool secrets_named(const char *key);

#endif
