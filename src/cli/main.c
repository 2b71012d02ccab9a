/* Wires: command line -> settings -> command -> exit status. */
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

#include "remedy.h"
#include "stockfold/base/failpoint.h"
#include "stockfold/base/log.h"
#include "stockfold/cli/command.h"

volatile sig_atomic_t stop_requested;

static void request_stop(int signal_number)
{
    (void)signal_number;
    stop_requested = 1;
}

void stop_on_signals(void)
{
    struct sigaction action = {.sa_handler = request_stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGHUP, SIG_IGN); /* there is nothing to read again, and a terminal that goes is no reason to end */
}

int invocation_connect_view(const struct invocation *invocation, struct view *ret_view, struct error *error)
{
    view_init(ret_view, &invocation->settings->fold.view);
    return view_connect(ret_view, VIEW_READ, false, error);
}

static int run_command(struct invocation *invocation, struct error *error)
{
    if (invocation->help || invocation->version) {
        invocation->help ? print_help(invocation->command, stdout) : print_versions(stdout);
        return 0;
    }
    if (invocation->command->needs_no_settings)
        return invocation->command->run(invocation, error);
    struct settings settings;
    invocation->settings = &settings;
    int code = settings_load(invocation->config_path, invocation->sets, invocation->sets_n, &settings, error);
    if (code == 0) {
        log_set_level(invocation->verbose ? LOG_DEBUG : settings.log_level);
        log_set_json(settings.log_json);
        code = invocation->command->run(invocation, error);
    }
    settings_free(&settings);
    return code;
}

/* Exit status of a code; what each says: exit_status_texts. */
static int exit_status(int code)
{
    static const int statuses[] = {[-ERROR_NONE] = 0, [-ERROR_NO] = 1,    [-ERROR_USAGE] = 2, [-ERROR_UNREACHABLE] = 3,
                                   [-ERROR_DATA] = 4, [-ERROR_STATE] = 3, [-ERROR_OUTPUT] = 1};
    return statuses[-code];
}

/* Whether the program behind a pipe has ended, as in `stockfold dump | head`: it wanted no more. */
static bool reader_has_left(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO};
    return poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/* Writes out what is buffered; the code with which the program ends. */
static int finish_output(int code, struct error *error)
{
    bool lost = fflush(stdout) != 0 || ferror(stdout);
    if (!lost || (code != 0 && code != ERROR_OUTPUT))
        return code;
    if (!reader_has_left())
        return error_set(error, ERROR_OUTPUT, "the result could not be written to stdout");
    error_clear(error);
    return 0;
}

static void print_error(const struct error *error)
{
    const char *remedy = remedy_of(error), *between = remedy == NULL ? "" : ": ";
    if (error->text[0] != '\0' && log_is_json())
        log_error("%s%s%s", error->text, between, remedy == NULL ? "" : remedy);
    else if (error->text[0] != '\0')
        fprintf(stderr, "stockfold: %s%s%s\n", error->text, between, remedy == NULL ? "" : remedy);
}

int main(int argc, char **argv)
{
    struct error error = {0};
    struct invocation invocation;
    signal(SIGPIPE, SIG_IGN); /* a server that hangs up is an error to handle */
    failpoint_init();
    int code = command_line_parse(argc, argv, &invocation, &error);
    if (code == 0) {
        log_set_level(invocation.verbose ? LOG_DEBUG : LOG_INFO);
        code = run_command(&invocation, &error);
    }
    code = finish_output(code, &error);
    print_error(&error);
    return exit_status(code);
}
