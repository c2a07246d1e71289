#include "finding/outbox_state.h"

#include <stdlib.h>

#include "base/time.h"
#include "finding/lines.h"
#include "ledger/dir.h"
#include "json/build.h"
#include "json/json.h"

#define HEAD       "firn-outbox/v1"
#define CURSOR_MAX 300

static char *
cursor_name(const char *name)
{
	struct buf text = {0};

	buf_printf(&text, "%s.cursor", name);
	buf_char(&text, '\0');
	return text.ptr;
}

/* "key NUMBER" and a line feed, which is taken off *rest. */
static bool
take_number(struct slice *rest, const char *key, uint64_t *out)
{
	struct slice line = slice_cut(rest, '\n');

	return slice_eq(slice_cut(&line, ' '), slice_cstr(key)) &&
	       slice_to_u64(line, out);
}

static bool
parse(struct slice text, struct outbox_cursor *cursor)
{
	struct outbox_cursor got;

	if (!text.len || text.ptr[text.len - 1] != '\n' ||
	    !slice_eq(slice_cut(&text, '\n'), SLICE(HEAD)) ||
	    !take_number(&text, "next", &got.next) ||
	    !take_number(&text, "sent", &got.sent) ||
	    !take_number(&text, "dead", &got.dead) || text.len)
		return false;
	*cursor = got;
	return true;
}

int
outbox_cursor_read(const char *dir, const char *name,
    struct outbox_cursor *cursor, bool *found, struct err *err)
{
	char *file = cursor_name(name), *path = dir_path(dir, file);
	struct buf text = {0};
	int status = dir_read(path, CURSOR_MAX, &text, found, err);

	if (!status && *found && !parse(buf_slice(&text), cursor))
		status = err_set(err, ERR_CORRUPT, "'%s' is no cursor", path);
	buf_release(&text);
	free(path);
	free(file);
	return status;
}

int
outbox_cursor_write(const char *dir, const char *name,
    const struct outbox_cursor *cursor, struct err *err)
{
	char *file = cursor_name(name);
	struct buf text = {0};
	int status;

	buf_printf(&text, HEAD "\nnext %ju\nsent %ju\ndead %ju\n",
	    (uintmax_t)cursor->next, (uintmax_t)cursor->sent,
	    (uintmax_t)cursor->dead);
	status = dir_replace(dir, file, buf_slice(&text), err);
	buf_release(&text);
	free(file);
	return status;
}

/* --- dead letters --- */

static void
write_letter(struct buf *out, const struct outbox_letter *letter)
{
	char room[TIME_TEXT_MAX];
	size_t line = json_open(out, NULL, '{');

	json_text(out, "time", time_format(letter->time_us, room));
	json_cstr(out, "output", letter->output);
	json_u64(out, "index", letter->item->index);
	json_cstr(out, "reason", letter->why);
	/* As it is if it is an object; else whatever it is, as a text. */
	json_key(out, "finding");
	if (letter->item->class_uid)
		buf_slice_add(out, letter->item->text);
	else
		json_add_str(out, letter->item->text);
	json_close(out, line);
	buf_char(out, '\n');
}

int
outbox_letters_add(const char *path, const struct outbox_letter *letters,
    size_t n, struct err *err)
{
	struct lines lines;
	struct buf text = {0};
	int status;

	if (lines_open(&lines, path, err))
		return -1;
	for (size_t i = 0; i < n; i++)
		write_letter(&text, &letters[i]);
	status = lines_add(&lines, buf_slice(&text), err);
	buf_release(&text);
	lines_close(&lines);
	return status;
}
