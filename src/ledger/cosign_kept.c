#include "ledger/cosign_kept.h"

#include <stdio.h>
#include <stdlib.h>

#include "ledger/dir.h"

static int
read_file(const char *dir, const char *name, struct buf *out, bool *found,
    struct err *err)
{
	char *path = dir_path(dir, name);
	int status = dir_read(path, NOTE_MAX, out, found, err);

	free(path);
	return status;
}

int
cosigned_read(struct cosigned *cosigned, const char *dir, struct err *err)
{
	if (read_file(
	        dir, COSIGNED_FILE, &cosigned->note, &cosigned->there, err))
		return -1;
	return read_file(
	    dir, WITNESSES_FILE, &cosigned->policy, &cosigned->policed, err);
}

static void
judge_policy(struct cosigned *cosigned, const struct policy *policy,
    const struct note *note)
{
	struct note_seal seals[POLICY_PEERS];
	struct err err = {0};

	cosigned->judged = true;
	memset(seals, 0, sizeof(seals));
	cosigned->enough = !policy_check(policy, note, seals, &err);
	memcpy(cosigned->missing, err.msg, sizeof(err.msg));
	for (size_t i = 0; i < cosigned->witnesses; i++) {
		cosigned->count += seals[i].valid;
		if (seals[i].valid && seals[i].time > cosigned->time)
			cosigned->time = seals[i].time;
	}
}

static int
check_policy(struct cosigned *cosigned, const char *dir,
    const struct note *note, struct err *err)
{
	char *path = dir_path(dir, WITNESSES_FILE);
	struct policy *policy =
	    policy_parse(path, buf_slice(&cosigned->policy), err);

	free(path);
	if (!policy)
		return -1;
	cosigned->witnesses = policy_witness_count(policy);
	if (note)
		judge_policy(cosigned, policy, note);
	policy_free(policy);
	return 0;
}

/* The note as a checkpoint of this log. */
static int
check_note(struct cosigned *cosigned, struct slice origin,
    const struct key *keys, size_t count, struct cosign *read, struct err *err)
{
	if (cosign_read(buf_slice(&cosigned->note), read, err))
		return -1;
	if (!slice_eq(read->checkpoint.origin, origin))
		return err_set(err, ERR_CORRUPT,
		    "the checkpoint is that of another log, '" SLICE_FMT "'",
		    SLICE_ARG(read->checkpoint.origin));
	if (note_verify(&read->note, keys, count, NULL) != NOTE_OK)
		return err_set(err, ERR_CORRUPT,
		    "the checkpoint is not signed by a key of keys.pub");
	cosigned->tree = read->checkpoint.tree;
	return 0;
}

int
cosigned_judge(struct cosigned *cosigned, const char *dir, struct slice origin,
    const struct key *keys, size_t count, struct err *err)
{
	struct cosign read;

	if (cosigned->there &&
	    check_note(cosigned, origin, keys, count, &read, err))
		return err_context(err, "'%s/" COSIGNED_FILE "'", dir);
	if (!cosigned->policed)
		return 0;
	return check_policy(
	    cosigned, dir, cosigned->there ? &read.note : NULL, err);
}

void
cosigned_release(struct cosigned *cosigned)
{
	buf_release(&cosigned->note);
	buf_release(&cosigned->policy);
	*cosigned = (struct cosigned){0};
}
