#include <stdint.h>
#include <stdlib.h>

#include "store/search.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * Whatever is typed stands in strings: they end, what is outside has no
 * semicolon and no comment, and brackets close.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct buf sql = {0};
	bool string = false;
	int depth = 0;

	if (!search_condition(slice_of(data, size), &sql, NULL)) {
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
	} else if (sql.len) {
		abort();
	}
	buf_release(&sql);
	return 0;
}
