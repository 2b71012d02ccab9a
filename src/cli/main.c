/* Wires: command line -> settings -> command -> exit status. */
#include <stdio.h>

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
}

int connect_view(const struct invocation *call, struct view *ret_view, struct error *error)
{
    view_init(ret_view, &call->settings->fold.view);
    return view_connect(ret_view, VIEW_READ, false, error);
}

static int run(struct invocation *call, struct error *error)
{
    if (call->help || call->version) {
        call->help ? print_help(call->command, stdout) : print_versions(stdout);
        return 0;
    }
    if (call->command->hidden)
        return call->command->run(call, error);
    struct settings settings;
    call->settings = &settings;
    int code = settings_load(call->config_path, call->sets, call->sets_n, &settings, error);
    if (code == 0)
        code = call->command->run(call, error);
    settings_free(&settings);
    return code;
}

/* Exit status of a code: the numbers of contract and help. */
static int exit_status(int code)
{
    return code == ERROR_STATE ? 1 : -code;
}

int main(int argc, char **argv)
{
    struct error error = {0};
    struct invocation call;
    signal(SIGPIPE, SIG_IGN); /* a server that hangs up is an error to handle */
    failpoint_init();
    int code = command_line_parse(argc, argv, &call, &error);
    if (code == 0) {
        log_set_level(call.verbose ? LOG_DEBUG : LOG_INFO);
        code = run(&call, &error);
    }
    if (fflush(stdout) != 0 || ferror(stdout))
        code = code != 0 ? code : error_set(&error, ERROR_NO, "the result could not be written to stdout");
    if (error.text[0] != '\0')
        fprintf(stderr, "stockfold: %s\n", error.text);
    return exit_status(code);
}
