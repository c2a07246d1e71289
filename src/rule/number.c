#include "rule/number.h"

#include <stdlib.h>
#include <string.h>

#define TEXT_MAX 63

bool
number_parse(struct slice s, double *out)
{
	char text[TEXT_MAX + 1], *end;

	if (!s.len || s.len > TEXT_MAX)
		return false;
	/* strtod() would also take blanks, hexadecimals, "inf" and "nan". */
	for (size_t i = 0; i < s.len; i++)
		if (!memchr("+-.0123456789eE", s.ptr[i], 15))
			return false;
	memcpy(text, s.ptr, s.len);
	text[s.len] = '\0';
	*out = strtod(text, &end);
	return *end == '\0' && end != text;
}
