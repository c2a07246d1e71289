#include "ledger/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define HASH(digit) digit digit digit digit digit digit digit digit
#define HEX(digit)  HASH(digit) HASH(digit) HASH(digit) HASH(digit)

#define AA          HEX("aa")
#define LINE_0                                                                 \
	"segment 0 10 2026-01-31 " AA " " HEX("bb") " " HEX("0c") " 1 -\n"
#define LINE_1                                                                 \
	"segment 10 12 2026-02-01 " AA                                         \
	" " HEX("bb") " " HEX("0c") " 2 " HEX("dd") "\n"

static struct buf
sealed(const char *text)
{
	struct buf out = {0};
	unsigned char hash[SHA256_LEN];

	buf_str(&out, text);
	sha256(buf_slice(&out), hash);
	buf_str(&out, "sha256 ");
	for (size_t i = 0; i < sizeof(hash); i++)
		buf_printf(&out, "%02x", hash[i]);
	buf_char(&out, '\n');
	return out;
}

static void
reads_and_prints(void **state)
{
	static const struct {
		const char *text;
		size_t count;
		uint64_t end;
	} cases[] = {
	    {"firn-manifest/1\n", 0, 0},
	    {"firn-manifest/1\n" LINE_0, 1, 10},
	    {"firn-manifest/1\n" LINE_0 LINE_1, 2, 12},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf text = sealed(cases[i].text), again = {0};
		struct manifest manifest;
		struct err err = {0};

		assert_int_equal(
		    manifest_parse(buf_slice(&text), &manifest, &err), 0);
		assert_int_equal(manifest.count, cases[i].count);
		assert_int_equal(manifest_end(&manifest), cases[i].end);
		manifest_print(&again, &manifest);
		assert_true(slice_eq(buf_slice(&text), buf_slice(&again)));
		manifest_release(&manifest);
		buf_release(&text);
		buf_release(&again);
	}
}

static void
names_the_files(void **state)
{
	struct buf text = sealed("firn-manifest/1\n" LINE_0 LINE_1);
	struct manifest manifest;
	struct err err = {0};
	char *path;

	(void)state;
	assert_int_equal(manifest_parse(buf_slice(&text), &manifest, &err), 0);
	path = segment_path("/l", &manifest.list[1], SEGMENT_RAW);
	assert_string_equal(path, "/l/segment/2026-02-01/"
	                          "00000000000000000010-00000000000000000012"
	                          "-aaaaaaaaaaaaaaaa.raw");
	free(path);
	path = segment_draft("/l", &manifest.list[0], SEGMENT_IDX);
	assert_string_equal(
	    path, "/l/00000000000000000000-00000000000000000010.idx");
	assert_int_equal(manifest.list[1].reader, 2);
	assert_true(manifest.list[1].has_geography);
	assert_int_equal(manifest.list[1].geography.bytes[31], 0xdd);
	free(path);
	manifest_release(&manifest);
	buf_release(&text);
}

/* Segments of these numbers of records, two days. */
static struct manifest
manifest_of(const uint64_t *records, size_t count, size_t other_day)
{
	struct manifest manifest = {0};

	for (size_t i = 0; i < count; i++) {
		struct segment segment = {.first = manifest_end(&manifest)};

		segment.end = segment.first + records[i];
		memcpy(segment.day, i < other_day ? "2026-01-31" : "2026-02-01",
		    sizeof(segment.day));
		manifest_add(&manifest, &segment);
	}
	return manifest;
}

static void
finds_records_and_puts_segments_together(void **state)
{
	static const uint64_t records[] = {3, 1, 2, 4};
	struct manifest manifest = manifest_of(records, 4, 4);
	struct segment segment = {.first = 3, .end = 6, .reader = 9};
	static const size_t before[] = {0, 0, 0, 1, 2, 2, 3, 3, 3, 3};
	static const size_t after[] = {0, 0, 0, 1, 1, 1, 2, 2, 2, 2};

	(void)state;
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(manifest_find(&manifest, i), before[i]);
	manifest_replace(&manifest, 1, 2, &segment);
	assert_int_equal(manifest.count, 3);
	assert_int_equal(manifest.list[1].reader, 9);
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(manifest_find(&manifest, i), after[i]);
	manifest_release(&manifest);
}

