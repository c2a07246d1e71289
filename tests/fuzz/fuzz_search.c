#include <stdint.h>
#include <stdlib.h>

#include "store/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Whatever is typed stands in strings: they end, what is outside has no
 * semicolon and no comment, and brackets close.
 */
static void
check(const struct plan_list *list)
{
	for (size_t n = 0; n < list->count; n++) {
		struct slice sql = list->list[n];
		bool string = false;
		int depth = 0;

		for (size_t i = 0; i < sql.len; i++) {
			char c = sql.ptr[i];

			if (c == '\'')
				string = !string;
			if (string)
				continue;
			depth += (c == '(') - (c == ')');
			if (depth < 0 || c == ';' || (c & 0x80) || c == '"' ||
			    (c == '-' && i && sql.ptr[i - 1] == '-') ||
			    (c == '*' && i && sql.ptr[i - 1] == '/'))
				abort();
		}
		if (string || depth)
			abort();
	}
}

static void
check_groups(const struct plan_groups *groups, size_t max)
{
	for (size_t i = 0; i < groups->count; i++) {
		const struct plan_list *values = &groups->list[i].values;

		if (!values->count)
			abort();
		for (size_t k = 0; k < values->count; k++)
			if (!values->list[k].len || values->list[k].len > max)
				abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plan plan = {0};

	if (!search_read(slice_of(data, size), &plan, NULL)) {
		check(&plan.either);
		check(&plan.where);
		check_groups(&plan.ids, SEARCH_MAX);
		check_groups(&plan.texts, 256);
	}
	plan_release(&plan);
	return 0;
}
