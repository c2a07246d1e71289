#include "record_mail_id.h"

#include <stdio.h>
#include <string.h>

#include "base/base64.h"
#include "base/hash.h"
#include "json/build.h"

void
mail_any_id(struct rng *rng, char out[MAIL_MESSAGE_ID])
{
	char word[41];
	unsigned server = rng_below(rng, 10000);
	uint32_t kind = rng_below(rng, 10);

	if (kind < 6) {
		text_hex(word, 16, rng_next(rng));
		text_hex(word + 16, 14, rng_next(rng));
		for (char *p = word; *p; p++)
			if (*p >= 'a')
				*p = (char)(*p - 32);
		snprintf(out, MAIL_MESSAGE_ID,
		    "<AM0PR04MB%04u%s@AM0PR04MB%04u.eurprd04.prod.outlook.com>",
		    server, word, server);
	} else if (kind < 8) {
		char guid[GUID_TEXT_MAX];

		text_guid(guid, rng);
		snprintf(out, MAIL_MESSAGE_ID,
		    "<%s@az.westeurope.production.microsoft.com>", guid);
	} else {
		text_base64url(word, 40, rng);
		snprintf(out, MAIL_MESSAGE_ID, "<CA%s-%08x@mail.gmail.com>",
		    word, (unsigned)rng_next(rng));
	}
}

void
mail_message_id(const struct person *mailbox, enum mail_folder folder,
    uint32_t number, char out[MAIL_MESSAGE_ID])
{
	struct rng known = {
	    rng_mix(mailbox->seed, (uint64_t)folder << 32 | number)};

	mail_any_id(&known, out);
}

/* --- the store --- */

/* Of the store: flags, whose, type, then folder and message with a pad each. */
#define ENTRY_LEN 70

static void
set_u64(unsigned char *at, uint64_t value, size_t n)
{
	for (size_t i = 0; i < n; i++)
		at[i] = (unsigned char)(value >> 8 * i);
}

/* What follows from the mailbox and the message alone. */
static void
fill_entry(unsigned char entry[ENTRY_LEN], const struct person *mailbox,
    const char *message)
{
	uint64_t hash = hash64(slice_cstr(message), mailbox->seed);

	memset(entry, 0, ENTRY_LEN);
	set_u64(entry + 4, mailbox->seed, 8);
	set_u64(entry + 12, rng_mix(mailbox->seed, 1), 8);
	entry[20] = 7;
	set_u64(entry + 22, rng_mix(mailbox->seed, 2), 8);
	set_u64(entry + 30, rng_mix(mailbox->seed, 3), 8);
	entry[43] = 12;
	set_u64(entry + 46, rng_mix(mailbox->seed, 2), 8);
	set_u64(entry + 54, rng_mix(mailbox->seed, 3), 8);
	set_u64(entry + 62, hash, 6);
}

void
mail_store_id(const struct person *mailbox, const char *message, bool graph,
    char out[MAIL_STORE_ID])
{
	unsigned char bytes[128] = {0, 3, 36};
	size_t n = 0;

	if (!graph) {
		/* its length, the id, that it is a message */
		bytes[n++] = ENTRY_LEN;
		fill_entry(bytes + n, mailbox, message);
		n += ENTRY_LEN;
		bytes[n++] = 9;
	} else {
		/* [MS-OXWSITEMID], nothing shortened */
		n = 4;
		memcpy(bytes + n, mailbox->mailbox, 36);
		n += 37;
		bytes[n] = ENTRY_LEN;
		n += 2;
		fill_entry(bytes + n, mailbox, message);
		n += ENTRY_LEN;
	}
	base64_write(out, bytes, n);
	out[base64_size(n)] = '\0';
	for (char *c = out; graph && *c; c++)
		*c = (char)(*c == '/' ? '-' : *c == '+' ? '_' : *c);
}

static void
add_list(struct gen *gen, const char *key, const char *id)
{
	json_key(&gen->facts, key);
	buf_char(&gen->facts, '[');
	json_cstr(&gen->facts, NULL, id);
	buf_char(&gen->facts, ']');
}

void
mail_graph_facts(struct gen *gen, const struct person *mailbox, uint32_t number)
{
	char id[MAIL_MESSAGE_ID], store[MAIL_STORE_ID];

	if (!gen->truth.attack)
		return;
	mail_message_id(mailbox, FOLDER_INBOX, number, id);
	mail_store_id(mailbox, id, true, store);
	gen_fact(gen, "mailbox", slice_cstr(mailbox->upn));
	gen_fact(gen, "mailbox_id", slice_cstr(mailbox->oid));
	add_list(gen, "read", id);
	add_list(gen, "stored", store);
}
