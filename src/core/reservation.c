/* The table of verbs, and for each one function that says whether it may come and one that says what it does to lines and
 * floor. */
#include "stockfold/core/reservation.h"

#include <assert.h>

const char *const reservation_state_names[RESERVATION_STATES] = {
    [RESERVATION_HELD] = "held",       [RESERVATION_CONFIRMED] = "confirmed", [RESERVATION_PICKING] = "picking",
    [RESERVATION_READY] = "ready",     [RESERVATION_COLLECTED] = "collected", [RESERVATION_CANCELLED] = "cancelled",
    [RESERVATION_EXPIRED] = "expired",
};

const char *const reservation_type_names[RESERVATION_TYPES] = {
    [RESERVATION_COLLECT] = "collect",
    [RESERVATION_SHIP] = "ship",
};

#define HELD STATE_BIT(RESERVATION_HELD)
#define CONFIRMED STATE_BIT(RESERVATION_CONFIRMED)
#define PICKING STATE_BIT(RESERVATION_PICKING)
#define READY STATE_BIT(RESERVATION_READY)
#define COLLECTED STATE_BIT(RESERVATION_COLLECTED)
#define CANCELLED STATE_BIT(RESERVATION_CANCELLED)
#define EXPIRED STATE_BIT(RESERVATION_EXPIRED)
#define OPEN (HELD | CONFIRMED | PICKING | READY)
#define STAYS (-1)

const struct reservation_verb_row reservation_verbs[RESERVATION_VERBS] = {
    [VERB_CREATE] = {"create", 0, RESERVATION_HELD, 0, 0, VERB_BY_HOLD | VERB_BY_RESERVE, false,
                     "Sets units aside until the ttl has passed."},
    [VERB_CONFIRM] = {"confirm", HELD, RESERVATION_CONFIRMED, CONFIRMED | PICKING | READY, COLLECTED, VERB_BY_RESERVE,
                      false, "Ends the ttl: from now on the pickup deadline counts."},
    [VERB_EXTEND] = {"extend", HELD | CONFIRMED | READY, STAYS, 0, 0, VERB_BY_RESERVE, true,
                     "Moves the deadline on to ttl_s from now, if it was earlier."},
    [VERB_PICK] = {"pick", CONFIRMED, RESERVATION_PICKING, 0, READY | COLLECTED, VERB_BY_RESERVE | VERB_BY_PLAN, false,
                   "Begins to pick; with take_over, in another's place."},
    [VERB_PICKED] = {"picked", PICKING, STAYS, 0, 0, VERB_BY_RESERVE | VERB_BY_PLAN, true,
                     "Units of lines went from their place to where they wait for the customer."},
    [VERB_SHORT] = {"short", PICKING, STAYS, 0, 0, VERB_BY_RESERVE | VERB_BY_PLAN, true,
                    "A place holds other than was said: counts it."},
    [VERB_READY] = {"ready", PICKING, RESERVATION_READY, READY, COLLECTED, VERB_BY_RESERVE | VERB_BY_PLAN, false,
                    "Waits for the customer with what was picked; the rest is freed."},
    [VERB_NOTIFY] = {"notify", READY, STAYS, 0, 0, VERB_BY_RESERVE, true, "Tells the customer again."},
    [VERB_COLLECT] = {"collect", OPEN, RESERVATION_COLLECTED, COLLECTED, 0, VERB_BY_RESERVE, false,
                      "Was handed over; what was not taken is freed."},
    [VERB_SETTLE] = {"settle", COLLECTED, STAYS, 0, 0, VERB_BY_OPERATE, false,
                     "Ends the wait for a sale that the till did not report: it took place, or it did not."},
    [VERB_CANCEL] = {"cancel", OPEN, RESERVATION_CANCELLED, CANCELLED | EXPIRED, 0, VERB_BY_HOLD | VERB_BY_RESERVE,
                     false, "Frees all units; what was picked is to be put back."},
    [VERB_PUT_BACK] = {"put_back", PICKING | READY | COLLECTED | CANCELLED | EXPIRED, STAYS, 0, 0,
                       VERB_BY_RESERVE | VERB_BY_PLAN, true, "Units that were picked went back to a place."},
    [VERB_EXPIRE] = {"expire", OPEN, RESERVATION_EXPIRED, EXPIRED, 0, 0, false, "Its deadline has passed."},
    [VERB_CONSUME] = {"consume", OPEN | COLLECTED, RESERVATION_COLLECTED, 0, 0, 0, false,
                      "The till sold every line of it."},
    [VERB_MISS_SALES] = {"miss_sales", COLLECTED, STAYS, 0, 0, 0, false, "The till did not report its sale in time."},
};

