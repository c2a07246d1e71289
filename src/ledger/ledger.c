#include "ledger/ledger.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

#include "base/alloc.h"
#include "base/time.h"
#include "event/identity.h"
#include "ledger/dir.h"
#include "ledger/ledger_parts_change.h"

#define SIGN_EVERY_US 250000
#define WAL_BYTES     ((uint64_t)256 << 20)
/* Streams and marks need room in a batch, too. */
#define PENDING_MAX (WAL_BODY_MAX / 2)

int64_t
ledger_now_us(const struct ledger *ledger)
{
	if (ledger->options.now_us)
		return ledger->options.now_us(ledger->options.now_ctx);
	return time_now_us();
}

const struct key *
ledger_key(const struct ledger *ledger)
{
	return signer_key(ledger->signer);
}

uint64_t
ledger_size(const struct ledger *ledger)
{
	return ledger->size + ledger->pending.count;
}

size_t
ledger_pending(const struct ledger *ledger)
{
	return ledger->pending.frames.len;
}

/* What the new telling is to what was told. */
static enum ledger_known
judge(const struct identity *told, const struct identity *now)
{
	struct identity both = *told;
	unsigned differs;
	bool fills;

	/* It was taken out on purpose: it does not come in again. */
	if (identity_erased(told))
		return LEDGER_REPEAT;
	fills = told_join(both.told, now->told, &differs);
	if (differs)
		return LEDGER_CONFLICT;
	return fills ? LEDGER_TELLING : LEDGER_REPEAT;
}

enum ledger_known
ledger_known(
    struct ledger *ledger, const struct identity *identity, int64_t since_us)
{
	struct identity told = *identity, late = *identity;
	uint64_t index;
	bool sealed = sealed_find(ledger->sealed, since_us, &told, &index);
	bool here = known_find(ledger->known, &late);

	if (sealed && here)
		identity_fill(&told, &late);
	if (sealed || here)
		return judge(sealed ? &told : &late, identity);
	return LEDGER_NEW;
}

bool
ledger_find_delivery(struct ledger *ledger, const unsigned char name[16],
    struct ledger_delivery *delivery)
{
	const struct delivery *have =
	    deliveries_named(ledger->deliveries, name);
	struct identity opened = {{0}, {0}};
	uint64_t index;

	if (have) {
		*delivery = (struct ledger_delivery){
		    have->index, have->consumed, have->closed};
		return true;
	}
	/* Those that are open are all among them. */
	memcpy(opened.id, name, sizeof(opened.id));
	if (!sealed_find(ledger->sealed, INT64_MIN, &opened, &index))
		return false;
	*delivery = (struct ledger_delivery){.index = index, .closed = true};
	return true;
}

/* --- failure --- */

/* The first failure is remembered: from now on it is the answer. */
static int
fail(struct ledger *ledger, const struct err *err)
{
	ledger->failed = *err;
	return -1;
}

static int
check_failed(const struct ledger *ledger, struct err *err)
{
	if (!ledger->failed.code)
		return 0;
	return err_set(err, ledger->failed.code,
	    "the ledger stopped and must be opened again: %s",
	    ledger->failed.msg);
}

/* --- appending --- */

static int
take_salt(
    struct ledger *ledger, unsigned char salt[LEAF_SALT_LEN], struct err *err)
{
	size_t have = 0;

	while (ledger->salts_left < LEAF_SALT_LEN && have < SALTS) {
		ssize_t n = getrandom(ledger->salts + have, SALTS - have, 0);

		if (n < 0 && errno != EINTR)
			return err_sys(err, "no random bytes");
		if (n > 0)
			have += (size_t)n;
		if (have == SALTS)
			ledger->salts_left = SALTS;
	}
	ledger->salts_left -= LEAF_SALT_LEN;
	memcpy(salt, ledger->salts + ledger->salts_left, LEAF_SALT_LEN);
	return 0;
}

