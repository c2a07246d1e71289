#include "ledger/publish.h"

#include <unistd.h>

#include "ledger/checkpoint.h"
#include "ledger/dir.h"
#include "ledger/note.h"
#include "ledger/publish_files.h"
#include "ledger_case.h"

/* --- names --- */

static void
names_tiles(void **state)
{
	static const struct {
		struct publish_name name;
		const char *path;
	} cases[] = {
	    {{0, 0, 0}, "o/tile/0/000"},
	    {{0, 273, 112}, "o/tile/0/273.p/112"},
	    {{2, 999, 0}, "o/tile/2/999"},
	    {{2, 1000, 1}, "o/tile/2/x001/000.p/1"},
	    {{0, 1234067, 0}, "o/tile/0/x001/x234/067"},
	    {{-1, 999999999, 255}, "o/tile/entries/x999/x999/999.p/255"},
	    {{7, 1000000000, 0}, "o/tile/7/x001/x000/x000/000"},
	};
	struct buf path = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		publish_path(&path, "o", &cases[i].name);
		assert_string_equal(path.ptr, cases[i].path);
	}
	buf_release(&path);
}

/* --- growing --- */

static struct buf
contents(const char *path)
{
	struct buf bytes = {0};
	struct err err = {0};

	if (dir_read(path, (size_t)1 << 20, &bytes, NULL, &err))
		fail_msg("%s", err.msg);
	return bytes;
}

/* A tile of a copy, of exactly `width` hashes. */
static struct buf
tile(const char *out, int level, uint64_t number, unsigned width)
{
	struct publish_name name = {level, number, width % 256};
	struct buf path = {0}, bytes;

	publish_path(&path, out, &name);
	bytes = contents(path.ptr);
	assert_int_equal(bytes.len, width * SHA256_LEN);
	buf_release(&path);
	return bytes;
}

/*
 * That tiles of a level and those above hold what follows from the leaves of
 * level 0, for a tree of that size.
 */
static void
assert_level(const char *out, int level, uint64_t count,
    const struct merkle_hash *hashes)
{
	struct sha256 *sha = sha256_new();
	struct merkle_hash *above =
	    calloc(count / 256 + 1, sizeof(*above)); /* roots of full tiles */

	for (uint64_t first = 0; first < count; first += 256) {
		unsigned width =
		    count - first < 256 ? (unsigned)(count - first) : 256;
		struct buf bytes = tile(out, level, first / 256, width);
		struct merkle_hash done[MERKLE_LEVELS];
		struct merkle_edge edge = {0};

		if (hashes)
			assert_memory_equal(
			    bytes.ptr, hashes + first, bytes.len);
		for (unsigned i = 0; i < width; i++)
			merkle_append(sha, &edge,
			    (const struct merkle_hash *)(void *)bytes.ptr + i,
			    done);
		if (width == 256)
			above[first / 256] = done[8];
		buf_release(&bytes);
	}
	if (count >= 256)
		assert_level(out, level + 1, count / 256, above);
	free(above);
	sha256_free(sha);
}

/* The checkpoint's root, made from the tiles of level 0. */
static void
assert_root(const char *out, uint64_t size)
{
	char *path = dir_path(out, "checkpoint");
	struct buf note = contents(path);
	struct sha256 *sha = sha256_new();
	struct merkle_edge edge = {0};
	struct checkpoint checkpoint;
	struct merkle_hash root;
	struct note parsed;

	assert_int_equal(note_parse(buf_slice(&note), &parsed, NULL), 0);
	assert_int_equal(checkpoint_parse(parsed.text, &checkpoint, NULL), 0);
	assert_int_equal(checkpoint.tree.size, size);
	for (uint64_t first = 0; first < size; first += 256) {
		unsigned width =
		    size - first < 256 ? (unsigned)(size - first) : 256;
		struct buf bytes = tile(out, 0, first / 256, width);
		struct merkle_hash done[MERKLE_LEVELS];

		for (unsigned i = 0; i < width; i++)
			merkle_append(sha, &edge,
			    (const struct merkle_hash *)(void *)bytes.ptr + i,
			    done);
		buf_release(&bytes);
	}
	merkle_root(sha, &edge, &root);
	assert_true(merkle_eq(&root, &checkpoint.tree.root));
	sha256_free(sha);
	buf_release(&note);
	free(path);
}

/* The first of all opens a delivery. */
static void
add_record(struct ledger *ledger, uint64_t number)
{
	unsigned char name[16];
	uint64_t index;

	case_name(name, 1);
	if (number)
		assert_int_equal(case_add(ledger, 0, number, NULL), 0);
	else
		assert_int_equal(ledger_open_delivery(ledger, name, SLICE(""),
		                     SLICE("{}"), &index, NULL),
		    0);
}

/*
 * A copy is valid at each size it had, also for who still has the checkpoint of
 * an earlier one: partial tiles stay.
 */
static void
grows_in_steps(void **state)
{
	static const uint64_t sizes[] = {0, 1, 255, 256, 257, 70000};
	struct ledger_case c;
	struct ledger_found found;
	struct ledger *ledger;
	char *out;
	struct publish_report report;
	struct err err = {0};
	uint64_t size = 0;

	(void)state;
	case_create(&c);
	ledger = case_open(&c, &found);
	out = dir_path(c.root, "copy");
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		for (; size < sizes[i]; size++)
			add_record(ledger, size);
		assert_int_equal(ledger_commit(ledger, NULL), 0);
		assert_int_equal(ledger_checkpoint(ledger, NULL), 0);
		if (publish(c.dir, out, i % 2, &report, &err))
			fail_msg("%s", err.msg);
		assert_int_equal(report.size, sizes[i]);
		assert_int_equal(report.before, i ? sizes[i - 1] : 0);
		assert_root(out, sizes[i]);
		for (size_t j = 0; j <= i; j++)
			if (sizes[j])
				assert_level(out, 0, sizes[j], NULL);
		assert_int_equal(publish(c.dir, out, false, &report, &err), 0);
		assert_int_equal(report.tiles, 0);
	}
	ledger_close(ledger);
	free(out);
	case_end(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names_tiles),
	    cmocka_unit_test(grows_in_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
