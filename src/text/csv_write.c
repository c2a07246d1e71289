#include "text/csv_write.h"

static bool
is_formula(struct slice s)
{
	return s.len && s.ptr[0] && strchr("=+-@\t\r\n", s.ptr[0]);
}

static bool
needs_quotes(struct slice s)
{
	if (!s.len)
		return false;
	if (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ')
		return true;
	for (size_t i = 0; i < s.len; i++)
		if (s.ptr[i] == '"' || s.ptr[i] == ',' || s.ptr[i] == '\n' ||
		    s.ptr[i] == '\r')
			return true;
	return false;
}

void
csv_add_cell(struct buf *out, struct slice s)
{
	bool quotes = needs_quotes(s);

	if (quotes)
		buf_char(out, '"');
	if (is_formula(s))
		buf_char(out, '\'');
	while (quotes && s.len) {
		const char *mark = memchr(s.ptr, '"', s.len);
		size_t n = mark ? (size_t)(mark - s.ptr) + 1 : s.len;

		buf_add(out, s.ptr, n);
		if (mark)
			buf_char(out, '"');
		s = slice_skip(s, n);
	}
	if (quotes)
		buf_char(out, '"');
	else
		buf_slice_add(out, s);
}

void
csv_end_row(struct buf *out)
{
	buf_add(out, "\r\n", 2);
}
