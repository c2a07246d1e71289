#include "store/page.h"

static bool
is_hex(struct slice s)
{
	for (size_t i = 0; i < s.len; i++)
		if (!memchr("0123456789abcdef", s.ptr[i], 16))
			return false;
	return true;
}

/* Written as we write numbers, for one text alone to say one page. */
static bool
take_number(struct slice s, uint64_t *n)
{
	return (s.len == 1 || (s.len && s.ptr[0] != '0')) && slice_to_u64(s, n);
}

static bool
take_time(struct slice s, struct page *page)
{
	bool minus = s.len > 1 && s.ptr[0] == '-';
	uint64_t n;

	page->has_time = !slice_eq(s, SLICE("-"));
	if (!page->has_time)
		return true;
	if (!take_number(slice_skip(s, minus), &n) || n > INT64_MAX ||
	    (minus && !n))
		return false;
	page->time_us = minus ? -(int64_t)n : (int64_t)n;
	return true;
}

void
page_print(struct buf *out, const struct page *page)
{
	buf_add(out, page->query, sizeof(page->query));
	buf_printf(out, ".%ju.", (uintmax_t)page->size);
	if (page->has_time)
		buf_i64(out, page->time_us);
	else
		buf_char(out, '-');
	buf_printf(out, ".%ju", (uintmax_t)page->index);
}

bool
page_parse(struct slice text, struct page *page)
{
	struct slice rest = text, query = slice_cut(&rest, '.'),
	             size = slice_cut(&rest, '.'), time = slice_cut(&rest, '.');

	*page = (struct page){0};
	if (text.len > PAGE_MAX || query.len != sizeof(page->query) ||
	    !is_hex(query) || !take_number(size, &page->size) ||
	    !take_time(time, page) || !take_number(rest, &page->index) ||
	    page->index >= page->size)
		return false;
	memcpy(page->query, query.ptr, query.len);
	return true;
}
