/* What is printed from the tables: help, completion, versions. The manual is manual.c's. */
#include <string.h>

#include "manual.h"
#include "stockfold/cli/command.h"

/* Words of `text` within 100 columns, each line indented. */
static void print_wrapped(const char *text, size_t indent, FILE *out)
{
    enum { COLUMNS = 100 };
    size_t column = 0;
    while (*text != '\0') {
        size_t len = strcspn(text, " ");
        if (column > 0 && column + 1 + len > COLUMNS) {
            fputc('\n', out);
            column = 0;
        }
        fprintf(out, "%*s%.*s", column == 0 ? (int)indent : 1, "", (int)len, text);
        column += (column == 0 ? indent : 1) + len;
        text += len + strspn(text + len, " ");
    }
    fputc('\n', out);
}

static void print_options(const struct option_row *rows, size_t rows_n, FILE *out)
{
    for (size_t i = 0; i < rows_n && rows[i].name != NULL; i++) {
        fprintf(out, "  --%s%s%s\n", rows[i].name, rows[i].argument == NULL ? "" : " ",
                rows[i].argument == NULL ? "" : rows[i].argument);
        print_wrapped(rows[i].help, 8, out);
    }
}

static void print_usage(const struct command *command, FILE *out)
{
    fprintf(out, "usage: stockfold [--config FILE] [--set SECTION.KEY=VALUE]... %s", command->name);
    for (size_t i = 0; i < OPTIONS_MAX && command->options[i].name != NULL; i++)
        fprintf(out, " [--%s%s%s]", command->options[i].name, command->options[i].argument == NULL ? "" : " ",
                command->options[i].argument == NULL ? "" : command->options[i].argument);
    fprintf(out, "%s%s\n", command->arguments[0] == '\0' ? "" : " ", command->arguments);
}

static void print_examples(const struct command *command, FILE *out)
{
    fputs("\nexamples:\n", out);
    for (const char *line = command->examples; *line != '\0'; line += strcspn(line, "\n") + 1)
        fprintf(out, "  %.*s\n", (int)strcspn(line, "\n"), line);
}

static void print_command_help(const struct command *command, FILE *out)
{
    print_usage(command, out);
    fprintf(out, "\n%s: %s\n", command->name, command->summary);
    if (command->help != NULL)
        print_wrapped(command->help, 0, out);
    if (command->options[0].name != NULL) {
        fputs("\noptions:\n", out);
        print_options(command->options, OPTIONS_MAX, out);
    }
    print_examples(command, out);
}

void print_help(const struct command *command, FILE *out)
{
    if (command != NULL) {
        print_command_help(command, out);
        return;
    }
    fprintf(out, "usage: stockfold [--config FILE] [--set SECTION.KEY=VALUE]... COMMAND\n\n%s\n\ncommands:\n",
            program_summary);
    for (size_t i = 0; i < commands_n; i++)
        fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
    fputs("\noptions:\n", out);
    print_options(global_options, global_options_n, out);
    fputs("\nexit status:\n", out);
    for (int status = 0; status < EXIT_STATUSES; status++)
        fprintf(out, "  %d  %s\n", status, exit_status_texts[status]);
    fputs("\nexamples:\n  stockfold setup\n  stockfold publish nodes.ndjson items.ndjson events.ndjson\n"
          "  stockfold fold --until-end\n  stockfold show ZR-7745-M-BLK store-014\n\n"
          "`stockfold COMMAND --help` says more of each; `stockfold config` prints every setting.\n"
          "`stockfold help PAGE` prints the manual:\n",
          out);
    for (size_t i = 0; i < manual_pages_n; i++)
        fprintf(out, "  %-12s %s\n", manual_pages[i].name, manual_pages[i].summary);
}

int cmd_help(const struct invocation *invocation, struct error *error)
{
    const char *name = invocation->arguments_n > 0 ? invocation->arguments[0] : NULL;
    const struct manual_page *page = name == NULL ? NULL : manual_find(name);
    if (page != NULL) {
        manual_print(page, stdout);
        return 0;
    }
    struct error unknown = {0};
    const struct command *command = name == NULL ? NULL : command_find(name, &unknown);
    const char *meant = unknown.code == ERROR_NONE ? NULL : manual_nearest(name);
    if (meant != NULL)
        return error_set(error, ERROR_USAGE, "there is no command and no page %s; the nearest page is %s", name, meant);
    if (unknown.code != ERROR_NONE)
        return error_set(error, unknown.code, "%s", unknown.text);
    print_help(command, stdout);
    return 0;
}

void print_versions(FILE *out)
{
    fprintf(out, "stockfold %s\nlibrdkafka %s\n%s", STOCKFOLD_VERSION, kafka_library_version(), STOCKFOLD_LIBRARIES);
}

int cmd_version(const struct invocation *invocation, struct error *error)
{
    (void)invocation;
    (void)error;
    print_versions(stdout);
    return 0;
}

/* --- completion ------------------------------------------------------------------------------------------------- */

static void print_option_words(const struct option_row *rows, size_t rows_n, FILE *out)
{
    for (size_t i = 0; i < rows_n && rows[i].name != NULL; i++)
        fprintf(out, "--%s ", rows[i].name);
}

void print_completion(FILE *out)
{
    fputs("# bash completion of stockfold\n_stockfold() {\n    local word=${COMP_WORDS[COMP_CWORD]} command='' "
          "candidate\n"
          "    local options='",
          out);
    print_option_words(global_options, global_options_n, out);
    fputs("' commands='", out);
    for (size_t i = 0; i < commands_n; i++)
        fprintf(out, "%s ", commands[i].name);
    fputs("'\n    local settings='", out);
    for (const struct settings_part *part = settings_parts; part->section != NULL; part++)
        for (size_t i = 0; i < part->section->rows_n; i++)
            fprintf(out, "%s.%s= ", part->section->name, part->section->rows[i].key);
    fputs("'\n    COMPREPLY=()\n"
          "    if [[ ${COMP_WORDS[COMP_CWORD-1]} == --set ]]; then\n"
          "        compopt -o nospace\n"
          "        mapfile -t COMPREPLY < <(compgen -W \"$settings\" -- \"$word\")\n"
          "        return\n    fi\n"
          "    for candidate in \"${COMP_WORDS[@]:1:COMP_CWORD-1}\"; do\n"
          "        [[ \" $commands\" == *\" $candidate \"* ]] && command=$candidate && break\n    done\n"
          "    case $command in\n    '') options+=$commands ;;\n",
          out);
    for (size_t i = 0; i < commands_n; i++)
        if (commands[i].options[0].name != NULL) {
            fprintf(out, "    %s) options+='", commands[i].name);
            print_option_words(commands[i].options, OPTIONS_MAX, out);
            fputs("' ;;\n", out);
        }
    fputs("    esac\n    mapfile -t COMPREPLY < <(compgen -W \"$options\" -- \"$word\")\n}\n"
          "complete -o default -F _stockfold stockfold\n",
          out);
}
