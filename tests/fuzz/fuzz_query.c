#include <stdint.h>
#include <stdlib.h>

#include "store/page.h"
#include "store/plan.h"
#include "store/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A token that is read is the only one that says what it says. */
static void
try_page(struct slice text)
{
	struct page page;
	struct buf out = {0};

	if (!page_parse(text, &page))
		return;
	page_print(&out, &page);
	if (!slice_eq(buf_slice(&out), text))
		abort();
	buf_release(&out);
}

/* A plan that is read and written says the same when it is read again. */
static void
try_plan(struct slice text)
{
	struct buf first = {0}, second = {0};
	struct plan plan, again;

	if (!plan_parse(text, &plan, NULL)) {
		plan_print(&first, &plan);
		if (plan_parse(buf_slice(&first), &again, NULL))
			abort();
		plan_print(&second, &again);
		if (!slice_eq(buf_slice(&first), buf_slice(&second)))
			abort();
		plan_release(&again);
	}
	plan_release(&plan);
	buf_release(&first);
	buf_release(&second);
}

static char
fold(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c);
}

static bool
naive(struct slice word, struct slice bytes)
{
	for (size_t i = 0; i + word.len <= bytes.len; i++) {
		size_t k = 0;

		while (
		    k < word.len && fold(word.ptr[k]) == fold(bytes.ptr[i + k]))
			k++;
		if (k == word.len)
			return true;
	}
	return false;
}

/* The first byte says how long the word is. */
static void
try_text(struct slice s)
{
	size_t len = s.len ? (unsigned char)s.ptr[0] : 0;
	struct slice word = slice_skip(s, 1), bytes = slice_skip(s, 1 + len);
	struct text text;

	word.len -= bytes.len;
	if (!word.len || bytes.len > 4096)
		return;
	text_init(&text, word);
	if (text_is_in(&text, bytes) != naive(word, bytes))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct slice text = slice_of(data, size);

	try_page(text);
	try_plan(text);
	try_text(text);
	return 0;
}
