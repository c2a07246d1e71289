#include "cmd/damage_record.h"

#include <stdio.h>

#include "base/sha256.h"
#include "cmd/who.h"
#include "cmd/writer.h"
#include "coverage/member.h"
#include "incident/damage_words.h"
#include "incident/statement.h"
#include "ledger/dir.h"
#include "json/build.h"

/* Documents that statements name are no larger. */
#define FILE_MAX ((size_t)1 << 30)

/* The members are in `raw`, in an object that is open. */
static void
finish(const struct damage_record *record, struct buf *raw, size_t mark)
{
	struct err err = {0};
	uint64_t index;

	if (record->purpose)
		json_cstr(raw, "purpose", record->purpose);
	who_add(raw);
	json_close(raw, mark);
	if (writer_add(record->dir, "damage", buf_slice(raw), &index, &err))
		fprintf(stderr,
		    "firn: this assessment is not recorded in the ledger: %s\n",
		    err.msg);
	buf_release(raw);
}

static struct slice
said_by(const struct damage_record *record)
{
	return record->by ? slice_cstr(record->by) : SLICE("");
}

void
damage_record_stated(
    const struct damage_record *record, const struct damage *damage)
{
	for (size_t i = 0; i < damage->statement_count; i++) {
		struct buf raw = {0};
		size_t mark;

		if (damage->statements[i].index != NO_ACT)
			continue;
		mark = json_open(&raw, NULL, '{');
		statement_add(&raw, &damage->statements[i]);
		finish(record, &raw, mark);
	}
}

/* Whether the checkpoint is over just the records that were looked at. */
static bool
is_checkpoint_of(struct slice note, uint64_t size)
{
	uint64_t of;

	slice_cut(&note, '\n');
	return slice_to_u64(slice_cut(&note, '\n'), &of) && of == size;
}

/* The last use, for who tells of later ones. */
static void
add_last(struct buf *raw, const struct damage *damage)
{
	struct buf by = {0};

	member_time(raw, "last", damage->verdict.last_us);
	damage_last_by(&by, damage);
	json_text(raw, "last_by", buf_slice(&by));
	buf_release(&by);
}

void
damage_record_assessed(const struct damage_record *record,
    const struct damage *damage, struct view *view)
{
	const struct damage_statement said = {.kind = STATEMENT_ASSESSED,
	    .text = damage->command,
	    .by = said_by(record),
	    .way = WAY_COUNT,
	    .until_us = EVENT_NO_TIME,
	    .at_us = EVENT_NO_TIME,
	    .index = NO_ACT};
	struct buf raw = {0};
	size_t mark = json_open(&raw, NULL, '{');

	statement_add(&raw, &said);
	json_u64(&raw, "size", damage->size);
	if (record->back_to)
		json_u64(&raw, "back_to", record->back_to);
	json_cstr(
	    &raw, "verdict", damage_verdict_name(damage->verdict.verdict));
	add_last(&raw, damage);
	if (is_checkpoint_of(view_checkpoint(view), damage->size))
		json_text(&raw, "checkpoint", view_checkpoint(view));
	finish(record, &raw, mark);
}

int
damage_hash_file(const char *path, char hex[DAMAGE_HASH_ROOM], struct err *err)
{
	unsigned char hash[SHA256_LEN];
	struct buf bytes = {0};
	bool found = false;
	int status = dir_read(path, FILE_MAX, &bytes, &found, err);

	if (!status && !found)
		status = err_set(err, ERR_INPUT, "there is no '%s'", path);
	sha256(buf_slice(&bytes), hash);
	for (size_t i = 0; i < SHA256_LEN; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	buf_release(&bytes);
	return status;
}

/* The hash of the file that has the hashes of all others. */
static void
add_sums(struct buf *raw, const char *folder)
{
	char hex[DAMAGE_HASH_ROOM];
	struct buf path = {0};

	buf_printf(&path, "%s/SHA256SUMS%c", folder, '\0');
	if (!damage_hash_file(path.ptr, hex, NULL))
		json_cstr(raw, "sha256sums", hex);
	buf_release(&path);
}

void
damage_record_exported(const struct damage_record *record,
    const struct damage *damage, const char *folder)
{
	const struct damage_statement said = {.kind = STATEMENT_EXPORTED,
	    .text = slice_cstr(folder),
	    .by = said_by(record),
	    .way = WAY_COUNT,
	    .until_us = EVENT_NO_TIME,
	    .at_us = EVENT_NO_TIME,
	    .index = NO_ACT};
	struct buf raw = {0};
	size_t mark = json_open(&raw, NULL, '{');

	statement_add(&raw, &said);
	json_u64(&raw, "size", damage->size);
	json_u64(&raw, "records", damage->evidence_count);
	add_sums(&raw, folder);
	finish(record, &raw, mark);
}
