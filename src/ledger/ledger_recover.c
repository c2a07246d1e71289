#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/dir.h"
#include "ledger/ledger_parts.h"

/*
 * What the WAL holds is read from its beginning and taken in, batch by batch,
 * as if it were appended: the tables, the tree and its files.  What is in
 * segments and no longer in the WAL is not read: the hash files have its tree,
 * the segments' indexes have its events, and the first batch of each file of
 * the WAL has the marks of the deliveries that were open then.
 */
struct recovery {
	struct ledger *ledger;
	const char *path;
	uint64_t begin; /* of the WAL */
};

void
ledger_learn(struct ledger *ledger, uint64_t index, const struct frame *frame,
    const struct stream *stream)
{
	struct delivery *delivery;

	if (slice_eq(stream->source, SLICE(LEDGER_DELIVERED))) {
		delivery = deliveries_at(ledger->deliveries, frame->delivery);
		if (delivery) {
			delivery->closed = true;
			delivery->closing = index;
		}
	}
	if (!frame->has_identity)
		return;
	if (slice_eq(stream->source, SLICE(LEDGER_OPENED)))
		deliveries_add(ledger->deliveries, frame->identity.id, index);
	else
		known_add(ledger->known, &frame->identity);
}

/* A delivery that was opened before the WAL begins: its record is sealed. */
static int
take_sealed(struct ledger *ledger, uint64_t index, struct err *err)
{
	struct stream stream;
	struct frame frame;

	if (sealed_record(ledger->sealed, index, &frame, &stream, err))
		return -1;
	if (slice_eq(stream.source, SLICE(LEDGER_OPENED)) && frame.has_identity)
		deliveries_add(ledger->deliveries, frame.identity.id, index);
	return 0;
}

static int
take_marks(
    struct recovery *recovery, const struct wal_batch *batch, struct err *err)
{
	struct ledger *ledger = recovery->ledger;

	for (size_t i = 0; i < batch->mark_count; i++) {
		const struct wal_mark *mark = &batch->marks[i];
		struct delivery *delivery =
		    deliveries_at(ledger->deliveries, mark->delivery);

		if (!delivery && mark->delivery < recovery->begin) {
			if (take_sealed(ledger, mark->delivery, err))
				return -1;
			delivery =
			    deliveries_at(ledger->deliveries, mark->delivery);
		}
		if (!delivery)
			return err_set(err, ERR_CORRUPT,
			    "'%s': record %llu opens no delivery, but is "
			    "marked as one",
			    recovery->path, (unsigned long long)mark->delivery);
		delivery->consumed = delivery->durable = mark->consumed;
	}
	return 0;
}

static int
take_batch(void *ctx, const struct wal_seen *seen, struct err *err)
{
	struct recovery *recovery = ctx;
	struct ledger *ledger = recovery->ledger;
	const struct wal_batch *batch = &seen->batch;

	if (batch->first != ledger->size)
		return err_set(err, ERR_CORRUPT,
		    "'%s': record %llu where record %llu should be",
		    recovery->path, (unsigned long long)batch->first,
		    (unsigned long long)ledger->size);
	if (hashes_write(
	        ledger->hashes, batch->first, batch->leaves, batch->count, err))
		return -1;
	for (uint32_t i = 0; i < batch->count; i++) {
		const struct frame *frame = &seen->records[i];

		ledger_learn(ledger, batch->first + i, frame,
		    &batch->streams[frame->stream]);
	}
	ledger->size += batch->count;
	return take_marks(recovery, batch, err);
}

static int
take_file(struct ledger *ledger, const struct dir_wals *wals, size_t i,
    uint64_t *good, struct err *err)
{
	const struct dir_wal *file = &wals->files[i];
	struct recovery recovery = {ledger, file->path, wals->files[0].first};
	bool last = i + 1 == wals->count;
	enum wal_end end;

	if (file->first != ledger->size)
		return err_set(err, ERR_CORRUPT,
		    "'%s' should begin with record %llu: a file of the WAL is "
		    "missing",
		    file->path, (unsigned long long)ledger->size);
	return wal_walk(
	    file->path, last, take_batch, &recovery, &end, good, err);
}

