/* Reservations as JSON: as stored in the view and sent to the log, and as requests ask for them.
 *
 * Stored and sent alike: one line, fixed order of fields, no spaces; sent without `note`, and with the step's `events`. */
#ifndef STOCKFOLD_CODEC_RESERVATION_JSON_H
#define STOCKFOLD_CODEC_RESERVATION_JSON_H

#include "stockfold/base/arena.h"
#include "stockfold/base/buffer.h"
#include "stockfold/core/refusal.h"
#include "stockfold/core/reservation.h"

enum { RESERVATION_CODE = 6, RESERVATION_DIGEST = 32 };

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
/* Either. Everything is in the arena, with room for what core/reservation.h adds. Unless REFUSAL_NONE, `ret_detail`
 * (REFUSAL_DETAIL_MAX) says where it is not such a document. */
enum refusal reservation_read(struct str json, struct arena *arena, struct reservation_document *ret_document,
                              char *ret_detail);
/* The events of a message, each as one JSON text in the arena, for event_decode(). False: it has no such list. */
bool reservation_read_events(struct str json, struct arena *arena, struct str **ret_events, size_t *ret_n);

/* --- requests ---------------------------------------------------------------------------------------------------- */

struct requested_line {
    struct str sku;
    int64_t qty;
};

/* What a request may hold; which of it a verb takes is for its row to say. Empty, and -1: not given. */
struct reservation_request {
    struct str id, node, owner, order, note, replaces, request, by, reason;
    int type; /* enum reservation_type */
    int paid, take_over;
    int64_t ttl_s;
    struct requested_line
        *lines; /* NULL: not given. Lines of one item are one, with their sum, in the order first named */
    uint32_t lines_n;
};

/* The body of a create, or of a verb. Fields that nobody knows are ignored, null is the same as not there. Everything is in
 * the arena. REFUSAL_MALFORMED and REFUSAL_WRONG_TYPE: it is no such object; else a value cannot be: `ret_detail`
 * (REFUSAL_DETAIL_MAX) names the field, what was seen and what was expected. */
enum refusal reservation_request_read(struct str json, bool creates, struct arena *arena,
                                      struct reservation_request *ret_request, char *ret_detail);
/* Of what a create asks for: equal for bodies that mean the same. The note does not count: a digest is sent on, and from one
 * of few letters they can be guessed. Hex, without an end. */
void reservation_request_digest(const struct reservation_request *request, char ret_digest[RESERVATION_DIGEST]);

#endif
