/* The reference of HTTP in Markdown. The OpenAPI document is openapi.c's. */
#include "stockfold/api/reference.h"

#include <inttypes.h>

#include "route.h"

/* `after`, `wait_ms` and `lang` are every lookup's, and said once. */
static bool is_worth_a_word(const struct accepted *accepted)
{
    return accepted->parameter != PARAMETER_NONE && accepted->parameter != PARAMETER_AFTER &&
           accepted->parameter != PARAMETER_WAIT_MS && accepted->parameter != PARAMETER_LANG && !accepted->in_path;
}

static void write_route(const struct route *route, struct buffer *out)
{
    buffer_add_format(out, "| `%s %s` |", route->method == API_POST ? "POST" : "GET", route->path);
    for (size_t i = 0; i < ROUTE_PARAMETERS_MAX; i++) {
        const struct accepted *accepted = &route->parameters[i];
        if (!is_worth_a_word(accepted))
            continue;
        const char *bold = accepted->required ? "**" : "";
        buffer_add_format(out, " %s`%s`%s", bold, parameter_table[accepted->parameter].name, bold);
        if (accepted->times > 1)
            buffer_add_format(out, "×%" PRIu32, accepted->times);
    }
    if (route->body_schema != NULL)
        buffer_add_format(out, " **body** `%s`", route->body_schema);
    buffer_add_format(out, " | %s |\n", route->summary);
}

static void write_parameter_row(const struct parameter_row *row, struct buffer *out)
{
    buffer_add_format(out, "| `%s` | %s", row->name, row->help);
    if (row->form == FORM_TEXT)
        buffer_add_format(out, " Up to %" PRId64 " bytes.", row->max);
    if (row->form == FORM_INTEGER || row->form == FORM_NUMBER)
        buffer_add_format(out, " From %" PRId64 " to %" PRId64 ".", row->min, row->max);
    buffer_add_format(out, " | `%s` |\n", row->example);
}

static void write_problem_row(const struct problem_row *row, struct buffer *out)
{
    buffer_add_format(out, "| %d | `%s` | %s |", row->status, row->code, row->title);
    if (row->retry_after_s > 0)
        buffer_add_format(out, " %d s", row->retry_after_s);
    buffer_add_literal(out, " |\n");
}

void api_write_reference(struct buffer *out)
{
    buffer_add_literal(out, "| request | takes | answers |\n|---|---|---|\n");
    for (uint32_t i = 0; i < routes_n; i++)
        write_route(&route_table[i], out);
    buffer_add_literal(out, "\n**Bold** is required; ×N may be given so often. Everything under `/v1` takes `after`, "
                            "`wait_ms` and `lang` too.\n\n| parameter | | such as |\n|---|---|---|\n");
    for (int i = PARAMETER_NONE + 1; i < PARAMETERS; i++)
        write_parameter_row(&parameter_table[i], out);
    buffer_add_literal(out, "\n| status | code | | Retry-After |\n|---|---|---|---|\n");
    for (int i = 0; i < PROBLEMS; i++)
        write_problem_row(&problem_table[i], out);
}