/*
 * A hash file is written only after its records are durable.  So if it has
 * more of them, acknowledged ones were lost, which the checkpoint need not
 * show: it may be older than they are.
 */
static int
check_hashes(struct ledger *ledger, struct err *err)
{
	uint64_t count;

	if (hashes_count(ledger->hashes, &count, err))
		return -1;
	if (count > ledger->size)
		return err_set(err, ERR_CORRUPT,
		    "the ledger '%s' has %llu records, but hashes of %llu: the "
		    "end of the last file of the WAL is damaged, or missing",
		    ledger->dir, (unsigned long long)ledger->size,
		    (unsigned long long)count);
	return 0;
}

/* A file without a batch is made again: its first one has the marks. */
static int
make_wal(struct ledger *ledger, const char *torn, struct err *err)
{
	if (torn && unlink(torn))
		return err_sys(err, "cannot remove '%s'", torn);
	return ledger_new_wal(ledger, err);
}

static int
go_on(struct ledger *ledger, const struct dir_wals *wals, uint64_t good,
    struct ledger_found *found, struct err *err)
{
	const struct dir_wal *last;
	struct stat st;

	if (!wals->count)
		return make_wal(ledger, NULL, err);
	last = &wals->files[wals->count - 1];
	if (stat(last->path, &st))
		return err_sys(err, "cannot look at '%s'", last->path);
	ledger->wal_first = last->first;
	if (good > WAL_FIRST ? wal_reopen(&ledger->wal, last->path, good, err)
	                     : make_wal(ledger, last->path, err))
		return -1;
	found->cut_bytes = (uint64_t)st.st_size - good;
	/* All that it has is sealed: it may go when there is another. */
	if (ledger->wal_first < ledger->size &&
	    ledger->size == sealed_end(ledger->sealed))
		return ledger_new_wal(ledger, err);
	return 0;
}

/* Where the WAL begins: at the latest where the segments end. */
static int
begin(struct ledger *ledger, const struct dir_wals *wals, struct err *err)
{
	uint64_t sealed = sealed_end(ledger->sealed);

	ledger->size = sealed;
	if (wals->count && wals->files[0].first <= sealed)
		ledger->size = wals->files[0].first;
	ledger->swept = KNOWN_PARTS;
	/* The tree that is there: what is appended goes on from it. */
	return hashes_write(ledger->hashes, ledger->size, NULL, 0, err);
}

static int
check_sealed(const struct ledger *ledger, struct err *err)
{
	uint64_t sealed = sealed_end(ledger->sealed);

	if (ledger->size >= sealed)
		return 0;
	return err_set(err, ERR_CORRUPT,
	    "the WAL of '%s' ends with record %llu, before the %llu that are "
	    "sealed: the end of its last file is damaged, or missing",
	    ledger->dir, (unsigned long long)ledger->size,
	    (unsigned long long)sealed);
}

int
ledger_recover(
    struct ledger *ledger, struct ledger_found *found, struct err *err)
{
	struct dir_wals wals = {0};
	uint64_t good = 0;
	int status;

	status = sealed_open(&ledger->sealed, ledger->dir, true, err);
	if (!status)
		status = dir_wals_read(&wals, ledger->dir, err);
	if (!status)
		status = begin(ledger, &wals, err);
	for (size_t i = 0; !status && i < wals.count; i++)
		status = take_file(ledger, &wals, i, &good, err);
	if (!status)
		status = check_sealed(ledger, err);
	/* Before anything is cut: what is wrong stays as it was found. */
	if (!status)
		status = ledger_check_behind(ledger, err);
	if (!status)
		status = check_hashes(ledger, err);
	if (!status)
		status = go_on(ledger, &wals, good, found, err);
	found->size = ledger->size;
	dir_wals_release(&wals);
	return status;
}
