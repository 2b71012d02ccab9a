/* Log lines on stderr. Responsible for one whole line at a time from any thread; not for what is worth saying. */
#include "stockfold/base/log.h"

#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "log_json.h"
#include "stockfold/base/clock.h"

enum { LINE_MAX_BYTES = 2048 };

const char *const log_level_names[LOG_LEVELS] = {"error", "warning", "info", "debug"};
static atomic_int log_max_level = LOG_INFO;
static atomic_bool log_as_json;

void log_set_level(enum log_level level)
{
    atomic_store_explicit(&log_max_level, (int)level, memory_order_relaxed);
}

void log_set_json(bool json)
{
    atomic_store_explicit(&log_as_json, json, memory_order_relaxed);
}

bool log_is_json(void)
{
    return atomic_load_explicit(&log_as_json, memory_order_relaxed);
}

enum { LOG_TIME_MAX = 32 };

static void format_now(char ret_time[LOG_TIME_MAX])
{
    int64_t now_ms = clock_wall_ms();
    time_t now = (time_t)(now_ms / 1000);
    struct tm utc;
    gmtime_r(&now, &utc);
    size_t len = strftime(ret_time, LOG_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &utc);
    snprintf(ret_time + len, LOG_TIME_MAX - len, ".%03dZ", (int)(now_ms % 1000));
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
    char text[LINE_MAX_BYTES], line[LINE_MAX_BYTES], now[LOG_TIME_MAX];
    format_now(now);
    va_list args;
    va_start(args, format);
    int wanted = vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    blank_controls(text, wanted < 0 ? 0 : strnlen(text, sizeof(text)));
    size_t len, room = sizeof(line) - 1;
    if (log_is_json())
        len = log_json_write(now, log_level_names[level], wanted < 0 ? "" : text, line, room);
    else
        len = (size_t)snprintf(line, room, "%s %s %s", now, log_level_names[level], wanted < 0 ? "" : text);
    len = len < room ? len : room - 1;
    line[len] = '\n';
    /* A log that cannot be written has nobody to tell. */
    ssize_t written = write(STDERR_FILENO, line, len + 1);
    (void)written;
}
