#include "ledger/control_request.h"

#include <assert.h>

/* Where the items of a request come from: one after the other. */
struct items {
	const struct append_item *list;
	struct slice bytes;
	struct append_item room;
	struct identity identity;
};

static const struct append_item *
next_item(struct items *items)
{
	int status;

	if (items->list)
		return items->list++;
	status =
	    control_item_read(&items->bytes, &items->room, &items->identity);
	/* control_request_read() has looked at them. */
	assert(!status);
	return &items->room;
}

static int
add_item(struct ledger *ledger, const struct ledger_delivery *delivery,
    const struct append_item *item, struct err *err)
{
	struct ledger_add add = {.source = item->source,
	    .tenant = item->tenant,
	    .available_us = item->available_us,
	    .delivery = delivery->index,
	    .historic = item->historic,
	    .identity = item->identity,
	    .raw = item->raw,
	    .salt = item->salt,
	    .commit = item->commit};
	uint64_t index;

	return ledger_add(ledger, &add, &index, err);
}

/* Marks what is done before it is committed: they are always in one batch. */
static int
commit_to(struct ledger *ledger, const struct ledger_delivery *delivery,
    uint64_t done, struct err *err)
{
	ledger_mark(ledger, delivery->index, done);
	return ledger_commit(ledger, err);
}

/* Takes item `number`: if too much waits for a commit, what is done goes first.
 */
static int
take_item(struct ledger *ledger, const struct ledger_delivery *delivery,
    uint64_t number, const struct append_item *item, unsigned char *verdict,
    struct err *err)
{
	enum ledger_known known = LEDGER_NEW;

	*verdict = APPEND_PASSED;
	if (!item->keep)
		return 0;
	if (item->identity)
		known = ledger_known(ledger, item->identity, item->since_us);
	*verdict = (unsigned char)known;
	if (known == LEDGER_REPEAT || !add_item(ledger, delivery, item, err))
		return 0;
	if (err->code != ERR_LIMIT || !ledger_pending(ledger))
		return -1;
	return commit_to(ledger, delivery, number, err) ||
	               add_item(ledger, delivery, item, err)
	           ? -1
	           : 0;
}

static int
find(struct ledger *ledger, const struct control_request *request,
    struct ledger_delivery *delivery, struct err *err)
{
	if (ledger_find_delivery(ledger, request->name, delivery))
		return 0;
	return err_set(err, ERR_USAGE, "there is no such delivery");
}

/*
 * A client cannot go back, so a gap cannot come of a writer that went away: it
 * was told of nothing that was not durable.
 */
static int
check_place(const struct ledger_delivery *delivery,
    const struct control_request *request, struct err *err)
{
	if (delivery->closed || request->first <= delivery->consumed)
		return 0;
	return err_set(err, ERR_USAGE,
	    "item %ju of a delivery of which %ju were taken",
	    (uintmax_t)request->first, (uintmax_t)delivery->consumed);
}

static int
take(struct ledger *ledger, const struct control_request *request,
    struct control_answer *answer, struct err *err)
{
	struct items items = {.list = request->list, .bytes = request->items};
	struct ledger_delivery delivery;
	uint64_t done = request->first, old;
	int status = 0;

	if (find(ledger, request, &delivery, err) ||
	    check_place(&delivery, request, err))
		return -1;
	/* One that was closed was taken whole. */
	old = delivery.closed ? UINT64_MAX : delivery.consumed;
	answer->number = ledger_size(ledger);
	for (size_t i = 0; !status && i < request->count; i++) {
		const struct append_item *item = next_item(&items);

		answer->verdicts[i] = APPEND_BEFORE;
		if (done >= old)
			status = take_item(ledger, &delivery, done, item,
			    &answer->verdicts[i], err);
		done += !status;
		if (!status && done > old &&
		    ledger_pending(ledger) >= LEDGER_COMMIT_BYTES)
			status = commit_to(ledger, &delivery, done, err);
	}
	if (done > old)
		ledger_mark(ledger, delivery.index, done);
	return status;
}

static int
begin(struct ledger *ledger, const struct control_request *request,
    struct control_answer *answer, struct err *err)
{
	struct ledger_delivery *delivery = &answer->delivery;

	answer->found = true;
	if (ledger_find_delivery(ledger, request->name, delivery))
		return 0;
	*delivery = (struct ledger_delivery){0};
	return ledger_open_delivery(ledger, request->name, request->tenant,
	    request->raw, &delivery->index, err);
}

static int
end(struct ledger *ledger, const struct control_request *request,
    struct control_answer *answer, struct err *err)
{
	struct ledger_delivery delivery;

	if (find(ledger, request, &delivery, err))
		return -1;
	answer->number = APPEND_NOWHERE;
	if (delivery.closed)
		return 0;
	answer->number = ledger_size(ledger);
	return ledger_close_delivery(
	    ledger, delivery.index, request->tenant, request->raw, err);
}

static int
own(struct ledger *ledger, const struct control_request *request,
    struct control_answer *answer, struct err *err)
{
	const struct ledger_own record = {.stream = request->stream,
	    .tenant = request->tenant,
	    .raw = request->raw,
	    .key = request->name};

	return ledger_own_add(ledger, &record, &answer->number, err);
}

static int
apply(struct ledger *ledger, const struct control_request *request,
    struct control_answer *answer, struct err *err)
{
	switch (request->verb) {
	case CONTROL_FIND:
		answer->found = ledger_find_delivery(
		    ledger, request->name, &answer->delivery);
		return 0;
	case CONTROL_BEGIN:
		return begin(ledger, request, answer, err);
	case CONTROL_TAKE:
		return take(ledger, request, answer, err);
	case CONTROL_END:
		return end(ledger, request, answer, err);
	case CONTROL_OWN:
		return own(ledger, request, answer, err);
	case CONTROL_SIZE:
		answer->number = ledger_size(ledger);
		return 0;
	case CONTROL_SIGN:
	case CONTROL_ROLL:
		break;
	}
	return 0;
}

void
control_apply(struct ledger *ledger, const struct control_request *request,
    struct control_answer *answer)
{
	struct err *err = &answer->err;
	int status = apply(ledger, request, answer, err);

	/* There is too much that waits for a commit; TAKE sees to it itself. */
	if (status && err->code == ERR_LIMIT && request->verb != CONTROL_TAKE &&
	    ledger_pending(ledger) && !ledger_commit(ledger, err))
		status = apply(ledger, request, answer, err);
	if (!status)
		err->code = ERR_NONE;
}

enum control_settle
control_settle_for(enum control_verb verb)
{
	if (verb == CONTROL_ROLL)
		return SETTLE_ROLL;
	return verb == CONTROL_SIGN ? SETTLE_SIGN : SETTLE_COMMIT;
}

int
control_settle(struct ledger *ledger, enum control_settle how, struct err *err)
{
	if (how == SETTLE_ROLL)
		return ledger_roll(ledger, err);
	if (ledger_commit(ledger, err))
		return -1;
	return how == SETTLE_SIGN ? ledger_checkpoint(ledger, err) : 0;
}
