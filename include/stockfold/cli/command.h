/* The command line: one table of commands (src/cli/commands.c) from which parsing, help, man page and completion come.
 */
#ifndef STOCKFOLD_CLI_COMMAND_H
#define STOCKFOLD_CLI_COMMAND_H

#include <signal.h>
#include <stdio.h>

#include "stockfold/cli/settings.h"

enum { OPTIONS_MAX = 8, GIVEN_MAX = 256 };

/* One option of a command. */
struct option_row {
    const char *name;     /* without its dashes */
    const char *argument; /* NULL: it takes none */
    const char *help;
};

struct invocation;

struct command {
    const char *name, *arguments, *summary;
    const char *help; /* more than the summary says */
    struct option_row options[OPTIONS_MAX];
    const char *examples;             /* lines */
    int arguments_min, arguments_max; /* max negative: any number */
    bool needs_no_settings;           /* ... and works where they are wrong */
    int (*run)(const struct invocation *invocation, struct error *error);
};

extern const struct command commands[];
extern const size_t commands_n;
/* NULL: there is none; the error names the nearest. */
const struct command *command_find(const char *name, struct error *error);

/* Options of every command. */
extern const struct option_row global_options[];
extern const size_t global_options_n;

enum { SETS_MAX = 64 };

/* A command line, taken apart; borrows from argv. */
struct invocation {
    const struct command *command; /* NULL: none was named */
    const char *config_path;
    const char *sets[SETS_MAX];
    size_t sets_n;
    bool help, version, verbose;
    struct {
        const struct option_row *row;
        const char *value; /* "" of a flag */
    } given[GIVEN_MAX];    /* options of the command, as they stand on the command line */
    size_t given_n;
    char **arguments; /* of the command; in argv */
    int arguments_n;
    const struct settings *settings; /* NULL: of a command that needs none */
};

/* Takes argv apart, reordering it. ERROR_USAGE says what is wrong and what may have been meant. */
int command_line_parse(int argc, char **argv, struct invocation *ret_invocation, struct error *error) WARN_UNUSED;

/* Value of an option of the command, the last one given; NULL: not given. */
const char *invocation_option(const struct invocation *invocation, const char *name);
/* The first value of a repeatable option from *position on, which begins at 0 and goes behind it; NULL: none is left. */
const char *invocation_option_next(const struct invocation *invocation, const char *name, size_t *position);

/* Help and what else is generated from the tables. `command` NULL: of the whole. */
void print_help(const struct command *command, FILE *out);
void print_completion(FILE *out);
void print_versions(FILE *out);

/* Set by SIGTERM and SIGINT once stop_on_signals() was called; SIGHUP then does nothing. */
extern volatile sig_atomic_t stop_requested;
void stop_on_signals(void);

/* The view of the settings, connected for reading; view_done() in any case. */
int invocation_connect_view(const struct invocation *invocation, struct view *ret_view,
                            struct error *error) WARN_UNUSED;

int cmd_setup(const struct invocation *invocation, struct error *error);
int cmd_fold(const struct invocation *invocation, struct error *error);
int cmd_publish(const struct invocation *invocation, struct error *error);
int cmd_delete(const struct invocation *invocation, struct error *error);
int cmd_refused(const struct invocation *invocation, struct error *error);
int cmd_show(const struct invocation *invocation, struct error *error);
int cmd_dump(const struct invocation *invocation, struct error *error);
int cmd_status(const struct invocation *invocation, struct error *error);
int cmd_check(const struct invocation *invocation, struct error *error);
int cmd_mock_broker(const struct invocation *invocation, struct error *error);
int cmd_config(const struct invocation *invocation, struct error *error);
int cmd_man(const struct invocation *invocation, struct error *error);
int cmd_completion(const struct invocation *invocation, struct error *error);
int cmd_reference(const struct invocation *invocation, struct error *error);
int cmd_openapi(const struct invocation *invocation, struct error *error);
int cmd_schema(const struct invocation *invocation, struct error *error);
int cmd_help(const struct invocation *invocation, struct error *error);
int cmd_version(const struct invocation *invocation, struct error *error);

#endif
