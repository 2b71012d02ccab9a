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
    if (invocation->command->hidden)
        return invocation->command->run(invocation, error);
    struct settings settings;
    invocation->settings = &settings;
    int code = settings_load(invocation->config_path, invocation->sets, invocation->sets_n, &settings, error);
    if (code == 0)
        code = invocation->command->run(invocation, error);
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
    struct invocation invocation;
    signal(SIGPIPE, SIG_IGN); /* a server that hangs up is an error to handle */
    failpoint_init();
    int code = command_line_parse(argc, argv, &invocation, &error);
    if (code == 0) {
        log_set_level(invocation.verbose ? LOG_DEBUG : LOG_INFO);
        code = run_command(&invocation, &error);
    }
    if (fflush(stdout) != 0 || ferror(stdout))
        code = code != 0 ? code : error_set(&error, ERROR_NO, "the result could not be written to stdout");
    if (error.text[0] != '\0')
        fprintf(stderr, "stockfold: %s\n", error.text);
    return exit_status(code);
}
