#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <string.h>

#include "base/hash.h"
#include "base/ip.h"
#include "base/time.h"
#include "rule/matcher.h"
#include "rule/number.h"

static bool
eval_regex(struct matcher *matcher, const struct test *test, size_t i)
{
	struct slice text = value_text(matcher, i);
	int n = pcre2_match(test->regex, (PCRE2_SPTR)text.ptr, text.len, 0, 0,
	    matcher->match_data, matcher->match_context);

	matcher->regex_limited +=
	    n == PCRE2_ERROR_MATCHLIMIT || n == PCRE2_ERROR_DEPTHLIMIT ||
	    n == PCRE2_ERROR_HEAPLIMIT || n == PCRE2_ERROR_JIT_STACKLIMIT;
	return n >= 0;
}

static bool
eval_text(struct matcher *matcher, const struct test *test, size_t i)
{
	const struct pattern *pattern = &test->pattern;
	const struct value *value = &matcher->values[i];
	double number;

	if (pattern->form == PATTERN_ANY)
		return true;
	if (value->type == JSON_OBJECT && pattern->form == PATTERN_EXACT)
		return false;
	if (test->is_int && value->type == JSON_DOUBLE)
		return json_to_double(value->json, &number) &&
		       number == (double)test->number;
	return pattern_match(pattern,
	    pattern->cased ? value_text(matcher, i) : value_folded(matcher, i));
}

/* --- numbers and times --- */

#define DAY_US INT64_C(86400000000)

/* The week of ISO 8601: that of its Thursday, counted in its year. */
static int
iso_week(int64_t time_us)
{
	int64_t day = time_us / DAY_US - (time_us % DAY_US < 0);
	int64_t weekday = ((day + 3) % 7 + 7) % 7; /* Monday is 0 */
	int64_t thursday = day - weekday + 3;
	struct time_civil first = {.month = 1, .day = 1};

	first.year = time_civil(thursday * DAY_US).year;
	return (int)((thursday - time_of_civil(&first) / DAY_US) / 7) + 1;
}

static bool
time_part(struct matcher *matcher, size_t i, enum time_part part, double *out)
{
	const struct value *value = &matcher->values[i];
	struct time_civil civil;
	int64_t time_us;

	if (value->type == JSON_INT) {
		if (!json_to_i64(value->json, &time_us) ||
		    !time_from_count(time_us, &time_us))
			return false;
	} else if (value->type != JSON_STRING ||
	           !time_parse(value_text(matcher, i), &time_us)) {
		return false;
	}
	civil = time_civil(time_us);
	switch (part) {
	case PART_MINUTE:
		*out = civil.minute;
		break;
	case PART_HOUR:
		*out = civil.hour;
		break;
	case PART_DAY:
		*out = civil.day;
		break;
	case PART_WEEK:
		*out = iso_week(time_us);
		break;
	case PART_MONTH:
		*out = civil.month;
		break;
	default:
		*out = civil.year;
	}
	return true;
}

static bool
eval_compare(struct matcher *matcher, const struct test *test, size_t i)
{
	const struct value *value = &matcher->values[i];
	double number;

	if (test->part) {
		if (!time_part(matcher, i, test->part, &number))
			return false;
	} else if (value->type == JSON_STRING) {
		if (!number_parse(value->text, &number))
			return false;
	} else if (!json_to_double(value->json, &number)) {
		return false;
	}
	switch (test->compare) {
	case COMPARE_LT:
		return number < test->limit;
	case COMPARE_LTE:
		return number <= test->limit;
	case COMPARE_GT:
		return number > test->limit;
	case COMPARE_GTE:
		return number >= test->limit;
	default:
		return number == test->limit;
	}
}

/* --- another field --- */

static bool
eval_field(struct matcher *matcher, const struct test *test, size_t i)
{
	struct slice (*text)(struct matcher *, size_t) =
	    test->pattern.cased ? value_text : value_folded;
	struct pattern pattern = test->pattern;

	for (size_t k = 0; k < test->field_count; k++) {
		const struct found *other = resolve(matcher, test->fields[k]);

		for (size_t n = 0; n < other->count; n++) {
			pattern.text = text(matcher, other->first + n);
			if (pattern_match(&pattern, text(matcher, i)))
				return true;
		}
	}
	return false;
}

