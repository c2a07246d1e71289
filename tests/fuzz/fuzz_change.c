#include <stdint.h>
#include <stdlib.h>

#include "ledger/change.h"
#include "ledger/evidence_extra.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct signer *
make_signer(const char *name, unsigned char byte)
{
	const unsigned char seed[KEY_SEED_LEN] = {byte};

	return signer_new(slice_cstr(name), KEY_ED25519, seed);
}

/* The input, in which 1, 2 and 3 stand for three keys. */
static void
add_text(struct buf *text, struct slice in, struct signer *const signers[3])
{
	for (size_t i = 0; i < in.len; i++) {
		unsigned n = (unsigned char)in.ptr[i];

		if (n >= 1 && n <= 3)
			key_print(text, signer_key(signers[n - 1]));
		else
			buf_char(text, in.ptr[i]);
	}
}

static const struct signer *
of_key(struct signer *const signers[3], const struct key *key)
{
	for (int i = 0; i < 3; i++)
		if (key_same(signer_key(signers[i]), key))
			return signers[i];
	abort(); /* what nobody signed was read */
}

/* A change that was read, printed again with its keys, is what it was. */
static void
check_change(struct slice in)
{
	static struct signer *signers[3];
	struct buf text = {0}, note = {0}, again = {0};
	struct change change;

	for (int i = 0; i < 3 && !signers[i]; i++)
		signers[i] =
		    make_signer(i < 2 ? "a" : "b", (unsigned char)(i + 1));
	add_text(&text, in, signers);
	if (note_text_ok(buf_slice(&text))) {
		note_begin(&note, buf_slice(&text));
		for (int i = 0; i < 3; i++)
			note_sign(&note, buf_slice(&text), signers[i]);
		if (!change_read(buf_slice(&note), &change, NULL)) {
			change_print(&again, &change,
			    of_key(signers, &change.old),
			    of_key(signers, &change.new));
			if (again.len < text.len ||
			    !slice_eq(slice_of(again.ptr, text.len),
			        buf_slice(&text)))
				abort();
		}
	}
	buf_release(&text);
	buf_release(&note);
	buf_release(&again);
}

/* What opens a leaf, printed again, is what it was. */
static void
check_extra(struct slice in)
{
	struct extra extra;
	struct buf out = {0};

	if (extra_parse(in, &extra, NULL))
		return;
	extra_print(&out, extra.erased ? NULL : extra.salt, extra.text);
	buf_slice_add(&out, extra.more);
	if (!slice_eq(buf_slice(&out), in))
		abort();
	buf_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice in = slice_of(data, size);
	struct change change;

	check_change(in);
	check_extra(in);
	if (!change_read(in, &change, NULL))
		abort(); /* nobody can sign */
	return 0;
}
