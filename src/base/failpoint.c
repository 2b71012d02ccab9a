/* Dying at a named place, for tests of crashes. */
#include "stockfold/base/failpoint.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

bool failpoint_armed = false;

static const char *armed_name;
static size_t armed_len;
static long passes_left;

void failpoint_init(void)
{
    armed_name = getenv("STOCKFOLD_FAILPOINT");
    if (armed_name == NULL || *armed_name == '\0')
        return;
    armed_len = strcspn(armed_name, ":");
    passes_left = armed_name[armed_len] == ':' ? strtol(armed_name + armed_len + 1, NULL, 10) : 1;
    failpoint_armed = true;
}

void failpoint_passed(const char *name)
{
    if (strlen(name) == armed_len && memcmp(name, armed_name, armed_len) == 0 && --passes_left <= 0)
        raise(SIGKILL);
}
