#include "rule/regex_literal.h"

#include <stdbool.h>

struct scan {
	struct slice rest;
	struct buf run, *best;
	size_t last; /* where the run's last character begins */
};

static void
end_run(struct scan *scan)
{
	if (scan->run.len > scan->best->len) {
		buf_clear(scan->best);
		buf_slice_add(scan->best, buf_slice(&scan->run));
	}
	buf_clear(&scan->run);
	scan->last = 0;
}

/* s begins with '['.  Bytes of the class; 0 if it does not end. */
static size_t
class_len(struct slice s)
{
	size_t i = 1;

	if (i < s.len && s.ptr[i] == '^')
		i++;
	if (i < s.len && s.ptr[i] == ']')
		i++;
	for (; i < s.len; i++) {
		if (s.ptr[i] == '\\')
			i++;
		else if (s.ptr[i] == '[')
			return 0; /* [:alpha:] and kin */
		else if (s.ptr[i] == ']')
			return i + 1;
	}
	return 0;
}

/* s begins with '('.  Bytes of the group; 0 if in doubt. */
static size_t
group_len(struct slice s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.len; i++) {
		size_t n;

		switch (s.ptr[i]) {
		case '\\':
			i++;
			break;
		case '[':
			n = class_len(slice_skip(s, i));
			if (!n)
				return 0;
			i += n - 1;
			break;
		case '(':
			depth++;
			break;
		case ')':
			if (!--depth)
				return i + 1;
			break;
		default:
			break;
		}
	}
	return 0;
}

/*
 * A group: passed over, but for what changes how the rest is read.  False if
 * it may.
 */
static bool
pass_group(struct scan *scan)
{
	struct slice s = scan->rest;
	size_t n = group_len(s);

	if (!n)
		return false;
	/* (?i) and kin are fine; x makes blanks and # mean nothing. */
	if (n > 2 && s.ptr[1] == '?')
		for (size_t i = 2; i < n; i++) {
			if (s.ptr[i] == 'x')
				return false;
			if (s.ptr[i] == ':' || s.ptr[i] == ')')
				break;
		}
	if (n > 1 && s.ptr[1] == '*')
		return false; /* a verb */
	end_run(scan);
	scan->rest = slice_skip(s, n);
	return true;
}

/* A backslash and what it stands for.  False if in doubt. */
static bool
pass_escape(struct scan *scan)
{
	char c = scan->rest.len > 1 ? scan->rest.ptr[1] : '\0';
	bool word =
	    (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

	if (!c || (word && !memchr("dDwWsSbBAzZ", c, 11)))
		return false; /* \Q, \x41, \p{..}, back references, ... */
	if (word) {
		end_run(scan);
	} else {
		scan->last = scan->run.len;
		buf_char(&scan->run, c);
	}
	scan->rest = slice_skip(scan->rest, 2);
	return true;
}

/* One piece of the expression's top level.  False if in doubt. */
static bool
pass(struct scan *scan)
{
	char c = scan->rest.ptr[0];
	size_t n = 1;

	switch (c) {
	case '|':
		return false;
	case '\\':
		return pass_escape(scan);
	case '(':
		return pass_group(scan);
	case '[':
		n = class_len(scan->rest);
		end_run(scan);
		break;
	case '*':
	case '?':
	case '{':
		/* The character before may be missing. */
		scan->run.len = scan->last;
		end_run(scan);
		if (c == '{') {
			const char *end =
			    memchr(scan->rest.ptr, '}', scan->rest.len);

			n = end ? (size_t)(end - scan->rest.ptr) + 1 : 0;
		}
		break;
	case '+':
	case '.':
	case '^':
	case '$':
		end_run(scan);
		break;
	default:
		/* The bytes behind the first belong to its character. */
		if ((c & 0xc0) != 0x80)
			scan->last = scan->run.len;
		buf_char(&scan->run, c);
	}
	scan->rest = slice_skip(scan->rest, n);
	return n != 0;
}

void
regex_literal(struct slice regex, struct buf *out)
{
	struct scan scan = {.rest = regex, .best = out};

	buf_clear(out);
	while (scan.rest.len) {
		if (!pass(&scan)) {
			buf_clear(out);
			buf_clear(&scan.run);
			break;
		}
	}
	end_run(&scan);
	buf_release(&scan.run);
}
