#include "ledger/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct stream stream = {SLICE_INIT("o365/x"), SLICE_INIT("t")};

static struct frame
example(void)
{
	struct frame frame = {.historic = true,
	    .has_identity = true,
	    .stream = 0x01020304,
	    .available_us = -2,
	    .received_us = 0x1122334455667788,
	    .delivery = UINT64_MAX - 1,
	    .raw = SLICE("{\"a\":1}")};

	memset(frame.identity.id, 0xaa, sizeof(frame.identity.id));
	memset(frame.identity.told, 0xbb, sizeof(frame.identity.told));
	memset(frame.salt, 0xcc, sizeof(frame.salt));
	return frame;
}

static void
assert_same(const struct frame *a, const struct frame *b)
{
	assert_int_equal(a->erased, b->erased);
	assert_int_equal(a->historic, b->historic);
	assert_int_equal(a->has_identity, b->has_identity);
	assert_int_equal(a->stream, b->stream);
	assert_int_equal(a->available_us, b->available_us);
	assert_int_equal(a->received_us, b->received_us);
	assert_int_equal(a->delivery, b->delivery);
	assert_memory_equal(&a->identity, &b->identity, sizeof(a->identity));
	assert_memory_equal(a->salt, b->salt, sizeof(a->salt));
	assert_true(slice_eq(a->raw, b->raw));
	assert_true(slice_eq(a->text, b->text));
}

static void
is_what_is_documented(void **state)
{
	static const unsigned char want[] =
	    "\x06\x04\x03\x02\x01\xfe\xff\xff\xff\xff\xff\xff\xff"
	    "\x88\x77\x66\x55\x44\x33\x22\x11\xfe\xff\xff\xff\xff\xff\xff\xff"
	    "\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa\xaa"
	    "\xbb\xbb\xbb\xbb\xbb\xbb\xbb\xbb"
	    "\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc\xcc"
	    "\x07\0\0\0{\"a\":1}";
	struct frame frame = example();
	struct buf out = {0};

	(void)state;
	frame_add(&out, &frame);
	assert_int_equal(out.len, sizeof(want) - 1);
	assert_memory_equal(out.ptr, want, out.len);
	buf_release(&out);
}

static void
round_trips(void **state)
{
	struct buf out = {0};
	struct frame frame, again;

	(void)state;
	for (unsigned flags = 0; flags < 8; flags++) {
		frame = example();
		frame.erased = flags & 1;
		frame.historic = flags & 2;
		frame.has_identity = flags & 4;
		if (!frame.has_identity)
			memset(&frame.identity, 0, sizeof(frame.identity));
		if (frame.erased) {
			memset(frame.salt, 0, sizeof(frame.salt));
			frame.raw = (struct slice){0};
			frame.text = SLICE("whatever");
		}
		buf_clear(&out);
		frame_add(&out, &frame);
		/* Others stand behind it. */
		buf_str(&out, "behind");
		assert_int_equal(
		    frame_read(buf_slice(&out), &again), out.len - 6);
		assert_same(&frame, &again);
		for (size_t n = 0; n < out.len - 6; n++)
			assert_int_equal(
			    frame_read(slice_of(out.ptr, n), &again), 0);
		out.ptr[0] = (char)(out.ptr[0] | 8);
		assert_int_equal(frame_read(buf_slice(&out), &again), 0);
	}
	buf_release(&out);
}

/* A length is believed only where so much is there, and allowed. */
static void
refuses_what_is_too_long(void **state)
{
	struct frame frame = example(), again;
	struct buf out = {0};
	char *text = calloc(1, LEAF_TEXT_MAX + 1);

	(void)state;
	assert_non_null(text);
	frame.erased = true;
	frame.text = slice_of(text, LEAF_TEXT_MAX);
	frame_add(&out, &frame);
	assert_int_equal(frame_read(buf_slice(&out), &again), out.len);
	buf_clear(&out);
	frame.text.len++;
	frame_add(&out, &frame);
	assert_int_equal(frame_read(buf_slice(&out), &again), 0);

	buf_clear(&out);
	frame = example();
	frame.received_us = LEAF_NO_TIME;
	frame_add(&out, &frame);
	assert_int_equal(frame_read(buf_slice(&out), &again), 0);
	free(text);
	buf_release(&out);
}

/* Erasing a record changes nothing about its leaf. */
static void
keeps_its_leaf_when_erased(void **state)
{
	struct frame frame = example(), erased = example();
	struct sha256 *sha = sha256_new();
	struct merkle_hash hash, again;
	struct buf text = {0}, kept = {0};
	struct leaf leaf;

	(void)state;
	frame.received_us = 1;
	assert_int_equal(frame_leaf(sha, &frame, &stream, &text, &hash), 0);
	assert_int_equal(leaf_parse(buf_slice(&text), &leaf, NULL), 0);
	assert_true(slice_eq(leaf.source, stream.source));
	merkle_leaf(sha, buf_slice(&text), &again);
	assert_true(merkle_eq(&hash, &again));

	buf_slice_add(&kept, buf_slice(&text));
	erased.erased = true;
	erased.received_us = 1;
	erased.text = buf_slice(&kept);
	assert_int_equal(frame_leaf(sha, &erased, &stream, &text, &again), 0);
	assert_true(merkle_eq(&hash, &again));

	/* What stands beside the text cannot say anything else. */
	erased.delivery--;
	assert_int_equal(frame_leaf(sha, &erased, &stream, &text, &again), -1);
	erased.delivery++;
	erased.text.len--;
	assert_int_equal(frame_leaf(sha, &erased, &stream, &text, &again), -1);
	buf_release(&text);
	buf_release(&kept);
	sha256_free(sha);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(is_what_is_documented),
	    cmocka_unit_test(round_trips),
	    cmocka_unit_test(refuses_what_is_too_long),
	    cmocka_unit_test(keeps_its_leaf_when_erased),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