static void
add_leaf(struct pending *pending, const struct merkle_hash *leaf)
{
	if (pending->count == pending->room) {
		pending->room = pending->room ? 2 * pending->room : 1024;
		pending->leaves = xrealloc(
		    pending->leaves, pending->room * sizeof(*pending->leaves));
	}
	pending->leaves[pending->count++] = *leaf;
}

static int
check_record(const struct ledger *ledger, const struct stream *stream,
    struct slice raw, struct err *err)
{
	if (check_failed(ledger, err))
		return -1;
	if (!stream->source.len || !leaf_name_ok(stream->source))
		return err_set(err, ERR_USAGE,
		    "'" SLICE_FMT "' cannot be the source of a record",
		    SLICE_ARG(stream->source));
	if (stream->tenant.len && !leaf_name_ok(stream->tenant))
		return err_set(err, ERR_USAGE,
		    "'" SLICE_FMT "' cannot be the tenant of a record",
		    SLICE_ARG(stream->tenant));
	if (raw.len > FRAME_RAW_MAX)
		return err_set(err, ERR_LIMIT,
		    "a record of %zu bytes, more than %u", raw.len,
		    FRAME_RAW_MAX);
	if (ledger->pending.frames.len + raw.len > PENDING_MAX ||
	    ledger->pending.streams.count >= WAL_STREAMS_MAX)
		return err_set(err, ERR_LIMIT,
		    "too much was added without a commit: %zu bytes, %zu "
		    "streams",
		    ledger->pending.frames.len, ledger->pending.streams.count);
	return 0;
}

/*
 * Adds what check_record() has let through.  salt and commit as in struct
 * ledger_add; the rest of the frame is the caller's.
 */
static int
append(struct ledger *ledger, struct frame *frame, const struct stream *stream,
    const unsigned char *salt, const struct merkle_hash *commit,
    struct err *err)
{
	struct pending *pending = &ledger->pending;
	uint64_t index = ledger_size(ledger);
	struct leaf leaf = {stream->source, stream->tenant, frame->available_us,
	    ledger_now_us(ledger), frame->delivery, {{0}}};
	struct merkle_hash hash;

	assert(!salt == !commit);
	if (salt)
		memcpy(frame->salt, salt, sizeof(frame->salt));
	else if (take_salt(ledger, frame->salt, err))
		return -1;
	if (commit)
		leaf.commit = *commit;
	else
		leaf_commit(ledger->sha, frame->salt, frame->raw, &leaf.commit);
	buf_clear(&ledger->text);
	leaf_print(&ledger->text, &leaf);
	merkle_leaf(ledger->sha, buf_slice(&ledger->text), &hash);
	frame->received_us = leaf.received_us;
	frame->stream =
	    streams_number(&pending->streams, stream->source, stream->tenant);
	frame_add(&pending->frames, frame);
	add_leaf(pending, &hash);
	ledger_learn(ledger, index, frame, stream);
	return 0;
}

static bool
is_own(struct slice source)
{
	struct slice own = SLICE(LEDGER_OWN);

	return source.len >= own.len && !memcmp(source.ptr, own.ptr, own.len);
}

int
ledger_add(struct ledger *ledger, const struct ledger_add *add, uint64_t *index,
    struct err *err)
{
	struct stream stream = {add->source, add->tenant};
	struct frame frame = {.historic = add->historic,
	    .has_identity = add->identity != NULL,
	    .available_us = add->available_us,
	    .delivery = add->delivery,
	    .raw = add->raw};
	const struct delivery *delivery =
	    deliveries_at(ledger->deliveries, add->delivery);

	if (check_record(ledger, &stream, add->raw, err))
		return -1;
	if (is_own(stream.source))
		return err_set(err, ERR_USAGE,
		    "'" SLICE_FMT "' is kept for records of firn's own",
		    SLICE_ARG(stream.source));
	if (!delivery || delivery->closed)
		return err_set(err, ERR_USAGE, "no delivery %llu is open",
		    (unsigned long long)add->delivery);
	if (add->identity)
		frame.identity = *add->identity;
	*index = ledger_size(ledger);
	return append(ledger, &frame, &stream, add->salt, add->commit, err);
}

