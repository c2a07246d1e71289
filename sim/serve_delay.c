#include "serve_delay.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define MINUTE    60.0
#define HOUR      3600.0
#define DAY       86400.0

/* So many in a thousand take between so many seconds. */
struct part {
	unsigned of_1000;
	double from, to;
};

#define PARTS 4

static const struct part parts[][PARTS] = {
    [DELAY_CONTENT] = {{120, 10 * MINUTE, 60 * MINUTE},
        {840, 60 * MINUTE, 90 * MINUTE}, {37, 90 * MINUTE, 14 * HOUR},
        {3, DAY, 5 * DAY}},
    [DELAY_DIRECTORY] = {{900, 2 * MINUTE, 15 * MINUTE},
        {80, 15 * MINUTE, 90 * MINUTE}, {18, 90 * MINUTE, 12 * HOUR},
        {2, DAY, 5 * DAY}},
    [DELAY_GRAPH] = {{850, 2 * MINUTE, 10 * MINUTE},
        {130, 10 * MINUTE, 60 * MINUTE}, {18, HOUR, 5 * HOUR},
        {2, 5 * HOUR, DAY}},
    [DELAY_HUB] = {{700, 5, 60}, {280, MINUTE, 5 * MINUTE},
        {18, 5 * MINUTE, 30 * MINUTE}, {2, HOUR, 3 * HOUR}},
};

/* From there until a record comes again. */
static const struct part again[PARTS] = {{700, MINUTE, 45 * MINUTE},
    {270, HOUR, 14 * HOUR}, {29, DAY, 4 * DAY}, {1, 4 * DAY, 5 * DAY}};

int
delay_parse(const char *text, struct delay *out, struct err *err)
{
	char *end;

	if (strcmp(text, "none") == 0 || strcmp(text, "real") == 0) {
		out->scale = *text == 'r';
		return 0;
	}
	out->scale = strtod(text, &end);
	if (end == text || *end || !isfinite(out->scale) || out->scale < 0 ||
	    out->scale > 100)
		return err_set(err, ERR_USAGE,
		    "--delay wants none, real or a number up to 100, not '%s'",
		    text);
	return 0;
}

static int64_t
draw(const struct part *from, double scale, struct rng *rng)
{
	unsigned kind = rng_below(rng, 1000);
	double share = rng_below(rng, 1u << 30) / (double)(1u << 30);

	while (kind >= from->of_1000)
		kind -= (from++)->of_1000;
	return (int64_t)((from->from + share * (from->to - from->from)) *
	                 scale * 1e6);
}

int64_t
delay_draw(const struct delay *delay, enum delay_kind kind, struct rng *rng)
{
	if (delay->scale <= 0)
		return rng_below(rng, 600) * (SECOND_US / 1000);
	return draw(parts[kind], delay->scale, rng);
}

int64_t
delay_again(const struct delay *delay, struct rng *rng)
{
	if (delay->scale <= 0)
		return rng_range(rng, 400, 1000) * (SECOND_US / 1000);
	return draw(again, delay->scale, rng) + SECOND_US;
}

enum delay_kind
delay_of_type(enum content_type type)
{
	return type == CONTENT_ENTRA ? DELAY_DIRECTORY : DELAY_CONTENT;
}
