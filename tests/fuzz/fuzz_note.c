#include <stdint.h>
#include <stdlib.h>

#include "ledger/checkpoint.h"
#include "ledger/note.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What was read, written again. */
static void
print(struct buf *out, const struct note *note)
{
	note_begin(out, note->text);
	for (size_t i = 0; i < note->count; i++)
		note_add_line(out, &note->lines[i]);
}

static void
check_checkpoint(struct slice text)
{
	struct checkpoint checkpoint;
	struct buf out = {0};

	if (checkpoint_parse(text, &checkpoint, NULL))
		return;
	checkpoint_print(&out, checkpoint.origin, &checkpoint.tree);
	buf_slice_add(&out, checkpoint.extensions);
	if (!slice_eq(buf_slice(&out), text))
		abort();
	buf_release(&out);
}

static void
check_key(struct slice text)
{
	struct buf out = {0};
	struct key key;

	if (key_parse(text, &key, NULL) || !key_known(&key))
		return;
	key_print(&out, &key);
	if (!slice_eq(buf_slice(&out), text))
		abort();
	buf_release(&out);
}

/*
 * The input as a text: signed, it verifies; with the signature kept and a
 * byte of the text changed, it does not.
 */
static void
check_signature(struct slice text)
{
	static struct signer *signers[2];
	struct buf bytes = {0};
	struct note note;

	for (int i = 0; i < 2 && !signers[i]; i++)
		signers[i] = signer_new(SLICE("k"),
		    i ? KEY_COSIGNER : KEY_ED25519, (unsigned char[32]){9});
	note_begin(&bytes, text);
	note_sign(&bytes, text, signers[0]);
	note_cosign(&bytes, text, signers[1], text.len);
	for (int i = 0; i < 2; i++) {
		const struct key *key = signer_key(signers[i]);

		if (note_parse(buf_slice(&bytes), &note, NULL) ||
		    note_verify(&note, key, 1, NULL) != NOTE_OK ||
		    !slice_eq(note.text, text))
			abort();
		bytes.ptr[text.len / 2] ^= 1;
		if (!note_parse(buf_slice(&bytes), &note, NULL) &&
		    note_verify(&note, key, 1, NULL) == NOTE_OK)
			abort();
		bytes.ptr[text.len / 2] ^= 1;
	}
	buf_release(&bytes);
}

/*
 * Notes, checkpoints and keys print as they were read; what was signed
 * verifies, and no other text.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice bytes = slice_of(data, size);
	struct buf out = {0};
	struct note note;

	if (!note_parse(bytes, &note, NULL)) {
		print(&out, &note);
		if (!slice_eq(buf_slice(&out), bytes))
			abort();
		check_checkpoint(note.text);
	}
	if (note_text_ok(bytes) && size < NOTE_MAX / 2)
		check_signature(bytes);
	check_checkpoint(bytes);
	check_key(bytes);
	buf_release(&out);
	return 0;
}