/* It has no time before it was received. */
int
ledger_append_own(struct ledger *ledger, const struct stream *stream,
    struct frame *frame, struct err *err)
{
	frame->available_us = LEAF_NO_TIME;
	if (check_record(ledger, stream, frame->raw, err))
		return -1;
	return append(ledger, frame, stream, NULL, NULL, err);
}

int
ledger_add_kept(struct ledger *ledger, const char *source, struct slice raw,
    struct buf *extra, struct err *err)
{
	struct stream names = {slice_cstr(source), SLICE("")};
	struct frame frame = {.delivery = ledger_size(ledger), .raw = raw};

	if (ledger_append_own(ledger, &names, &frame, err))
		return -1;
	/* append() has left the leaf's text there. */
	extra_print(extra, frame.salt, buf_slice(&ledger->text));
	return 0;
}

int
ledger_open_delivery(struct ledger *ledger, const unsigned char name[16],
    struct slice tenant, struct slice raw, uint64_t *index, struct err *err)
{
	struct stream names = {SLICE(LEDGER_OPENED), tenant};
	struct frame frame = {
	    .has_identity = true, .delivery = ledger_size(ledger), .raw = raw};
	struct ledger_delivery known;

	if (ledger_find_delivery(ledger, name, &known))
		return err_set(err, ERR_USAGE, "the delivery is there already");
	memcpy(frame.identity.id, name, sizeof(frame.identity.id));
	*index = frame.delivery;
	return ledger_append_own(ledger, &names, &frame, err);
}

int
ledger_close_delivery(struct ledger *ledger, uint64_t delivery,
    struct slice tenant, struct slice raw, struct err *err)
{
	struct stream names = {SLICE(LEDGER_DELIVERED), tenant};
	struct frame frame = {.delivery = delivery, .raw = raw};
	const struct delivery *open =
	    deliveries_at(ledger->deliveries, delivery);

	if (!open || open->closed)
		return err_set(err, ERR_USAGE, "no delivery %llu is open",
		    (unsigned long long)delivery);
	return ledger_append_own(ledger, &names, &frame, err);
}

void
ledger_mark(struct ledger *ledger, uint64_t delivery, uint64_t consumed)
{
	struct pending *pending = &ledger->pending;
	struct delivery *marked = deliveries_at(ledger->deliveries, delivery);
	struct wal_mark *last = pending->marks + pending->mark_count;

	assert(marked);
	marked->consumed = consumed;
	if (pending->mark_count && last[-1].delivery == delivery) {
		last[-1].consumed = consumed;
		return;
	}
	assert(pending->mark_count < WAL_MARKS_MAX);
	if (pending->mark_count == pending->mark_room) {
		pending->mark_room =
		    pending->mark_room ? 2 * pending->mark_room : 16;
		pending->marks = xrealloc(pending->marks,
		    pending->mark_room * sizeof(*pending->marks));
	}
	pending->marks[pending->mark_count++] =
	    (struct wal_mark){delivery, consumed};
}

/* --- committing --- */

int
ledger_new_wal(struct ledger *ledger, struct err *err)
{
	struct wal_batch batch = {.first = ledger->size};
	char *dir = dir_path(ledger->dir, "wal");
	struct wal_mark *marks;
	struct wal *next;
	int status = wal_create(&next, dir, ledger->size, err);

	free(dir);
	if (status)
		return -1;
	marks = deliveries_marks(
	    ledger->deliveries, ledger->size, &batch.mark_count);
	batch.marks = marks;
	status = batch.mark_count > WAL_MARKS_MAX
	             ? err_set(err, ERR_LIMIT, "%zu deliveries are open",
	                   batch.mark_count)
	             : wal_append(next, &batch, err);
	free(marks);
	if (status) {
		wal_close(next);
		return -1;
	}
	wal_close(ledger->wal);
	ledger->wal = next;
	ledger->wal_first = ledger->size;
	return 0;
}

