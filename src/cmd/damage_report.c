#include "cmd/damage_report.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/base64.h"
#include "base/version.h"
#include "cmd/damage_bundle.h"
#include "event/read.h"
#include "incident/damage_csv.h"
#include "incident/damage_json.h"
#include "incident/damage_page.h"
#include "ledger/cosign_kept.h"
#include "ledger/dir.h"
#include "json/build.h"

#define SMALL_MAX ((size_t)16 << 20) /* of the ledger's small files */

/* A folder that is being made, and the hashes of what is in it. */
struct maker {
	const struct damage_report *report;
	char *dir;       /* under its name for now */
	struct buf sums; /* of what follows from the assessment */
	struct buf signed_sums;
	struct damage_bundle found;
};

/* --- files --- */

static void
add_sum(
    struct buf *sums, const char *name, const unsigned char digest[SHA256_LEN])
{
	for (size_t i = 0; i < SHA256_LEN; i++)
		buf_printf(sums, "%02x", digest[i]);
	buf_printf(sums, "  %s\n", name);
}

static int
put(const char *dir, struct buf *sums, const char *name, struct slice bytes,
    struct err *err)
{
	unsigned char digest[SHA256_LEN];

	if (sums) {
		sha256(bytes, digest);
		add_sum(sums, name, digest);
	}
	return dir_replace(dir, name, bytes, err);
}

static int
put_written(struct maker *maker, const char *name,
    void (*write)(struct buf *out, const struct damage *damage),
    struct err *err)
{
	struct buf out = {0};
	int status;

	write(&out, maker->report->damage);
	status = put(maker->dir, &maker->sums, name, buf_slice(&out), err);
	buf_release(&out);
	return status;
}

static int
put_records(struct maker *maker, struct err *err)
{
	static const char name[] = "evidence/records.ndjson";
	char *path = dir_path(maker->dir, name);
	unsigned char digest[SHA256_LEN];
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *out = fd < 0 ? NULL : fdopen(fd, "w");
	int status;

	if (!out) {
		status = err_sys(err, "cannot create '%s'", path);
		if (fd >= 0)
			close(fd);
		free(path);
		return status;
	}
	status = damage_bundle_records(
	    out, maker->report, &maker->found, digest, err);
	if (!status && (fflush(out) || fsync(fileno(out))))
		status = err_sys(err, "cannot write '%s'", path);
	if (fclose(out) && !status)
		status = err_sys(err, "cannot write '%s'", path);
	if (!status)
		add_sum(&maker->sums, name, digest);
	free(path);
	return status;
}

/* --- what was asked, and by which rules --- */

static void
add_rules(struct buf *out)
{
	size_t open = json_open(out, "rules", '{');

	for (int i = 0; i < MARK_RULES; i++)
		json_cstr(out, mark_rule_name((enum mark_rule)i),
		    mark_rule_words((enum mark_rule)i));
	json_close(out, open);
	open = json_open(out, "covers", '{');
	for (int i = 0; i < REACH_HOWS; i++)
		json_cstr(out, reach_how_name((enum reach_how)i),
		    reach_how_words((enum reach_how)i));
	json_close(out, open);
}

static void
add_queries(struct buf *out, struct slice queries)
{
	json_key(out, "queries");
	buf_char(out, '[');
	while (queries.len)
		json_text(out, NULL, slice_cut(&queries, '\n'));
	buf_char(out, ']');
}

static int
put_inputs(struct maker *maker, struct err *err)
{
	const struct damage *damage = maker->report->damage;
	struct buf out = {0};
	size_t open = json_open(&out, NULL, '{'), inner;
	int status;

	json_cstr(&out, "format", "firn-damage-inputs/1");
	json_cstr(&out, "firn", FIRN_VERSION);
	json_u64(&out, "readers", EVENT_READERS);
	json_text(&out, "command", damage->command);
	inner = json_open(&out, "ledger", '{');
	json_text(&out, "origin", damage->origin);
	json_u64(&out, "size", damage->size);
	json_text(&out, "root", damage->root);
	json_close(&out, inner);
	json_u64(&out, "records", maker->found.records);
	json_u64(&out, "erased", maker->found.erased);
	json_u64(&out, "deliveries_not_closed", maker->found.unclosed);
	add_queries(&out, maker->report->queries);
	add_rules(&out);
	json_close(&out, open);
	buf_char(&out, '\n');
	status = put(maker->dir, &maker->sums, "evidence/inputs.json",
	    buf_slice(&out), err);
	buf_release(&out);
	return status;
}

