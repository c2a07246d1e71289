#include "ledger/ledger_own.h"

#include "ledger/ledger_parts.h"

/* What follows LEDGER_OWN in the names of the ledger's own streams. */
static const struct slice reserved[] = {
    SLICE_INIT("delivery"),
    SLICE_INIT("delivered"),
    SLICE_INIT("key"),
    SLICE_INIT("succession"),
};

bool
ledger_own_ok(struct slice stream)
{
	for (size_t i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++)
		if (slice_eq(stream, reserved[i]))
			return false;
	for (size_t i = 0; i < stream.len; i++) {
		char c = stream.ptr[i];

		if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' &&
		    c != '_')
			return false;
	}
	return stream.len && stream.len <= OWN_STREAM_MAX;
}

/* Apart from the identities of events, whatever the key. */
static void
make_identity(
    struct ledger *ledger, const unsigned char key[16], struct identity *out)
{
	static const char label[] = "firn-own/1\n";
	unsigned char digest[SHA256_LEN];

	sha256_begin(ledger->sha);
	sha256_add(ledger->sha, label, sizeof(label) - 1);
	sha256_add(ledger->sha, key, 16);
	sha256_end(ledger->sha, digest);
	*out = (struct identity){.told = {0}};
	memcpy(out->id, digest, sizeof(out->id));
}

uint64_t
ledger_own_last(const struct ledger *ledger, struct slice stream)
{
	for (size_t i = 0; i < OWN_LAST_MAX; i++)
		if (slice_eq(slice_cstr(ledger->own_last[i].stream), stream))
			return ledger->own_last[i].next;
	return 0;
}

static void
remember(struct ledger *ledger, struct slice stream, uint64_t index)
{
	struct own_last *to = &ledger->own_last[0];

	for (size_t i = 0; i < OWN_LAST_MAX; i++) {
		struct own_last *last = &ledger->own_last[i];

		if (slice_eq(slice_cstr(last->stream), stream)) {
			to = last;
			break;
		}
		if (last->next < to->next)
			to = last;
	}
	memcpy(to->stream, stream.ptr, stream.len);
	to->stream[stream.len] = '\0';
	to->next = index + 1;
}

int
ledger_own_add(struct ledger *ledger, const struct ledger_own *own,
    uint64_t *index, struct err *err)
{
	char source[sizeof(LEDGER_OWN) + OWN_STREAM_MAX];
	struct frame frame = {.has_identity = true,
	    .delivery = ledger_size(ledger),
	    .raw = own->raw};
	struct stream names = {{source, 0}, own->tenant};

	if (!ledger_own_ok(own->stream))
		return err_set(err, ERR_USAGE,
		    "'" SLICE_FMT "' cannot be a stream of firn's own records",
		    SLICE_ARG(own->stream));
	memcpy(source, LEDGER_OWN, sizeof(LEDGER_OWN) - 1);
	memcpy(
	    source + sizeof(LEDGER_OWN) - 1, own->stream.ptr, own->stream.len);
	names.source.len = sizeof(LEDGER_OWN) - 1 + own->stream.len;
	make_identity(ledger, own->key, &frame.identity);
	*index = OWN_THERE;
	if (ledger_known(ledger, &frame.identity, INT64_MIN) != LEDGER_NEW)
		return 0;
	if (ledger_append_own(ledger, &names, &frame, err))
		return -1;
	*index = frame.delivery;
	remember(ledger, own->stream, *index);
	return 0;
}
