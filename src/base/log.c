/* Log lines on stderr. Responsible for one whole line at a time from any thread; not for what is worth saying. */
#include "stockfold/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "stockfold/base/clock.h"

enum { LINE_MAX_BYTES = 2048 };

static const char *const level_names[] = {"error", "warning", "info", "debug"};
static atomic_int log_max_level = LOG_INFO;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&log_max_level, (int)level, memory_order_relaxed);
}

static size_t write_prefix(char *line, enum log_level level)
{
    int64_t now_ms = clock_wall_ms();
    time_t now = (time_t)(now_ms / 1000);
    struct tm utc;
    gmtime_r(&now, &utc);
    size_t len = strftime(line, LINE_MAX_BYTES, "%Y-%m-%dT%H:%M:%S", &utc);
    len += (size_t)snprintf(line + len, LINE_MAX_BYTES - len, ".%03dZ %s ", (int)(now_ms % 1000), level_names[level]);
    return len;
}

/* A message may quote what came from outside: it must not be able to begin a line of its own. */
static void blank_controls(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if ((unsigned char)text[i] < ' ' || text[i] == 0x7f)
            text[i] = ' ';
}

void log_line(enum log_level level, const char *format, ...)
{
    if ((int)level > atomic_load_explicit(&log_max_level, memory_order_relaxed))
        return;
    char line[LINE_MAX_BYTES];
    size_t prefix = write_prefix(line, level);
    size_t room = sizeof(line) - prefix - 1;
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(line + prefix, room, format, args);
    va_end(args);
    size_t len = wanted < 0 ? 0 : (size_t)wanted < room ? (size_t)wanted : room - 1;
    blank_controls(line + prefix, len);
    line[prefix + len] = '\n';
    /* A log that cannot be written has nobody to tell. */
    ssize_t written = write(STDERR_FILENO, line, prefix + len + 1);
    (void)written;
}