static const char readme[] =
    "An assessment of damage, and the evidence that it rests on.\n"
    "\n"
    "report.html   for people; opens in any browser, loads nothing\n"
    "report.json   the same and all items, for programs\n"
    "items.csv     all items, for spreadsheets\n"
    "evidence/     what the report rests on: people's records; keep it as "
    "closed as those\n"
    "\n"
    "All of it at once, offline, with Node.js 18 and firn's tools/audit:\n"
    "\n"
    "    node audit.mjs bundle FOLDER --key VKEY\n"
    "\n"
    "VKEY is the ledger's verifier key. Take it from whoever runs the ledger, "
    "not from\n"
    "here: the keys in evidence/signed/ are the folder's own word. A file may "
    "have several\n"
    "keys, a line each, also those of witnesses. An older key of the ledger "
    "will do: the\n"
    "changes in evidence/signed/ lead on from it. With --policy FILE (C2SP's "
    "tlog-policy,\n"
    "not from here either) enough witnesses must have cosigned all that the "
    "report rests on.\n"
    "\n"
    "By hand, for example record 17:\n"
    "\n"
    "1. The files are as they were made:\n"
    "       sha256sum -c SHA256SUMS\n"
    "       (cd evidence/signed && sha256sum -c SHA256SUMS)\n"
    "   Whoever changed a file can change its hash, too; the steps below "
    "cannot be cheated\n"
    "   so. The hash of SHA256SUMS itself tells one export from another.\n"
    "2. The record's bytes:\n"
    "       jq -j 'select(.index==17).raw' evidence/records.ndjson >17.raw\n"
    "   (raw64 instead of raw: base64 of the bytes). Its leaf and salt: .leaf, "
    ".salt.\n"
    "3. The leaf is of these bytes: its last line has\n"
    "       { printf 'firn-commit/v1\\n'; printf %s SALT | xxd -r -p; cat "
    "17.raw; } | sha256sum\n"
    "4. The leaf is in the tree: begin with SHA-256(00 || leaf) and go up "
    "along .path as\n"
    "   RFC 9162 section 2.1.3.2 says. It ends in the root that report.json "
    "has under\n"
    "   .ledger, with the size there.\n"
    "5. That tree was signed: evidence/signed/checkpoint is a C2SP signed note "
    "with origin,\n"
    "   size, root and signatures. checkpoint.consistency leads from the tree "
    "of the report\n"
    "   to that one (RFC 9162 section 2.1.4.2). cosigned, if there is one, is "
    "the newest\n"
    "   checkpoint that witnesses cosigned, cosigned.consistency leads from "
    "the smaller of\n"
    "   the two trees to the larger.\n"
    "\n"
    "A record that was erased has no raw and no salt. Its leaf and path still "
    "show that\n"
    "something was there, from which source, and when it was received.\n"
    "\n"
    "Records of source firn/delivery and firn/delivered say how others came: "
    "file name,\n"
    "SHA-256 of the file that was imported, how many records it had. Where a "
    "delivery is\n"
    "not closed here, its end stands more than 200,000 records behind the "
    "evidence.\n"
    "\n"
    "All but evidence/signed/ follows from the ledger at that size and from "
    "what was asked:\n"
    "made again, it has the same bytes. evidence/signed/ has the newest "
    "checkpoint.\n"
    "\n"
    "This is no proof of absence. What no record shows may have happened all "
    "the same.\n";

/* --- what is signed --- */

/* That the smaller of two trees is the beginning of the larger. */
static int
put_consistency(struct maker *maker, const char *dir, const char *name,
    uint64_t other, struct err *err)
{
	struct merkle_source source = view_source(maker->report->view);
	struct merkle_hash hashes[MERKLE_PROOF_MAX];
	uint64_t size = maker->report->damage->size;
	uint64_t old = other < size ? other : size;
	uint64_t new = other < size ? size : other;
	struct sha256 *sha = sha256_new();
	struct buf out = {0};
	struct merkle_path path;
	int status;

	merkle_consistency_path(old, new, &path);
	status = merkle_path_hashes(sha, &path, &source, hashes, err);
	buf_printf(&out,
	    "firn-consistency/1\nold %" PRIu64 "\nnew %" PRIu64 "\n", old, new);
	for (size_t i = 0; !status && i < path.count; i++) {
		base64_add(&out, hashes[i].bytes, sizeof(hashes[i].bytes));
		buf_char(&out, '\n');
	}
	if (!status)
		status =
		    put(dir, &maker->signed_sums, name, buf_slice(&out), err);
	buf_release(&out);
	sha256_free(sha);
	return status;
}

static int
put_keys(struct maker *maker, const char *dir, struct err *err)
{
	size_t count;
	const struct key *keys = view_keys(maker->report->view, &count);
	struct buf out = {0};
	int status;

	for (size_t i = 0; i < count; i++) {
		key_print(&out, &keys[i]);
		buf_char(&out, '\n');
	}
	status =
	    put(dir, &maker->signed_sums, "keys.pub", buf_slice(&out), err);
	buf_release(&out);
	return status;
}

/* A small file of the ledger, if it has one. */
static int
put_copy(
    struct maker *maker, const char *dir, const char *name, struct err *err)
{
	char *path = dir_path(maker->report->ledger, name);
	struct buf bytes = {0};
	bool there;
	int status = dir_read(path, SMALL_MAX, &bytes, &there, err);

	if (!status && there)
		status =
		    put(dir, &maker->signed_sums, name, buf_slice(&bytes), err);
	buf_release(&bytes);
	free(path);
	return status;
}

