#include "ledger/change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ledger/keys.h"

/*
 * The texts by which one key hands over to another: what is read is what was
 * written, and nothing else is read.
 */
#define SUCCESSION                                                             \
	"firn-succession/1\norigin b\nsize 5\nold %s\nnew %s\nlost 5 9\n"      \
	"who kim\nreason the disk died\n"

struct keys_case {
	struct signer *a, *a2, *b, *cosigner;
};

static struct signer *
signer(const char *name, enum key_type type, unsigned char byte)
{
	const unsigned char seed[KEY_SEED_LEN] = {byte};

	return signer_new(slice_cstr(name), type, seed);
}

static int
set_up(void **state)
{
	struct keys_case *c = calloc(1, sizeof(*c));

	assert_non_null(c);
	c->a = signer("a", KEY_ED25519, 1);
	c->a2 = signer("a", KEY_ED25519, 2);
	c->b = signer("b", KEY_ED25519, 3);
	c->cosigner = signer("a", KEY_COSIGNER, 4);
	*state = c;
	return 0;
}

static int
tear_down(void **state)
{
	struct keys_case *c = *state;

	signer_free(c->a);
	signer_free(c->a2);
	signer_free(c->b);
	signer_free(c->cosigner);
	free(c);
	return 0;
}

/* --- what is written is read --- */

static struct buf
rotation(const struct keys_case *c)
{
	const struct change change = {.kind = CHANGE_KEY,
	    .size = 1234,
	    .old = *signer_key(c->a),
	    .new = *signer_key(c->a2)};
	struct buf note = {0};

	change_print(&note, &change, c->a, c->a2);
	return note;
}

static void
a_change_of_key_is_read_again(void **state)
{
	const struct keys_case *c = *state;
	struct buf note = rotation(c), text = {0};
	struct change change;
	struct err err = {0};

	if (change_read(buf_slice(&note), &change, &err))
		fail_msg("%s", err.msg);
	assert_int_equal(change.kind, CHANGE_KEY);
	assert_int_equal(change.size, 1234);
	assert_true(change.by_old);
	assert_true(key_same(&change.old, signer_key(c->a)));
	assert_true(key_same(&change.new, signer_key(c->a2)));
	buf_str(&text, "firn-key/1\norigin a\nsize 1234\nold ");
	key_print(&text, signer_key(c->a));
	buf_str(&text, "\nnew ");
	key_print(&text, signer_key(c->a2));
	buf_str(&text, "\n\n");
	assert_memory_equal(note.ptr, text.ptr, text.len);
	buf_release(&text);
	buf_release(&note);
}

static void
a_change_of_name_is_read_again(void **state)
{
	const struct keys_case *c = *state;
	struct change change = {.kind = CHANGE_NAME,
	    .size = 5,
	    .old = *signer_key(c->a2),
	    .new = *signer_key(c->b),
	    .lost_end = 9,
	    .who = SLICE("kim"),
	    .reason = SLICE("the disk died")};
	struct buf more = {0}, note = {0};
	struct slice rest, base64;
	enum change_fate fate;
	struct err err = {0};

	change_add_earlier(&more, signer_key(c->a));
	change_add_checkpoint(&more, CHANGE_LOST, SLICE("one"));
	change_add_checkpoint(&more, CHANGE_OTHER, SLICE("two!"));
	change.more = buf_slice(&more);
	for (int by_old = 0; by_old < 2; by_old++) {
		struct change read;

		buf_clear(&note);
		change_print(&note, &change, by_old ? c->a2 : NULL, c->b);
		if (change_read(buf_slice(&note), &read, &err))
			fail_msg("%s", err.msg);
		assert_int_equal(read.kind, CHANGE_NAME);
		assert_int_equal(read.by_old, by_old);
		assert_int_equal(read.lost_end, 9);
		assert_true(slice_eq(read.who, change.who));
		assert_true(slice_eq(read.reason, change.reason));
		rest = read.more;
		assert_true(change_next_checkpoint(&rest, &fate, &base64));
		assert_int_equal(fate, CHANGE_LOST);
		assert_true(slice_eq(base64, SLICE("b25l")));
		assert_true(change_next_checkpoint(&rest, &fate, &base64));
		assert_int_equal(fate, CHANGE_OTHER);
		assert_true(slice_eq(base64, SLICE("dHdvIQ==")));
		assert_false(change_next_checkpoint(&rest, &fate, &base64));
	}
	buf_release(&more);
	buf_release(&note);
}