/* A full file of the WAL is left, and the next one begun. */
static int
rotate(struct ledger *ledger, struct err *err)
{
	uint64_t most = ledger->options.wal_bytes;

	if (wal_bytes(ledger->wal) < (most ? most : WAL_BYTES))
		return 0;
	/* Its name says its first record: of two files one would have none. */
	return ledger->wal_first == ledger->size ? 0
	                                         : ledger_new_wal(ledger, err);
}

static int
write_pending(struct ledger *ledger, struct err *err)
{
	struct pending *pending = &ledger->pending;
	struct wal_batch batch = {.first = ledger->size,
	    .count = (uint32_t)pending->count,
	    .streams = pending->streams.list,
	    .stream_count = pending->streams.count,
	    .marks = pending->marks,
	    .mark_count = pending->mark_count,
	    .frames = buf_slice(&pending->frames),
	    .leaves = pending->leaves};

	if (!pending->count && !pending->mark_count)
		return 0;
	if (rotate(ledger, err) || wal_append(ledger->wal, &batch, err) ||
	    hashes_write(ledger->hashes, batch.first, pending->leaves,
	        pending->count, err))
		return -1;
	ledger->size += pending->count;
	for (size_t i = 0; i < pending->mark_count; i++)
		deliveries_at(ledger->deliveries, pending->marks[i].delivery)
		    ->durable = pending->marks[i].consumed;
	buf_clear(&pending->frames);
	streams_clear(&pending->streams);
	pending->count = 0;
	pending->mark_count = 0;
	return 0;
}

/*
 * The first commit of each quarter of a second by the clock signs.  Counted
 * from the last checkpoint instead, who commits every 50 ms would sign every
 * 300: the fifth commit is always a little early.
 */
static bool
is_due(const struct ledger *ledger)
{
	return ledger_now_us(ledger) / SIGN_EVERY_US !=
	       ledger->signed_us / SIGN_EVERY_US;
}

/* Told in a segment as it is remembered here: that is enough. */
static bool
is_kept(void *ctx, const struct identity *identity)
{
	struct ledger *ledger = ctx;
	struct identity told = *identity;
	uint64_t index;

	return !sealed_find(ledger->sealed, INT64_MIN, &told, &index) ||
	       memcmp(told.told, identity->told, sizeof(told.told)) != 0;
}

/*
 * What was sealed meanwhile need not be remembered here.  The table of events
 * is looked through a little at a time: no commit waits for all of it.
 */
static int
forget(struct ledger *ledger, struct err *err)
{
	bool changed;

	if (sealed_refresh(ledger->sealed, &changed, err))
		return -1;
	if (changed) {
		ledger->swept = 0;
		deliveries_forget(
		    ledger->deliveries, sealed_end(ledger->sealed));
	}
	if (ledger->swept < KNOWN_PARTS)
		known_keep(ledger->known, ledger->swept++, is_kept, ledger);
	return 0;
}

int
ledger_commit(struct ledger *ledger, struct err *err)
{
	struct err own;

	if (check_failed(ledger, err))
		return -1;
	err = err ? err : &own;
	if (write_pending(ledger, err) || forget(ledger, err))
		return fail(ledger, err);
	return is_due(ledger) ? ledger_checkpoint(ledger, err) : 0;
}

int
ledger_checkpoint(struct ledger *ledger, struct err *err)
{
	struct err own;

	if (check_failed(ledger, err))
		return -1;
	err = err ? err : &own;
	if (ledger->size == ledger->signed_size)
		return 0;
	return ledger_sign(ledger, err) ? fail(ledger, err) : 0;
}

int
ledger_roll(struct ledger *ledger, struct err *err)
{
	struct err own;

	err = err ? err : &own;
	if (ledger_commit(ledger, err) || ledger_checkpoint(ledger, err))
		return -1;
	if (ledger->wal_first == ledger->size)
		return 0;
	return ledger_new_wal(ledger, err) ? fail(ledger, err) : 0;
}