static void
says_what_is_better_merged(void **state)
{
	static const struct {
		uint64_t records[12];
		size_t count, other_day;
		bool merge;
		size_t at;
	} cases[] = {
	    {{1, 1, 1, 1, 1, 1, 1}, 7, 12, false, 0},
	    {{1, 1, 1, 1, 1, 1, 1, 1}, 8, 12, true, 0},
	    {{1, 1, 1, 1, 1, 1, 1, 1}, 8, 4, false, 0},
	    {{9, 1, 2, 3, 4, 5, 6, 7, 7}, 9, 12, true, 1},
	    {{9, 1, 2, 3, 4, 5, 6, 7, 8}, 9, 12, true, 0},
	    /* What is larger than all others together is left alone, */
	    {{90, 1, 2, 3, 4, 5, 6, 8}, 8, 12, false, 0},
	    /* until there are two of them. */
	    {{90, 1, 2, 3, 4, 5, 6, 8, 90}, 9, 12, true, 0},
	    /* As a writer that does not stop leaves them. */
	    {{50, 4, 2, 51, 3, 1, 52, 5, 15}, 9, 12, true, 0},
	    {{64, 8, 9, 10, 11, 12, 13, 14, 63, 1, 1}, 11, 1, true, 1},
	    {{1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20, 1 << 20,
	         1 << 20},
	        8, 12, true, 0},
	    {{4 << 20, 4 << 20, 4 << 20, 4 << 20, 4 << 20, 4 << 20, 4 << 20,
	         4 << 20},
	        8, 12, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct manifest manifest = manifest_of(
		    cases[i].records, cases[i].count, cases[i].other_day);
		size_t at = 0, count = 0;

		assert_int_equal(manifest_next_merge(&manifest, &at, &count),
		    cases[i].merge);
		assert_int_equal(at, cases[i].at);
		manifest_release(&manifest);
	}
}

/* Each with a hash that is right. */
static void
refuses_others(void **state)
{
	static const char *const cases[] = {
	    "",
	    "firn-manifest/2\n",
	    "firn-manifest/1",
	    "firn-manifest/1\n\n",
	    "firn-manifest/1\n" LINE_1,        /* a gap */
	    "firn-manifest/1\n" LINE_0 LINE_0, /* twice */
	    "firn-manifest/1\nsegment 0 0 2026-01-31 " AA " " AA " " AA
	    " 1 -\n",
	    "firn-manifest/1\nsegment 00 1 2026-01-31 " AA " " AA " " AA
	    " 1 -\n",
	    "firn-manifest/1\nsegment 0 1 2026-02-31 " AA " " AA " " AA
	    " 1 -\n",
	    "firn-manifest/1\nsegment 0 1 ../../../x " AA " " AA " " AA
	    " 1 -\n",
	    "firn-manifest/1\nsegment 0 1 2026-01-31 " AA " " AA " " AA
	    " 1 - \n",
	    "firn-manifest/1\nsegment 0 1 2026-01-31 " HEX("AA") " " AA " " AA
	                                                         " 1 -\n",
	    "firn-manifest/1\nsegment 0 1 2026-01-31 " AA " " AA " 1 -\n",
	    "firn-manifest/1\nsegment 0 1 2026-01-31 " AA " " AA " " AA
	    " 18446744073709551616 -\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct buf text = sealed(cases[i]);
		struct manifest manifest;
		struct err err = {0};

		assert_int_equal(
		    manifest_parse(buf_slice(&text), &manifest, &err), -1);
		assert_int_equal(err.code, ERR_CORRUPT);
		buf_release(&text);
	}
}

static void
shows_every_change(void **state)
{
	struct buf text = sealed("firn-manifest/1\n" LINE_0 LINE_1);
	struct manifest manifest;

	(void)state;
	for (size_t i = 0; i < text.len * 8; i++) {
		text.ptr[i / 8] ^= (char)(1 << i % 8);
		assert_int_equal(
		    manifest_parse(buf_slice(&text), &manifest, NULL), -1);
		text.ptr[i / 8] ^= (char)(1 << i % 8);
	}
	for (size_t n = 0; n < text.len; n++)
		assert_int_equal(
		    manifest_parse(slice_of(text.ptr, n), &manifest, NULL), -1);
	buf_char(&text, '\n');
	assert_int_equal(manifest_parse(buf_slice(&text), &manifest, NULL), -1);
	buf_release(&text);
}

static void
is_kept_in_the_folder(void **state)
{
	const char *dir = getenv("TMPDIR") ? getenv("TMPDIR") : "/tmp";
	struct manifest manifest, again;
	struct segment segment = {.end = 7, .day = "2026-03-04", .reader = 1};
	struct err err = {0};

	(void)state;
	assert_int_equal(manifest_read(&manifest, dir, &err), 0);
	assert_int_equal(manifest.count, 0);
	manifest_add(&manifest, &segment);
	assert_int_equal(manifest_write(&manifest, dir, &err), 0);
	assert_int_equal(manifest_read(&again, dir, &err), 0);
	assert_int_equal(manifest_end(&again), 7);
	manifest_release(&manifest);
	manifest_release(&again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_and_prints),
	    cmocka_unit_test(names_the_files),
	    cmocka_unit_test(finds_records_and_puts_segments_together),
	    cmocka_unit_test(says_what_is_better_merged),
	    cmocka_unit_test(refuses_others),
	    cmocka_unit_test(shows_every_change),
	    cmocka_unit_test(is_kept_in_the_folder),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
