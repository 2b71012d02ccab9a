/* The settings that hold after defaults, file and --set, as a file that can be read again but for its secrets. */
#ifndef STOCKFOLD_SRC_CLI_EFFECTIVE_H
#define STOCKFOLD_SRC_CLI_EFFECTIVE_H

#include "stockfold/cli/command.h"

/* Each setting with its origin: default, file or --set. Secrets are masked: the password in an address, and what a
 * [kafka] key names so. ERROR_USAGE where the settings are wrong. */
int effective_print(const struct invocation *invocation, FILE *out, struct error *error) WARN_UNUSED;

#endif
