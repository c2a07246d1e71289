#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ledger/dir.h"
#include "ledger/ledger_parts.h"

/*
 * What the WAL holds is read from the beginning and taken in, batch by batch,
 * as if it were appended: the tables, the tree and its files.  Segments will
 * come before: then the walk begins where they end, with the tree and the
 * deliveries that they leave.
 */
struct recovery {
	struct ledger *ledger;
	const char *path;
};

void
ledger_learn(struct ledger *ledger, uint64_t index, const struct frame *frame,
    const struct stream *stream)
{
	struct delivery *delivery;

	if (slice_eq(stream->source, SLICE(LEDGER_DELIVERED))) {
		delivery = deliveries_at(ledger->deliveries, frame->delivery);
		if (delivery)
			delivery->closed = true;
	}
	if (!frame->has_identity)
		return;
	if (slice_eq(stream->source, SLICE(LEDGER_OPENED)))
		deliveries_add(ledger->deliveries, frame->identity.id, index);
	else
		known_add(ledger->known, &frame->identity);
}

static int
take_marks(
    struct recovery *recovery, const struct wal_batch *batch, struct err *err)
{
	for (size_t i = 0; i < batch->mark_count; i++) {
		const struct mark *mark = &batch->marks[i];
		struct delivery *delivery =
		    deliveries_at(recovery->ledger->deliveries, mark->delivery);

		if (!delivery)
			return err_set(err, ERR_CORRUPT,
			    "'%s': record %llu opens no delivery, but is "
			    "marked as one",
			    recovery->path, (unsigned long long)mark->delivery);
		delivery->consumed = mark->consumed;
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
take_file(struct ledger *ledger, const struct dir_wal *file, bool last,
    uint64_t *good, struct err *err)
{
	struct recovery recovery = {ledger, file->path};
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

/* A file whose head never came to be is made again. */
static int
make_wal(struct ledger *ledger, const char *torn, struct err *err)
{
	char *dir;
	int status;

	if (torn && unlink(torn))
		return err_sys(err, "cannot remove '%s'", torn);
	dir = dir_path(ledger->dir, "wal");
	ledger->wal_first = ledger->size;
	status = wal_create(&ledger->wal, dir, ledger->size, err);
	free(dir);
	return status;
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
	if (good ? wal_reopen(&ledger->wal, last->path, good, err)
	         : make_wal(ledger, last->path, err))
		return -1;
	found->cut_bytes = (uint64_t)st.st_size - good;
	return 0;
}

int
ledger_recover(
    struct ledger *ledger, struct ledger_found *found, struct err *err)
{
	struct dir_wals wals = {0};
	uint64_t good = 0;
	int status = dir_wals_read(&wals, ledger->dir, err);

	for (size_t i = 0; !status && i < wals.count; i++)
		status = take_file(
		    ledger, &wals.files[i], i + 1 == wals.count, &good, err);
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
