/* Taking argv apart by the tables: options may stand anywhere, `--name value` and `--name=value`, `--` ends them. */
#include <string.h>

#include "stockfold/base/nearest.h"
#include "stockfold/cli/command.h"

static const struct option_row *find_option(const struct option_row *rows, size_t rows_n, const char *name, size_t len)
{
    for (size_t i = 0; i < rows_n && rows[i].name != NULL; i++)
        if (strlen(rows[i].name) == len && strncmp(rows[i].name, name, len) == 0)
            return &rows[i];
    return NULL;
}

static int refuse_option(const struct invocation *invocation, const char *word, struct error *error)
{
    struct nearest nearest = {.wanted = word + strspn(word, "-")};
    for (size_t i = 0; i < global_options_n; i++)
        nearest_offer(&nearest, global_options[i].name);
    for (size_t i = 0; invocation->command != NULL && i < OPTIONS_MAX && invocation->command->options[i].name != NULL;
         i++)
        nearest_offer(&nearest, invocation->command->options[i].name);
    bool near = nearest_is_near(&nearest);
    return error_set(error, ERROR_USAGE, "unknown option %s%s%s (see stockfold%s%s --help)", word,
                     near ? "; the nearest known one is --" : "", near ? nearest.word : "",
                     invocation->command == NULL ? "" : " ",
                     invocation->command == NULL ? "" : invocation->command->name);
}

static int take_global(struct invocation *invocation, const char *name, const char *value, struct error *error)
{
    switch (name[0]) {
    case 'c':
        invocation->config_path = value;
        return 0;
    case 's':
        if (invocation->sets_n == SETS_MAX)
            return error_set(error, ERROR_USAGE, "more than %d times --set: use a file", SETS_MAX);
        invocation->sets[invocation->sets_n++] = value;
        return 0;
    case 'h':
        invocation->help = true;
        return 0;
    default:
        invocation->verbose |= strcmp(name, "verbose") == 0;
        invocation->version |= strcmp(name, "version") == 0;
        return 0;
    }
}

/* One `--name[=value]`; `next` is the word behind it, *ret_took_next whether it was the value. */
static int take_option(struct invocation *invocation, const char *word, const char *next, bool *ret_took_next,
                       struct error *error)
{
    const char *name = word + 2;
    size_t len = strcspn(name, "=");
    const struct command *command = invocation->command;
    const struct option_row *global = find_option(global_options, global_options_n, name, len);
    const struct option_row *own = command == NULL ? NULL : find_option(command->options, OPTIONS_MAX, name, len);
    const struct option_row *row = own != NULL ? own : global;
    if (row == NULL)
        return refuse_option(invocation, word, error);
    const char *value = name[len] == '=' ? name + len + 1 : NULL;
    if (row->argument == NULL && value != NULL)
        return error_set(error, ERROR_USAGE, "--%s takes no value", row->name);
    *ret_took_next = row->argument != NULL && value == NULL;
    if (*ret_took_next)
        value = next;
    if (row->argument != NULL && value == NULL)
        return error_set(error, ERROR_USAGE, "--%s needs a value: %s", row->name, row->argument);
    if (own == NULL)
        return take_global(invocation, row->name, value, error);
    if (invocation->given_n == GIVEN_MAX)
        return error_set(error, ERROR_USAGE, "more than %d options", GIVEN_MAX);
    invocation->given[invocation->given_n].row = own;
    invocation->given[invocation->given_n++].value = value == NULL ? "" : value;
    return 0;
}

static int take_word(struct invocation *invocation, char *word, struct error *error)
{
    if (invocation->command != NULL) {
        invocation->arguments[invocation->arguments_n++] = word;
        return 0;
    }
    invocation->command = command_find(word, error);
    return invocation->command == NULL ? (int)error->code : 0;
}

static int check_count(const struct invocation *invocation, struct error *error)
{
    const struct command *command = invocation->command;
    bool too_many = command->arguments_max >= 0 && invocation->arguments_n > command->arguments_max;
    if (invocation->arguments_n >= command->arguments_min && !too_many)
        return 0;
    return error_set(error, ERROR_USAGE, "usage: stockfold %s%s%s (see stockfold %s --help)", command->name,
                     command->arguments[0] == '\0' ? "" : " ", command->arguments, command->name);
}

int command_line_parse(int argc, char **argv, struct invocation *ret_invocation, struct error *error)
{
    *ret_invocation = (struct invocation){.arguments = argv};
    bool options_over = false;
    for (int i = 1; i < argc; i++) {
        char *word = argv[i];
        int code = 0;
        bool took_next = false;
        if (options_over || word[0] != '-' || word[1] == '\0')
            code = take_word(ret_invocation, word, error);
        else if (strcmp(word, "--") == 0)
            options_over = true;
        else if (strcmp(word, "-h") == 0)
            ret_invocation->help = true;
        else if (strcmp(word, "-v") == 0)
            ret_invocation->verbose = true;
        else if (strncmp(word, "--", 2) == 0)
            code = take_option(ret_invocation, word, i + 1 < argc ? argv[i + 1] : NULL, &took_next, error);
        else
            code = refuse_option(ret_invocation, word, error);
        if (code != 0)
            return code;
        i += took_next;
    }
    if (ret_invocation->help || ret_invocation->version)
        return 0;
    if (ret_invocation->command == NULL)
        return error_set(error, ERROR_USAGE, "no command given (see stockfold --help)");
    return check_count(ret_invocation, error);
}

const char *invocation_option(const struct invocation *invocation, const char *name)
{
    const char *last = NULL;
    size_t position = 0;
    for (const char *value; (value = invocation_option_next(invocation, name, &position)) != NULL;)
        last = value;
    return last;
}

const char *invocation_option_next(const struct invocation *invocation, const char *name, size_t *position)
{
    while (*position < invocation->given_n) {
        size_t i = (*position)++;
        if (strcmp(invocation->given[i].row->name, name) == 0)
            return invocation->given[i].value;
    }
    return NULL;
}
