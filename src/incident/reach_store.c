#include "incident/reach_store.h"

#include <string.h>

#include "base/base64.h"
#include "base/sha256.h"

/* Ids have 113 bytes; none is that long. */
#define BYTES_MAX ((size_t)510)
#define TEXT_MAX  (BYTES_MAX / 3 * 4)

/* Of a message in a mailbox. */
#define ENTRY_LEN 70

/* How Graph's begin: uncoded or coded, by the mailbox's GUID. */
enum { CODED_NOT, CODED_RUNS };
enum { BY_MAILBOX_GUID = 3 };

struct bytes {
	unsigned char at[BYTES_MAX];
	size_t len;
};

/* By either alphabet, with its padding or without. */
static bool
read_base64(struct slice text, struct bytes *out)
{
	char plain[TEXT_MAX + 4];
	size_t len = 0;

	while (text.len > 0 && text.ptr[text.len - 1] == '=')
		text.len--;
	if (text.len > TEXT_MAX)
		return false;
	for (; len < text.len; len++) {
		char c = text.ptr[len];

		plain[len] = (char)(c == '-' ? '/' : c == '_' ? '+' : c);
	}
	while (len % 4 != 0)
		plain[len++] = '=';
	return base64_len(slice_of(plain, len), &out->len) &&
	       base64_read(slice_of(plain, len), out->at, out->len);
}

/* Of two equal bytes the next says how often more they come. */
static bool
read_runs(const unsigned char *at, size_t len, struct bytes *out)
{
	out->len = 0;
	for (size_t i = 0; i < len; i++) {
		size_t n = 1;

		if (i + 1 < len && at[i] == at[i + 1]) {
			if (i + 2 >= len)
				return false;
			n = (size_t)at[i + 2] + 2;
		}
		if (n > BYTES_MAX - out->len)
			return false;
		memset(out->at + out->len, at[i], n);
		out->len += n;
		i += n > 1 ? 2 : 0;
	}
	return true;
}

static size_t
u16_at(const unsigned char *at)
{
	return (size_t)at[0] | (size_t)at[1] << 8;
}

/* Type, the GUID with its length, how it is to be used, the id with its. */
static const unsigned char *
entry_of_graph(const struct bytes *id)
{
	size_t at = 1;

	if (id->len < 3 || id->at[0] != BY_MAILBOX_GUID)
		return NULL;
	at += 2 + u16_at(id->at + at);
	if (at + 3 > id->len || id->at[at] != 0 ||
	    u16_at(id->at + at + 1) != ENTRY_LEN ||
	    id->len != at + 3 + ENTRY_LEN)
		return NULL;
	return id->at + at + 3;
}

static const unsigned char *
entry_of(const struct bytes *id, struct bytes *room)
{
	if (id->len == 1 + ENTRY_LEN + 1 && id->at[0] == ENTRY_LEN)
		return id->at + 1;
	if (id->len < 2 || id->at[0] > CODED_RUNS)
		return NULL;
	if (id->at[0] == CODED_NOT) {
		room->len = id->len - 1;
		memcpy(room->at, id->at + 1, room->len);
	} else if (!read_runs(id->at + 1, id->len - 1, room)) {
		return NULL;
	}
	return entry_of_graph(room);
}

bool
reach_store_read(struct slice text, unsigned char digest[REACH_STORE_LEN])
{
	unsigned char whole[SHA256_LEN];
	const unsigned char *entry;
	struct bytes id, room;

	entry = read_base64(text, &id) ? entry_of(&id, &room) : NULL;
	if (!entry)
		return false;
	sha256(slice_of((const char *)entry, ENTRY_LEN), whole);
	memcpy(digest, whole, REACH_STORE_LEN);
	return true;
}
