/* Reading what was refused, from the topic of refused messages, and publishing it again. */
#ifndef STOCKFOLD_INGEST_LETTERS_H
#define STOCKFOLD_INGEST_LETTERS_H

#include "stockfold/core/str.h"
#include "stockfold/ingest/kafka.h"

/* A refused message; texts are borrowed until the call that shows it returns, and empty when its letter lacks them. */
struct refused_letter {
    struct str reason, detail, topic, partition, offset; /* its place, as text */
    struct str key, value;                               /* value.data NULL: it has none */
    struct str view;                                     /* prefix of the view whose fold refused it */
    struct str omitted;                                  /* why its letter has no value though the message had one */
    int64_t at_ms;                                       /* Kafka time of the letter */
};

struct letters_query {
    const char *reason; /* NULL: any */
    const char *view;   /* its prefix; letters that name none are those of an older fold, and shown */
    int64_t since_ms;   /* only letters at least as new; TIME_NONE: any */
    bool replay;        /* publish them again, unchanged, to the topics where they were refused */
};

struct letters_listener {
    void *context;
    void (*each)(void *context, const struct refused_letter *letter);
    /* One that cannot be published again, by the place of its letter; maybe told after others were shown. */
    void (*not_sent)(void *context, int32_t partition, int64_t offset, const char *why);
};

/* Shows every message of which a letter is there when it is called, by the newest letter of that view. *ret_sent counts those published again. */
int letters_read(const struct kafka_config *config, const struct letters_query *query,
                 const struct letters_listener *listener, int64_t *ret_sent, struct error *error) WARN_UNUSED;

#endif
