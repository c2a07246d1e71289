#ifndef TESTS_UNIT_DAMAGE_MADE_PART_H
#define TESTS_UNIT_DAMAGE_MADE_PART_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/time.h"
#include "event/event.h"
#include "incident/damage.h"

/*
 * damage_made_part - what the assessment made by hand lies in (damage_made.h).
 */
#define MADE_ITEMS  12
#define MADE_MARKS  7
#define MADE_STEPS  5
#define MADE_WAYS   7
#define MADE_UNSEEN 3

/* Of the records; all below it. */
#define MADE_SIZE 1000

static const char made_script[] = "<script>alert(\"1\")</script>'&amp;";
/* A control byte, U+202E, which turns text, a broken byte, a line feed. */
static const char made_bytes[] = "a\x1b[31mb\xe2\x80\xae"
                                 "c\xff"
                                 "d\ne";

struct made {
	struct damage damage;
	struct damage_item items[MADE_ITEMS];
	struct mark marks[MADE_MARKS];
	struct damage_step steps[MADE_STEPS];
	struct way_back ways[MADE_WAYS];
	struct unseen unseen[MADE_UNSEEN];
	struct slice places[2], reasons[2], settles[2];
	struct damage_statement statements[1];
	struct damage_count countries[3];
	uint64_t evidence[8];
};

static inline int64_t
made_time(const char *text)
{
	int64_t time_us = EVENT_NO_TIME;

	assert_true(time_parse(slice_cstr(text), &time_us));
	return time_us;
}

#endif
