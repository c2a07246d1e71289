#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/time.h"
#include "cmd/cmd.h"
#include "cmd/options.h"
#include "cmd/run_config.h"
#include "net/http_client.h"
#include "json/json.h"

const char cmd_status_help[] =
    "usage: firn status -c FILE [options]\n"
    "\n"
    "Tells how a running 'firn run' is: its sources with lag and open gaps, "
    "records\n"
    "and findings since the start, the ledger, the disk, and what to do about "
    "what is\n"
    "wrong.\n"
    "\n"
    "  -c, --config FILE  its configuration: says where it listens\n"
    "  --at HOST:PORT     where it listens, without a configuration\n"
    "  --format FORMAT    text (default) or json\n"
    "\n"
    "examples:\n"
    "  firn status -c /etc/firn/firn.yaml\n"
    "  watch firn status --at 127.0.0.1:9620\n"
    "\n"
    "exit codes: 0 all is well, 1 something is wrong, 2 it does not answer\n";

#define ANSWER_MAX (16u << 20)
#define TIMEOUT_MS 10000

static const struct option options[] = {
    {"config", required_argument, NULL, 'c'},
    {"at", required_argument, NULL, 256},
    {"format", required_argument, NULL, 257},
    {"help", no_argument, NULL, OPTION_HELP},
    {NULL, 0, NULL, 0},
};

struct status_args {
	const char *config, *at;
	unsigned format; /* 0 text, 1 json */
	bool help;
};

static int
set_option(int id, const char *value, void *to, struct err *err)
{
	struct status_args *args = to;

	switch (id) {
	case 'c':
		args->config = value;
		return 0;
	case 256:
		args->at = value;
		return 0;
	case 257:
		return option_format(value, "text|json", &args->format, err);
	default:
		args->help = true;
		return 0;
	}
}

/* --- text --- */

static uint64_t
number(struct json v, const char *key)
{
	int64_t n = 0;

	(void)json_to_i64(json_get(v, slice_cstr(key)), &n);
	return n < 0 ? 0 : (uint64_t)n;
}

static struct slice
text(struct json v, const char *key)
{
	return json_str(json_get(v, slice_cstr(key)));
}

/* How long ago, in the largest unit that says enough. */
static const char *
ago(struct json root, struct slice when, char room[32])
{
	int64_t then_us, now_us, s;

	if (!time_parse(when, &then_us) ||
	    !time_parse(text(root, "now"), &now_us))
		return "unknown";
	s = (now_us - then_us) / 1000000;
	s = s < 0 ? 0 : s;
	if (s < 120)
		(void)snprintf(room, 32, "%" PRId64 " s", s);
	else if (s < 7200)
		(void)snprintf(room, 32, "%" PRId64 " min", s / 60);
	else if (s < 172800)
		(void)snprintf(room, 32, "%" PRId64 " h", s / 3600);
	else
		(void)snprintf(room, 32, "%" PRId64 " d", s / 86400);
	return room;
}

static void
show_sources(struct json root)
{
	struct json_iter it = json_iter(JSON_GET(root, "sources"));
	struct json source;
	char room[32];

	printf("%-14s %-6s %-8s %9s %12s %11s %5s\n", "source", "kind", "is",
	    "complete", "records", "duplicates", "gaps");
	while (json_next(&it, NULL, &source)) {
		struct slice until = text(source, "complete_until");

		printf("%-14.*s %-6.*s %-8.*s %9s %12ju %11ju %5ju\n",
		    (int)text(source, "name").len, text(source, "name").ptr,
		    (int)text(source, "kind").len, text(source, "kind").ptr,
		    (int)text(source, "mood").len, text(source, "mood").ptr,
		    until.len ? ago(root, until, room) : "not yet",
		    (uintmax_t)number(source, "records"),
		    (uintmax_t)number(source, "duplicates"),
		    (uintmax_t)number(source, "open_gaps"));
	}
}

static void
show_outputs(struct json root)
{
	struct json_iter it = json_iter(JSON_GET(root, "outputs"));
	struct json one;
	bool first = true;

	while (json_next(&it, NULL, &one)) {
		printf("%-14s %.*s: %ju sent", first ? "outputs" : "",
		    (int)text(one, "name").len, text(one, "name").ptr,
		    (uintmax_t)number(one, "sent"));
		if (number(one, "dead"))
			printf(", %ju refused for good",
			    (uintmax_t)number(one, "dead"));
		if (json_is_true(JSON_GET(one, "trouble")))
			printf(", waiting");
		printf("\n");
		first = false;
	}
}

static void
show_ledger(struct json root)
{
	struct json witnesses = JSON_GET(root, "witnesses");
	char room[32];

	printf("ledger         " SLICE_FMT ", %ju records, signed %s ago",
	    SLICE_ARG(text(root, "origin")), (uintmax_t)number(root, "size"),
	    ago(root, text(root, "checkpoint"), room));
	if (json_is_true(JSON_GET(witnesses, "policy")))
		printf(", %ju of %ju witnesses",
		    (uintmax_t)number(witnesses, "count"),
		    (uintmax_t)number(witnesses, "of"));
	printf("\n");
}

