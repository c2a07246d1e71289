#include "ledger/wal.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>

#include "ledger/wal_reader.h"
#include "ledger_case.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define BATCHES      4 /* of 3, 0, 2 and 1 records */
#define RECORDS      6
#define FIRST        40 /* index of the file's first record */

static const uint32_t counts[BATCHES] = {3, 0, 2, 1};
static const struct stream streams[] = {
    {SLICE_INIT("file/o365.audit"), SLICE_INIT("contoso")},
    {SLICE_INIT("firn/delivery"), SLICE_INIT("")},
};
static const struct wal_mark marks[] = {{40, 7}, {41, UINT64_MAX}};

/* A directory, and in it a file of all batches. */
struct file {
	char dir[256], path[300];
	struct buf bytes;           /* as it was written */
	uint64_t ends[BATCHES + 1]; /* of the head, and of each batch */
};

/* Record i of the file; one is erased, one has an identity, one no bytes. */
static struct frame
frame_of(unsigned i, struct buf *text)
{
	static const char *const raws[RECORDS] = {
	    "{\"a\":1}", "", "{\"b\":\"two\"}", "x", "", "{\"c\":[3,3,3]}"};
	struct frame frame = {.stream = i % 2,
	    .available_us = i == 3 ? LEAF_NO_TIME : 1700000000000000 + i,
	    .received_us = 1700000001000000 + i,
	    .delivery = FIRST,
	    .historic = i == 2,
	    .has_identity = i == 0,
	    .erased = i == 4,
	    .raw = slice_cstr(raws[i])};

	memset(frame.salt, (int)(i + 1), sizeof(frame.salt));
	memset(frame.identity.id, 0x55, 16 * (size_t)frame.has_identity);
	if (frame.erased) {
		struct leaf leaf = {streams[frame.stream].source,
		    streams[frame.stream].tenant, frame.available_us,
		    frame.received_us, frame.delivery, {{9, 8, 7}}};

		memset(frame.salt, 0, sizeof(frame.salt));
		buf_clear(text);
		leaf_print(text, &leaf);
		frame.raw = SLICE("");
		frame.text = buf_slice(text);
	}
	return frame;
}

/* Appends `count` records from `at`, counted in the file. */
static int
append(struct wal *wal, unsigned at, uint32_t count, struct err *err)
{
	struct merkle_hash leaves[RECORDS];
	struct buf frames = {0}, text = {0}, erased = {0};
	struct sha256 *sha = sha256_new();
	struct wal_batch batch = {.first = FIRST + at,
	    .count = count,
	    .streams = streams,
	    .stream_count = count ? COUNT(streams) : 0,
	    .marks = marks,
	    .mark_count = COUNT(marks),
	    .leaves = leaves};
	int status;

	for (unsigned i = 0; i < count; i++) {
		struct frame frame = frame_of(at + i, &erased);

		frame_add(&frames, &frame);
		assert_int_equal(frame_leaf(sha, &frame, &streams[frame.stream],
		                     &text, &leaves[i]),
		    0);
	}
	batch.frames = buf_slice(&frames);
	status = wal_append(wal, &batch, err);
	sha256_free(sha);
	buf_release(&frames);
	buf_release(&text);
	buf_release(&erased);
	return status;
}

static void
read_bytes(const char *path, struct buf *out)
{
	FILE *file = fopen(path, "rb");
	char room[4096];
	size_t n;

	assert_non_null(file);
	buf_clear(out);
	while ((n = fread(room, 1, sizeof(room), file)) > 0)
		buf_add(out, room, n);
	fclose(file);
}

static void
put_bytes(const struct file *f, struct slice bytes)
{
	FILE *file = fopen(f->path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes.ptr, 1, bytes.len, file), bytes.len);
	assert_int_equal(fclose(file), 0);
}

