#include "text/csv.h"

/*
 * p is behind an opening quote.  Returns the place behind the closing one, or
 * NULL if there is none; counts the line feeds on the way.
 */
static const char *
skip_quoted(const char *p, const char *end, uint64_t *lines)
{
	while (p < end) {
		const char *quote = memchr(p, '"', (size_t)(end - p));
		const char *stop = quote ? quote : end;

		while ((p = memchr(p, '\n', (size_t)(stop - p)))) {
			++*lines;
			p++;
		}
		if (!quote)
			return NULL;
		p = quote + 1;
		if (p == end || *p != '"')
			return p;
		p++;
	}
	return NULL;
}

size_t
csv_row(struct slice s, char separator, bool final, uint64_t *lines, bool *open)
{
	const char *end = s.ptr + s.len;
	const char *p = s.ptr;
	bool begin = true; /* at the beginning of a cell */

	*lines = 0;
	*open = false;
	while (p < end) {
		if (*p == '\n') {
			++*lines;
			return (size_t)(p + 1 - s.ptr);
		}
		if (begin && *p == '"') {
			p = skip_quoted(p + 1, end, lines);
			if (!p) {
				*open = true;
				break;
			}
			begin = false;
			continue;
		}
		begin = *p == separator;
		p++;
	}
	return final ? s.len : 0;
}

struct csv_walk
csv_begin(struct slice row, char separator)
{
	if (row.len && row.ptr[row.len - 1] == '\n')
		row.len--;
	if (row.len && row.ptr[row.len - 1] == '\r')
		row.len--;
	return (struct csv_walk){row, separator, true};
}

/* Length of the quoted cell at the start of s, without its two quotes. */
static size_t
quoted_len(struct slice s)
{
	size_t at = 1;

	while (at < s.len) {
		const char *quote = memchr(s.ptr + at, '"', s.len - at);

		if (!quote)
			return s.len - 1;
		at = (size_t)(quote - s.ptr) + 1;
		if (at >= s.len || s.ptr[at] != '"')
			return at - 2;
		at++;
	}
	return s.len - 1;
}

bool
csv_next(struct csv_walk *walk, struct slice *cell, bool *quoted)
{
	struct slice rest = walk->rest;
	const char *stop;
	size_t skip = 0;

	if (!walk->more)
		return false;
	*quoted = rest.len && rest.ptr[0] == '"';
	if (*quoted) {
		size_t n = quoted_len(rest);

		*cell = slice_of(rest.ptr + 1, n);
		skip = n + 2 < rest.len ? n + 2 : rest.len;
	}
	rest = slice_skip(rest, skip);
	stop = rest.len ? memchr(rest.ptr, walk->separator, rest.len) : NULL;
	if (!*quoted)
		*cell = slice_of(
		    rest.ptr, stop ? (size_t)(stop - rest.ptr) : rest.len);
	walk->more = stop != NULL;
	walk->rest =
	    slice_skip(rest, stop ? (size_t)(stop - rest.ptr) + 1 : rest.len);
	return true;
}

void
csv_text(struct buf *out, struct slice cell, bool quoted)
{
	while (quoted && cell.len) {
		const char *quote = memchr(cell.ptr, '"', cell.len);
		size_t n;

		if (!quote)
			break;
		n = (size_t)(quote - cell.ptr) + 1;
		buf_add(out, cell.ptr, n);
		/* The second of the pair; a single one is only in broken text.
		 */
		if (n < cell.len && cell.ptr[n] == '"')
			n++;
		cell = slice_skip(cell, n);
	}
	buf_slice_add(out, cell);
}
