/* A view in a Redis of its own, commits sent to one shard of it, and what came of them. One to a program. */
#ifndef STOCKFOLD_TESTS_STORE_COMMITTING_H
#define STOCKFOLD_TESTS_STORE_COMMITTING_H

#include <check.h>

#include "stockfold/store/clear.h"
#include "stockfold/store/commit.h"
#include "stockfold/store/shard_meta.h"
#include "store/support/redis_server.h"

enum { TIMEOUT_MS = 60000, SHARD = 2 };

extern struct redis_server server;
extern struct view_config config;
extern struct view view;
extern struct commit commit;
extern struct link *admin; /* somebody else's connection */

/* A fixture. */
void start(void);
void stop(void);
void connect_view(void);

struct heard {
    enum commit_answer answer;
    enum reply_problem problem;
    char text[256];
};

void start_commit(const char *expected, const char *token);
/* Of a commit that is answered, to the `struct heard` that is its context. */
void hear(void *context, const struct reply *reply);
/* Sends what was gathered, and waits. */
struct heard send_and_hear(void);

struct watermark watermark_at(int64_t next);
/* The shard's first commit, with token "a.1". */
void prepare(void);
/* A commit with a piece of everything, behind `token` "a.1"; the records are there already, or not. */
void add_everything(bool existed);

/* Sends what was gathered and expects that answer and an untouched database. */
struct heard expect_nothing_done(enum commit_answer answer);

/* What a command of somebody else answers, its words parted by blanks. */
void expect(const char *words, const char *text);
void expect_int(const char *words, int64_t number);

#endif
