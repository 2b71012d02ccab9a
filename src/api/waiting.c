/* Watermarks that are waited for, each with its waiters. */
#include "stockfold/api/waiting.h"

#include <stdlib.h>

#include "stockfold/base/error.h"
#include "stockfold/base/unconst.h"

enum {
    ASK_FIRST_US = 5 * 1000,  /* after a waiter came, and at least so much apart */
    ASK_LAST_US = 250 * 1000, /* apart at most, ... */
    ASK_SHARE_US = 4 * 1000   /* ... or so much times the watermarks that are waited for, where that is more */
};

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a < b ? b : a;
}

/* --- rings ------------------------------------------------------------------------------------------------------- */

static void make_ring(struct waiter_link *head)
{
    head->before = head->behind = head;
}

static bool is_ring_empty(const struct waiter_link *head)
{
    return head->behind == head;
}

static void add_last(struct waiter_link *head, struct waiter_link *link)
{
    link->before = head->before;
    link->behind = head;
    head->before->behind = link;
    head->before = link;
}

static void take_out(struct waiter_link *link)
{
    link->before->behind = link->behind;
    link->behind->before = link->before;
    link->before = link->behind = NULL;
}

void waiting_remove(struct waiter *waiter)
{
    if (waiter->link.behind != NULL)
        take_out(&waiter->link);
}

/* --- watches ----------------------------------------------------------------------------------------------------- */

static void forget_firsts(struct watch *watch)
{
    watch->first_offset = watch->first_until_us = INT64_MAX;
}

void waiting_init(struct waiting *ret_waiting)
{
    *ret_waiting = (struct waiting){0};
    make_ring(&ret_waiting->ready);
    make_ring(&ret_waiting->nodes.waiters);
    make_ring(&ret_waiting->open.waiters);
    forget_firsts(&ret_waiting->nodes);
    forget_firsts(&ret_waiting->open);
}

static void free_watch(struct watch *watch)
{
    free(unconst(watch->topic.data));
    free(watch);
}

/* Those that nobody waits for, unless their answer is to come. */
static void prune_chain(struct waiting *waiting, size_t chain)
{
    struct watch **link = &waiting->chains[chain], *watch;
    while ((watch = *link) != NULL) {
        if (watch->asked || !is_ring_empty(&watch->waiters)) {
            link = &watch->next;
            continue;
        }
        *link = watch->next;
        waiting->watches_n--;
        free_watch(watch);
    }
}

void waiting_done(struct waiting *waiting)
{
    for (size_t chain = 0; chain < WAITING_CHAINS; chain++) {
        struct watch *watch;
        while ((watch = waiting->chains[chain]) != NULL) {
            waiting->chains[chain] = watch->next;
            free_watch(watch);
        }
    }
}

static struct watch *watch_new(const struct api_wait *wait)
{
    struct watch *watch = calloc(1, sizeof(*watch));
    char *topic = malloc(wait->after.topic.len);
    if (watch == NULL || topic == NULL)
        error_out_of_memory();
    memcpy(topic, wait->after.topic.data, wait->after.topic.len);
    watch->shard = wait->shard;
    watch->partition = wait->after.partition;
    watch->topic = (struct str){topic, wait->after.topic.len};
    watch->ask_at_us = INT64_MAX;
    make_ring(&watch->waiters);
    forget_firsts(watch);
    return watch;
}

static struct watch *find_or_add_watch(struct waiting *waiting, const struct api_wait *wait)
{
    struct watch **chain = &waiting->chains[(wait->shard + 7 * (uint32_t)wait->after.partition) % WAITING_CHAINS];
    for (struct watch *watch = *chain; watch != NULL; watch = watch->next)
        if (watch->shard == wait->shard && watch->partition == wait->after.partition &&
            str_equal(watch->topic, wait->after.topic))
            return watch;
    struct watch *watch = watch_new(wait);
    watch->next = *chain;
    *chain = watch;
    waiting->watches_n++;
    return watch;
}

/* --- coming ------------------------------------------------------------------------------------------------------ */

static struct watch *watch_for(struct waiting *waiting, const struct api_wait *wait)
{
    switch (wait->kind) {
    case API_WAIT_NODES:
        return &waiting->nodes;
    case API_WAIT_OPEN:
        return &waiting->open;
    case API_WAIT_FOLDED:
        break;
    }
    return find_or_add_watch(waiting, wait);
}

static void note_firsts(struct watch *watch, const struct waiter *waiter)
{
    watch->first_offset = smaller(watch->first_offset, waiter->offset);
    watch->first_until_us = smaller(watch->first_until_us, waiter->until_us);
}

void waiting_add(struct waiting *waiting, struct waiter *waiter, const struct api_wait *wait, int64_t until_us,
                 int64_t now_us)
{
    struct watch *watch = watch_for(waiting, wait);
    waiter->offset = wait->after.offset;
    waiter->until_us = until_us;
    waiter->late = false;
    add_last(&watch->waiters, &waiter->link);
    note_firsts(watch, waiter);
    watch->joined_us = now_us;
    watch->ask_at_us = smaller(watch->ask_at_us, now_us + ASK_FIRST_US);
}

