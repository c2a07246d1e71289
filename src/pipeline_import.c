#include "pipeline_import.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "pipeline_pool.h"
#include "rule/rules.h"
#include "source/file.h"
#include "source/progress.h"
#include "json/json.h"

#define SOURCE_UNREADABLE "file/unreadable"
#define NAME_LEN          16
#define READ_BYTES        (1u << 20)
/* By how much a suite's clocks and ours may differ. */
#define CLOCKS_US ((int64_t)86400 * 1000000)

/* What became of the items of one file. */
struct counts {
	uint64_t items, added, repeats, tellings, conflicts;
	uint64_t unreadable, not_kept, within;
};

struct import {
	const struct import_options *options;
	struct import_result *result;
	struct ledger *ledger;
	struct err *err;
	struct progress progress;
	/* Of the file that is being read. */
	uint64_t delivery;
	uint64_t taken; /* items that an earlier run had taken */
	struct counts counts;
	struct buf text;
};

/* A file as it stood when it was named. */
struct named {
	const char *path;
	struct stat st;
	unsigned char digest[SHA256_LEN]; /* regular files only */
	unsigned char name[NAME_LEN];
};

/* --- naming --- */

static int
hash_file(const char *path, unsigned char digest[SHA256_LEN], struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	char *room = xmalloc(READ_BYTES);
	struct sha256 *sha = sha256_new();
	ssize_t got = -1;

	sha256_begin(sha);
	while (fd >= 0 && (got = read(fd, room, READ_BYTES)) != 0) {
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			break;
		sha256_add(sha, room, (size_t)got);
	}
	if (got < 0)
		err_sys(err, "cannot read '%s'", path);
	sha256_end(sha, digest);
	sha256_free(sha);
	free(room);
	if (fd >= 0)
		close(fd);
	return got < 0 ? -1 : 0;
}

/*
 * By its bytes, so that the same export is one delivery wherever it lies.  A
 * pipe can be read but once and has no name that comes again.
 */
static int
name_file(const char *path, struct named *named, struct err *err)
{
	static const char label[] = "firn-delivery/1\nfile\n";
	unsigned char text[sizeof(label) - 1 + SHA256_LEN];
	unsigned char digest[SHA256_LEN];
	bool input = !strcmp(path, "-");

	*named = (struct named){.path = path};
	if (input ? fstat(STDIN_FILENO, &named->st) : stat(path, &named->st))
		return err_sys(err, "cannot read '%s'", path);
	if (input || !S_ISREG(named->st.st_mode)) {
		if (getrandom(named->name, NAME_LEN, 0) != NAME_LEN)
			return err_sys(err, "cannot make a random name");
		return 0;
	}
	if (hash_file(path, named->digest, err))
		return -1;
	memcpy(text, label, sizeof(label) - 1);
	memcpy(text + sizeof(label) - 1, named->digest, SHA256_LEN);
	sha256(slice_of(text, sizeof(text)), digest);
	memcpy(named->name, digest, NAME_LEN);
	return 0;
}

/* Whether the file is still the one that was named. */
static bool
is_same(const struct named *named)
{
	struct stat st;

	if (!S_ISREG(named->st.st_mode) || !strcmp(named->path, "-"))
		return true;
	return !stat(named->path, &st) && st.st_size == named->st.st_size &&
	       st.st_mtim.tv_sec == named->st.st_mtim.tv_sec &&
	       st.st_mtim.tv_nsec == named->st.st_mtim.tv_nsec &&
	       st.st_ino == named->st.st_ino;
}

/* --- the delivery's own records --- */

static void
add_hex(struct buf *out, const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(out, "%02x", bytes[i]);
}

static void
add_digest(struct buf *out, const struct named *named)
{
	if (!S_ISREG(named->st.st_mode) || !strcmp(named->path, "-"))
		return;
	buf_printf(
	    out, ",\"bytes\":%jd,\"sha256\":\"", (intmax_t)named->st.st_size);
	add_hex(out, named->digest, SHA256_LEN);
	buf_char(out, '"');
}

static int
open_delivery(
    struct import *import, const struct named *named, const struct file *file)
{
	char room[TIME_TEXT_MAX];
	struct buf *text = &import->text;
	int64_t modified_us = named->st.st_mtim.tv_sec * 1000000 +
	                      named->st.st_mtim.tv_nsec / 1000;

