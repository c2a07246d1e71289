#include "cmd_serve.h"

#include <getopt.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "options.h"
#include "serve.h"

#define SECOND_US INT64_C(1000000)
#define DAY_US    (86400 * SECOND_US)

static void
help(void)
{
	fputs(
	    "usage: firn-sim serve DIR [options]\n\n"
	    "Serves made-up tenants that live: tokens, the activity feed, and "
	    "faults on\ndemand. DIR gets the address, keys and secrets to "
	    "begin with, and the truth\n(truth.ndjson). docs/sim.md tells "
	    "more.\n\n"
	    "  --listen HOST:PORT  where (127.0.0.1:0, any free port)\n"
	    "  --tls               with a certificate of its own, DIR/ca.pem\n"
	    "  --graph             Microsoft Graph, too\n"
	    "  --tenants N         how many (1)\n"
	    "  --people N          people in each (200)\n"
	    "  --seed N            other tenants, other luck (1)\n"
	    "  --history TIME      what happened before the start (2h)\n"
	    "  --load N            records ready at the start, besides (0)\n"
	    "  --rate N            records a second and tenant, whatever the\n"
	    "                      hour; else as people work\n"
	    "  --attack NAME[:KEY=VALUE,...],...\n"
	    "                      attacks on the first tenant\n"
	    "  --attack-in TIME    from the start until they are over (45s)\n"
	    "  --delay HOW         until records are available: none, real, "
	    "or a\n"
	    "                      part of real, such as 0.01 (none)\n"
	    "  --keep TIME         until content expires (7d)\n"
	    "  --blob N            records in a blob at most (1000)\n"
	    "  --page N            contents in a page of a list (200)\n"
	    "  --quota N           requests a minute and tenant, 0: any "
	    "(2000)\n"
	    "  --token-life TIME   of an access token (3599s)\n"
	    "  --faults FILE       what goes wrong, and when\n"
	    "  --kafka BROKERS     Entra's and Graph's records to a Kafka "
	    "topic, too;\n"
	    "                      mock: of its own, HOST:PORT in DIR/kafka\n"
	    "  --kafka-topic NAME  (activity)\n"
	    "  --kafka-partitions N  of a topic that it makes (4)\n"
	    "  --help\n\n"
	    "attacks:\n",
	    stdout);
	attack_orders_help();
	fputs(
	    "\nexamples:\n"
	    "  firn-sim serve demo --people 10000 --attack midnight-blizzard\n"
	    "  firn-sim serve load --load 1000000 --quota 0 --history 0\n"
	    "  curl --data '[{fault: throttle, for: 20}]' "
	    "$(cat demo/address)/sim/faults\n",
	    stdout);
}

static int
parse_rate(const char *text, double *out, struct err *err)
{
	char *end;

	*out = strtod(text, &end);
	if (end == text || *end || !isfinite(*out) || *out < 0 || *out > 1e6)
		return err_set(err, ERR_USAGE,
		    "--rate wants a number up to 1000000, not '%s'", text);
	return 0;
}

static int
parse_small(const char *name, const char *text, unsigned min, unsigned max,
    unsigned *out, struct err *err)
{
	uint64_t n;

	if (option_number(name, text, max, &n, err))
		return -1;
	if (n < min)
		return err_set(
		    err, ERR_USAGE, "%s must be at least %u", name, min);
	*out = (unsigned)n;
	return 0;
}

static int
parse_life(const char *text, int *out, struct err *err)
{
	int64_t life_us;

	if (option_duration("--token-life", text, DAY_US, &life_us, err))
		return -1;
	*out = (int)(life_us / SECOND_US);
	return 0;
}

enum option_id {
	LISTEN = 1,
	TLS,
	GRAPH,
	TENANTS,
	PEOPLE,
	SEED,
	HISTORY,
	LOAD,
	RATE,
	ATTACK,
	ATTACK_IN,
	DELAY,
	KEEP,
	BLOB,
	PAGE,
	QUOTA,
	TOKEN_LIFE,
	FAULTS,
	KAFKA,
	KAFKA_TOPIC,
	KAFKA_PARTITIONS,
};