/*
 * What witnesses cosigned, and the policy that says who they are.  One that is
 * newer than the view is of a later time, and left out.
 */
static int
put_cosigned(struct maker *maker, const char *dir, struct err *err)
{
	const struct damage_report *report = maker->report;
	struct cosigned cosigned = {0};
	const struct key *keys;
	size_t count;
	int status = cosigned_read(&cosigned, report->ledger, err);

	keys = view_keys(report->view, &count);
	if (!status && cosigned.there)
		status = cosigned_judge(&cosigned, report->ledger,
		    view_origin(report->view), keys, count, err);
	if (!status && cosigned.there &&
	    cosigned.tree.size <= view_tree(report->view)->size) {
		status = put(dir, &maker->signed_sums, COSIGNED_FILE,
		    buf_slice(&cosigned.note), err);
		if (!status)
			status = put_consistency(maker, dir,
			    "cosigned.consistency", cosigned.tree.size, err);
	}
	if (!status && cosigned.policed)
		status = put(dir, &maker->signed_sums, WITNESSES_FILE,
		    buf_slice(&cosigned.policy), err);
	cosigned_release(&cosigned);
	return status;
}

static int
put_signed(struct maker *maker, struct err *err)
{
	char *dir = dir_path(maker->dir, "evidence/signed");
	struct view *view = maker->report->view;
	int status = put(
	    dir, &maker->signed_sums, "checkpoint", view_checkpoint(view), err);

	if (!status)
		status = put_consistency(maker, dir, "checkpoint.consistency",
		    view_tree(view)->size, err);
	if (!status)
		status = put_keys(maker, dir, err);
	if (!status)
		status = put_copy(maker, dir, "changes", err);
	if (!status)
		status = put_cosigned(maker, dir, err);
	if (!status)
		status = put(dir, NULL, "SHA256SUMS",
		    buf_slice(&maker->signed_sums), err);
	free(dir);
	return status;
}

/* --- the folder --- */

static int
fill(struct maker *maker, struct err *err)
{
	char *deepest = dir_path(maker->dir, "evidence/signed");
	int status = dir_make(deepest, err);

	free(deepest);
	if (status || put_written(maker, "report.html", damage_page, err) ||
	    put_written(maker, "report.json", damage_json, err) ||
	    put_written(maker, "items.csv", damage_csv, err) ||
	    put(maker->dir, &maker->sums, "README.txt",
	        slice_of(readme, sizeof(readme) - 1), err) ||
	    put_records(maker, err) || put_inputs(maker, err) ||
	    put_signed(maker, err))
		return -1;
	return put(
	    maker->dir, NULL, "SHA256SUMS", buf_slice(&maker->sums), err);
}

/* What is in it is ours: files, and folders in two levels. */
static void
remove_all(const char *dir)
{
	DIR *stream = opendir(dir);
	struct dirent *entry;

	while (stream && (entry = readdir(stream))) {
		char *path = dir_path(dir, entry->d_name);

		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0 && unlink(path))
			remove_all(path); /* NOLINT(misc-no-recursion) */
		free(path);
	}
	if (stream)
		closedir(stream);
	rmdir(dir);
}

/* Puts the folder in its place, where there must be nothing. */
static int
name_it(const struct maker *maker, const char *dir, struct err *err)
{
	if (!renameat2(AT_FDCWD, maker->dir, AT_FDCWD, dir, RENAME_NOREPLACE))
		return 0;
	if (errno == EEXIST)
		return err_set(err, ERR_USAGE, "'%s' is there already", dir);
	return err_sys(err, "cannot put '%s' in its place", dir);
}

/* "DIR.XXXXXX", without slashes at the end of DIR. */
static char *
temporary(const char *dir)
{
	struct slice name = slice_cstr(dir);
	struct buf path = {0};

	while (name.len > 1 && name.ptr[name.len - 1] == '/')
		name.len--;
	buf_slice_add(&path, name);
	buf_str(&path, ".XXXXXX");
	buf_char(&path, '\0');
	return path.ptr;
}

int
damage_report(
    const char *dir, const struct damage_report *report, struct err *err)
{
	struct maker maker = {.report = report};
	struct stat stat;
	int status;

	if (!lstat(dir, &stat))
		return err_set(err, ERR_USAGE, "'%s' is there already", dir);
	if (report->damage->size > view_tree(report->view)->size)
		return err_set(err, ERR_USAGE,
		    "no checkpoint over %" PRIu64 " records yet",
		    report->damage->size);
	maker.dir = temporary(dir);
	if (!mkdtemp(maker.dir)) {
		status = err_sys(err, "cannot make '%s'", maker.dir);
		free(maker.dir);
		return status;
	}
	status = fill(&maker, err);
	if (!status)
		status = name_it(&maker, dir, err);
	if (status)
		remove_all(maker.dir);
	buf_release(&maker.sums);
	buf_release(&maker.signed_sums);
	free(maker.dir);
	return status;
}
