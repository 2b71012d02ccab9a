/* Reads fields of hashes with one hiredis client that pipelines as hiredis' README does: it appends so many HMGETs,
 * then reads their answers.
 *
 *   read_fields PORT SECONDS AT_ONCE FILE      FILE: "KEY FIELD..." per line; a command each, drawn at random by
 *                                                  AT_ONCE lines in a row
 *
 * An operation is a line. Its last line is what bench/harness.py reads. */
#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stockfold/base/clock.h"

enum { WORDS_MAX = 8 };

/* HMGET KEY FIELD... */
struct command {
    int words_n;
    const char *words[WORDS_MAX];
    size_t lens[WORDS_MAX];
};

struct commands {
    struct command *all;
    size_t n, cap;
};

static _Noreturn void fail(const char *what)
{
    fprintf(stderr, "read_fields: %s\n", what);
    exit(EXIT_FAILURE);
}

static void add_command(struct commands *commands, char *line)
{
    if (commands->n == commands->cap) {
        commands->cap = commands->cap == 0 ? 1024 : commands->cap * 2;
        commands->all = realloc(commands->all, commands->cap * sizeof(*commands->all));
        if (commands->all == NULL)
            fail("out of memory");
    }
    struct command *command = &commands->all[commands->n++];
    *command = (struct command){.words_n = 1, .words = {"HMGET"}, .lens = {5}};
    for (char *word; (word = strsep(&line, " ")) != NULL && command->words_n < WORDS_MAX; command->words_n++) {
        command->words[command->words_n] = word;
        command->lens[command->words_n] = strlen(word);
    }
}

static void read_commands(struct commands *commands, const char *name)
{
    FILE *file = fopen(name, "r");
    char *line = NULL;
    size_t cap = 0;
    if (file == NULL)
        fail("cannot open the file of fields");
    for (ssize_t len; (len = getline(&line, &cap, file)) > 0; line = NULL) {
        line[len - (line[len - 1] == '\n')] = '\0';
        add_command(commands, line); /* keeps the line */
    }
    free(line);
    fclose(file);
}

static void read_some(redisContext *redis, const struct command *commands, size_t n)
{
    for (size_t i = 0; i < n; i++)
        redisAppendCommandArgv(redis, commands[i].words_n, (const char **)(uintptr_t)commands[i].words,
                               commands[i].lens);
    for (size_t i = 0; i < n; i++) {
        redisReply *reply;
        if (redisGetReply(redis, (void **)&reply) != REDIS_OK || reply->type != REDIS_REPLY_ARRAY)
            fail("no answer");
        freeReplyObject(reply);
    }
}

int main(int argc, char **argv)
{
    struct commands commands = {0};
    if (argc != 5)
        fail("usage: read_fields PORT SECONDS AT_ONCE FILE");
    int64_t lasts_us = (int64_t)(atof(argv[2]) * 1e6);
    size_t at_once = strtoull(argv[3], NULL, 10);
    read_commands(&commands, argv[4]);
    if (at_once == 0 || commands.n < at_once)
        fail("too few lines");
    redisContext *redis = redisConnect("127.0.0.1", atoi(argv[1]));
    if (redis == NULL || redis->err != 0)
        fail("cannot connect");

    uint64_t random = 88172645463325252u, done = 0;
    int64_t start_us = clock_steady_us(), now_us = start_us;
    for (; now_us - start_us < lasts_us; now_us = clock_steady_us(), done += at_once) {
        random = random * 6364136223846793005u + 1442695040888963407u;
        read_some(redis, &commands.all[(random >> 33) % (commands.n - at_once + 1)], at_once);
    }
    printf("{\"operations\":%" PRIu64 ",\"seconds\":%.6f}\n", done, (double)(now_us - start_us) / 1e6);
    redisFree(redis);
    return EXIT_SUCCESS;
}