struct effect {
    struct reservation *reservation;
    const struct reservation_step *step;
    struct step_events *events;
};

static int64_t step_ms(const struct reservation_step *step)
{
    return step->now_us / 1000;
}

static int64_t least_of(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t not_negative(int64_t units)
{
    return units < 0 ? 0 : units;
}

/* --- events of the floor ----------------------------------------------------------------------------------------- */

static struct event *add_floor_event(const struct effect *effect, enum event_type type, uint32_t line, int64_t qty)
{
    const struct reservation *reservation = effect->reservation;
    assert(effect->events->n < STEP_EVENTS);
    struct event *event = &effect->events->rows[effect->events->n++];
    *event = (struct event){.type = type,
                            .has_seq = true,
                            .time = step_ms(effect->step),
                            .sku = reservation->lines[line].sku,
                            .node = reservation->node,
                            .qty = qty,
                            .eta = TIME_NONE,
                            .ref_time = TIME_NONE};
    return event;
}

/* Units go from `place` to where they wait for the customer; below 0: back, and to no place where the till's sale
 * follows. */
static void stage(const struct effect *effect, uint32_t line, int64_t qty, struct str place)
{
    if (qty == 0)
        return;
    struct event *event = add_floor_event(effect, EVENT_STATE_CHANGED, line, qty < 0 ? -qty : qty);
    *(qty < 0 ? &event->state : &event->to_state) = STATE_STAGED;
    event->place = place;
    effect->reservation->lines[line].picked += qty;
}

static void report_sale(const struct effect *effect, uint32_t line, int64_t qty, enum stock_state from)
{
    if (qty == 0)
        return;
    struct event *event = add_floor_event(effect, EVENT_SOLD, line, qty);
    event->state = from;
    event->reservation = effect->reservation->id;
    if (from == STATE_STAGED)
        effect->reservation->lines[line].picked -= qty;
}

/* --- what each verb does ------------------------------------------------------------------------------------------ */

/* Units of a line that the step names; all that are held when it names none. */
static int64_t step_qty(const struct effect *effect, uint32_t line)
{
    const struct reservation_step *step = effect->step;
    if (step->lines == NULL)
        return effect->reservation->lines[line].held;
    for (uint32_t i = 0; i < step->lines_n; i++)
        if (step->lines[i].line == line)
            return step->lines[i].qty;
    return 0;
}

static int64_t last_moment(const struct reservation *reservation)
{
    return reservation->created_ms + RESERVATION_LIFE_MS;
}

static void set_deadline(struct reservation *reservation, int64_t deadline_ms)
{
    reservation->expires_ms = least_of(deadline_ms, last_moment(reservation));
}

static void confirm_step(const struct effect *effect)
{
    struct reservation *reservation = effect->reservation;
    reservation->confirmed_ms = step_ms(effect->step);
    reservation->ready_by_ms = effect->step->ready_by_ms;
    reservation->paid = reservation->paid || effect->step->paid;
    set_deadline(reservation, effect->step->deadline_ms);
}

static void extend_step(const struct effect *effect)
{
    int64_t until_ms = step_ms(effect->step) + effect->step->ttl_ms;
    if (until_ms > effect->reservation->expires_ms)
        set_deadline(effect->reservation, until_ms);
}

static void pick_step(const struct effect *effect)
{
    effect->reservation->picker = effect->step->by;
    effect->reservation->picking_ms = step_ms(effect->step);
}

static void picked_step(const struct effect *effect)
{
    for (uint32_t i = 0; i < effect->step->lines_n; i++)
        stage(effect, effect->step->lines[i].line, effect->step->lines[i].qty, effect->step->lines[i].place);
}

/* The units found are those of the place: of every reservation's, and of nobody's. */
static void short_step(const struct effect *effect)
{
    for (uint32_t i = 0; i < effect->step->lines_n; i++) {
        const struct step_line *line = &effect->step->lines[i];
        struct event *event = add_floor_event(effect, EVENT_COUNTED, line->line, line->qty);
        event->scope = SCOPE_PLACE;
        event->place = line->place;
    }
}

static bool has_done(const struct reservation *reservation, enum reservation_verb verb)
{
    for (uint32_t i = 0; i < reservation->history_n; i++)
        if (reservation->history[i].verb == verb)
            return true;
    return false;
}

static void end_held(struct reservation *reservation)
{
    for (uint32_t i = 0; i < reservation->lines_n; i++)
        reservation->lines[i].held = 0;
}

/* What is ready of a line: as the step says; else, once picking was reported, what was picked; else everything. */
static int64_t ready_qty(const struct effect *effect, uint32_t line, bool reported)
{
    const struct reservation_line *row = &effect->reservation->lines[line];
    if (effect->step->lines == NULL && reported)
        return least_of(row->picked, row->held);
    return step_qty(effect, line);
}

static void ready_step(const struct effect *effect)
{
    struct reservation *reservation = effect->reservation;
    bool reported = has_done(reservation, VERB_PICKED) || has_done(reservation, VERB_SHORT);
    int64_t units = 0;
    for (uint32_t i = 0; i < reservation->lines_n; i++) {
        struct reservation_line *line = &reservation->lines[i];
        line->held = ready_qty(effect, i, reported);
        stage(effect, i, not_negative(line->held - line->picked), (struct str){0});
        units += line->held;
    }
    reservation->ready_ms = step_ms(effect->step);
    set_deadline(reservation, effect->step->deadline_ms);
    if (units == 0)
        reservation->state = RESERVATION_CANCELLED;
}

/* What was not picked is picked now, and all that is taken leaves: sold, or for the till to sell. */
static void collect_step(const struct effect *effect)
{
    struct reservation *reservation = effect->reservation;
    for (uint32_t i = 0; i < reservation->lines_n; i++) {
        struct reservation_line *line = &reservation->lines[i];
        int64_t qty = step_qty(effect, i);
        stage(effect, i, not_negative(qty - line->picked), (struct str){0});
        if (reservation->paid)
            report_sale(effect, i, qty, STATE_STAGED);
        else
            stage(effect, i, -qty, (struct str){0});
        line->collected = line->held = qty;
    }
    reservation->settled = reservation->paid;
}

static int64_t unsold(const struct reservation_line *line, int64_t consumed)
{
    return not_negative(line->held - not_negative(consumed));
}

static void settle_step(const struct effect *effect)
{
    struct reservation *reservation = effect->reservation;
    for (uint32_t i = 0; i < reservation->lines_n; i++) {
        struct reservation_line *line = &reservation->lines[i];
        int64_t missing = unsold(line, effect->step->consumed[i]);
        if (effect->step->paid)
            report_sale(effect, i, missing, STATE_SELLABLE);
        else
            line->held -= missing;
    }
    reservation->settled = true;
    reservation->sale_missing = false;
}

static void cancel_step(const struct effect *effect)
{
    end_held(effect->reservation);
}

static void put_back_step(const struct effect *effect)
{
    for (uint32_t i = 0; i < effect->step->lines_n; i++)
        stage(effect, effect->step->lines[i].line, -effect->step->lines[i].qty, effect->step->lines[i].place);
}

/* The till has sold all of it, so it was handed over; what was picked left with it. */
static void consume_step(const struct effect *effect)
{
    struct reservation *reservation = effect->reservation;
    for (uint32_t i = 0; i < reservation->lines_n; i++) {
        struct reservation_line *line = &reservation->lines[i];
        if (line->collected == 0) {
            stage(effect, i, -least_of(line->picked, line->held), (struct str){0});
            line->collected = line->held;
        }
    }
    reservation->settled = true;
    reservation->sale_missing = false;
}

static void miss_sales_step(const struct effect *effect)
{
    struct reservation *reservation = effect->reservation;
    reservation->settled = reservation_is_consumed(reservation, effect->step->consumed);
    reservation->sale_missing = !reservation->settled;
}

static void notify_step(const struct effect *effect)
{
    (void)effect; /* it is in the history, which whoever notifies reads */
}

/* --- whether it may be done ---------------------------------------------------------------------------------------- */

static bool is_remembered(const struct reservation *reservation, struct str request)
{
    for (uint32_t i = 0; i < reservation->requests_n; i++)
        if (str_equal(reservation->requests[i], request))
            return true;
    return false;
}

/* Units of a line that a step may name at most. */
static int64_t most_to_pick(const struct reservation_line *line)
{
    return not_negative(line->held - line->picked);
}

static int64_t most_to_put_back(const struct reservation_line *line)
{
    return line->picked;
}

static int64_t most_to_hand_over(const struct reservation_line *line)
{
    return line->held;
}

static bool is_overdue(const struct reservation *reservation, const struct reservation_step *step)
{
    return reservation_is_open(reservation) && step_ms(step) >= reservation->expires_ms;
}

static enum step_outcome judge_in_time(const struct reservation *reservation, const struct reservation_step *step)
{
    return is_overdue(reservation, step) ? STEP_OVERDUE : STEP_DONE;
}

/* The one verb that may come again from the state that it leads to: from another's hands. */
static enum step_outcome judge_pick(const struct reservation *reservation, const struct reservation_step *step)
{
    if (reservation->state != RESERVATION_PICKING || is_overdue(reservation, step))
        return judge_in_time(reservation, step);
    if (str_equal(reservation->picker, step->by))
        return STEP_REPEATED;
    return step->take_over ? STEP_DONE : STEP_PICKED_BY;
}

static enum step_outcome judge_expire(const struct reservation *reservation, const struct reservation_step *step)
{
    return is_overdue(reservation, step) ? STEP_DONE : STEP_NOT_DUE;
}

/* What the till sold was handed over, also after the deadline. */
static enum step_outcome judge_consume(const struct reservation *reservation, const struct reservation_step *step)
{
    if (!reservation_is_consumed(reservation, step->consumed))
        return STEP_NOT_DUE;
    return reservation->settled ? STEP_REPEATED : STEP_DONE;
}

static enum step_outcome judge_settle(const struct reservation *reservation, const struct reservation_step *step)
{
    (void)step;
    return reservation->settled ? STEP_REPEATED : STEP_DONE;
}

static enum step_outcome judge_miss_sales(const struct reservation *reservation, const struct reservation_step *step)
{
    (void)step;
    return reservation->settled || reservation->sale_missing ? STEP_REPEATED : STEP_DONE;
}

/* Of each verb: whether it may come now, from a state of its row; how many units its lines may name (NULL: any number); and
 * what it does. */
static const struct {
    enum step_outcome (*judge)(const struct reservation *reservation, const struct reservation_step *step);
    int64_t (*most)(const struct reservation_line *line);
    void (*apply)(const struct effect *effect);
} verb_steps[RESERVATION_VERBS] = {
    [VERB_CONFIRM] = {judge_in_time, NULL, confirm_step},
    [VERB_EXTEND] = {judge_in_time, NULL, extend_step},
    [VERB_PICK] = {judge_pick, NULL, pick_step},
    [VERB_PICKED] = {judge_in_time, most_to_pick, picked_step},
    [VERB_SHORT] = {judge_in_time, NULL, short_step},
    [VERB_READY] = {judge_in_time, most_to_hand_over, ready_step},
    [VERB_NOTIFY] = {judge_in_time, NULL, notify_step},
    [VERB_COLLECT] = {judge_in_time, most_to_hand_over, collect_step},
    [VERB_SETTLE] = {judge_settle, NULL, settle_step},
    [VERB_CANCEL] = {judge_in_time, NULL, cancel_step},
    [VERB_PUT_BACK] = {judge_in_time, most_to_put_back, put_back_step},
    [VERB_EXPIRE] = {judge_expire, NULL, cancel_step},
    [VERB_CONSUME] = {judge_consume, NULL, consume_step},
    [VERB_MISS_SALES] = {judge_miss_sales, NULL, miss_sales_step},
};

static enum step_outcome judge_step_lines(const struct reservation *reservation, const struct reservation_step *step,
                                          uint32_t *ret_line)
{
    for (uint32_t i = 0; verb_steps[step->verb].most != NULL && i < step->lines_n; i++) {
        *ret_line = i;
        if (step->lines[i].qty > verb_steps[step->verb].most(&reservation->lines[step->lines[i].line]))
            return STEP_TOO_MANY;
    }
    return STEP_DONE;
}

static enum step_outcome judge_step(const struct reservation *reservation, const struct reservation_step *step,
                                    uint32_t *ret_line)
{
    const struct reservation_verb_row *row = &reservation_verbs[step->verb];
    unsigned now = STATE_BIT(reservation->state);
    if (row->needs_request && is_remembered(reservation, step->request))
        return STEP_REPEATED;
    if ((row->done_in & now) || ((row->done_since & now) && has_done(reservation, step->verb)))
        return STEP_REPEATED;
    bool may_take_over = step->verb == VERB_PICK && reservation->state == RESERVATION_PICKING;
    if (!(row->from & now) && !may_take_over)
        return STEP_WRONG_STATE;
    enum step_outcome outcome = verb_steps[step->verb].judge(reservation, step);
    return outcome == STEP_DONE ? judge_step_lines(reservation, step, ret_line) : outcome;
}

/* --- steps -------------------------------------------------------------------------------------------------------- */

/* Forgets the oldest entry that left the state as it was. Few change it, so there is always one. */
static void forget_entry(struct reservation *reservation)
{
    uint32_t oldest = 1;
    while (reservation->history[oldest].state != reservation->history[oldest - 1].state)
        oldest++;
    reservation->history_n--;
    memmove(&reservation->history[oldest], &reservation->history[oldest + 1],
            (reservation->history_n - oldest) * sizeof(struct reservation_entry));
}

static void remember_request(struct reservation *reservation, struct str request)
{
    if (reservation->requests_n == RESERVATION_REQUESTS) {
        reservation->requests_n--;
        memmove(&reservation->requests[0], &reservation->requests[1], reservation->requests_n * sizeof(struct str));
    }
    reservation->requests[reservation->requests_n++] = request;
}

static void note_step(struct reservation *reservation, const struct reservation_step *step)
{
    if (reservation->history_n == RESERVATION_HISTORY)
        forget_entry(reservation);
    reservation->history[reservation->history_n++] = (struct reservation_entry){
        .at_ms = step_ms(step),
        .verb = step->verb,
        .state = reservation->state,
        .by = step->by,
        .channel = step->channel,
        .reason = step->reason,
        .made_at_ms = step->made_at_ms,
    };
    if (reservation_verbs[step->verb].needs_request)
        remember_request(reservation, step->request);
    reservation->version = step->now_us > reservation->version ? step->now_us : reservation->version + 1;
    reservation->updated_ms = step_ms(step);
}

void reservation_create(struct reservation *ret, const struct reservation_step *step,
                        const struct reservation_policy *policy)
{
    assert(step->verb == VERB_CREATE && ret->lines_n > 0 && ret->lines_n <= RESERVATION_LINES);
    ret->state = RESERVATION_HELD;
    ret->settled = ret->sale_missing = false;
    ret->created_ms = step_ms(step);
    ret->confirmed_ms = ret->picking_ms = ret->ready_ms = ret->ended_ms = TIME_NONE;
    ret->picker = (struct str){0};
    ret->version = 0;
    ret->history_n = ret->requests_n = 0;
    for (uint32_t i = 0; i < ret->lines_n; i++) {
        ret->lines[i].held = ret->lines[i].qty;
        ret->lines[i].picked = ret->lines[i].collected = 0;
    }
    set_deadline(ret, ret->created_ms + least_of(step->ttl_ms, policy->ttl_max_ms));
    note_step(ret, step);
    assert(reservation_check(ret));
}

enum step_outcome reservation_apply(struct reservation *reservation, const struct reservation_step *step,
                                    struct step_events *ret_events, uint32_t *ret_line)
{
    assert(step->verb != VERB_CREATE);
    const struct effect effect = {reservation, step, ret_events};
    bool was_open = reservation_is_open(reservation);
    ret_events->n = 0;
    enum step_outcome outcome = judge_step(reservation, step, ret_line);
    if (outcome != STEP_DONE)
        return outcome;

    if (reservation_verbs[step->verb].to >= 0)
        reservation->state = (enum reservation_state)reservation_verbs[step->verb].to;
    verb_steps[step->verb].apply(&effect);
    if (was_open && !reservation_is_open(reservation))
        reservation->ended_ms = step_ms(step);
    note_step(reservation, step);
    for (uint32_t i = 0; i < ret_events->n; i++)
        ret_events->rows[i].seq = reservation->version;
    assert(reservation_check(reservation));
    return STEP_DONE;
}

/* --- questions ---------------------------------------------------------------------------------------------------- */

bool reservation_is_open(const struct reservation *reservation)
{
    return (STATE_BIT(reservation->state) & OPEN) != 0;
}

bool reservation_is_consumed(const struct reservation *reservation, const int64_t *consumed)
{
    for (uint32_t i = 0; i < reservation->lines_n; i++)
        if (unsold(&reservation->lines[i], consumed[i]) > 0)
            return false;
    return true;
}

unsigned reservation_possible(const struct reservation *reservation)
{
    unsigned possible = 0;
    for (int verb = 0; verb < RESERVATION_VERBS; verb++)
        if (reservation_verbs[verb].scopes != 0 && (reservation_verbs[verb].from & STATE_BIT(reservation->state)))
            possible |= 1u << verb;
    return possible;
}

int64_t reservation_due_ms(const struct reservation *reservation, const struct reservation_policy *policy,
                           bool *ret_forget)
{
    *ret_forget = false;
    if (reservation_is_open(reservation))
        return reservation->expires_ms;
    if (reservation->state == RESERVATION_COLLECTED && !reservation->settled && !reservation->sale_missing)
        return reservation->ended_ms + policy->sale_missing_ms;
    *ret_forget = true;
    bool is_order = reservation->confirmed_ms != TIME_NONE || reservation->state == RESERVATION_COLLECTED;
    return reservation->ended_ms + (is_order ? policy->keep_ended_ms : policy->keep_unconfirmed_ms);
}

static bool check_lines(const struct reservation *reservation)
{
    bool is_free = reservation->state == RESERVATION_CANCELLED || reservation->state == RESERVATION_EXPIRED;
    for (uint32_t i = 0; i < reservation->lines_n; i++) {
        const struct reservation_line *line = &reservation->lines[i];
        if (line->qty < 1 || line->held < 0 || line->held > line->qty || line->picked < 0 || line->collected < 0 ||
            line->collected > line->qty || (is_free && line->held > 0))
            return false;
        for (uint32_t j = 0; j < i; j++)
            if (str_equal(line->sku, reservation->lines[j].sku))
                return false;
    }
    return true;
}

bool reservation_check(const struct reservation *reservation)
{
    if (reservation->lines_n < 1 || reservation->lines_n > RESERVATION_LINES || !check_lines(reservation))
        return false;
    if (reservation->expires_ms > last_moment(reservation) || reservation->updated_ms < reservation->created_ms)
        return false;
    if (!reservation_is_open(reservation) && reservation->ended_ms < reservation->created_ms)
        return false;
    return reservation->history_n > 0 && reservation->history_n <= RESERVATION_HISTORY &&
           reservation->history[reservation->history_n - 1].state == reservation->state;
}
