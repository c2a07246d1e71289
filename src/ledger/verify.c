#include "ledger/verify.h"

#include <inttypes.h>
#include <stdlib.h>
#include <unistd.h>

#include "ledger/dir.h"
#include "ledger/verify_parts.h"

/* --- what was seen --- */

int
verify_begins(struct verify *verify, const struct merkle_head *tree,
    bool *begins, struct err *err)
{
	struct merkle_hash root;

	if (merkle_range_hash(verify->sha, (struct merkle_range){0, tree->size},
	        &verify->source, &root, err))
		return -1;
	*begins = merkle_eq(&root, &tree->root);
	return 0;
}

int
verify_seen(const struct verify *verify, const char *origin,
    struct merkle_head *tree, bool *found, struct err *err)
{
	char name[DIR_LOG_NAME], *path;
	struct buf bytes = {0};
	struct cosign read;
	int status;

	*found = false;
	if (!verify->options->seen)
		return 0;
	dir_log_name(slice_cstr(origin), name);
	path = dir_path(verify->options->seen, name);
	status = dir_read(path, NOTE_MAX, &bytes, found, err);
	if (!status && *found && cosign_read(buf_slice(&bytes), &read, err)) {
		/* Our own memory, not the ledger, is damaged. */
		status = err_context(err, "'%s'", path);
		err->code = ERR_SYSTEM;
	}
	if (!status && *found)
		*tree = read.checkpoint.tree;
	free(path);
	buf_release(&bytes);
	return status;
}

static int
check_seen(struct verify *verify, struct err *err)
{
	struct verify_report *report = verify->report;
	struct merkle_head seen;
	bool begins;

	if (verify_seen(verify, report->origin, &seen, &report->seen_any, err))
		return -1;
	if (!report->seen_any)
		return 0;
	report->seen = seen.size;
	if (seen.size > report->tree.size)
		return err_set(err, ERR_CORRUPT,
		    "'%s/checkpoint': is for %" PRIu64
		    " records; one for %" PRIu64
		    " was seen here before (in '%s')",
		    verify->dir, report->tree.size, seen.size,
		    verify->options->seen);
	if (verify_begins(verify, &seen, &begins, err))
		return -1;
	return begins ? 0
	              : err_set(err, ERR_CORRUPT,
	                    "'%s': its first %" PRIu64
	                    " records are not those that were seen here "
	                    "before (in '%s'): the log was rewritten",
	                    verify->dir, seen.size, verify->options->seen);
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

/* What witnesses cosigned; it was read before the checkpoint was. */
static int
check_cosigned(struct verify *verify, struct err *err)
{
	struct cosigned *cosigned = &verify->report->cosigned;
	const struct head *head = &verify->head;
	bool begins;

	if (cosigned_judge(cosigned, verify->dir, buf_slice(&head->origin),
	        head->keys, head->key_count, err))
		return -1;
	if (!cosigned->there)
		return 0;
	begins = cosigned->tree.size <= verify->report->tree.size;
	if (begins && verify_begins(verify, &cosigned->tree, &begins, err))
		return -1;
	return begins ? 0
	              : err_set(err, ERR_CORRUPT,
	                    "'%s/cosigned': the %" PRIu64
	                    " records that it is over are not the first of the "
	                    "ledger",
	                    verify->dir, cosigned->tree.size);
}

/* --- the whole --- */

static int
check_root(struct verify *verify, struct err *err)
{
	const struct verify_report *report = verify->report;
	bool begins;

	if (verify_begins(verify, &report->tree, &begins, err))
		return -1;
	return begins ? 0
	              : err_set(err, ERR_CORRUPT,
	                    "'%s/checkpoint': the root that it signs is not "
	                    "that of the first %" PRIu64 " hashes in hash/",
	                    verify->dir, report->tree.size);
}

/*
 * A whole check looks at the records first: of a hash that is wrong it can say
 * which.
 */
static int
check(struct verify *verify, struct err *err)
{
	bool quick = verify->options->quick;

	if (cosigned_read(&verify->report->cosigned, verify->dir, err) ||
	    head_read(&verify->head, verify->dir, err) ||
	    verify_signer(verify, err) ||
	    hashes_open(&verify->hashes, verify->dir, false, err))
		return -1;
	verify->source = hashes_source(verify->hashes);
	if ((!quick && verify_records(verify, err)) ||
	    check_root(verify, err) || verify_changes(verify, err) ||
	    check_cosigned(verify, err) || check_seen(verify, err) ||
	    (quick && verify_sample(verify, err)))
		return -1;
	return remember(verify, buf_slice(&verify->head.note), err);
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
	struct err why = {0};
	int status, lock = -1;

	*report = (struct verify_report){0};
	if (!is_ledger(dir, err))
		return VERIFY_NO_ANSWER;
	verify.sha = sha256_new();
	status = dir_lock_shared(dir, DIR_READERS, &lock, &why);
	if (!status)
		status = check(&verify, &why);
	hashes_close(verify.hashes);
	head_release(&verify.head);
	buf_release(&report->cosigned.note);
	buf_release(&report->cosigned.policy);
	sha256_free(verify.sha);
	if (lock >= 0)
		close(lock);
	if (!status)
		return VERIFY_FINE;
	if (err)
		*err = why;
	return why.code == ERR_CORRUPT || why.code == ERR_INPUT
	           ? VERIFY_FAULT
	           : VERIFY_NO_ANSWER;
}
