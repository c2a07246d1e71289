#include "ledger/became.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "event/identity.h"
#include "ledger/known.h"
#include "ledger/sealed.h"
#include "ledger/view.h"

/* A record of the delivery. */
struct added {
	struct identity identity;
	bool has_identity;
	unsigned char verdict;
	int64_t received_us;
};

struct became {
	uint64_t delivery;
	struct added *added; /* owned; in their order */
	size_t count, room, next;
	bool cut; /* there are more */
	/* While records are read: what was told before. */
	struct known *known;
	struct sealed *sealed;
};

/* What was said first stays, so this holds whatever was said later. */
static bool
contradicts(const struct identity *told, const struct identity *now)
{
	struct identity both = *told;
	unsigned differs;

	(void)told_join(both.told, now->told, &differs);
	return differs != 0;
}

static enum append_verdict
judge(struct became *became, uint64_t index, const struct identity *now)
{
	struct identity told = *now, late = *now;
	uint64_t first;
	bool sealed = sealed_find(became->sealed, INT64_MIN, &told, &first) &&
	              first < index;
	bool here = known_find(became->known, &late);

	if (!sealed && !here)
		return APPEND_NEW;
	if (sealed && here)
		identity_fill(&told, &late);
	if (!sealed)
		told = late;
	return !identity_erased(&told) && contradicts(&told, now)
	           ? APPEND_CONFLICT
	           : APPEND_TELLING;
}

static void
add(struct became *became, const struct added *added)
{
	if (became->count == BECAME_MAX) {
		became->cut = true;
		return;
	}
	if (became->count == became->room) {
		became->room = 2 * became->room + 64;
		became->added = xrealloc(
		    became->added, became->room * sizeof(*became->added));
	}
	became->added[became->count++] = *added;
}

static int
look(void *ctx, uint64_t index, const struct frame *frame,
    const struct stream *stream, struct err *err)
{
	static const char own[] = "firn/";
	struct became *became = ctx;
	struct added added = {.has_identity = frame->has_identity,
	    .identity = frame->identity,
	    .verdict = APPEND_NEW,
	    .received_us = frame->received_us};

	(void)err;
	if (stream->source.len >= sizeof(own) - 1 &&
	    !memcmp(stream->source.ptr, own, sizeof(own) - 1))
		return 0;
	if (frame->delivery == became->delivery) {
		if (frame->has_identity)
			added.verdict = (unsigned char)judge(
			    became, index, &frame->identity);
		add(became, &added);
	}
	if (frame->has_identity)
		known_add(became->known, &frame->identity);
	return 0;
}

static int
read_all(struct became *became, const char *dir, struct err *err)
{
	struct view *view = NULL;
	uint64_t first = became->delivery + 1;
	int status = view_open(&view, dir, err);

	/* Behind the view: what that has in segments, this has, too. */
	if (!status)
		status = sealed_open(&became->sealed, dir, true, err);
	if (!status && sealed_end(became->sealed) < first)
		first = sealed_end(became->sealed);
	if (!status && first < view_tree(view)->size)
		status = view_walk(
		    view, first, view_tree(view)->size, look, became, err);
	view_close(view);
	return status;
}

int
became_open(
    struct became **out, const char *dir, uint64_t delivery, struct err *err)
{
	struct became *became = xcalloc(1, sizeof(*became));
	int status;

	became->delivery = delivery;
	became->known = known_new();
	status = read_all(became, dir, err);
	sealed_close(became->sealed);
	known_free(became->known);
	became->sealed = NULL;
	became->known = NULL;
	if (status) {
		became_free(became);
		return -1;
	}
	*out = became;
	return 0;
}

void
became_free(struct became *became)
{
	if (!became)
		return;
	free(became->added);
	free(became);
}

static bool
is_same(const struct added *added, const struct identity *identity)
{
	const struct identity *was = &added->identity;

	if (!identity || !added->has_identity)
		return !identity && !added->has_identity;
	return !memcmp(was->id, identity->id, sizeof(was->id)) &&
	       (identity_erased(was) ||
	           !memcmp(was->told, identity->told, sizeof(was->told)));
}

enum append_verdict
became_next(
    struct became *became, const struct append_item *item, int64_t *received_us)
{
	const struct added *next =
	    became->next < became->count ? &became->added[became->next] : NULL;

	if (!item->keep)
		return APPEND_PASSED;
	if (!next && became->cut)
		return APPEND_BEFORE;
	if (!next || !is_same(next, item->identity))
		return item->identity ? APPEND_REPEAT : APPEND_BEFORE;
	became->next++;
	*received_us = next->received_us;
	return (enum append_verdict)next->verdict;
}