static int
set_up(void **state)
{
	static struct file f;
	const char *tmp = getenv("TMPDIR");
	struct err err = {0};
	struct wal *wal;

	memset(&f, 0, sizeof(f));
	snprintf(
	    f.dir, sizeof(f.dir), "%s/firn-wal-XXXXXX", tmp ? tmp : "/tmp");
	assert_non_null(mkdtemp(f.dir));
	snprintf(f.path, sizeof(f.path), "%s/%020d.wal", f.dir, FIRST);
	assert_int_equal(wal_create(&wal, f.dir, FIRST, &err), 0);
	f.ends[0] = wal_bytes(wal);
	for (unsigned i = 0, at = 0; i < BATCHES; at += counts[i++]) {
		assert_int_equal(append(wal, at, counts[i], &err), 0);
		f.ends[i + 1] = wal_bytes(wal);
	}
	wal_close(wal);
	read_bytes(f.path, &f.bytes);
	assert_int_equal(f.ends[0], WAL_FIRST);
	assert_int_equal(f.ends[BATCHES], f.bytes.len);
	*state = &f;
	return 0;
}

static int
tear_down(void **state)
{
	struct file *f = *state;

	unlink(f->path);
	rmdir(f->dir);
	buf_release(&f->bytes);
	return 0;
}

/* --- walking, with every record compared --- */

struct walked {
	unsigned batches, records;
};

static int
see(void *ctx, const struct wal_seen *seen, struct err *err)
{
	struct walked *walked = ctx;
	struct buf text = {0};

	(void)err;
	assert_true(walked->batches < BATCHES);
	assert_int_equal(seen->batch.first, FIRST + walked->records);
	assert_int_equal(seen->batch.count, counts[walked->batches]);
	assert_int_equal(seen->batch.mark_count, COUNT(marks));
	assert_memory_equal(seen->batch.marks, marks, sizeof(marks));
	for (uint32_t i = 0; i < seen->batch.count; i++) {
		const struct frame *got = &seen->records[i];
		struct frame want = frame_of(walked->records + i, &text);
		struct buf a = {0}, b = {0};

		frame_add(&a, got);
		frame_add(&b, &want);
		assert_true(slice_eq(buf_slice(&a), buf_slice(&b)));
		assert_memory_equal(
		    seen->batch.frames.ptr + seen->offsets[i], a.ptr, a.len);
		assert_true(slice_eq(seen->batch.streams[got->stream].source,
		    streams[want.stream].source));
		assert_true(slice_eq(seen->batch.streams[got->stream].tenant,
		    streams[want.stream].tenant));
		buf_release(&a);
		buf_release(&b);
	}
	walked->records += seen->batch.count;
	walked->batches++;
	buf_release(&text);
	return 0;
}

static int
walk(const struct file *f, bool last, struct walked *walked, enum wal_end *end,
    uint64_t *good)
{
	struct err err = {0};
	int status;

	*walked = (struct walked){0};
	status = wal_walk(f->path, last, see, walked, end, good, &err);
	if (status)
		assert_int_equal(err.code, ERR_CORRUPT);
	return status;
}

static void
what_was_appended_is_walked_over(void **state)
{
	struct file *f = *state;
	struct walked walked;
	enum wal_end end;
	uint64_t good;

	for (int last = 0; last < 2; last++) {
		assert_int_equal(walk(f, last, &walked, &end, &good), 0);
		assert_int_equal(end, WAL_WHOLE);
		assert_int_equal(good, f->bytes.len);
		assert_int_equal(walked.batches, BATCHES);
		assert_int_equal(walked.records, RECORDS);
	}
}

static int
count_batch(void *ctx, const struct wal_seen *seen, struct err *err)
{
	(void)seen;
	(void)err;
	++*(int *)ctx;
	return 0;
}

/* How many batches end at or before byte n. */
static unsigned
whole_at(const struct file *f, uint64_t n)
{
	unsigned i = 0;

	while (i < BATCHES && f->ends[i + 1] <= n)
		i++;
	return i;
}