	buf_clear(text);
	buf_str(text, "{\"by\":\"file\",\"name\":");
	json_add_str(text, slice_cstr(named->path));
	add_digest(text, named);
	buf_str(text, ",\"modified\":");
	json_add_str(text, time_format(modified_us, room));
	buf_printf(text, ",\"form\":\"%s\"", file_form(file));
	if (file_header(file).len) {
		buf_str(text, ",\"header\":");
		json_add_str(text, file_header(file));
	}
	buf_char(text, '}');
	return ledger_open_delivery(import->ledger, named->name, SLICE(""),
	    buf_slice(text), &import->delivery, import->err);
}

static int
close_delivery(struct import *import, const struct named *named)
{
	const struct counts *n = &import->counts;
	struct buf *text = &import->text;

	ledger_mark(import->ledger, import->delivery, n->items);
	buf_clear(text);
	buf_printf(text, "{\"delivery\":%ju", (uintmax_t)import->delivery);
	add_digest(text, named);
	buf_printf(text,
	    ",\"items\":%ju,\"before\":%ju,\"added\":%ju,\"repeats\":%ju,"
	    "\"tellings\":%ju,\"conflicts\":%ju,\"unreadable\":%ju,"
	    "\"not_kept\":%ju,\"within\":%ju}",
	    (uintmax_t)n->items, (uintmax_t)import->taken, (uintmax_t)n->added,
	    (uintmax_t)n->repeats, (uintmax_t)n->tellings,
	    (uintmax_t)n->conflicts, (uintmax_t)n->unreadable,
	    (uintmax_t)n->not_kept, (uintmax_t)n->within);
	return ledger_close_delivery(import->ledger, import->delivery,
	    SLICE(""), buf_slice(text), import->err);
}

/* --- taking: in order, one thread --- */

static int
add(struct import *import, const struct taken *taken, const char *source)
{
	struct ledger_add add = {.source = taken->source,
	    .tenant = taken->tenant,
	    .available_us = LEAF_NO_TIME,
	    .delivery = import->delivery,
	    .historic = true,
	    .identity = taken->has_identity ? &taken->identity : NULL,
	    .raw = taken->raw,
	    .salt = taken->salt,
	    .commit = &taken->commit};
	uint64_t index;

	if (source || !leaf_name_ok(add.source))
		add.source = slice_cstr(source ? source : "file/unknown");
	/* What a record calls its tenant may be anything. */
	if (add.tenant.len && !leaf_name_ok(add.tenant))
		add.tenant = SLICE("");
	return ledger_add(import->ledger, &add, &index, import->err);
}

static int
take_unreadable(struct import *import, const struct taken *taken)
{
	import->result->tally.rejected++;
	import->counts.unreadable++;
	if (!taken || taken->raw.len > FRAME_RAW_MAX) {
		import->counts.not_kept++;
		import->result->not_kept++;
		return 0;
	}
	return add(import, taken, SOURCE_UNREADABLE);
}

static int
take_event(struct import *import, const struct outcome *o)
{
	struct tally *tally = &import->result->tally;
	struct counts *n = &import->counts;
	enum ledger_known known = LEDGER_NEW;

	if (o->taken->has_identity)
		known = ledger_known(import->ledger, &o->taken->identity,
		    o->time_us == EVENT_NO_TIME ? INT64_MIN
		                                : o->time_us - CLOCKS_US);
	if (known == LEDGER_NEW) {
		tally_event(tally, o->kind, o->time_us);
	} else {
		tally->duplicates++;
		tally->tellings += known == LEDGER_TELLING;
		tally->conflicts += known == LEDGER_CONFLICT;
	}
	n->repeats += known == LEDGER_REPEAT;
	n->tellings += known == LEDGER_TELLING;
	n->conflicts += known == LEDGER_CONFLICT;
	n->added += known != LEDGER_REPEAT;
	return known == LEDGER_REPEAT ? 0 : add(import, o->taken, NULL);
}

static int
take(struct import *import, const struct outcome *o)
{
	if (import->counts.items++ < import->taken) {
		import->result->before++;
		return 0;
	}
	import->result->tally.records++;
	import->result->tally.repaired += o->repaired;
	if (o->why)
		return take_unreadable(import, o->taken);
	if (o->taken)
		return take_event(import, o);
	tally_event(&import->result->tally, o->kind, o->time_us);
	import->counts.within++;
	import->result->within++;
	return 0;
}

