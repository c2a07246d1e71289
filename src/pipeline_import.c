#include "pipeline_import.h"

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
/* By how much a suite's clocks and ours may differ. */
#define CLOCKS_US ((int64_t)86400 * 1000000)

#define ITEMS_MAX 4096 /* taken with one call */

/* What became of the items of one file. */
struct counts {
	uint64_t items, before, added, repeats, tellings, conflicts;
	uint64_t unreadable, not_kept, within;
};

/* A file as it stood when it was named. */
struct named {
	const char *path;
	struct stat st;
	unsigned char digest[SHA256_LEN]; /* regular files only */
	unsigned char name[NAME_LEN];
};

/*
 * A file on its way.  While its last batches are worked on, the next file is
 * read; batches are finished in the order of the files.
 */
struct incoming {
	struct incoming *next;
	struct named named;
	uint64_t index;           /* of the record that opened the delivery */
	uint64_t given, finished; /* batches */
	bool read;                /* to its end: no more will be given */
	struct counts counts;
};

struct import {
	struct import_result *result;
	struct append *append;
	struct err *err;
	struct progress progress;
	struct incoming *first, *last; /* owned: a queue */
	struct append_item items[ITEMS_MAX];
	unsigned char verdicts[ITEMS_MAX];
	struct buf text;
};

/* --- naming --- */

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
	if (sha256_file(path, named->digest, err))
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
    struct import *import, const struct file *file, struct incoming *incoming)
{
	const struct named *named = &incoming->named;
	char room[TIME_TEXT_MAX];
	struct buf *text = &import->text;
	struct append_delivery of = {.name = named->name};
	struct ledger_delivery delivery;
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
	of.raw = buf_slice(text);
	if (append_begin(import->append, &of, &delivery, import->err))
		return -1;
	incoming->index = delivery.index;
	return 0;
}

static int
close_delivery(struct import *import, const struct incoming *incoming)
{
	const struct counts *n = &incoming->counts;
	struct append_delivery of = {.name = incoming->named.name};
	struct buf *text = &import->text;

	buf_clear(text);
	buf_printf(text, "{\"delivery\":%ju", (uintmax_t)incoming->index);
	add_digest(text, &incoming->named);
	buf_printf(text,
	    ",\"items\":%ju,\"before\":%ju,\"added\":%ju,\"repeats\":%ju,"
	    "\"tellings\":%ju,\"conflicts\":%ju,\"unreadable\":%ju,"
	    "\"not_kept\":%ju,\"within\":%ju}",
	    (uintmax_t)n->items, (uintmax_t)n->before, (uintmax_t)n->added,
	    (uintmax_t)n->repeats, (uintmax_t)n->tellings,
	    (uintmax_t)n->conflicts, (uintmax_t)n->unreadable,
	    (uintmax_t)n->not_kept, (uintmax_t)n->within);
	of.raw = buf_slice(text);
	return append_end(import->append, &of, import->err);
}

/* Closes what is done with, from the first on. */
static int
close_done(struct import *import)
{
	struct incoming *first;

	while ((first = import->first) != NULL && first->read &&
	       first->finished == first->given) {
		if (close_delivery(import, first))
			return -1;
		import->first = first->next;
		free(first);
	}
	return 0;
}

/* --- taking: in order, one thread --- */

/* Events inside another's record have none of their own. */
static void
make_item(const struct outcome *o, struct append_item *item)
{
	const struct taken *taken = o->taken;

	*item = (struct append_item){0};
	if (!taken || taken->raw.len > FRAME_RAW_MAX)
		return;
	*item = (struct append_item){.keep = true,
	    .historic = true,
	    .source = taken->source,
	    .tenant = taken->tenant,
	    .available_us = LEAF_NO_TIME,
	    .since_us = o->time_us == EVENT_NO_TIME ? INT64_MIN
	                                            : o->time_us - CLOCKS_US,
	    .identity = taken->has_identity ? &taken->identity : NULL,
	    .raw = taken->raw,
	    .salt = taken->salt,
	    .commit = &taken->commit};
	if (o->why)
		item->source = SLICE(SOURCE_UNREADABLE);
	else if (!leaf_name_ok(item->source))
		item->source = SLICE("file/unknown");
	/* What a record calls its tenant may be anything. */
	if (item->tenant.len && !leaf_name_ok(item->tenant))
		item->tenant = SLICE("");
}

static void
count_event(struct import *import, struct counts *n, const struct outcome *o,
    enum append_verdict verdict)
{
	struct tally *tally = &import->result->tally;
	bool within = verdict == APPEND_PASSED;

	if (verdict == APPEND_NEW || within) {
		tally_event(tally, o->kind, o->time_us);
	} else {
		tally->duplicates++;
		tally->tellings += verdict == APPEND_TELLING;
		tally->conflicts += verdict == APPEND_CONFLICT;
	}
	n->repeats += verdict == APPEND_REPEAT;
	n->tellings += verdict == APPEND_TELLING;
	n->conflicts += verdict == APPEND_CONFLICT;
	n->added += verdict != APPEND_REPEAT && !within;
	n->within += within;
	import->result->within += within;
}

static void
count(struct import *import, struct counts *n, const struct outcome *o,
    enum append_verdict verdict)
{
	struct import_result *result = import->result;
	bool passed = verdict == APPEND_PASSED;