static void
check_reopened(struct file *f, uint64_t good)
{
	struct err err = {0};
	struct wal *wal;
	struct buf now = {0};

	assert_int_equal(wal_reopen(&wal, f->path, good, &err), 0);
	assert_int_equal(wal_bytes(wal), good);
	for (unsigned i = whole_at(f, good), at = 0; i < BATCHES; i++) {
		at = 0;
		for (unsigned k = 0; k < i; k++)
			at += counts[k];
		assert_int_equal(append(wal, at, counts[i], &err), 0);
	}
	wal_close(wal);
	/* The same batches behind the same ones: the same bytes. */
	read_bytes(f->path, &now);
	assert_true(slice_eq(buf_slice(&now), buf_slice(&f->bytes)));
	buf_release(&now);
}

static void
cut_at_any_length_it_ends_with_its_last_whole_batch(void **state)
{
	struct file *f = *state;
	struct walked walked;
	enum wal_end end;
	uint64_t good, want;

	for (size_t n = 0; n <= f->bytes.len; n++) {
		unsigned whole = whole_at(f, n);
		bool ends;

		want = n < WAL_FIRST ? 0 : f->ends[whole];
		ends = want && want == n;
		put_bytes(f, slice_of(f->bytes.ptr, n));
		assert_int_equal(walk(f, true, &walked, &end, &good), 0);
		assert_int_equal(walked.batches, whole);
		assert_int_equal(good, want);
		assert_int_equal(end, ends ? WAL_WHOLE : WAL_TORN);
		/* In front of another file nothing may be torn. */
		assert_int_equal(
		    walk(f, false, &walked, &end, &good), ends ? 0 : -1);
		assert_int_equal(walked.batches, whole);
		if (want && n % 7 == 0)
			check_reopened(f, want);
	}
}

/*
 * In the head of the file, in that of any batch, and anywhere before the last
 * batch: damage.  In the body of the last one: torn, for that is how a write
 * looks that was cut off.  No changed record is ever given.
 */
static void
a_byte_that_changed_is_seen(void **state)
{
	struct file *f = *state;
	struct walked walked;
	enum wal_end end;
	uint64_t good, body = f->ends[BATCHES - 1] + 24;

	for (size_t n = 0; n < f->bytes.len * 3; n++) {
		static const unsigned char changes[] = {0x01, 0x80, 0xff};
		size_t at = n / 3;
		unsigned whole = at < WAL_FIRST ? 0 : whole_at(f, at);
		int status;

		f->bytes.ptr[at] = (char)(f->bytes.ptr[at] ^ changes[n % 3]);
		put_bytes(f, buf_slice(&f->bytes));
		status = walk(f, true, &walked, &end, &good);
		assert_int_equal(status, at < body ? -1 : 0);
		assert_int_equal(walked.batches, whole);
		assert_int_equal(end, WAL_TORN);
		assert_int_equal(good, at < WAL_FIRST ? 0 : f->ends[whole]);
		assert_int_equal(walk(f, false, &walked, &end, &good), -1);
		f->bytes.ptr[at] = (char)(f->bytes.ptr[at] ^ changes[n % 3]);
	}
	put_bytes(f, buf_slice(&f->bytes));
}

