#include "text/decode.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "base/buf.h"

static char path[] = "/tmp/firn-decode-XXXXXX";

static int
make_file(void **state)
{
	int fd = mkstemp(path);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int
drop_file(void **state)
{
	(void)state;
	return unlink(path);
}

/* Writes the bytes to the file and reads them back through decode. */
static int
decode(const void *bytes, size_t n, size_t step, struct buf *out)
{
	FILE *file = fopen(path, "w");
	struct decode *d;
	struct err err;
	ssize_t got;

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	fclose(file);
	buf_clear(out);
	if (decode_open(&d, path, &err))
		return -1;
	while ((got = decode_read(d, buf_reserve(out, step), step, &err)) > 0)
		out->len += (size_t)got;
	decode_close(d);
	return got < 0 ? -1 : 0;
}

static void
drops_marks_and_turns_utf16(void **state)
{
	static const struct {
		struct slice in;
		const char *want;
	} cases[] = {
	    {SLICE_INIT("plain"), "plain"},
	    {SLICE_INIT(""), ""},
	    {SLICE_INIT("x"), "x"},
	    {SLICE_INIT("\xef\xbb\xbf{}"), "{}"},
	    {SLICE_INIT("\xef\xbb\xbf\xef\xbb\xbf{}"), "{}"},
	    {SLICE_INIT("\xff\xfe{\0}\0"), "{}"},
	    {SLICE_INIT("\xfe\xff\0{\0}"), "{}"},
	    {SLICE_INIT("{\0\"\0a\0\"\0:\0\x31\0}\0"), "{\"a\":1}"},
	    {SLICE_INIT("\0{\0\"\0a\0\"\0:\0\x31\0}"), "{\"a\":1}"},
	    /* a pair, one half alone, half a unit at the end */
	    {SLICE_INIT("\xff\xfe\x3d\xd8\x00\xde"), "\xf0\x9f\x98\x80"},
	    {SLICE_INIT("\xff\xfe\x3d\xd8x\0"), "\xef\xbf\xbdx"},
	    {SLICE_INIT("\xff\xfex\0y"), "x\xef\xbf\xbd"},
	};
	struct buf out = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    decode(cases[i].in.ptr, cases[i].in.len, 64, &out), 0);
		assert_true(
		    slice_eq(buf_slice(&out), slice_cstr(cases[i].want)));
	}
	buf_release(&out);
}

/* A text of n bytes that compresses, but not to nothing. */
static void
fill_text(struct buf *out, size_t n)
{
	buf_clear(out);
	for (size_t i = 0; out->len < n; i++)
		buf_printf(out, "{\"n\":%zu}\n", i * 2654435761u % 1000003);
}

static void
unpacks_gzip_and_zstd(void **state)
{
	struct buf text = {0}, packed = {0}, out = {0};
	gzFile gz;
	size_t n;

	(void)state;
	fill_text(&text, 1000000);

	/* two members, as `cat a.gz b.gz` makes */
	for (size_t i = 0; i < 2; i++) {
		gz = gzopen(path, i ? "ab" : "wb");
		assert_non_null(gz);
		assert_int_equal(
		    gzwrite(gz, text.ptr + i * 500000, 500000), 500000);
		gzclose(gz);
	}
	FILE *file = fopen(path, "r");

	packed.len = fread(buf_reserve(&packed, 2000000), 1, 2000000, file);
	fclose(file);
	text.len = 1000000;
	assert_int_equal(decode(packed.ptr, packed.len, 1000, &out), 0);
	assert_true(slice_eq(buf_slice(&out), buf_slice(&text)));
	/* cut short: what came is there, and the cut is told */
	assert_int_equal(decode(packed.ptr, packed.len - 100, 70000, &out), -1);
	assert_true(out.len > 400000 && out.len < 1000000);

	buf_clear(&packed);
	n = ZSTD_compressBound(text.len);
	packed.len =
	    ZSTD_compress(buf_reserve(&packed, n), n, text.ptr, text.len, 3);
	assert_int_equal(decode(packed.ptr, packed.len, 65536, &out), 0);
	assert_true(slice_eq(buf_slice(&out), buf_slice(&text)));
	assert_int_equal(decode(packed.ptr, packed.len / 2, 65536, &out), -1);
	packed.ptr[packed.len / 2] ^= 0x55;
	decode(packed.ptr, packed.len, 65536, &out); /* no crash */

	buf_release(&text);
	buf_release(&packed);
	buf_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(drops_marks_and_turns_utf16),
	    cmocka_unit_test(unpacks_gzip_and_zstd),
	};

	return cmocka_run_group_tests(tests, make_file, drop_file);
}
