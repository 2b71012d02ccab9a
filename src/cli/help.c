/* What is printed from the tables: help, man page, completion, versions. */
#include <string.h>

#include "stockfold/cli/command.h"
#include "stockfold/core/refusal.h"

static const char about[] =
    "Unifies a retailer's inventory: folds stock events from Kafka into one exact view in Redis.";

static const char *const exit_codes[] = {
    "done",
    "a result that is \"no\": not found, differs",
    "wrong use or configuration",
    "a needed server cannot be reached",
    "data refused",
};
enum { EXIT_CODES = sizeof(exit_codes) / sizeof(exit_codes[0]) };

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
    fprintf(out, "usage: stockfold [--config FILE] [--set SECTION.KEY=VALUE]... COMMAND\n\n%s\n\ncommands:\n", about);
    for (size_t i = 0; i < commands_n; i++)
        fprintf(out, "  %-12s %s\n", commands[i].name, commands[i].summary);
    fputs("\noptions:\n", out);
    print_options(global_options, global_options_n, out);
    fputs("\nexit status:\n", out);
    for (int code = 0; code < EXIT_CODES; code++)
        fprintf(out, "  %d  %s\n", code, exit_codes[code]);
    fputs("\nexamples:\n  stockfold setup\n  stockfold publish nodes.ndjson items.ndjson events.ndjson\n"
          "  stockfold fold --until-end\n  stockfold show ZR-7745-M-BLK store-014\n\n"
          "`stockfold COMMAND --help` says more of each; `stockfold config` prints every setting.\n",
          out);
}

int cmd_help(const struct invocation *invocation, struct error *error)
{
    const struct command *command = NULL;
    if (invocation->arguments_n > 0) {
        command = command_find(invocation->arguments[0], error);
        if (command == NULL)
            return (int)error->code;
    }
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

/* --- man page --------------------------------------------------------------------------------------------------- */

/* Text with roff's special characters escaped. */
static void print_roff(const char *text, FILE *out)
{
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '\\')
            fputs("\\e", out);
        else if (*c == '-')
            fputs("\\-", out);
        else if ((*c == '.' || *c == '\'') && (c == text || c[-1] == '\n'))
            fprintf(out, "\\&%c", *c);
        else
            fputc(*c, out);
    }
}

static void print_roff_options(const struct option_row *rows, size_t rows_n, FILE *out)
{
    for (size_t i = 0; i < rows_n && rows[i].name != NULL; i++) {
        fputs(".TP\n\\fB\\-\\-", out);
        print_roff(rows[i].name, out);
        fputs("\\fR", out);
        if (rows[i].argument != NULL) {
            fputs(" \\fI", out);
            print_roff(rows[i].argument, out);
            fputs("\\fR", out);
        }
        fputc('\n', out);
        print_roff(rows[i].help, out);
        fputc('\n', out);
    }
}

static void print_roff_command(const struct command *command, FILE *out)
{
    fputs(".SS \"", out);
    print_roff(command->name, out);
    fprintf(out, "%s", command->arguments[0] == '\0' ? "" : " ");
    print_roff(command->arguments, out);
    fputs("\"\n", out);
    print_roff(command->summary, out);
    fputs(".\n", out);
    if (command->help != NULL) {
        print_roff(command->help, out);
        fputc('\n', out);
    }
    print_roff_options(command->options, OPTIONS_MAX, out);
    fputs(".PP\n.nf\n", out);
    print_roff(command->examples, out);
    fputs(".fi\n", out);
}

static void print_roff_setting(const struct setting *row, FILE *out)
{
    fputs(".TP\n\\fB", out);
    print_roff(row->key, out);
    fputs("\\fR = ", out);
    print_roff(row->initial, out);
    fputc('\n', out);
    print_roff(row->help, out);
    fputs(" Takes ", out);
    setting_expectation(row, out);
    fputs(".\n", out);
}

static void print_roff_settings(FILE *out)
{
    for (const struct settings_part *part = settings_parts; part->section != NULL; part++) {
        fprintf(out, ".SS [%s]\n", part->section->name);
        print_roff(part->section->help, out);
        fputc('\n', out);
        for (size_t i = 0; i < part->section->rows_n; i++)
            print_roff_setting(&part->section->rows[i], out);
    }
}

void print_man_page(FILE *out)
{
    fprintf(out,
            ".TH STOCKFOLD 1 \"\" \"stockfold %s\"\n.SH NAME\nstockfold \\- one exact view of stock\n.SH SYNOPSIS\n"
            "\\fBstockfold\\fR [\\fB\\-\\-config\\fR \\fIFILE\\fR] [\\fB\\-\\-set\\fR "
            "\\fISECTION.KEY=VALUE\\fR]... \\fICOMMAND\\fR\n.SH DESCRIPTION\n%s\n",
            STOCKFOLD_VERSION, about);
    fputs("Results go to stdout, messages to stderr.\n.SH OPTIONS\n", out);
    print_roff_options(global_options, global_options_n, out);
    fputs(".SH COMMANDS\n", out);
    for (size_t i = 0; i < commands_n; i++)
        print_roff_command(&commands[i], out);
    fputs(".SH SETTINGS\n", out);
    print_roff_settings(out);
    fputs(".SH REFUSALS\nWhy a line or message is refused:\n", out);
    for (int refusal = REFUSAL_NONE + 1; refusal < REFUSALS; refusal++) {
        fprintf(out, ".TP\n\\fB%s\\fR\n", refusal_texts[refusal].name);
        print_roff(refusal_texts[refusal].meaning, out);
        fputc('\n', out);
    }
    fputs(".SH EXIT STATUS\n", out);
    for (int code = 0; code < EXIT_CODES; code++)
        fprintf(out, ".TP\n\\fB%d\\fR\n%s\n", code, exit_codes[code]);
    fputs(".SH FILES\n.TP\n" SETTINGS_FILE
          "\nSettings, unless \\fB\\-\\-config\\fR or $STOCKFOLD_CONFIG names another.\n",
          out);
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
