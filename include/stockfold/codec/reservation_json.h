/* Reservations as JSON: as stored in the view and sent to the log, and as requests ask for them.
 *
 * Stored and sent alike: one line, fixed order of fields, no spaces; sent without `note`, and with the step's `events`. */
#ifndef STOCKFOLD_CODEC_RESERVATION_JSON_H
#define STOCKFOLD_CODEC_RESERVATION_JSON_H

#include "stockfold/base/arena.h"
#include "stockfold/base/buffer.h"
#include "stockfold/core/reservation.h"

enum { RESERVATION_CODE = 6, RESERVATION_DIGEST = 32, RESERVATION_DETAIL_MAX = 200 };

/* A reservation with what the states do not depend on. Borrowed. */
struct reservation_document {
    struct reservation reservation;
    struct str note;      /* never sent */
    struct str digest;    /* of the request that made it: by it, a repetition is told from another with its id */
    struct str code;      /* what a customer says at the counter */
    struct str no_pickup; /* why there is no ready_by; empty: there is */
    struct str replaces;  /* the one that it took the place of; empty: none */
};

/* As stored: `{"id":...}`. */
void reservation_write(const struct reservation_document *document, struct buffer *out);
/* As sent: without note, with `"events":[...]`, whose source is `stockfold` and whose ids are 32 hex digits of a digest of
 * reservation, version, line and step. */
void reservation_write_message(const struct reservation_document *document, const struct step_events *events,
                               struct buffer *out);
/* Either. Everything is in the arena. False: not such a document; `ret_detail` says where. */
bool reservation_read(struct str json, struct arena *arena, struct reservation_document *ret_document,
                      char ret_detail[RESERVATION_DETAIL_MAX]);
/* The events of a message, each as one JSON text in the arena, for event_decode(). */
bool reservation_read_events(struct str json, struct arena *arena, struct str **ret_events, size_t *ret_n);

/* --- requests ---------------------------------------------------------------------------------------------------- */

struct requested_line {
    struct str sku;
    int64_t qty;
    struct str place_json; /* of verbs that take one: the object as written; empty: none */
};

/* What a request may hold; which of it a verb takes is for its row to say. -1 and empty: not given. */
struct reservation_request {
    struct str id, node, owner, order, note, replaces, request, by, reason;
    int type; /* enum reservation_type */
    int paid; /* 0, 1 */
    int take_over;
    int64_t ttl_s;
    struct requested_line
        *lines; /* NULL: not given. Lines of one item are one, with their sum, in the order first named */
    uint32_t lines_n;
};

/* The body of a create, and of a verb. Unknown fields are ignored. False: `ret_detail` names field, line, what was seen and
 * what was expected. Everything is in the arena. */
bool reservation_request_read(struct str json, bool creates, struct arena *arena,
                              struct reservation_request *ret_request, char ret_detail[RESERVATION_DETAIL_MAX]);
/* Of what a create asks for: equal for bodies that mean the same. */
void reservation_request_digest(const struct reservation_request *request, char ret_digest[RESERVATION_DIGEST + 1]);

#endif