static void
show_newest(struct json root)
{
	struct json_iter it = json_iter(JSON_GET(root, "newest"));
	bool first = true;
	struct json one;

	while (json_next(&it, NULL, &one)) {
		struct slice time = text(one, "time");
		uint64_t count = number(one, "count");

		if (first)
			printf("newest findings\n");
		printf("  %.*s %-8.*s %.*s: %.*s", time.len > 19 ? 8 : 0,
		    time.ptr + 11, (int)text(one, "level").len,
		    text(one, "level").ptr, (int)text(one, "title").len,
		    text(one, "title").ptr, (int)text(one, "entity").len,
		    text(one, "entity").ptr);
		if (count > 1)
			printf(", %ju times", (uintmax_t)count);
		printf("\n");
		first = false;
	}
}

static void
show_cases(struct json root)
{
	struct json_iter it = json_iter(JSON_GET(root, "cases"));
	bool first = true;
	struct json one;
	char room[32];

	while (json_next(&it, NULL, &one)) {
		struct slice verdict = text(one, "verdict");

		/* Its time stands behind it. */
		if (slice_eq(verdict, SLICE("no access seen since")))
			verdict = SLICE("no access seen any more");
		printf("%-14s %ju: " SLICE_FMT " (for %s): " SLICE_FMT "\n",
		    first ? "damage" : "", (uintmax_t)number(one, "case"),
		    SLICE_ARG(verdict), ago(root, text(one, "since"), room),
		    SLICE_ARG(text(one, "command")));
		first = false;
	}
}

static int
show_warnings(struct json root)
{
	struct json_iter it = json_iter(JSON_GET(root, "warnings"));
	struct json warning;
	int count = 0;

	while (json_next(&it, NULL, &warning)) {
		printf("warning        " SLICE_FMT "\n",
		    SLICE_ARG(json_str(warning)));
		count++;
	}
	return count;
}

static int
show(struct json root)
{
	struct json findings = JSON_GET(root, "findings");
	char room[32];

	printf("firn " SLICE_FMT "     up %s, process %ju\n",
	    SLICE_ARG(text(root, "version")),
	    ago(root, text(root, "started"), room),
	    (uintmax_t)number(root, "pid"));
	show_ledger(root);
	printf("since then     %ju records, %ju new events, %ju told before, "
	       "%ju unreadable\n",
	    (uintmax_t)number(root, "records"),
	    (uintmax_t)number(root, "events"),
	    (uintmax_t)number(root, "duplicates"),
	    (uintmax_t)number(root, "unreadable"));
	printf("findings       %ju critical, %ju high, %ju medium, %ju low; "
	       "told within %ju ms (p99)\n",
	    (uintmax_t)number(findings, "critical"),
	    (uintmax_t)number(findings, "high"),
	    (uintmax_t)number(findings, "medium"),
	    (uintmax_t)number(findings, "low"),
	    (uintmax_t)number(root, "alert_p99_us") / 1000);
	printf("rules          %ju in force, %ju refused\n",
	    (uintmax_t)number(root, "rules"),
	    (uintmax_t)number(root, "rules_refused"));
	printf("disk           %ju MB free at the ledger\n",
	    (uintmax_t)number(root, "disk_free") >> 20);
	show_sources(root);
	show_outputs(root);
	show_cases(root);
	show_newest(root);
	return show_warnings(root) ? 1 : 0;
}

/* --- asking --- */

static int
fetch(const char *at, struct http_reply *reply, struct err *err)
{
	struct http_client *client = http_client_new(NULL);
	struct buf url = {0};
	struct http_ask ask = {.method = "GET",
	    .timeout_ms = TIMEOUT_MS,
	    .answer_max = ANSWER_MAX};
	int status;

	buf_printf(&url, "http://%s/status%c", at, '\0');
	ask.url = url.ptr;
	status = http_client_ask(client, &ask, reply, err);
	if (!status && reply->status != 200)
		status = err_set(err, ERR_INPUT, "'%s' answers with status %u",
		    ask.url, reply->status);
	buf_release(&url);
	http_client_free(client);
	return status;
}

static int
tell(struct http_reply *reply, bool as_json, struct err *err)
{
	struct json_parser *parser = json_parser_new();
	struct json root;
	const char *why;
	int status;

	memset(buf_reserve(&reply->body, JSON_PADDING), 0, JSON_PADDING);
	if (json_parse(parser, buf_slice(&reply->body), &root, &why) ==
	    JSON_BAD) {
		err_set(err, ERR_INPUT, "the answer is no JSON: %s", why);
		status = 2;
	} else if (as_json) {
		fwrite(reply->body.ptr, 1, reply->body.len, stdout);
		status = json_present(json_at(JSON_GET(root, "warnings"), 0));
	} else {
		status = show(root);
	}
	json_parser_free(parser);
	return status;
}

int
cmd_status(int argc, char **argv)
{
	struct status_args args = {0};
	struct run_config config = {0};
	struct http_reply reply = {0};
	struct err err = {0};
	int status = 2;
	int first = options_read(argc, argv, options, set_option, &args, &err);

	if (first >= 0 && args.help) {
		fputs(cmd_status_help, stdout);
		return 0;
	}
	if (first >= 0 && (first < argc || !args.config == !args.at))
		err_set(&err, ERR_USAGE,
		    "status wants either -c or --at; 'firn status --help' says "
		    "how");
	if (!err.code && args.config &&
	    !run_config_read(&config, args.config, &err))
		args.at = config.listen;
	if (!err.code && !fetch(args.at, &reply, &err))
		status = tell(&reply, args.format == 1, &err);
	if (err.code)
		fprintf(stderr, "firn: %s\n", err.msg);
	http_reply_release(&reply);
	run_config_release(&config);
	return status;
}