/* --- what is not read --- */

/* Every byte of the note counts, each in every bit, and so does its length. */
static void
no_byte_of_a_change_of_key_can_be_another(void **state)
{
	struct buf note = rotation(*state);
	struct change change;

	for (size_t i = 0; i < note.len; i++)
		for (int bit = 0; bit < 8; bit++) {
			note.ptr[i] ^= (char)(1 << bit);
			if (!change_read(buf_slice(&note), &change, NULL))
				fail_msg("byte %zu, bit %d: is read", i, bit);
			note.ptr[i] ^= (char)(1 << bit);
		}
	for (size_t n = 0; n < note.len; n++)
		if (!change_read(slice_of(note.ptr, n), &change, NULL))
			fail_msg("cut at %zu: is read", n);
	assert_int_equal(change_read(buf_slice(&note), &change, NULL), 0);
	buf_release(&note);
}

/* A text, in which %s are two keys, signed by some. */
static int
read_text(const char *format, const struct signer *old,
    const struct signer *new, bool by_old, bool by_new)
{
	struct buf keys[2] = {{0}}, text = {0}, note = {0};
	struct change change;
	int status;

	key_print(&keys[0], signer_key(old));
	key_print(&keys[1], signer_key(new));
	for (int i = 0; i < 2; i++)
		buf_char(&keys[i], '\0');
	for (int i = 0; *format; format++) {
		if (*format == '%' && format[1] == 's' && i < 2) {
			buf_str(&text, keys[i++].ptr);
			format++;
		} else {
			buf_char(&text, *format);
		}
	}
	note_begin(&note, buf_slice(&text));
	if (by_old && signer_key(old)->type == KEY_ED25519)
		note_sign(&note, buf_slice(&text), old);
	if (by_new && signer_key(new)->type == KEY_ED25519)
		note_sign(&note, buf_slice(&text), new);
	if (signer_key(new)->type == KEY_COSIGNER)
		note_cosign(&note, buf_slice(&text), new, 1);
	status = change_read(buf_slice(&note), &change, NULL);
	for (int i = 0; i < 2; i++)
		buf_release(&keys[i]);
	buf_release(&text);
	buf_release(&note);
	return status;
}

static void
both_keys_must_sign_a_change_of_key(void **state)
{
	static const char text[] =
	    "firn-key/1\norigin a\nsize 5\nold %s\nnew %s\n";
	const struct keys_case *c = *state;

	assert_int_equal(read_text(text, c->a, c->a2, true, true), 0);
	assert_int_equal(read_text(text, c->a, c->a2, true, false), -1);
	assert_int_equal(read_text(text, c->a, c->a2, false, true), -1);
	assert_int_equal(read_text(SUCCESSION, c->a, c->b, true, false), -1);
	assert_int_equal(read_text(SUCCESSION, c->a, c->b, true, true), 0);
	assert_int_equal(read_text(SUCCESSION, c->a, c->b, false, true), 0);
	/* Of the same key, of another log's, of a cosigner's. */
	assert_int_equal(read_text(text, c->a, c->a, true, true), -1);
	assert_int_equal(read_text(text, c->a, c->b, true, true), -1);
	assert_int_equal(read_text(text, c->b, c->a, true, true), -1);
	assert_int_equal(read_text(text, c->a, c->cosigner, true, true), -1);
	assert_int_equal(read_text(SUCCESSION, c->b, c->b, true, true), -1);
}

static void
other_texts_are_refused(void **state)
{
	static const char *const texts[] = {
	    "firn-key/2\norigin a\nsize 5\nold %s\nnew %s\n",
	    "firn-key/1\norigin b\nsize 5\nold %s\nnew %s\n",
	    "firn-key/1\norigin a\nsize 05\nold %s\nnew %s\n",
	    "firn-key/1\norigin a\nsize -5\nold %s\nnew %s\n",
	    "firn-key/1\norigin a\nsize 9223372036854775808\nold %s\nnew %s\n",
	    "firn-key/1\norigin  a\nsize 5\nold %s\nnew %s\n",
	    "firn-key/1\nsize 5\norigin a\nold %s\nnew %s\n",
	    "firn-key/1\norigin a\nsize 5\nnew %s\nold %s\n",
	    "firn-key/1\norigin a\nsize 5\nold %s\nnew %s \n",
	    "firn-key/1\norigin a\nsize 5\nold %s\nnew %s\nmore\n",
	    "firn-key/1\norigin a\nsize 5\nold %s\n",
	    "firn-key/1\n",
	};
	const struct keys_case *c = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!read_text(texts[i], c->a, c->a2, true, true))
			fail_msg("is read: %s", texts[i]);
}