	n->items++;
	if (verdict == APPEND_BEFORE) {
		n->before++;
		result->before++;
		return;
	}
	result->tally.records++;
	result->tally.repaired += o->repaired;
	if (!o->why) {
		count_event(import, n, o, verdict);
		return;
	}
	result->tally.rejected++;
	n->unreadable++;
	n->not_kept += passed;
	result->not_kept += passed;
}

static int
take(struct import *import, struct incoming *incoming,
    const struct outcome *outcomes, size_t n)
{
	struct append_batch batch = {.name = incoming->named.name,
	    .first = incoming->counts.items,
	    .items = import->items,
	    .count = n};

	for (size_t i = 0; i < n; i++)
		make_item(&outcomes[i], &import->items[i]);
	if (append_take(import->append, &batch, import->verdicts, import->err))
		return -1;
	for (size_t i = 0; i < n; i++)
		count(import, &incoming->counts, &outcomes[i],
		    (enum append_verdict)import->verdicts[i]);
	return 0;
}

static int
finish(void *context, struct work *work)
{
	struct import *import = context;
	struct incoming *incoming;

	if (close_done(import))
		return -1;
	incoming = import->first;
	for (size_t at = 0, n; at < work->count; at += n) {
		n = work->count - at < ITEMS_MAX ? work->count - at : ITEMS_MAX;
		if (take(import, incoming, work->outcomes + at, n))
			return -1;
	}
	incoming->finished++;
	return 0;
}

/* --- reading --- */

static int
read_file(struct import *import, struct pool *pool, struct incoming *incoming,
    struct file *file)
{
	struct tally *tally = &import->result->tally;
	uint64_t before = tally->bytes;

	for (;;) {
		struct work *work = pool_take(pool);

		if (!work)
			return -1;
		batch_reset(&work->batch);
		work->batch.file = incoming->named.path;
		if (!file_next(file, &work->batch)) {
			pool_return(pool, work);
			break;
		}
		incoming->given++;
		if (pool_give(pool, work))
			return -1;
		tally->bytes = before + file_taken(file);
		progress_show(&import->progress, tally->bytes, tally->records);
	}
	tally->bytes = before + file_taken(file);
	incoming->read = true;
	return 0;
}

static struct incoming *
add_incoming(struct import *import, const struct named *named)
{
	struct incoming *incoming = xcalloc(1, sizeof(*incoming));

	incoming->named = *named;
	if (import->first)
		import->last->next = incoming;
	else
		import->first = incoming;
	import->last = incoming;
	return incoming;
}

/* A file that is a log, and not taken whole before. */
static int
import_log(struct import *import, struct pool *pool, const struct named *named,
    struct file *file)
{
	struct incoming *incoming = add_incoming(import, named);

	import->result->tally.files++;
	if (open_delivery(import, file, incoming) ||
	    read_file(import, pool, incoming, file))
		return -1;
	if (!is_same(named))
		return err_set(import->err, ERR_INPUT,
		    "'%s' was changed while it was read; import it again when "
		    "it is whole",
		    named->path);
	return close_done(import);
}

/* Whether it was taken whole, or its bytes are those of one on its way. */
static int
was_taken(struct import *import, const struct named *named, bool *taken)
{
	const struct incoming *incoming = import->first;
	struct ledger_delivery known;
	bool found;

	for (; incoming; incoming = incoming->next) {
		*taken = !memcmp(incoming->named.name, named->name, NAME_LEN);
		if (*taken)
			return 0;
	}
	if (append_find(
	        import->append, named->name, &found, &known, import->err))
		return -1;
	*taken = found && known.closed;
	return 0;
}

static int
import_file(struct import *import, struct pool *pool, const char *path)
{
	struct tally *tally = &import->result->tally;
	struct file *file = NULL;
	struct named named;
	struct err why;
	int status = 0;
	bool taken;

	if (name_file(path, &named, &why)) {
		tally_skip(tally, path, why.msg);
		return 0;
	}
	if (was_taken(import, &named, &taken))
		return -1;
	if (taken) {
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
	if (pool_drain(pool) || close_done(import))
		return -1;
	return append_sign(import->append, import->err);
}

static void
import_free(struct import *import)
{
	struct incoming *incoming;

	while ((incoming = import->first) != NULL) {
		import->first = incoming->next;
		free(incoming);
	}
	buf_release(&import->text);
	free(import);
}

int
pipeline_import(const struct import_options *options, const struct files *files,
    struct import_result *result, struct err *err)
{
	struct import *import = xcalloc(1, sizeof(*import));
	struct pipeline_options work = {
	    .keep = true, .threads = options->threads};
	const struct rules_source none = {0};
	struct rules_report report = {0};
	struct rules *rules = NULL;
	struct pool *pool = NULL;
	int status = -1;

	import->result = result;
	import->append = options->append;
	import->err = err;
	/* Workers judge by no rule: that is done behind the ledger. */
	if (rules_load(&rules, &none, &report, err))
		goto out;
	work.rules = rules;
	progress_start(&import->progress, options->progress, files->bytes);
	pool = pool_new(&work, NULL, 0, finish, import);
	status = import_files(import, pool, files);
	progress_end(&import->progress);
out:
	pool_free(pool);
	rules_free(rules);
	rules_report_release(&report);
	import_free(import);
	return status;
}

void
import_result_release(struct import_result *result)
{
	tally_release(&result->tally);
}