static void
zeros_at_the_end_were_never_written(void **state)
{
	struct file *f = *state;
	struct walked walked;
	struct buf bytes = {0};
	enum wal_end end;
	uint64_t good;

	for (size_t zeros = 1; zeros < 10000; zeros = zeros * 3 + 1) {
		buf_clear(&bytes);
		buf_slice_add(&bytes, buf_slice(&f->bytes));
		memset(buf_reserve(&bytes, zeros), 0, zeros);
		bytes.len += zeros;
		put_bytes(f, buf_slice(&bytes));
		assert_int_equal(walk(f, true, &walked, &end, &good), 0);
		assert_int_equal(end, WAL_TORN);
		assert_int_equal(good, f->bytes.len);
		assert_int_equal(walk(f, false, &walked, &end, &good), -1);
		if (zeros < 24)
			continue; /* the rest of a header, whatever it says */
		bytes.ptr[bytes.len - 1] = 1;
		put_bytes(f, buf_slice(&bytes));
		assert_int_equal(walk(f, true, &walked, &end, &good), -1);
	}
	/* Nothing but zeros: the file was never used. */
	memset(bytes.ptr, 0, bytes.len);
	put_bytes(f, buf_slice(&bytes));
	assert_int_equal(walk(f, true, &walked, &end, &good), 0);
	assert_int_equal(good, 0);
	put_bytes(f, buf_slice(&f->bytes));
	buf_release(&bytes);
}

/* A batch's head across two sectors, of which the second was not written. */
static void
half_a_head_in_front_of_zeros_is_torn(void **state)
{
	struct file *f = *state, other = *f;
	struct wal_mark many[26] = {{0}};
	struct wal_batch batch = {
	    .first = 50, .marks = many, .mark_count = COUNT(many)};
	char zeros[1000] = {0};
	struct buf bytes = {0};
	struct err err = {0};
	struct wal *wal;
	enum wal_end end;
	uint64_t good;
	int calls = 0;

	snprintf(other.path, sizeof(other.path), "%s/%020d.wal", f->dir, 50);
	assert_int_equal(wal_create(&wal, f->dir, 50, &err), 0);
	assert_int_equal(wal_append(wal, &batch, &err), 0);
	assert_int_equal(wal_bytes(wal), 504);
	assert_int_equal(wal_append(wal, &batch, &err), 0);
	wal_close(wal);
	read_bytes(other.path, &bytes);
	bytes.len = 512;
	buf_add(&bytes, zeros, sizeof(zeros));
	put_bytes(&other, buf_slice(&bytes));
	assert_int_equal(
	    wal_walk(other.path, true, count_batch, &calls, &end, &good, &err),
	    0);
	assert_int_equal(calls, 1);
	assert_int_equal(end, WAL_TORN);
	assert_int_equal(good, 504);
	/* Behind it something was written: so it was whole once. */
	bytes.ptr[bytes.len - 1] = 1;
	put_bytes(&other, buf_slice(&bytes));
	assert_int_equal(
	    wal_walk(other.path, true, count_batch, &calls, &end, &good, &err),
	    -1);
	unlink(other.path);
	buf_release(&bytes);
}

static void
a_file_must_be_named_after_its_first_record(void **state)
{
	struct file *f = *state, other = *f;
	struct walked walked;
	struct err err = {0};
	char path[300];
	struct wal *wal;
	enum wal_end end;
	uint64_t good;

	assert_int_equal(wal_create(&wal, f->dir, 41, &err), 0);
	wal_close(wal);
	/* Never over a file that is there. */
	assert_int_equal(wal_create(&wal, f->dir, 41, &err), -1);
	assert_null(wal);
	snprintf(other.path, sizeof(other.path), "%s/%020d.wal", f->dir, 42);
	snprintf(path, sizeof(path), "%s/%020d.wal", f->dir, 41);
	assert_int_equal(rename(path, other.path), 0);
	assert_int_equal(walk(&other, true, &walked, &end, &good), -1);
	unlink(other.path);
}