static int
set(struct serve_plan *p, enum option_id option, const char *value,
    struct err *err)
{
	switch (option) {
	case LISTEN:
		p->listen = value;
		return 0;
	case TLS:
		p->tls = true;
		return 0;
	case GRAPH:
		p->graph = true;
		return 0;
	case TENANTS:
		return option_count(
		    "--tenants", value, 10000, &p->tenants, err);
	case PEOPLE:
		return option_count(
		    "--people", value, PEOPLE_MAX, &p->people, err);
	case SEED:
		return option_number(
		    "--seed", value, UINT64_MAX, &p->seed, err);
	case HISTORY:
		return option_duration(
		    "--history", value, 60 * DAY_US, &p->history_us, err);
	case LOAD:
		return option_number(
		    "--load", value, 1000000000, &p->load, err);
	case RATE:
		return parse_rate(value, &p->rate, err);
	case ATTACK:
		return attack_orders_add(&p->attacks, slice_cstr(value), err);
	case ATTACK_IN:
		return option_duration(
		    "--attack-in", value, 30 * DAY_US, &p->attack_us, err);
	case DELAY:
		return delay_parse(value, &p->delay, err);
	case KEEP:
		return option_duration(
		    "--keep", value, 7 * DAY_US, &p->keep_us, err);
	case BLOB:
		return option_count(
		    "--blob", value, 100000, &p->blob_records, err);
	case PAGE:
		return parse_small("--page", value, 1, 100000, &p->page, err);
	case QUOTA:
		return parse_small(
		    "--quota", value, 0, 10000000, &p->quota, err);
	case TOKEN_LIFE:
		return parse_life(value, &p->token_life_s, err);
	case FAULTS:
		p->faults = value;
		return 0;
	case KAFKA:
		p->kafka = value;
		return 0;
	case KAFKA_TOPIC:
		p->kafka_topic = value;
		return 0;
	case KAFKA_PARTITIONS:
		return parse_small("--kafka-partitions", value, 1, 1000,
		    &p->kafka_partitions, err);
	}
	return -1;
}

/* 1 when help was asked for. */
static int
parse_options(int argc, char **argv, struct serve_plan *p, struct err *err)
{
	static const struct option longs[] = {
	    {"listen", required_argument, NULL, LISTEN},
	    {"tls", no_argument, NULL, TLS},
	    {"graph", no_argument, NULL, GRAPH},
	    {"tenants", required_argument, NULL, TENANTS},
	    {"people", required_argument, NULL, PEOPLE},
	    {"seed", required_argument, NULL, SEED},
	    {"history", required_argument, NULL, HISTORY},
	    {"load", required_argument, NULL, LOAD},
	    {"rate", required_argument, NULL, RATE},
	    {"attack", required_argument, NULL, ATTACK},
	    {"attack-in", required_argument, NULL, ATTACK_IN},
	    {"delay", required_argument, NULL, DELAY},
	    {"keep", required_argument, NULL, KEEP},
	    {"blob", required_argument, NULL, BLOB},
	    {"page", required_argument, NULL, PAGE},
	    {"quota", required_argument, NULL, QUOTA},
	    {"token-life", required_argument, NULL, TOKEN_LIFE},
	    {"faults", required_argument, NULL, FAULTS},
	    {"kafka", required_argument, NULL, KAFKA},
	    {"kafka-topic", required_argument, NULL, KAFKA_TOPIC},
	    {"kafka-partitions", required_argument, NULL, KAFKA_PARTITIONS},
	    {"help", no_argument, NULL, 'h'},
	    {0},
	};
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", longs, NULL)) != -1) {
		if (option == 'h')
			return 1;
		if (option == ':')
			return err_set(err, ERR_USAGE, "'%s' wants a value",
			    argv[optind - 1]);
		if (option == '?')
			return err_set(
			    err, ERR_USAGE, "no option '%s'", argv[optind - 1]);
		if (set(p, (enum option_id)option, optarg, err))
			return -1;
	}
	if (optind == argc)
		return err_set(err, ERR_USAGE, "which folder?");
	if (optind + 1 < argc)
		return err_set(err, ERR_USAGE, "one folder only, not also '%s'",
		    argv[optind + 1]);
	p->dir = argv[optind];
	return 0;
}

static struct serve *served;

static void
stop(int signal)
{
	(void)signal;
	serve_stop(served);
}

static int
serve_tenants_until_stopped(const struct serve_plan *plan, struct err *err)
{
	const struct sigaction action = {.sa_handler = stop};
	int status;

	if (serve_open(&served, plan, err))
		return -1;
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
	status = serve_run(served, err);
	return serve_close(served, status ? NULL : err) || status ? -1 : 0;
}

int
cmd_serve(int argc, char **argv)
{
	struct serve_plan plan = {
	    .listen = "127.0.0.1:0",
	    .tenants = 1,
	    .people = 200,
	    .seed = 1,
	    .history_us = 7200 * SECOND_US,
	    .attack_us = 45 * SECOND_US,
	    .keep_us = 7 * DAY_US,
	    .blob_records = 1000,
	    .page = 200,
	    .quota = 2000,
	    .token_life_s = 3599,
	    .kafka_topic = "activity",
	    .kafka_partitions = 4,
	};
	struct err err = {0};
	int parsed = parse_options(argc, argv, &plan, &err), status = 0;

	if (parsed > 0) {
		help();
	} else if (parsed < 0 || serve_tenants_until_stopped(&plan, &err)) {
		fprintf(stderr, "firn-sim serve: %s\n", err.msg);
		status = 2;
	}
	attack_orders_release(&plan.attacks);
	return status;
}
