#include "cmd/damage_args.h"

#include "base/ip.h"
#include "base/time.h"
#include "cmd/damage_record.h"
#include "cmd/options.h"

enum option_id {
	OPT_ADD = 256,
	OPT_APP,
	OPT_AT,
	OPT_BY,
	OPT_CUT,
	OPT_FINDING,
	OPT_FORMAT,
	OPT_FROM,
	OPT_IP,
	OPT_PURPOSE,
	OPT_REPORT,
	OPT_SESSION,
	OPT_STATE,
	OPT_TO,
	OPT_USER,
};

static const struct option options[] = {
    {"add", required_argument, NULL, OPT_ADD},
    {"app", required_argument, NULL, OPT_APP},
    {"at", required_argument, NULL, OPT_AT},
    {"by", required_argument, NULL, OPT_BY},
    {"cut", required_argument, NULL, OPT_CUT},
    {"finding", required_argument, NULL, OPT_FINDING},
    {"format", required_argument, NULL, OPT_FORMAT},
    {"from", required_argument, NULL, OPT_FROM},
    {"ip", required_argument, NULL, OPT_IP},
    {"purpose", required_argument, NULL, OPT_PURPOSE},
    {"report", required_argument, NULL, OPT_REPORT},
    {"session", required_argument, NULL, OPT_SESSION},
    {"state", required_argument, NULL, OPT_STATE},
    {"to", required_argument, NULL, OPT_TO},
    {"user", required_argument, NULL, OPT_USER},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

static int
set_time(const char *option, const char *value, int64_t *to, struct err *err)
{
	if (time_parse(slice_cstr(value), to))
		return 0;
	return err_set(err, ERR_USAGE, "--%s: '%s' is no time", option, value);
}

static int
give(struct damage_args *args, struct damage_given given, struct err *err)
{
	if (!given.value.len)
		return err_set(err, ERR_USAGE, "what is given cannot be empty");
	if (args->ask.given_count == DAMAGE_GIVEN_MAX)
		return err_set(err, ERR_USAGE,
		    "more than %d things are given; networks, from and to say "
		    "more at once",
		    DAMAGE_GIVEN_MAX);
	args->given[args->ask.given_count++] = given;
	return 0;
}

static int
give_known(struct damage_args *args, int id, const char *value, struct err *err)
{
	enum mark_kind kind = id == OPT_IP        ? MARK_IP
	                      : id == OPT_APP     ? MARK_APP
	                      : id == OPT_SESSION ? MARK_SESSION
	                                          : MARK_USER;
	struct ip_net net;

	if (kind == MARK_IP && !ip_net_parse(slice_cstr(value), &net))
		return err_set(err, ERR_USAGE,
		    "--ip: '%s' is no address or network", value);
	return give(args,
	    (struct damage_given){
	        .kind = kind, .rule = RULE_GIVEN, .value = slice_cstr(value)},
	    err);
}

static int
give_branch(
    struct damage_args *args, bool cut, const char *value, struct err *err)
{
	struct damage_given given = {.rule = RULE_ADDED, .cut = cut};

	if (!intruder_mark_parse(slice_cstr(value), &given.kind, &given.value))
		return err_set(err, ERR_USAGE,
		    "--%s: '%s' is not KIND:ID, such as ip:203.0.113.66 or "
		    "session:5f2c",
		    cut ? "cut" : "add", value);
	return give(args, given, err);
}

/* The document that is named becomes its hash. */
static int
hash_evidence(struct damage_args *args, struct damage_statement *statement,
    struct err *err)
{
	char hex[DAMAGE_HASH_ROOM];
	struct slice path = arena_copy(&args->arena, statement->evidence);

	if (!path.len)
		return 0;
	if (damage_hash_file(path.ptr, hex, err))
		return -1;
	statement->evidence = arena_copy(&args->arena, slice_cstr(hex));
	return 0;
}

static int
state(struct damage_args *args, const char *value, struct err *err)
{
	struct damage_statement *statement =
	    &args->stated[args->ask.statement_count];

	if (args->ask.statement_count == DAMAGE_STATED_MAX)
		return err_set(err, ERR_USAGE,
		    "more than %d statements in one call", DAMAGE_STATED_MAX);
	if (statement_parse(slice_cstr(value), statement, err) ||
	    hash_evidence(args, statement, err))
		return -1;
	args->ask.statement_count++;
	return 0;
}

static int
set_plain(int id, const char *value, struct damage_args *args, struct err *err)
{
	switch (id) {
	case OPT_FORMAT:
		return option_format(value, "text|json", &args->format, err);
	case OPT_REPORT:
		args->report = value;
		return 0;
	case OPT_BY:
		args->by = value;
		return 0;
	case OPT_PURPOSE:
		args->purpose = value;
		return 0;
	default:
		args->help = true;
		return 0;
	}
}

/* What makes another assessment of it is in the report, as it was typed. */
static void
note_option(struct damage_args *args, int id, const char *value)
{
	for (const struct option *o = options; o->name; o++)
		if (o->val == id)
			buf_printf(&args->command, "%s--%s '",
			    args->command.len ? " " : "", o->name);
	/* As a shell reads it, so that it can be typed again. */
	for (const char *c = value; *c; c++)
		if (*c == '\'')
			buf_str(&args->command, "'\\''");
		else
			buf_char(&args->command, *c);
	buf_char(&args->command, '\'');
}

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct damage_args *args = to;
	struct damage_ask *ask = &args->ask;

	if (id == OPTION_HELP || id == OPT_FORMAT || id == OPT_REPORT ||
	    id == OPT_BY || id == OPT_PURPOSE)
		return set_plain(id, value, args, err);
	if (id != OPT_AT)
		note_option(args, id, value);
	switch (id) {
	case OPT_FROM:
		return set_time("from", value, &ask->from_us, err);
	case OPT_TO:
		return set_time("to", value, &ask->to_us, err);
	case OPT_AT:
		if (slice_to_u64(slice_cstr(value), &ask->size) && ask->size)
			return 0;
		return err_set(err, ERR_USAGE,
		    "--at: '%s' is no number of records", value);
	case OPT_FINDING:
		ask->finding = value;
		return 0;
	case OPT_CUT:
	case OPT_ADD:
		return give_branch(args, id == OPT_CUT, value, err);
	case OPT_STATE:
		return state(args, value, err);
	default:
		return give_known(args, id, value, err);
	}
}