static void
a_write_that_failed_ends_all_writing(void **state)
{
	struct file *f = *state;
	struct rlimit old, now;
	struct walked walked;
	struct err err = {0};
	struct wal *wal;
	enum wal_end end;
	uint64_t good;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
	for (uint64_t room = 0; room < f->ends[3] - f->ends[2]; room += 13) {
		put_bytes(f, slice_of(f->bytes.ptr, f->ends[2]));
		assert_int_equal(
		    wal_reopen(&wal, f->path, f->ends[2], &err), 0);
		now = old;
		now.rlim_cur = f->ends[2] + room;
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
		assert_int_equal(append(wal, 3, 2, &err), -1);
		assert_int_equal(err.code, ERR_SYSTEM);
		assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
		/* There is room now, and still nothing more is written. */
		assert_int_equal(append(wal, 3, 2, &err), -1);
		assert_non_null(strstr(err.msg, "open the ledger again"));
		wal_close(wal);
		assert_int_equal(walk(f, true, &walked, &end, &good), 0);
		assert_int_equal(walked.batches, 2);
		assert_int_equal(good, f->ends[2]);
		check_reopened(f, good);
	}
}

static void
nothing_is_cut_that_may_not_be(void **state)
{
	struct file *f = *state;
	struct err err = {0};
	struct buf now = {0};
	struct wal *wal;

	put_bytes(f, buf_slice(&f->bytes));
	assert_int_equal(wal_reopen(&wal, f->path, 23, &err), -1);
	assert_null(wal);
	assert_int_equal(wal_reopen(&wal, f->path, f->bytes.len + 1, &err), -1);
	assert_int_equal(wal_reopen(&wal, f->dir, 24, &err), -1);
	read_bytes(f->path, &now);
	assert_true(slice_eq(buf_slice(&now), buf_slice(&f->bytes)));
	buf_release(&now);
}

static int
stop(void *ctx, const struct wal_seen *seen, struct err *err)
{
	(void)seen;
	++*(int *)ctx;
	return err_set(err, ERR_LIMIT, "enough");
}

static void
a_callback_may_stop_the_walk(void **state)
{
	struct file *f = *state;
	struct err err = {0};
	enum wal_end end;
	uint64_t good;
	int calls = 0;

	assert_int_equal(
	    wal_walk(f->path, true, stop, &calls, &end, &good, &err), -1);
	assert_int_equal(calls, 1);
	assert_string_equal(err.msg, "enough");
}

static void
batches_are_read_one_by_one(void **state)
{
	struct file *f = *state;
	struct wal_reader *reader = wal_reader_new();
	struct wal_place places[BATCHES];
	struct err err = {0};
	uint64_t at = WAL_FIRST;

	assert_int_equal(wal_reader_open(reader, f->path, &err), 0);
	for (unsigned i = 0; i < BATCHES; at = places[i++].next) {
		assert_int_equal(
		    wal_reader_look(reader, at, &places[i], &err), 0);
		assert_int_equal(places[i].next, f->ends[i + 1]);
		assert_int_equal(places[i].count, counts[i]);
	}
	assert_int_equal(wal_reader_look(reader, at, &places[0], &err), -1);
	assert_int_equal(wal_reader_look(reader, 25, &places[0], &err), -1);
	for (unsigned i = BATCHES; i-- > 1;) {
		struct walked walked = {.batches = i};
		struct wal_seen seen;

		for (unsigned k = 0; k < i; k++)
			walked.records += counts[k];
		assert_int_equal(
		    wal_reader_batch(reader, &places[i], &seen, &err), 0);
		assert_int_equal(see(&walked, &seen, &err), 0);
	}
	wal_reader_free(reader);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_was_appended_is_walked_over),
	    cmocka_unit_test(
	        cut_at_any_length_it_ends_with_its_last_whole_batch),
	    cmocka_unit_test(a_byte_that_changed_is_seen),
	    cmocka_unit_test(zeros_at_the_end_were_never_written),
	    cmocka_unit_test(half_a_head_in_front_of_zeros_is_torn),
	    cmocka_unit_test(a_file_must_be_named_after_its_first_record),
	    cmocka_unit_test(a_write_that_failed_ends_all_writing),
	    cmocka_unit_test(nothing_is_cut_that_may_not_be),
	    cmocka_unit_test(a_callback_may_stop_the_walk),
	    cmocka_unit_test(batches_are_read_one_by_one),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
