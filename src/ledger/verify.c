#include "ledger/verify.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/dir.h"
#include "ledger/head.h"
#include "ledger/note.h"
#include "ledger/verify_parts.h"

/*
 * head_read() has verified the note by keys.pub, which whoever wrote the
 * ledger could have written, too.
 */
static int
check_head(
    const struct verify *verify, const struct head *head, struct err *err)
{
	struct keys own = {head->keys, head->key_count};
	const struct keys *given = verify->options->keys;
	struct verify_report *report = verify->report;
	struct checkpoint checkpoint;

	assert(head->origin.len <= KEY_NAME_MAX);
	memcpy(report->origin, head->origin.ptr, head->origin.len);
	report->tree = head->tree;
	if (keys_checkpoint(given ? given : &own, buf_slice(&head->note),
	        &checkpoint, &report->signer, err))
		return err_context(err, "'%s/checkpoint'", verify->dir);
	return 0;
}

/* --- what was seen --- */

/* Compares the ledger with the checkpoint in the note. */
static int
check_extends(struct verify *verify, struct slice bytes, const char *path,
    struct err *err)
{
	struct verify_report *report = verify->report;
	struct checkpoint seen;
	struct merkle_hash root;
	struct note note;

	if (note_parse(bytes, &note, err) ||
	    checkpoint_parse(note.text, &seen, err)) {
		/* Our own memory, not the ledger, is damaged. */
		err_context(err, "'%s'", path);
		err->code = ERR_SYSTEM;
		return -1;
	}
	report->seen_any = true;
	report->seen = seen.tree.size;
	if (seen.tree.size > report->tree.size)
		return err_set(err, ERR_CORRUPT,
		    "'%s/checkpoint': is for %" PRIu64
		    " records; one for %" PRIu64 " was seen here before ('%s')",
		    verify->dir, report->tree.size, seen.tree.size, path);
	if (merkle_range_hash(verify->sha,
	        (struct merkle_range){0, seen.tree.size}, &verify->source,
	        &root, err))
		return -1;
	if (!merkle_eq(&root, &seen.tree.root))
		return err_set(err, ERR_CORRUPT,
		    "'%s': its first %" PRIu64
		    " records are not those that were seen here before "
		    "('%s'): the log was rewritten",
		    verify->dir, seen.tree.size, path);
	return 0;
}

static int
check_seen(struct verify *verify, struct err *err)
{
	char name[DIR_LOG_NAME], *path;
	struct buf note = {0};
	bool found = false;
	int status;

	if (!verify->options->seen)
		return 0;
	dir_log_name(slice_cstr(verify->report->origin), name);
	path = dir_path(verify->options->seen, name);
	status = dir_read(path, NOTE_MAX, &note, &found, err);
	if (!status && found)
		status = check_extends(verify, buf_slice(&note), path, err);
	free(path);
	buf_release(&note);
	return status;
}

static int
remember(const struct verify *verify, struct slice note, struct err *err)
{
	const char *seen = verify->options->seen;
	char name[DIR_LOG_NAME];

	if (!seen)
		return 0;
	dir_log_name(slice_cstr(verify->report->origin), name);
	if (dir_make(seen, err))
		return -1;
	return dir_replace(seen, name, note, err);
}

/* --- the whole --- */

static int
check_root(struct verify *verify, struct err *err)
{
	const struct verify_report *report = verify->report;
	struct merkle_hash root;

	if (merkle_range_hash(verify->sha,
	        (struct merkle_range){0, report->tree.size}, &verify->source,
	        &root, err))
		return -1;
	if (!merkle_eq(&root, &report->tree.root))
		return err_set(err, ERR_CORRUPT,
		    "'%s/checkpoint': the root that it signs is not that of "
		    "the first %" PRIu64 " hashes in hash/",
		    verify->dir, report->tree.size);
	return 0;
}

/*
 * A whole check looks at the records first: of a hash that is wrong it can say
 * which.
 */
static int
check(struct verify *verify, const struct head *head, struct err *err)
{
	bool quick = verify->options->quick;

	if (check_head(verify, head, err) ||
	    hashes_open(&verify->hashes, verify->dir, false, err))
		return -1;
	verify->source = hashes_source(verify->hashes);
	if ((!quick && verify_records(verify, err)) ||
	    check_root(verify, err) || check_seen(verify, err) ||
	    (quick && verify_sample(verify, err)))
		return -1;
	return remember(verify, buf_slice(&head->note), err);
}

/* Without the file it is no ledger, and nothing can be said of it. */
static bool
is_ledger(const char *dir, struct err *err)
{
	char *path = dir_path(dir, "format");
	bool there = !access(path, R_OK);

	if (!there)
		err_set(err, ERR_INPUT,
		    "'%s' is no ledger that can be read: no file 'format'",
		    dir);
	free(path);
	return there;
}

enum verify_verdict
verify_ledger(const char *dir, const struct verify_options *options,
    struct verify_report *report, struct err *err)
{
	struct verify verify = {
	    .dir = dir, .options = options, .report = report};
	struct head head = {0};
	struct err why = {0};
	int status;

	*report = (struct verify_report){0};
	if (!is_ledger(dir, err))
		return VERIFY_NO_ANSWER;
	verify.sha = sha256_new();
	status = head_read(&head, dir, &why);
	if (!status)
		status = check(&verify, &head, &why);
	hashes_close(verify.hashes);
	head_release(&head);
	sha256_free(verify.sha);
	if (!status)
		return VERIFY_FINE;
	if (err)
		*err = why;
	return why.code == ERR_CORRUPT || why.code == ERR_INPUT
	           ? VERIFY_FAULT
	           : VERIFY_NO_ANSWER;
}