#define HEAD "firn-succession/1\norigin b\nsize 5\nold %s\nnew %s\n"

static void
other_texts_of_names_are_refused(void **state)
{
	static const char *const texts[] = {
	    HEAD,
	    HEAD "lost 5 9\nwho kim\n",
	    HEAD "lost 4 9\nwho kim\nreason x\n",
	    HEAD "lost 5 4\nwho kim\nreason x\n",
	    HEAD "lost 5\nwho kim\nreason x\n",
	    HEAD "lost 5 09\nwho kim\nreason x\n",
	    HEAD "lost 5 9\nwho \nreason x\n",
	    HEAD "lost 5 9\nwho kim\nreason \n",
	    HEAD "lost 5 9\nwho  kim\nreason x\n",
	    HEAD "lost 5 9\nwho kim\nreason x\nearlier x\n",
	    HEAD "lost 5 9\nwho kim\nreason x\ncheckpoint kept\n",
	    HEAD "lost 5 9\nwho kim\nreason x\ncheckpoint gone AAAA\n",
	    HEAD "lost 5 9\nwho kim\nreason x\ncheckpoint kept AAA\n",
	    HEAD "lost 5 9\nwho kim\nreason x\ncheckpoint kept AAAA\nmore\n",
	    HEAD
	    "lost 5 9\nwho kim\nreason x\ncheckpoint kept AAAA\nearlier x\n",
	};
	const struct keys_case *c = *state;

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (!read_text(texts[i], c->a, c->b, true, true))
			fail_msg("is read: %s", texts[i]);
	assert_int_equal(
	    read_text(HEAD
	        "lost 5 9\nwho kim\nreason x\ncheckpoint kept AAAA\n",
	        c->a, c->b, true, true),
	    0);
}

static void
who_and_why_are_one_line(void **state)
{
	char text[CHANGE_TEXT_MAX + 1];

	(void)state;
	memset(text, 'x', sizeof(text));
	assert_true(change_text_ok(slice_of(text, CHANGE_TEXT_MAX)));
	assert_false(change_text_ok(slice_of(text, sizeof(text))));
	assert_true(change_text_ok(SLICE("a b")));
	assert_false(change_text_ok(SLICE("")));
	assert_false(change_text_ok(SLICE(" a")));
	assert_false(change_text_ok(SLICE("a ")));
	assert_false(change_text_ok(SLICE("a\nb")));
	assert_false(change_text_ok(SLICE("a\tb")));
	assert_false(change_text_ok(SLICE("a\xff")));
}

/* --- who is trusted then --- */

static void
trust_goes_where_a_trusted_key_says(void **state)
{
	const struct keys_case *c = *state;
	struct change key = {.kind = CHANGE_KEY,
	    .old = *signer_key(c->a),
	    .new = *signer_key(c->a2),
	    .by_old = true};
	struct change name = {.kind = CHANGE_NAME,
	    .old = *signer_key(c->a2),
	    .new = *signer_key(c->b),
	    .by_old = false};
	struct keys keys = {0};

	keys_follow(&keys, &key);
	assert_int_equal(keys.count, 0);
	keys_add(&keys, signer_key(c->a), 1);
	keys_follow(&keys, &name);
	assert_int_equal(keys.count, 1);
	keys_follow(&keys, &key);
	keys_follow(&keys, &key);
	assert_int_equal(keys.count, 2);
	assert_true(keys_have(&keys, signer_key(c->a2)));
	/* The old key has not signed. */
	keys_follow(&keys, &name);
	assert_int_equal(keys.count, 2);
	name.by_old = true;
	keys_follow(&keys, &name);
	assert_true(keys_have(&keys, signer_key(c->b)));
	keys_release(&keys);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_change_of_key_is_read_again),
	    cmocka_unit_test(a_change_of_name_is_read_again),
	    cmocka_unit_test(no_byte_of_a_change_of_key_can_be_another),
	    cmocka_unit_test(both_keys_must_sign_a_change_of_key),
	    cmocka_unit_test(other_texts_are_refused),
	    cmocka_unit_test(other_texts_of_names_are_refused),
	    cmocka_unit_test(who_and_why_are_one_line),
	    cmocka_unit_test(trust_goes_where_a_trusted_key_says),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