/* --- the tree --- */

bool
eval_value(struct matcher *matcher, const struct test *test, size_t i)
{
	struct ip ip;

	switch (test->type) {
	case TEST_TEXT:
		return eval_text(matcher, test, i);
	case TEST_REGEX:
		return eval_regex(matcher, test, i);
	case TEST_CIDR:
		return matcher->values[i].type == JSON_STRING &&
		       ip_parse(value_text(matcher, i), &ip) &&
		       ip_net_has(&test->net, &ip);
	case TEST_COMPARE:
		return eval_compare(matcher, test, i);
	case TEST_FIELD:
		return eval_field(matcher, test, i);
	default:
		return false;
	}
}

/* Whether each of the fields is absent or null. */
static bool
is_null(struct matcher *matcher, const struct item *item)
{
	for (size_t k = 0; k < item->field_count; k++) {
		const struct found *found = resolve(matcher, item->fields[k]);

		if (found->present && !found->null)
			return false;
	}
	return true;
}

static bool
eval_tests(struct matcher *matcher, const struct item *item, size_t i)
{
	for (size_t t = 0; t < item->test_count; t++)
		if (eval_value(matcher, &item->tests[t], i))
			return true;
	return false;
}

/* The same for an item with a memo and a value that is a string. */
static bool
remember_tests(struct matcher *matcher, const struct item *item, size_t i)
{
	uint64_t key = hash64(value_folded(matcher, i),
	    matcher->rules->seed ^ item->memo * 0x9e3779b97f4a7c15u);
	uint64_t *known;

	key = (key & ~(uint64_t)1) | 2; /* never 0, as a free place is */
	known = &matcher->verdicts[(key >> 2) & (VERDICTS - 1)];
	if ((*known & ~(uint64_t)1) != key)
		*known = key | eval_tests(matcher, item, i);
	return *known & 1;
}

bool
eval_values(struct matcher *matcher, const struct item *item)
{
	for (size_t k = 0; k < item->field_count; k++) {
		const struct found *found = resolve(matcher, item->fields[k]);

		if (item->type == ITEM_EXISTS) {
			if (found->present)
				return true;
			continue;
		}
		for (size_t n = 0; n < found->count; n++) {
			size_t i = found->first + n;
			bool memo = item->memo &&
			            matcher->values[i].type == JSON_STRING;

			if (memo ? remember_tests(matcher, item, i)
			         : eval_tests(matcher, item, i))
				return true;
		}
	}
	return false;
}

bool
eval_item(struct matcher *matcher, const struct item *item)
{
	bool there;

	if (item->type == ITEM_SINCE)
		return matcher->event->time_us == EVENT_NO_TIME ||
		       matcher->event->time_us >= item->since_us;
	there = eval_values(matcher, item);
	if (item->type == ITEM_EXISTS)
		return there != item->absent;
	if (there)
		return true;
	for (size_t t = 0; t < item->test_count; t++)
		if (item->tests[t].type == TEST_NULL && is_null(matcher, item))
			return true;
	return false;
}

bool
eval_node(struct matcher *matcher, const struct node *node)
{
	uint32_t seen = 0;

	switch (node->type) {
	case NODE_AND:
		for (size_t i = 0; i < node->count; i++)
			if (!eval_node(matcher, node->child[i]))
				return false;
		return true;
	case NODE_OR:
		for (size_t i = 0; i < node->count; i++)
			if (eval_node(matcher, node->child[i]))
				return true;
		return false;
	case NODE_NOT:
		return !eval_node(matcher, node->child[0]);
	case NODE_AT_LEAST:
		for (size_t i = 0; i < node->count && seen < node->need; i++)
			seen += eval_node(matcher, node->child[i]);
		return seen == node->need;
	case NODE_IDENT:
		return eval_node(matcher, node->ident->node);
	default:
		return eval_item(matcher, node->item);
	}
}
