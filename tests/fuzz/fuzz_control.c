#include <stdint.h>
#include <stdlib.h>

#include "ledger/control_request.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Its items are as many as it says, lie in it, and print as they were read. */
static void
check_items(const struct control_request *request)
{
	struct slice rest = request->items;
	struct buf again = {0};

	for (size_t i = 0; i < request->count; i++) {
		struct append_item item;
		struct identity identity;

		if (control_item_read(&rest, &item, &identity))
			abort();
		if (item.raw.len > request->items.len ||
		    (item.identity && item.identity != &identity) || item.salt)
			abort();
		control_item_add(&again, &item);
	}
	if (rest.len || !slice_eq(buf_slice(&again), request->items))
		abort();
	buf_release(&again);
}

/* A request prints as it was read. */
static void
check_request(struct slice body)
{
	struct control_request request;
	struct buf again = {0};

	if (control_request_read(body, &request))
		return;
	if (request.list || request.count > CONTROL_ITEMS_MAX ||
	    (request.verb < CONTROL_SIGN) != (request.name != NULL))
		abort();
	if (request.verb == CONTROL_TAKE)
		check_items(&request);
	control_request_add(&again, &request);
	if (!slice_eq(slice_skip(buf_slice(&again), 4), body))
		abort();
	buf_release(&again);
}

/* So does an answer to a verb, unless it is why something was not done. */
static void
check_answer(struct slice body, enum control_verb verb)
{
	unsigned char verdicts[16];
	const struct control_request request = {.verb = verb,
	    .count = body.len < sizeof(verdicts) ? body.len : sizeof(verdicts)};
	struct control_answer answer = {.verdicts = verdicts};
	struct buf again = {0};

	if (control_answer_read(body, &request, &answer))
		return;
	control_answer_add(&again, &request, &answer);
	if (!answer.err.code &&
	    !slice_eq(slice_skip(buf_slice(&again), 4), body))
		abort();
	buf_release(&again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice body = slice_of(data, size);

	check_request(body);
	for (int verb = CONTROL_FIND; verb <= CONTROL_VERBS; verb++)
		check_answer(body, (enum control_verb)verb);
	return 0;
}