static int
finish(void *context, struct work *work)
{
	struct import *import = context;

	for (size_t i = 0; i < work->count; i++) {
		if (take(import, &work->outcomes[i]))
			return -1;
		if (ledger_pending(import->ledger) < LEDGER_COMMIT_BYTES)
			continue;
		ledger_mark(
		    import->ledger, import->delivery, import->counts.items);
		if (ledger_commit(import->ledger, import->err))
			return -1;
	}
	return 0;
}

/* --- reading --- */

static int
read_file(struct import *import, struct pool *pool, const char *path,
    struct file *file)
{
	struct tally *tally = &import->result->tally;
	uint64_t before = tally->bytes;

	for (;;) {
		struct work *work = pool_take(pool);

		if (!work)
			return -1;
		batch_reset(&work->batch);
		work->batch.file = path;
		if (!file_next(file, &work->batch)) {
			pool_return(pool, work);
			break;
		}
		if (pool_give(pool, work))
			return -1;
		tally->bytes = before + file_taken(file);
		progress_show(&import->progress, tally->bytes, tally->records);
	}
	tally->bytes = before + file_taken(file);
	return pool_drain(pool);
}

/* A file that is a log, and not taken whole before. */
static int
import_log(struct import *import, struct pool *pool, const struct named *named,
    struct file *file)
{
	struct ledger_delivery known;

	import->counts = (struct counts){0};
	import->taken = 0;
	import->result->tally.files++;
	if (ledger_find_delivery(import->ledger, named->name, &known)) {
		import->delivery = known.index;
		import->taken = known.consumed;
	} else if (open_delivery(import, named, file)) {
		return -1;
	}
	if (read_file(import, pool, named->path, file))
		return -1;
	if (!is_same(named))
		return err_set(import->err, ERR_INPUT,
		    "'%s' was changed while it was read; import it again when "
		    "it is whole",
		    named->path);
	return close_delivery(import, named);
}

static int
import_file(struct import *import, struct pool *pool, const char *path)
{
	struct tally *tally = &import->result->tally;
	struct ledger_delivery known;
	struct file *file = NULL;
	struct named named;
	struct err why;
	int status = 0;

	if (name_file(path, &named, &why)) {
		tally_skip(tally, path, why.msg);
		return 0;
	}
	if (ledger_find_delivery(import->ledger, named.name, &known) &&
	    known.closed) {
		import->result->files_before++;
		return 0;
	}
	if (file_open(&file, path, &why)) {
		tally_skip(tally, path, why.msg);
		return 0;
	}
	if (file_no_log(file))
		tally_skip(tally, path, file_no_log(file));
	else
		status = import_log(import, pool, &named, file);
	file_close(file);
	return status;
}

static int
import_files(
    struct import *import, struct pool *pool, const struct files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct files_entry *entry = &files->list[i];

		if (entry->why)
			tally_skip(
			    &import->result->tally, entry->name, entry->why);
		else if (import_file(import, pool, entry->name))
			return -1;
	}
	if (ledger_commit(import->ledger, import->err))
		return -1;
	return ledger_checkpoint(import->ledger, import->err);
}

int
pipeline_import(const struct import_options *options, const struct files *files,
    struct import_result *result, struct err *err)
{
	struct import import = {.options = options,
	    .result = result,
	    .ledger = options->ledger,
	    .err = err};
	struct pipeline_options work = {
	    .keep = true, .threads = options->threads};
	const struct rules_source none = {0};
	struct rules_report report = {0};
	struct rules *rules = NULL;
	struct pool *pool = NULL;
	int status = -1;

	/* Workers judge by no rule: that is done behind the ledger. */
	if (rules_load(&rules, &none, &report, err))
		goto out;
	work.rules = rules;
	progress_start(&import.progress, options->progress, files->bytes);
	pool = pool_new(&work, NULL, 0, finish, &import);
	status = import_files(&import, pool, files);
	progress_end(&import.progress);
out:
	pool_free(pool);
	rules_free(rules);
	rules_report_release(&report);
	buf_release(&import.text);
	return status;
}

void
import_result_release(struct import_result *result)
{
	tally_release(&result->tally);
}