/* --- asking ------------------------------------------------------------------------------------------------------ */

/* Nobody's end is awaited with more questions than there may be. */
static int64_t next_ask_us(const struct watch *watch)
{
    return smaller(watch->ask_at_us, larger(watch->first_until_us, watch->asked_us + ASK_FIRST_US));
}

static int64_t first_end_us(const struct watch *watch)
{
    return is_ring_empty(&watch->waiters) ? INT64_MAX : watch->first_until_us;
}

int64_t waiting_due_us(struct waiting *waiting)
{
    int64_t due_us = smaller(first_end_us(&waiting->nodes), first_end_us(&waiting->open));
    for (size_t chain = 0; chain < WAITING_CHAINS; chain++) {
        prune_chain(waiting, chain);
        for (const struct watch *watch = waiting->chains[chain]; watch != NULL; watch = watch->next)
            if (!watch->asked)
                due_us = smaller(due_us, next_ask_us(watch));
    }
    return due_us;
}

/* Its waiters that are folded, or late, may go on. */
static void sort_waiters(struct waiting *waiting, struct watch *watch, int64_t next_offset, int64_t now_us)
{
    if (next_offset <= watch->first_offset && now_us < watch->first_until_us)
        return;
    forget_firsts(watch);
    struct waiter_link *link = watch->waiters.behind;
    while (link != &watch->waiters) {
        struct waiter *waiter = (struct waiter *)(void *)link;
        bool is_folded = waiter->offset < next_offset;
        link = link->behind;
        if (!is_folded && now_us < waiter->until_us) {
            note_firsts(watch, waiter);
            continue;
        }
        waiter->late = !is_folded;
        take_out(&waiter->link);
        add_last(&waiting->ready, &waiter->link);
    }
}

static void plan_next_ask(const struct waiting *waiting, struct watch *watch, int64_t now_us)
{
    int64_t longest_us = larger(ASK_LAST_US, ASK_SHARE_US * (int64_t)waiting->watches_n);
    int64_t pause_us = smaller(larger((now_us - watch->joined_us) / 2, ASK_FIRST_US), longest_us);
    watch->asked_us = now_us;
    watch->ask_at_us = now_us + pause_us;
}

bool waiting_ask(struct waiting *waiting, const struct view *view, struct plan *plan, int64_t now_us)
{
    bool any = false;
    sort_waiters(waiting, &waiting->nodes, 0, now_us);
    sort_waiters(waiting, &waiting->open, 0, now_us);
    for (size_t chain = 0; chain < WAITING_CHAINS; chain++)
        for (struct watch *watch = waiting->chains[chain]; watch != NULL; watch = watch->next) {
            if (watch->asked || is_ring_empty(&watch->waiters) || next_ask_us(watch) > now_us)
                continue;
            watch->ask = ask_next_offset(plan, view, watch->shard, watch->topic, watch->partition);
            watch->asked = any = true;
            plan_next_ask(waiting, watch, now_us);
        }
    return any;
}

void waiting_read(struct waiting *waiting, const struct answers *answers)
{
    for (size_t chain = 0; chain < WAITING_CHAINS; chain++)
        for (struct watch *watch = waiting->chains[chain]; watch != NULL; watch = watch->next) {
            int64_t next_offset;
            if (!watch->asked)
                continue;
            watch->asked = false;
            if (!read_next_offset(answers, watch->ask, &next_offset))
                next_offset = INT64_MAX;
            sort_waiters(waiting, watch, next_offset, watch->asked_us);
        }
}

/* --- going on ---------------------------------------------------------------------------------------------------- */

void waiting_nodes_read(struct waiting *waiting)
{
    sort_waiters(waiting, &waiting->nodes, INT64_MAX, 0);
}

void waiting_wake(struct waiting *waiting, struct waiter *waiter)
{
    waiting_remove(waiter);
    add_last(&waiting->ready, &waiter->link);
}

void waiting_give_up(struct waiting *waiting)
{
    sort_waiters(waiting, &waiting->nodes, INT64_MAX, 0);
    for (size_t chain = 0; chain < WAITING_CHAINS; chain++)
        for (struct watch *watch = waiting->chains[chain]; watch != NULL; watch = watch->next) {
            watch->asked = false;
            sort_waiters(waiting, watch, INT64_MAX, 0);
        }
}

void waiting_close(struct waiting *waiting)
{
    waiting_give_up(waiting);
    sort_waiters(waiting, &waiting->open, INT64_MAX, 0);
}

struct waiter *waiting_pop(struct waiting *waiting)
{
    if (is_ring_empty(&waiting->ready))
        return NULL;
    struct waiter_link *first = waiting->ready.behind;
    take_out(first);
    return (struct waiter *)(void *)first;
}
