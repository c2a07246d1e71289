#include "pipeline_import.h"

#include <stdlib.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/alloc.h"
#include "base/time.h"
#include "pipeline_intake.h"
#include "source/file.h"
#include "source/progress.h"
#include "json/json.h"

#define NAME_LEN 16

/* A file as it stood when it was named. */
struct named {
	const char *path;
	struct stat st;
	unsigned char digest[SHA256_LEN]; /* regular files only */
	unsigned char name[NAME_LEN];
};

/* A file on its way. */
struct incoming {
	struct intake_delivery delivery;
	struct named named;
};

struct import {
	struct import_result *result;
	struct append *append;
	struct intake *intake;
	struct err *err;
	struct progress progress;
	uint64_t bytes; /* of the files before the one that is read */
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
	bool input = !strcmp(path, "-");

	*named = (struct named){.path = path};
	if (input ? fstat(STDIN_FILENO, &named->st) : stat(path, &named->st))
		return err_sys(err, "cannot read '%s'", path);
	if (input || !S_ISREG(named->st.st_mode)) {
		if (getrandom(named->name, NAME_LEN, 0) != NAME_LEN)
			return err_sys(err, "cannot make a random name");
		return 0;
	}
	return file_identify(path, named->digest, named->name, err);
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
	return intake_begin(
	    import->intake, &incoming->delivery, buf_slice(text), import->err);
}

static bool
closing(void *ctx, const struct intake_delivery *delivery, struct buf *text)
{
	const struct incoming *incoming = delivery->what;
	const struct intake_counts *n = &delivery->counts;

	(void)ctx;
	buf_printf(text, "{\"delivery\":%ju", (uintmax_t)delivery->index);
	add_digest(text, &incoming->named);
	buf_printf(text,
	    ",\"items\":%ju,\"before\":%ju,\"added\":%ju,\"repeats\":%ju,"
	    "\"tellings\":%ju,\"conflicts\":%ju,\"unreadable\":%ju,"
	    "\"not_kept\":%ju,\"within\":%ju}",
	    (uintmax_t)n->items, (uintmax_t)n->before, (uintmax_t)n->added,
	    (uintmax_t)n->repeats, (uintmax_t)n->tellings,
	    (uintmax_t)n->conflicts, (uintmax_t)n->unreadable,
	    (uintmax_t)n->not_kept, (uintmax_t)n->within);
	return true;
}

static int
closed(void *ctx, struct intake_delivery *delivery, struct slice text,
    uint64_t index)
{
	(void)ctx;
	(void)index;
	(void)text;
	free(delivery->what);
	return 0;
}

/* --- counting --- */

static void
count_event(struct import_result *result, const struct outcome *o,
    enum append_verdict verdict)
{
	struct tally *tally = &result->tally;
	bool within = verdict == APPEND_PASSED;

	if (verdict == APPEND_NEW || within) {
		tally_event(tally, o->kind, o->time_us);
	} else {
		tally->duplicates++;
		tally->tellings += verdict == APPEND_TELLING;
		tally->conflicts += verdict == APPEND_CONFLICT;
	}
	result->within += within;
}

static int
count(void *ctx, struct intake_delivery *delivery, struct work *work,
    const struct outcome *o, enum append_verdict verdict, uint64_t index)
{
	struct import_result *result = ((struct import *)ctx)->result;

	(void)delivery;
	(void)work;
	(void)index;
	if (verdict == APPEND_BEFORE) {
		result->before++;
		return 0;
	}
	result->tally.records++;
	result->tally.repaired += o->repaired;
	if (o->why) {
		result->tally.rejected++;
		result->not_kept += verdict == APPEND_PASSED;
	} else {
		count_event(result, o, verdict);
	}
	return 0;
}

/* --- reading --- */

static int
show_progress(void *ctx, const struct file *file)
{
	struct import *import = ctx;
	struct tally *tally = &import->result->tally;

	tally->bytes = import->bytes + file_taken(file);
	progress_show(&import->progress, tally->bytes, tally->records);
	return 0;
}

/* A file that is a log, and not taken whole before. */
static int
import_log(struct import *import, const struct named *named, struct file *file)
{
	struct incoming *incoming = xcalloc(1, sizeof(*incoming));
	struct intake_delivery *delivery = &incoming->delivery;

	incoming->named = *named;
	memcpy(delivery->name, named->name, NAME_LEN);
	delivery->historic = true;
	delivery->available_us = LEAF_NO_TIME;
	delivery->what = incoming;
	import->result->tally.files++;
	if (open_delivery(import, file, incoming)) {
		free(incoming);
		return -1;
	}
	import->bytes = import->result->tally.bytes;
	if (intake_read(
	        import->intake, file, named->path, show_progress, import->err))
		return -1;
	import->result->tally.bytes = import->bytes + file_taken(file);
	if (!is_same(named))
		return err_set(import->err, ERR_INPUT,
		    "'%s' was changed while it was read; import it again when "
		    "it is whole",
		    named->path);
	return intake_end(import->intake, import->err);
}

/* Whether it was taken whole, or its bytes are those of one on its way. */
static int
was_taken(struct import *import, const struct named *named, bool *taken)
{
	struct ledger_delivery known;
	bool found;

	*taken = intake_has(import->intake, named->name);
	if (*taken)
		return 0;
	if (append_find(
	        import->append, named->name, &found, &known, import->err))
		return -1;
	*taken = found && known.closed;
	return 0;
}

static int
import_file(struct import *import, const char *path)
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
		status = import_log(import, &named, file);
	file_close(file);
	return status;
}

static int
import_files(struct import *import, const struct files *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const struct files_entry *entry = &files->list[i];

		if (entry->why)
			tally_skip(
			    &import->result->tally, entry->name, entry->why);
		else if (import_file(import, entry->name))
			return -1;
	}
	if (intake_drain(import->intake, import->err))
		return -1;
	return append_sign(import->append, import->err);
}

static void
import_free(struct import *import)
{
	struct intake_delivery *delivery;

	/* Workers still name the files of what was not finished. */
	while (import->intake && (delivery = intake_shift(import->intake)))
		free(delivery->what);
	intake_free(import->intake);
	buf_release(&import->text);
	free(import);
}

int
pipeline_import(const struct import_options *options, const struct files *files,
    struct import_result *result, struct err *err)
{
	struct import *import = xcalloc(1, sizeof(*import));
	/* Workers judge by no rule: that is done behind the ledger. */
	const struct intake_options intake = {.append = options->append,
	    .work = {.threads = options->threads},
	    .item = count,
	    .closing = closing,
	    .closed = closed,
	    .ctx = import};
	int status;

	import->result = result;
	import->append = options->append;
	import->err = err;
	import->intake = intake_new(&intake);
	progress_start(&import->progress, options->progress, files->bytes);
	status = import_files(import, files);
	progress_end(&import->progress);
	import_free(import);
	return status;
}

void
import_result_release(struct import_result *result)
{
	tally_release(&result->tally);
}
