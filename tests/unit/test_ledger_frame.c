#include "ledger/frame.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct stream stream = {
    SLICE_INIT("file/o365.audit"), SLICE_INIT("contoso")};

static struct frame
plain(void)
{
	struct frame frame = {.historic = true,
	    .has_identity = true,
	    .stream = 0x04030201,
	    .available_us = LEAF_NO_TIME,
	    .received_us = 0x0706050403020100,
	    .delivery = 0x1716151413121110,
	    .raw = SLICE("{\"a\":1}")};

	memset(frame.identity.id, 'i', sizeof(frame.identity.id));
	memset(frame.identity.told, 't', sizeof(frame.identity.told));
	memset(frame.salt, 's', sizeof(frame.salt));
	return frame;
}

static void
a_frame_is_these_bytes(void **state)
{
	static const struct slice want =
	    SLICE_INIT("\x06"
	               "\x01\x02\x03\x04"
	               "\x00\x00\x00\x00\x00\x00\x00\x80"
	               "\x00\x01\x02\x03\x04\x05\x06\x07"
	               "\x10\x11\x12\x13\x14\x15\x16\x17"
	               "iiiiiiiiiiiiiiii"
	               "tttttttt"
	               "ssssssssssssssss"
	               "\x07\x00\x00\x00"
	               "{\"a\":1}");
	static const struct slice erased =
	    SLICE_INIT("\x01"
	               "\x02\x00\x00\x00"
	               "\x00\x00\x00\x00\x00\x00\x00\x80"
	               "\x01\x00\x00\x00\x00\x00\x00\x00"
	               "\x00\x00\x00\x00\x00\x00\x00\x00"
	               "\x04\x00\x00\x00"
	               "text");
	struct frame frame = plain();
	struct buf out = {0};

	(void)state;
	frame_add(&out, &frame);
	assert_true(slice_eq(buf_slice(&out), want));
	buf_clear(&out);
	frame = (struct frame){.erased = true,
	    .stream = 2,
	    .available_us = LEAF_NO_TIME,
	    .received_us = 1,
	    .text = SLICE("text")};
	frame_add(&out, &frame);
	assert_true(slice_eq(buf_slice(&out), erased));
	buf_release(&out);
}

static void
expect_again(struct frame frame)
{
	struct buf out = {0}, again = {0};
	struct frame read;

	frame_add(&out, &frame);
	buf_str(&out, "behind");
	assert_int_equal(frame_read(buf_slice(&out), &read), out.len - 6);
	frame_add(&again, &read);
	assert_int_equal(again.len, out.len - 6);
	assert_memory_equal(again.ptr, out.ptr, again.len);
	for (size_t n = 0; n < again.len; n++)
		assert_int_equal(frame_read(slice_of(out.ptr, n), &read), 0);
	buf_release(&out);
	buf_release(&again);
}

static void
what_was_added_is_read(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 16; i++) {
		struct frame frame = plain();

		frame.erased = i & 1;
		frame.historic = i & 2;
		frame.has_identity = i & 4;
		if (i & 8)
			frame.raw = SLICE("");
		frame.text = frame.raw;
		expect_again(frame);
	}
}

static void
what_is_no_frame_is_refused(void **state)
{
	struct frame frame = plain(), read;
	struct buf out = {0};

	(void)state;
	frame_add(&out, &frame);
	for (unsigned flag = 8; flag < 256; flag *= 2) {
		out.ptr[0] = (char)(6 | flag);
		assert_int_equal(frame_read(buf_slice(&out), &read), 0);
	}
	buf_clear(&out);
	frame.received_us = LEAF_NO_TIME;
	frame_add(&out, &frame);
	assert_int_equal(frame_read(buf_slice(&out), &read), 0);
	/* Lengths that none may have, though the bytes were there. */
	buf_clear(&out);
	frame = (struct frame){.received_us = 1};
	frame_add(&out, &frame);
	memcpy(out.ptr + out.len - 4, "\x01\x00\x00\x04", 4);
	memset(buf_reserve(&out, FRAME_RAW_MAX + 1), 0, FRAME_RAW_MAX + 1);
	out.len += FRAME_RAW_MAX + 1;
	assert_int_equal(frame_read(buf_slice(&out), &read), 0);
	out.ptr[45] = 0;
	assert_int_equal(frame_read(buf_slice(&out), &read), out.len - 1);
	out.ptr[0] = 1; /* erased: the salt becomes a length and text */
	memcpy(out.ptr + 29, "\x01\x10\x00\x00", 4);
	assert_int_equal(frame_read(buf_slice(&out), &read), 0);
	out.ptr[29] = 0;
	assert_int_equal(frame_read(buf_slice(&out), &read), 33 + 4096);
	buf_release(&out);
}

/* After erasure the leaf is the same, and nothing of it can be changed. */
static void
an_erased_record_keeps_its_leaf(void **state)
{
	struct sha256 *sha = sha256_new();
	struct buf text = {0}, kept = {0}, want = {0};
	struct merkle_hash before, after;
	struct frame frame = plain();
	struct stream other = {stream.source, SLICE("fabrikam")};
	struct leaf leaf;

	(void)state;
	frame.received_us = 1700000000000000;
	assert_int_equal(frame_leaf(sha, &frame, &stream, &kept, &before), 0);
	leaf = (struct leaf){stream.source, stream.tenant, frame.available_us,
	    frame.received_us, frame.delivery, {{0}}};
	leaf_commit(sha, frame.salt, frame.raw, &leaf.commit);
	leaf_print(&want, &leaf);
	assert_true(slice_eq(buf_slice(&kept), buf_slice(&want)));
	frame.erased = true;
	frame.text = buf_slice(&kept);
	assert_int_equal(frame_leaf(sha, &frame, &stream, &text, &after), 0);
	assert_true(merkle_eq(&before, &after));
	assert_true(slice_eq(buf_slice(&text), buf_slice(&kept)));
	/* What stands beside the text must say the same. */
	assert_int_equal(frame_leaf(sha, &frame, &other, &text, &after), -1);
	frame.delivery++;
	assert_int_equal(frame_leaf(sha, &frame, &stream, &text, &after), -1);
	frame.delivery--;
	frame.received_us++;
	assert_int_equal(frame_leaf(sha, &frame, &stream, &text, &after), -1);
	frame.received_us--;
	frame.text.len--;
	assert_int_equal(frame_leaf(sha, &frame, &stream, &text, &after), -1);
	sha256_free(sha);
	buf_release(&text);
	buf_release(&kept);
	buf_release(&want);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_frame_is_these_bytes),
	    cmocka_unit_test(what_was_added_is_read),
	    cmocka_unit_test(what_is_no_frame_is_refused),
	    cmocka_unit_test(an_erased_record_keeps_its_leaf),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
