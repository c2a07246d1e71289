#include "ledger/note.h"

#include <assert.h>

#include "base/base64.h"
#include "base/utf8.h"

#define ID_LEN   4
#define TIME_LEN 8

static const struct slice dash = SLICE_INIT("\xe2\x80\x94 ");

static uint32_t
get_u32(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	       (uint32_t)p[2] << 8 | p[3];
}

static uint64_t
get_u64(const unsigned char *p)
{
	return (uint64_t)get_u32(p) << 32 | get_u32(p + 4);
}

static void
put_u32(unsigned char *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (unsigned char)(v >> (24 - 8 * i) & 255);
}

/* --- reading --- */

/* UTF-8 without control characters but line feeds. */
static bool
bytes_ok(struct slice bytes)
{
	const unsigned char *p = (const unsigned char *)bytes.ptr;
	size_t len;

	for (size_t i = 0; i < bytes.len; i += len) {
		len = utf8_len(p + i, bytes.len - i);
		if (!len || (p[i] < 0x20 && p[i] != '\n'))
			return false;
	}
	return true;
}

bool
note_text_ok(struct slice text)
{
	return text.len && text.ptr[text.len - 1] == '\n' && bytes_ok(text);
}

static bool
read_line(struct slice line, struct note_line *out)
{
	unsigned char head[6];
	size_t len;

	if (line.len < dash.len || memcmp(line.ptr, dash.ptr, dash.len) != 0)
		return false;
	line = slice_skip(line, dash.len);
	out->name = slice_cut(&line, ' ');
	out->base64 = line;
	if (!key_name_ok(out->name) || !base64_len(line, &len) || len <= ID_LEN)
		return false;
	/* The id lies in the first eight digits, which may have padding. */
	line.len = 8;
	base64_len(line, &len);
	base64_read(line, head, len);
	out->id = get_u32(head);
	return true;
}

int
note_parse(struct slice bytes, struct note *note, struct err *err)
{
	size_t at = bytes.len;
	struct slice rest;

	if (bytes.len > NOTE_MAX)
		return err_set(err, ERR_LIMIT, "note: %zu bytes, more than %zu",
		    bytes.len, NOTE_MAX);
	if (!bytes_ok(bytes))
		return err_set(err, ERR_INPUT,
		    "note: not UTF-8, or with control characters");
	while (
	    at > 1 && (bytes.ptr[at - 1] != '\n' || bytes.ptr[at - 2] != '\n'))
		at--;
	if (at <= 1)
		return err_set(
		    err, ERR_INPUT, "note: no empty line before signatures");
	note->text = slice_of(bytes.ptr, at - 1);
	note->signatures = rest = slice_skip(bytes, at);
	if (!rest.len || rest.ptr[rest.len - 1] != '\n')
		return err_set(err, ERR_INPUT,
		    "note: no line that signs it, or cut short");
	for (note->count = 0; rest.len; note->count++) {
		struct slice line = slice_cut(&rest, '\n');

		if (note->count == NOTE_LINES_MAX)
			return err_set(err, ERR_LIMIT,
			    "note: more than %d signatures", NOTE_LINES_MAX);
		if (!read_line(line, &note->lines[note->count]))
			return err_set(err, ERR_INPUT,
			    "note: signature %zu is malformed",
			    note->count + 1);
	}
	return 0;
}

/* --- verifying --- */

static void
cosigned(struct buf *out, struct slice text, uint64_t time)
{
	buf_str(out, "cosignature/v1\ntime ");
	buf_u64(out, time);
	buf_char(out, '\n');
	buf_slice_add(out, text);
}

static bool
verify_plain(struct slice text, const struct note_line *line,
    const struct key *key, uint64_t *time)
{
	unsigned char bytes[ID_LEN + KEY_SIG_LEN];

	*time = 0;
	return base64_read(line->base64, bytes, sizeof(bytes)) &&
	       key_verify(key, text, bytes + ID_LEN);
}

static bool
verify_cosigned(struct slice text, const struct note_line *line,
    const struct key *key, uint64_t *time)
{
	unsigned char bytes[ID_LEN + TIME_LEN + KEY_SIG_LEN];
	struct buf message = {0};
	bool ok;

	if (!base64_read(line->base64, bytes, sizeof(bytes)))
		return false;
	*time = get_u64(bytes + ID_LEN);
	if (*time > NOTE_TIME_MAX)
		return false;
	cosigned(&message, text, *time);
	ok = key_verify(key, buf_slice(&message), bytes + ID_LEN + TIME_LEN);
	buf_release(&message);
	return ok;
}

static bool
verify_line(struct slice text, const struct note_line *line,
    const struct key *key, uint64_t *time)
{
	return key->type == KEY_COSIGNER
	           ? verify_cosigned(text, line, key, time)
	           : verify_plain(text, line, key, time);
}

enum note_verdict
note_verify(const struct note *note, const struct key *keys, size_t count,
    struct note_seal *seals)
{
	bool any = false;

	for (size_t k = 0; k < count; k++) {
		struct slice name = slice_cstr(keys[k].name);
		struct note_seal seal = {0};

		for (size_t i = 0; i < note->count; i++) {
			const struct note_line *line = &note->lines[i];
			uint64_t time;

			if (!key_known(&keys[k]) || line->id != keys[k].id ||
			    !slice_eq(line->name, name))
				continue;
			if (!verify_line(note->text, line, &keys[k], &time))
				return NOTE_INVALID;
			seal.valid = any = true;
			if (time > seal.time)
				seal.time = time;
		}
		if (seals)
			seals[k] = seal;
	}
	return any ? NOTE_OK : NOTE_UNKNOWN;
}

/* --- writing --- */

void
note_begin(struct buf *out, struct slice text)
{
	assert(note_text_ok(text));
	buf_slice_add(out, text);
	buf_char(out, '\n');
}

void
note_add_line(struct buf *out, const struct note_line *line)
{
	buf_slice_add(out, dash);
	buf_slice_add(out, line->name);
	buf_char(out, ' ');
	buf_slice_add(out, line->base64);
	buf_char(out, '\n');
}

static void
add_line(struct buf *out, const struct key *key, const void *bytes, size_t n)
{
	buf_slice_add(out, dash);
	buf_str(out, key->name);
	buf_char(out, ' ');
	base64_add(out, bytes, n);
	buf_char(out, '\n');
}

void
note_sign(struct buf *out, struct slice text, const struct signer *signer)
{
	const struct key *key = signer_key(signer);
	unsigned char bytes[ID_LEN + KEY_SIG_LEN];

	assert(key->type == KEY_ED25519 && note_text_ok(text));
	put_u32(bytes, key->id);
	signer_sign(signer, text, bytes + ID_LEN);
	add_line(out, key, bytes, sizeof(bytes));
}

void
note_cosign(struct buf *out, struct slice text, const struct signer *signer,
    uint64_t time)
{
	const struct key *key = signer_key(signer);
	unsigned char bytes[ID_LEN + TIME_LEN + KEY_SIG_LEN];
	struct buf message = {0};

	assert(key->type == KEY_COSIGNER && time <= NOTE_TIME_MAX);
	assert(note_text_ok(text));
	put_u32(bytes, key->id);
	put_u32(bytes + ID_LEN, (uint32_t)(time >> 32));
	put_u32(bytes + ID_LEN + 4, (uint32_t)time);
	cosigned(&message, text, time);
	signer_sign(signer, buf_slice(&message), bytes + ID_LEN + TIME_LEN);
	buf_release(&message);
	add_line(out, key, bytes, sizeof(bytes));
}
