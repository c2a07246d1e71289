#include "source/split.h"

#include "source/sniff.h"

static struct slice
skip_blanks(struct slice s)
{
	while (s.len && (s.ptr[0] == ' ' || s.ptr[0] == '\t' ||
	                    s.ptr[0] == '\r' || s.ptr[0] == '\n'))
		s = slice_skip(s, 1);
	return s;
}

/* Bytes of the JSON value that begins s. */
static size_t
value_len(struct slice s)
{
	size_t n = 0;

	if (!s.len)
		return 0;
	if (s.ptr[0] == '{' || s.ptr[0] == '[' || s.ptr[0] == '"')
		return sniff_json_end(s);
	while (n < s.len && s.ptr[n] != ',' && s.ptr[n] != '}' &&
	       s.ptr[n] != ']' && s.ptr[n] != ' ' && s.ptr[n] != '\t' &&
	       s.ptr[n] != '\r' && s.ptr[n] != '\n')
		n++;
	return n;
}

bool
split_array(struct slice text, struct split *split)
{
	text = skip_blanks(text);
	if (!text.len || text.ptr[0] != '[')
		return false;
	split->rest = slice_skip(text, 1);
	return true;
}

bool
split_member(struct slice text, struct slice name, struct split *split)
{
	struct slice s = skip_blanks(text);

	if (!s.len || s.ptr[0] != '{')
		return false;
	s = skip_blanks(slice_skip(s, 1));
	while (s.len && s.ptr[0] == '"') {
		size_t key = sniff_json_end(s), value;
		bool found = key == name.len + 2 &&
		             slice_eq(slice_of(s.ptr + 1, name.len), name);

		s = skip_blanks(slice_skip(s, key ? key : s.len));
		if (!s.len || s.ptr[0] != ':')
			return false;
		s = skip_blanks(slice_skip(s, 1));
		if (found)
			return split_array(s, split);
		value = value_len(s);
		s = skip_blanks(slice_skip(s, value ? value : s.len));
		if (!s.len || s.ptr[0] != ',')
			return false;
		s = skip_blanks(slice_skip(s, 1));
	}
	return false;
}

bool
split_next(struct split *split, struct slice *element)
{
	struct slice s = skip_blanks(split->rest);
	size_t n;

	if (s.len && s.ptr[0] == ',')
		s = skip_blanks(slice_skip(s, 1));
	n = s.len && s.ptr[0] != ']' ? value_len(s) : 0;
	*element = slice_of(s.ptr, n);
	split->rest = slice_skip(s, n);
	return n > 0;
}
