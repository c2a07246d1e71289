#include "options.h"

#include <string.h>

#include "base/slice.h"

int
option_number(const char *name, const char *text, uint64_t max, uint64_t *out,
    struct err *err)
{
	if (!slice_to_u64(slice_cstr(text), out) || *out > max)
		return err_set(err, ERR_USAGE,
		    "%s wants a number up to %llu, not '%s'", name,
		    (unsigned long long)max, text);
	return 0;
}

int
option_count(const char *name, const char *text, uint64_t max, uint32_t *out,
    struct err *err)
{
	uint64_t n;

	if (option_number(name, text, max, &n, err) < 0)
		return -1;
	if (n == 0)
		return err_set(err, ERR_USAGE, "%s must be at least 1", name);
	*out = (uint32_t)n;
	return 0;
}

int
option_duration(const char *name, const char *text, int64_t max_us,
    int64_t *out, struct err *err)
{
	static const char units[] = "smhd";
	static const int64_t seconds[] = {1, 60, 3600, 86400};
	struct slice number = slice_cstr(text);
	const char *unit = units;
	uint64_t n;

	if (number.len > 1 && strchr(units, number.ptr[number.len - 1]))
		unit = strchr(units, number.ptr[--number.len]);
	if (!slice_to_u64(number, &n) ||
	    n > (uint64_t)(max_us / (seconds[unit - units] * 1000000)))
		return err_set(err, ERR_USAGE,
		    "%s wants a time like 45s, 10m, 2h or 7d, not '%s'", name,
		    text);
	*out = (int64_t)n * seconds[unit - units] * 1000000;
	return 0;
}
