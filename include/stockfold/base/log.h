/* The log: lines of `time level message key=value...` on stderr, or each as a JSON object. The one global besides the stop flag. */
#ifndef STOCKFOLD_BASE_LOG_H
#define STOCKFOLD_BASE_LOG_H

#include <stdbool.h>

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG, LOG_LEVELS };
extern const char *const log_level_names[LOG_LEVELS];

/* Lines above this level are dropped. Default LOG_INFO. */
void log_set_level(enum log_level level);
/* Whether lines are JSON: time, level, message, and a member for each key. Default false. */
void log_set_json(bool json);
bool log_is_json(void);

/* One line, written at once. Thread-safe. */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...) log_line(LOG_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_WARNING, __VA_ARGS__)
#define log_info(...) log_line(LOG_INFO, __VA_ARGS__)
#define log_debug(...) log_line(LOG_DEBUG, __VA_ARGS__)

#endif