int
damage_args_read(
    struct damage_args *args, int argc, char **argv, struct err *err)
{
	args->ask.from_us = INT64_MIN;
	args->ask.to_us = INT64_MAX;
	args->ask.given = args->given;
	args->ask.statements = args->stated;
	return options_read(argc, argv, options, set_option, args, err);
}

/* --- what was typed before --- */

/* The next word as a shell reads it; false: there is none. */
static bool
next_word(struct slice *rest, struct buf *word)
{
	bool quoted = false;

	*rest = slice_trim(*rest);
	if (!rest->len)
		return false;
	buf_clear(word);
	for (; rest->len; *rest = slice_skip(*rest, 1)) {
		char c = *rest->ptr;

		if (c == '\'') {
			quoted = !quoted;
			continue;
		}
		if (c == ' ' && !quoted)
			break;
		if (c == '\\' && !quoted && rest->len > 1) {
			*rest = slice_skip(*rest, 1);
			c = *rest->ptr;
		}
		buf_char(word, c);
	}
	return true;
}

/* What was stated is in the ledger, and its document may be gone. */
static int
take_words(char **words, int count)
{
	int kept = 1;

	for (int i = 1; i + 1 < count; i += 2) {
		if (!strcmp(words[i], "--state"))
			continue;
		words[kept++] = words[i];
		words[kept++] = words[i + 1];
	}
	words[kept] = NULL;
	return kept;
}

int
damage_args_again(
    struct damage_args *args, struct slice command, struct err *err)
{
	char name[] = "damage";
	size_t room = 2 * (DAMAGE_GIVEN_MAX + DAMAGE_STATED_MAX) + 16;
	char **words = arena_calloc(&args->arena, room + 1, sizeof(*words));
	struct slice rest = command;
	struct buf word = {0};
	int count = 1, first = -1;

	words[0] = name;
	while ((size_t)count < room && next_word(&rest, &word)) {
		words[count] = arena_calloc(&args->arena, word.len + 1, 1);
		if (word.len)
			memcpy(words[count], word.ptr, word.len);
		count++;
	}
	buf_release(&word);
	/* Each option has a value. */
	if (!rest.len && count % 2) {
		count = take_words(words, count);
		first = damage_args_read(args, count, words, err);
		if (first < 0)
			return -1;
	}
	if (first != count || !damage_args_given(args))
		return err_set(err, ERR_INPUT,
		    "'" SLICE_FMT "' is not what firn damage is asked",
		    SLICE_ARG(command));
	args->ask.command = buf_slice(&args->command);
	return 0;
}

bool
damage_args_given(const struct damage_args *args)
{
	for (size_t i = 0; i < args->ask.given_count; i++)
		if (!args->given[i].cut)
			return true;
	return args->ask.finding != NULL;
}

void
damage_args_release(struct damage_args *args)
{
	buf_release(&args->command);
	arena_release(&args->arena);
}
